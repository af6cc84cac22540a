/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/samples.h"
#include "unit.h"

/* A sample with this number, whose source had so many packets and drops by then. */
static void
take(struct sample_series *s, struct sample_counts *c, uint32_t sequence, uint32_t pool,
    uint32_t drops, enum sample_way way)
{
	const struct sflow_sample sample = { .sequence = sequence, .pool = pool, .drops = drops };

	samples_take(s, &sample, way, c);
}

static void
in_order(void **state)
{
	(void)state;
	struct sample_series s = { .started = false };
	struct sample_counts c = { .missed = 0 };

	take(&s, &c, UINT32_MAX - 1, UINT32_MAX - 10, 5, SAMPLE_IN_ORDER);
	take(&s, &c, UINT32_MAX, 90, 5, SAMPLE_IN_ORDER);
	take(&s, &c, 0, 190, 7, SAMPLE_IN_ORDER);
	assert_int_equal(c.missed + c.gaps + c.restarts + c.filled, 0);
	assert_int_equal(c.pool, 201);
	assert_int_equal(c.drops, 2);
}

static void
gaps_and_what_comes_late(void **state)
{
	(void)state;
	struct sample_series s = { .started = false };
	struct sample_counts c = { .missed = 0 };

	take(&s, &c, 10, 100, 0, SAMPLE_IN_ORDER);
	take(&s, &c, 14, 500, 0, SAMPLE_IN_ORDER);
	assert_int_equal(c.missed, 3);
	assert_int_equal(c.gaps, 1);
	take(&s, &c, 12, 300, 0, SAMPLE_LATE);
	take(&s, &c, 11, 200, 0, SAMPLE_LATE);
	assert_int_equal(c.filled, 2);
	take(&s, &c, 15, 600, 0, SAMPLE_IN_ORDER);
	assert_int_equal(c.gaps, 1);
	assert_int_equal(c.pool, 500);
	/* no more than was missed can come late */
	take(&s, &c, 13, 400, 0, SAMPLE_LATE);
	take(&s, &c, 9, 50, 0, SAMPLE_LATE);
	assert_int_equal(c.filled, 3);
	assert_int_equal(c.restarts, 0);
}

/* A source that begins anew loses nothing by it; its totals go on from there. */
static void
restart(void **state)
{
	(void)state;
	struct sample_series s = { .started = false };
	struct sample_counts c = { .missed = 0 };

	take(&s, &c, 1000, 100000, 50, SAMPLE_IN_ORDER);
	take(&s, &c, 1, 100, 0, SAMPLE_IN_ORDER);
	take(&s, &c, 2, 200, 1, SAMPLE_IN_ORDER);
	assert_int_equal(c.restarts, 1);
	assert_int_equal(c.missed, 0);
	assert_int_equal(c.pool, 100);
	assert_int_equal(c.drops, 1);
	/* further ahead than any loss */
	take(&s, &c, 0x40000000, 300, 1, SAMPLE_IN_ORDER);
	assert_int_equal(c.restarts, 1);
	take(&s, &c, 0x40000001, 400, 1, SAMPLE_IN_ORDER);
	assert_int_equal(c.restarts, 2);
	assert_int_equal(c.missed, 0);
}

/* A stray says nothing, whether it is old or from the future; a large gap is one when it goes on. */
static void
strays(void **state)
{
	(void)state;
	static const uint32_t odd[] = { 3, 60000, 0x40000000 };
	struct sample_series s = { .started = false };
	struct sample_counts c = { .missed = 0 };
	uint32_t n = 1000;

	take(&s, &c, n++, 100, 0, SAMPLE_IN_ORDER);
	for (unsigned i = 0; i < 3; i++) {
		take(&s, &c, odd[i], 9, 0, SAMPLE_IN_ORDER);
		take(&s, &c, n++, 200 + 100 * i, 0, SAMPLE_IN_ORDER);
	}
	assert_int_equal(c.missed + c.gaps + c.restarts, 0);
	assert_int_equal(c.pool, 300);
	take(&s, &c, 60000, 500, 0, SAMPLE_IN_ORDER);
	take(&s, &c, 60002, 700, 0, SAMPLE_IN_ORDER);
	assert_int_equal(c.missed, 60000 - 1004 + 1);
	assert_int_equal(c.gaps, 2);
	assert_int_equal(c.restarts, 0);
}

/* That the agent began anew is said of the agent, and not of each of its sources. */
static void
with_the_agent(void **state)
{
	(void)state;
	struct sample_series s = { .started = false };
	struct sample_counts c = { .missed = 0 };

	take(&s, &c, 5, 100, 0, SAMPLE_IN_ORDER);
	s.anew = true;
	take(&s, &c, 1, 10, 0, SAMPLE_IN_ORDER);
	take(&s, &c, 2, 20, 0, SAMPLE_IN_ORDER);
	assert_int_equal(c.missed + c.gaps + c.restarts, 0);
	assert_int_equal(c.pool, 10);
	/* its first ones were lost: that cannot be known */
	s.anew = true;
	take(&s, &c, 7, 10, 0, SAMPLE_IN_ORDER);
	take(&s, &c, 8, 20, 0, SAMPLE_IN_ORDER);
	assert_int_equal(c.missed + c.gaps + c.restarts, 0);
	take(&s, &c, 3, 10, 0, SAMPLE_IN_ORDER);
	take(&s, &c, 4, 20, 0, SAMPLE_IN_ORDER);
	assert_int_equal(c.restarts, 1);
}

static void
sums(void **state)
{
	(void)state;
	struct sample_counts a = { .missed = 1, .gaps = 2, .filled = 3, .restarts = 4, .unchecked = 5,
		.pool = 6, .drops = 7, .unknown_records = 8, .no_packet = 9 };
	struct sample_counts b = a;

	a.samples[SFLOW_COUNTERS] = 10;
	samples_add(&b, &a);
	samples_add(&b, &a);
	assert_int_equal(b.samples[SFLOW_COUNTERS], 20);
	assert_int_equal(b.missed, 3);
	assert_int_equal(b.gaps, 6);
	assert_int_equal(b.filled, 9);
	assert_int_equal(b.restarts, 12);
	assert_int_equal(b.unchecked, 15);
	assert_int_equal(b.pool, 18);
	assert_int_equal(b.drops, 21);
	assert_int_equal(b.unknown_records, 24);
	assert_int_equal(b.no_packet, 27);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(gaps_and_what_comes_late),
		cmocka_unit_test(restart),
		cmocka_unit_test(strays),
		cmocka_unit_test(with_the_agent),
		cmocka_unit_test(sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
