/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/claims.h"

#include "unit.h"

static void
finds_all_of_a_sequence_and_the_next(void **state)
{
	static const uint64_t claimed[] = { 7, 2, UINT64_MAX, 7, 1, 7 };
	struct claims c = { .count = 0 };
	const struct claim *found;
	struct fault f = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(claims_open(&c, ARRAY_LEN(claimed), &f), STATUS_OK);
	for (size_t i = 0; i < ARRAY_LEN(claimed); i++)
		claims_add(&c, claimed[i], i);
	claims_sort(&c);
	found = claims_of(&c, 7, &n);
	assert_int_equal(n, 3);
	assert_int_equal(found[0].candidate, 0);
	assert_int_equal(found[1].candidate, 3);
	assert_int_equal(found[2].candidate, 5);
	(void)claims_of(&c, 3, &n);
	assert_int_equal(n, 0);
	found = claims_of(&c, UINT64_MAX, &n);
	assert_int_equal(n, 1);
	assert_int_equal(found->candidate, 2);
	assert_int_equal(claims_next(&c, 0), 1);
	assert_int_equal(claims_next(&c, 2), 7);
	assert_int_equal(claims_next(&c, 7), UINT64_MAX);
	assert_int_equal(claims_next(&c, UINT64_MAX), 0);
	claims_free(&c);
}

static void
of_none_there_is_none(void **state)
{
	struct claims c = { .count = 0 };
	struct fault f = { 0 };
	size_t n;

	(void)state;
	claims_free(&c);
	assert_int_equal(claims_open(&c, 0, &f), STATUS_OK);
	claims_sort(&c);
	(void)claims_of(&c, 1, &n);
	assert_int_equal(n, 0);
	assert_int_equal(claims_next(&c, 0), 0);
	claims_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_all_of_a_sequence_and_the_next),
		cmocka_unit_test(of_none_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
