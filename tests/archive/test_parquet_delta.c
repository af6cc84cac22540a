/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <string.h>

#include "archive/parquet_delta.h"

enum { COUNT = 1000 };

static uint64_t
scramble(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
check(const int64_t *values, size_t count, bool narrow, unsigned round)
{
	int64_t got[COUNT];
	struct delta_decoder d;
	struct cursor rest;
	struct buf b;

	buf_init(&b, 0);
	delta_put(&b, values, count, (struct delta_layout){ narrow, round });
	assert_true(buf_ok(&b));
	buf_u8(&b, 0xaa); /* what follows */
	assert_true(delta_decoder_init(&d, cursor_over(b.data, b.len), count));
	assert_true(delta_rest(&d, &rest));
	assert_int_equal(cursor_left(&rest), 1);
	for (size_t at = 0, step = 1; at < count; at += step) {
		step = step % 41 + 1;
		step = step < count - at ? step : count - at;
		assert_true(delta_get(&d, got + at, step));
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(narrow ? (int32_t)(uint32_t)(uint64_t)got[i] : got[i], values[i]);
	assert_false(delta_get(&d, got, 1));
	assert_false(delta_decoder_init(&d, cursor_over(b.data, b.len), count + 1));
	for (size_t len = 0; len + 1 < b.len; len++)
		assert_false(delta_decoder_init(&d, cursor_over(b.data, len), count) &&
		    delta_get(&d, got, count));
	buf_free(&b);
}

static void
check_all(const int64_t *values, size_t count, bool narrow)
{
	check(values, count, narrow, 1);
	check(values, count, narrow, 8);
}

static void
every_width(void **state)
{
	int64_t values[COUNT];

	(void)state;
	for (unsigned bits = 0; bits < 64; bits++) {
		for (size_t i = 0; i < COUNT; i++)
			values[i] = (int64_t)(scramble(i) >> (63 - bits) >> 1);
		check_all(values, 130, false);
		if (bits < 31)
			check_all(values, 130, true);
	}
}

static void
every_count(void **state)
{
	int64_t values[COUNT];

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		values[i] = (int64_t)(1700000000000000 + i * 7 + scramble(i) % 5000);
	for (size_t count = 0; count < 300; count += count < 140 ? 1 : 31)
		check_all(values, count, false);
}

static void
extremes_wrap(void **state)
{
	static const int64_t wide[] = { INT64_MIN, INT64_MAX, 0, -1, INT64_MAX, INT64_MIN, 1 };
	static const int64_t narrow[] = { INT32_MIN, INT32_MAX, 0, -1, INT32_MAX, INT32_MIN, 1 };

	(void)state;
	check_all(wide, ARRAY_LEN(wide), false);
	check_all(narrow, ARRAY_LEN(narrow), true);
}

/* Encodings.md's first example: 1 to 5 have differences of nothing but the minimum. */
static void
the_formats_example(void **state)
{
	static const int64_t values[] = { 1, 2, 3, 4, 5 };
	static const uint8_t bytes[] = { 0x80, 1, 4, 5, 2, 2, 0, 0, 0, 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	delta_put(&b, values, 5, (struct delta_layout){ false, 1 });
	assert_int_equal(b.len, sizeof bytes);
	assert_memory_equal(b.data, bytes, sizeof bytes);
	buf_free(&b);
}

static void
heads_out_of_bounds_are_refused(void **state)
{
	static const uint8_t heads[][7] = {
		{ 0x00, 4, 5, 2 },                      /* block of nothing */
		{ 0x80, 1, 0, 5, 2 },                   /* no miniblocks */
		{ 0x80, 1, 3, 5, 2 },                   /* that do not divide the block */
		{ 0x80, 1, 32, 5, 2 },                  /* miniblocks of four */
		{ 0x80, 0x80, 0x80, 0x80, 0x01, 4, 5 }, /* a block beyond the limit */
	};
	struct delta_decoder d;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		assert_false(delta_decoder_init(&d, cursor_over(heads[i], sizeof heads[i]), 5));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_width),
		cmocka_unit_test(every_count),
		cmocka_unit_test(extremes_wrap),
		cmocka_unit_test(the_formats_example),
		cmocka_unit_test(heads_out_of_bounds_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
