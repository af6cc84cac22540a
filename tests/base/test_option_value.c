/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/option_value.h"

#include "unit.h"

static void
numbers(void **state)
{
	uint64_t v = 7;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(option_number("-n", "20", 1, 20, &v, &f), STATUS_OK);
	assert_int_equal(v, 20);
	assert_int_equal(option_number("-n", "0", 1, 20, &v, &f), STATUS_USAGE);
	assert_string_equal(f.text, "-n 0: a number from 1 to 20 is expected");
	assert_int_equal(option_number("-n", "21", 1, 20, &v, &f), STATUS_USAGE);
	assert_int_equal(option_number("-n", "2x", 1, 20, &v, &f), STATUS_USAGE);
	assert_int_equal(option_number("-n", "", 0, 20, &v, &f), STATUS_USAGE);
	assert_int_equal(v, 20);
	assert_int_equal(option_number("-n", "18446744073709551615", 0, UINT64_MAX, &v, &f), STATUS_OK);
	assert_true(v == UINT64_MAX);
}

static void
times(void **state)
{
	int64_t v = 7;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(option_duration("-t", "200ms", &v, &f), STATUS_OK);
	assert_int_equal(v, 200000000);
	assert_int_equal(option_duration("-t", "soon", &v, &f), STATUS_USAGE);
	assert_string_equal(f.text, "-t soon: a time such as 300, 90s, 5m or 1h is expected");
	f = (struct fault){ 0 };
	assert_int_equal(option_interval("-t", "200ms", &v, &f), STATUS_USAGE);
	assert_string_equal(f.text, "-t 200ms: a time of at least one second, such as 300, 5m or 1h is expected");
	assert_int_equal(option_interval("-t", "soon", &v, &f), STATUS_USAGE);
	assert_int_equal(v, 200000000);
	assert_int_equal(option_interval("-t", "1s", &v, &f), STATUS_OK);
	assert_int_equal(v, 1000000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(numbers), cmocka_unit_test(times) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
