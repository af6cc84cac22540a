/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/pace.h"

#define SECOND INT64_C(1000000000)

static void
an_absolute_schedule(void **state)
{
	(void)state;
	struct pace p;

	pace_init(&p, 3, 1000);
	/* thirds of a second do not drift: the millionth is where it belongs */
	for (int64_t i = 0; i < 1000000; i++) {
		int64_t due = 1000 + i / 3 * SECOND + i % 3 * SECOND / 3;

		assert_int_equal(pace_take(&p, 1, due), due);
	}
}

static void
units_of_any_number(void **state)
{
	(void)state;
	struct pace p;

	pace_init(&p, 100, 0);
	assert_int_equal(pace_take(&p, 250, 0), 0);
	assert_int_equal(pace_take(&p, 50, 0), 5 * SECOND / 2);
	assert_int_equal(pace_take(&p, 1, 0), 3 * SECOND);
}

static void
delays_are_made_good_but_not_long_ones(void **state)
{
	(void)state;
	struct pace p;

	pace_init(&p, 1000, 0);
	assert_int_equal(pace_take(&p, 1, 0), 0);
	/* 5 ms late: the next are due in the past */
	assert_int_equal(pace_take(&p, 1, 6000000), 1000000);
	assert_int_equal(pace_take(&p, 1, 6000000), 2000000);
	/* a second late: no more than the backlog is due at once */
	assert_int_equal(pace_take(&p, 1, SECOND), SECOND - PACE_BACKLOG);
	assert_int_equal(pace_take(&p, 1, SECOND), SECOND - PACE_BACKLOG + 1000000);
}

static void
no_limit(void **state)
{
	(void)state;
	struct pace p;

	pace_init(&p, 0, 0);
	for (int64_t now = 0; now < 10; now++)
		assert_int_equal(pace_take(&p, 1000000, now), now);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_absolute_schedule),
		cmocka_unit_test(units_of_any_number),
		cmocka_unit_test(delays_are_made_good_but_not_long_ones),
		cmocka_unit_test(no_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
