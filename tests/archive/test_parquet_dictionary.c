/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "archive/parquet_dictionary.h"

enum { COUNT = 3000 };

static uint64_t
scramble(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
check_ints(struct dictionary *d, const int64_t *values, size_t count)
{
	int64_t min = values[0], max = min;

	for (size_t i = 0; i < count; i++) {
		min = values[i] < min ? values[i] : min;
		max = values[i] > max ? values[i] : max;
	}
	dictionary_add_ints(d, values, count, min, max);
	assert_int_equal(d->values, count);
	for (size_t i = 0; i < count; i++) {
		assert_true(d->indexes[i] < d->count);
		assert_int_equal(dictionary_int(d, d->indexes[i]), values[i]);
	}
}

/* Through the table of a small range, and through the hash and the sort. */
static void
integers_of_every_spread(void **state)
{
	int64_t values[COUNT];
	struct dictionary d;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(dictionary_open(&d, COUNT, 1, &f), STATUS_OK);
	for (unsigned bits = 1; bits <= 64; bits++) {
		for (size_t i = 0; i < COUNT; i++)
			values[i] = (int64_t)(scramble(i) >> (64 - bits)) - (bits < 60 ? 100 : 0);
		check_ints(&d, values, COUNT);
		check_ints(&d, values, 1);
		check_ints(&d, values, 200);
	}
	dictionary_free(&d);
}

static void
few_values_are_in_order(void **state)
{
	static const int64_t values[] = { 7, INT64_MAX, -1, 7, INT64_MIN, 0, 7 };
	static const int64_t sorted[] = { INT64_MIN, -1, 0, 7, INT64_MAX };
	struct dictionary d;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(dictionary_open(&d, COUNT, 1, &f), STATUS_OK);
	check_ints(&d, values, ARRAY_LEN(values));
	assert_int_equal(d.count, ARRAY_LEN(sorted));
	for (size_t i = 0; i < d.count; i++)
		assert_int_equal(dictionary_int(&d, i), sorted[i]);
	dictionary_free(&d);
}

/* Of many, those that are frequent come first, and the others stay in order. */
static void
frequent_values_come_first(void **state)
{
	int64_t values[COUNT];
	struct dictionary d;
	struct fault f = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		values[i] = i % 3 == 0 ? 50000 : i % 3 == 1 ? 40000 : (int64_t)i * 5;
	assert_int_equal(dictionary_open(&d, COUNT, 1, &f), STATUS_OK);
	check_ints(&d, values, COUNT);
	assert_int_equal(dictionary_int(&d, 0), 40000);
	assert_int_equal(dictionary_int(&d, 1), 50000);
	for (size_t i = 3; i < d.count; i++)
		assert_true(dictionary_int(&d, i) > dictionary_int(&d, i - 1));
	dictionary_free(&d);
}

/* ::1.2.3.4 is not 1.2.3.4, and the seed changes nothing. */
static void
kinds_are_told_apart(void **state)
{
	struct fault f = { 0 };

	(void)state;
	for (uint64_t seed = 0; seed < 3; seed++) {
		struct dictionary d;

		assert_int_equal(dictionary_open(&d, COUNT, scramble(seed), &f), STATUS_OK);
		dictionary_begin(&d);
		for (uint64_t i = 0; i < COUNT / 3; i++) {
			dictionary_add(&d, 0, i * 977 % 1000, 6);
			dictionary_add(&d, 0, i * 977 % 1000, 4);
			dictionary_add(&d, i % 7, i * 977 % 1000, 6);
		}
		dictionary_sort(&d);
		for (size_t i = 0; i < COUNT / 3; i++) {
			const struct dictionary_entry *six = &d.entries[d.indexes[3 * i]];
			const struct dictionary_entry *four = &d.entries[d.indexes[3 * i + 1]];

			assert_true(six->kind == 6 && four->kind == 4);
			assert_int_equal(six->low, i * 977 % 1000);
			assert_int_equal(four->low, six->low);
			assert_int_equal(d.indexes[3 * i + 1], four->low);
		}
		dictionary_free(&d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_of_every_spread),
		cmocka_unit_test(few_values_are_in_order),
		cmocka_unit_test(frequent_values_come_first),
		cmocka_unit_test(kinds_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
