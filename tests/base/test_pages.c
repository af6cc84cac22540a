/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/pages.h"

#include "tests/unit.h"

static void
zeroed_and_writable(void **state)
{
	static const size_t sizes[] = { 1, 4096, PAGES_HUGE, 3 * (size_t)PAGES_HUGE, PAGES_HUGE + 1 };

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(sizes); i++) {
		size_t len = sizes[i / 2];
		uint8_t *p = pages_alloc(len, i & 1);

		assert_non_null(p);
		for (size_t k = 0; k < len; k += 512) {
			assert_int_equal(p[k], 0);
			p[k] = 1;
		}
		p[len - 1] = 1;
		if ((i & 1) && len % PAGES_HUGE == 0)
			assert_int_equal((uintptr_t)p % PAGES_HUGE, 0);
		pages_free(p, len);
	}
	pages_free(NULL, 0);
	assert_null(pages_alloc(SIZE_MAX / 2, true));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeroed_and_writable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
