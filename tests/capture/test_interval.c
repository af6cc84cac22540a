/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/interval.h"

#include "tests/unit.h"

/* The ends of time belong to intervals that are cut. */
static void
test_interval_of(void **state)
{
	int64_t from, to;

	(void)state;
	interval_of(25, 10, &from, &to);
	assert_int_equal(from, 20);
	assert_int_equal(to, 30);
	interval_of(-25, 10, &from, &to);
	assert_int_equal(from, -30);
	assert_int_equal(to, -20);
	interval_of(INT64_MAX, 10, &from, &to);
	assert_int_equal(to, INT64_MAX);
	interval_of(INT64_MIN, 10, &from, &to);
	assert_int_equal(from, -INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interval_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
