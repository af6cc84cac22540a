/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit.h"

#include "capture/beside.h"

static void
takes_what_is_used(void **state)
{
	struct beside b = { .blocks = NULL };
	uint64_t *v;

	(void)state;
	assert_int_equal(beside_open(&b, sizeof(uint64_t), 5000, NULL), STATUS_OK);
	assert_null(beside_at(&b, 0));
	assert_null(beside_at(&b, 4999));
	v = beside_make(&b, 4999);
	assert_non_null(v);
	assert_int_equal(*v, 0);
	*v = 7;
	assert_ptr_equal(beside_make(&b, 4999), v);
	assert_int_equal(*(uint64_t *)beside_at(&b, 4999), 7);
	assert_int_equal(*(uint64_t *)beside_at(&b, 4998), 0);
	assert_null(beside_at(&b, 0));
	beside_free(&b);
	assert_null(beside_at(&b, 4999));
}

static void
knows_its_end(void **state)
{
	struct beside b = { .blocks = NULL };

	(void)state;
	assert_int_equal(beside_open(&b, 3, 10, NULL), STATUS_OK);
	assert_null(beside_make(&b, BESIDE_BLOCK));
	assert_null(beside_at(&b, UINT32_MAX));
	beside_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_is_used),
		cmocka_unit_test(knows_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
