/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/schedule.h"

#include "unit.h"

/* A clock that only waiting moves. */
static int64_t now;

static int64_t
clock_now(void)
{
	return now;
}

static void
sleep_until(int64_t until)
{
	if (until > now)
		now = until;
}

#define SECOND INT64_C(1000000000)
#define MILLI  INT64_C(1000000)

static struct schedule_options
options(uint64_t rate, enum schedule_unit unit, uint64_t speed)
{
	now = 50 * SECOND;
	return (struct schedule_options){ .rate = rate, .unit = unit, .speed = speed,
		.clock = { clock_now, sleep_until, clock_now } };
}

static void
follows_the_archive(void **state)
{
	struct schedule_options o = options(0, SCHEDULE_FLOWS, 10 * SCHEDULE_SPEED_ONE);
	const int64_t first = INT64_C(1700000000) * SECOND;
	struct schedule s;

	(void)state;
	schedule_open(&s, &o);
	assert_true(schedule_follow(&s, first));
	assert_int_equal(now, 50 * SECOND);
	assert_int_equal(schedule_left(&s, first + 20 * SECOND), 2 * SECOND);
	assert_true(schedule_follow(&s, first + 20 * SECOND));
	assert_int_equal(now, 52 * SECOND);
	schedule_admit(&s, 1, 100);
	/* what lies behind goes at once; nothing drifts by what sending takes */
	now += 300 * MILLI;
	assert_true(schedule_follow(&s, first + 10 * SECOND));
	assert_int_equal(now, 52 * SECOND + 300 * MILLI);
	assert_true(schedule_follow(&s, first + 40 * SECOND));
	assert_int_equal(now, 54 * SECOND);
	assert_int_equal(s.jitter.count, 1);
	assert_int_equal(s.jitter.max, 0);
	/* another pass begins at once */
	schedule_rewind(&s);
	assert_int_equal(schedule_left(&s, first), 0);
	assert_true(schedule_follow(&s, first + 10 * SECOND));
	assert_int_equal(now, 55 * SECOND);
}

static void
far_away(void **state)
{
	struct schedule_options o = options(0, SCHEDULE_FLOWS, 1);
	struct schedule s;

	(void)state;
	schedule_open(&s, &o);
	assert_true(schedule_follow(&s, INT64_MIN));
	assert_true(schedule_left(&s, INT64_MAX) > INT64_MAX / 8);
	assert_int_equal(schedule_left(&s, INT64_MIN), 0);
}

/* Two seconds' worth, after what may go at once. */
static void
keeps_a_rate(void **state)
{
	static const struct {
		uint64_t rate;
		enum schedule_unit unit;
		unsigned datagrams;
	} cases[] = { { 1000, SCHEDULE_FLOWS, 201 }, { 100, SCHEDULE_DATAGRAMS, 201 },
		{ 100 * 8 * 500, SCHEDULE_BITS, 201 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct schedule_options o = options(cases[i].rate, cases[i].unit, 0);
		struct schedule s;

		schedule_open(&s, &o);
		for (unsigned n = 0; n < cases[i].datagrams; n++)
			schedule_admit(&s, 10, 500);
		assert_int_equal(now, 52 * SECOND);
		assert_int_equal(s.jitter.count, 201);
	}
}

static void
reckons_when_dry(void **state)
{
	struct schedule_options o = options(10, SCHEDULE_DATAGRAMS, 0);
	struct schedule s;

	(void)state;
	o.dry = true;
	schedule_open(&s, &o);
	for (unsigned n = 0; n < 36001; n++)
		schedule_admit(&s, 10, 500);
	assert_int_equal(now, 50 * SECOND);
	assert_int_equal(schedule_now(&s) - s.started, 3600 * SECOND);
}

static void
is_interrupted(void **state)
{
	struct schedule_options o = options(1, SCHEDULE_DATAGRAMS, SCHEDULE_SPEED_ONE);
	volatile int interrupt = 0;
	struct schedule s;

	(void)state;
	o.interrupt = &interrupt;
	schedule_open(&s, &o);
	assert_true(schedule_follow(&s, 0));
	interrupt = 15;
	assert_false(schedule_follow(&s, SECOND));
	schedule_admit(&s, 1, 1);
	schedule_admit(&s, 1, 1);
	schedule_pause(&s, SECOND);
	assert_int_equal(now, 50 * SECOND);
}

static unsigned waits;

static void
count_wait(void *ctx)
{
	(void)ctx;
	waits++;
}

static void
tells_before_it_waits(void **state)
{
	struct schedule_options o = options(10, SCHEDULE_DATAGRAMS, 0);
	struct schedule s;

	(void)state;
	schedule_open(&s, &o);
	schedule_before_wait(&s, count_wait, NULL);
	schedule_admit(&s, 1, 1);
	assert_int_equal(waits, 0);
	schedule_admit(&s, 1, 1);
	assert_int_equal(waits, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_archive),
		cmocka_unit_test(far_away),
		cmocka_unit_test(keeps_a_rate),
		cmocka_unit_test(reckons_when_dry),
		cmocka_unit_test(is_interrupted),
		cmocka_unit_test(tells_before_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
