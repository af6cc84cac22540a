/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "archive/parquet_rle.h"

enum { COUNT = 5000 };

static uint32_t
scramble(uint32_t x)
{
	x = (x ^ x >> 16) * UINT32_C(0x7feb352d);
	x = (x ^ x >> 15) * UINT32_C(0x846ca68b);
	return x ^ x >> 16;
}

/* Put, then got in steps of 1 to 97. */
static void
check(const uint32_t *values, size_t count, unsigned width)
{
	uint32_t got[COUNT];
	struct rle_decoder d;
	struct buf b;

	buf_init(&b, 0);
	rle_put(&b, values, count, width);
	assert_true(buf_ok(&b));
	rle_decoder_init(&d, cursor_over(b.data, b.len), width);
	for (size_t at = 0, step = 1; at < count; at += step) {
		step = step % 97 + 1;
		step = step < count - at ? step : count - at;
		if (step > 3 && rle_get_run(&d, step, &got[at])) {
			for (size_t i = 1; i < step; i++)
				got[at + i] = got[at];
			continue;
		}
		assert_true(rle_get(&d, got + at, step));
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(got[i], values[i]);
	assert_true(d.repeat == 0 && d.packed < 8);
	assert_int_equal(cursor_left(&d.c), 0);
	for (size_t len = 0; count > 0 && len < b.len; len++) {
		rle_decoder_init(&d, cursor_over(b.data, len), width);
		assert_false(rle_get(&d, got, count));
	}
	buf_free(&b);
}

static void
every_width(void **state)
{
	uint32_t values[COUNT];

	(void)state;
	for (unsigned width = 0; width <= 32; width++) {
		uint32_t mask = width == 32 ? UINT32_MAX : ((uint32_t)1 << width) - 1;

		for (uint32_t i = 0; i < COUNT; i++)
			values[i] = scramble(i / (1 + i % 1000 / 5)) & mask;
		for (size_t count = 0; count < 40; count++)
			check(values, count, width);
		check(values, 700, width);
	}
}

static void
runs_on_every_border(void **state)
{
	uint32_t values[COUNT];

	(void)state;
	for (size_t lead = 0; lead < 10; lead++) {
		for (size_t run = 60; run < 80; run++) {
			size_t n = 0;

			for (size_t i = 0; i < lead; i++)
				values[n++] = (uint32_t)(i % 2);
			for (size_t i = 0; i < run; i++)
				values[n++] = 5;
			values[n++] = 3;
			check(values, n, 3);
		}
	}
}

/* Encodings.md's own example: 0 to 7 of three bits. */
static void
the_formats_example(void **state)
{
	static const uint32_t values[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	static const uint8_t bytes[] = { 3, 0x88, 0xc6, 0xfa };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	rle_put(&b, values, 8, 3);
	assert_int_equal(b.len, sizeof bytes);
	assert_memory_equal(b.data, bytes, sizeof bytes);
	buf_free(&b);
}

static void
levels(void **state)
{
	uint8_t present[COUNT];
	uint32_t got[COUNT];
	struct rle_decoder d;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t gap = 1; gap < 3000; gap = gap * 3 + 1) {
		for (size_t i = 0; i < COUNT; i++)
			present[i] = i / gap % 2 == 0 || scramble((uint32_t)i) % gap > 1;
		for (size_t count = 1; count < COUNT; count = count * 2 + 1) {
			buf_reset(&b);
			rle_put_levels(&b, present, count);
			rle_decoder_init(&d, cursor_over(b.data, b.len), 1);
			assert_true(rle_get(&d, got, count));
			for (size_t i = 0; i < count; i++)
				assert_int_equal(got[i], present[i]);
		}
	}
	memset(present, 1, sizeof present);
	buf_reset(&b);
	rle_put_levels(&b, present, COUNT);
	assert_int_equal(b.len, 3);
	buf_free(&b);
}

static void
nonsense_is_refused(void **state)
{
	uint32_t got[8];
	struct rle_decoder d;

	(void)state;
	rle_decoder_init(&d, cursor_over("\x00\x01", 2), 1); /* a run of nothing */
	assert_false(rle_get(&d, got, 1));
	rle_decoder_init(&d, cursor_over("\x02\x01", 2), 33); /* a width beyond 32 */
	assert_false(rle_get(&d, got, 1));
	rle_decoder_init(&d, cursor_over("\xff\xff\xff\xff\x0f\x01", 6), 1);
	assert_false(rle_get(&d, got, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_width),
		cmocka_unit_test(runs_on_every_border),
		cmocka_unit_test(the_formats_example),
		cmocka_unit_test(levels),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
