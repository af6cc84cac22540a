/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/ended.h"

#include "tests/unit.h"

static void
sorts_by_the_first_packet(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 10, 64, 65, 1000, 70000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct ended e = { .flows = NULL };
		uint64_t x = 88172645463325252u;

		for (size_t k = 0; k < sizes[i]; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			assert_true(ended_push(&e, x & 0xffff00ffffffu, (uint32_t)x, (int)(k % 5)));
		}
		assert_true(ended_sort(&e));
		assert_int_equal(e.count, sizes[i]);
		for (size_t k = 1; k < e.count; k++)
			assert_true(e.flows[k - 1].start <= e.flows[k].start);
		for (size_t k = 0; k < e.count; k++)
			assert_int_equal(e.flows[k].start & 0xffffff, e.flows[k].number & 0xffffff);
		ended_free(&e);
		assert_null(e.flows);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_by_the_first_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
