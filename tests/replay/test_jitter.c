/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/jitter.h"

#include "unit.h"

static void
quantiles(void **state)
{
	static struct jitter j;

	(void)state;
	assert_int_equal(jitter_quantile(&j, 50), 0);
	for (int64_t i = 1; i <= 1000; i++)
		jitter_add(&j, i % 2 != 0 ? i * 1000 : -i * 1000);
	assert_int_equal(j.count, 1000);
	assert_int_equal(j.max, 1000000);
	assert_in_range(jitter_quantile(&j, 50), 500000, 535000);
	assert_in_range(jitter_quantile(&j, 99), 990000, 1000000);
	assert_int_equal(jitter_quantile(&j, 100), 1000000);
}

/* Every power of two and its neighbours: in their order, and to seven percent. */
static void
whole_range(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 63; bit++) {
		for (int64_t v = (INT64_C(1) << bit) - 1; v >= 0 && v <= (INT64_C(1) << bit); v++) {
			static struct jitter one;
			int64_t q;

			one = (struct jitter){ 0 };
			jitter_add(&one, v);
			jitter_add(&one, INT64_MAX);
			q = jitter_quantile(&one, 50);
			assert_true(q >= v && q - v <= v / 14);
		}
	}
}

static void
extremes(void **state)
{
	static struct jitter j;

	(void)state;
	jitter_add(&j, INT64_MIN);
	jitter_add(&j, INT64_MAX);
	assert_int_equal(jitter_quantile(&j, 99), INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles),
		cmocka_unit_test(whole_range),
		cmocka_unit_test(extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
