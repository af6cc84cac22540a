/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <string.h>

#include "archive/thrift.h"

static void
varints_both_ways(void **state)
{
	static const int64_t values[] = { 0, 1, -1, 63, 64, -64, -65, INT32_MAX, INT32_MIN,
		INT64_MAX, INT64_MIN };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		struct cursor c;

		buf_reset(&b);
		thrift_zigzag(&b, values[i]);
		thrift_varint(&b, (uint64_t)values[i]);
		c = cursor_over(b.data, b.len);
		assert_int_equal(thrift_get_zigzag(&c), values[i]);
		assert_int_equal(thrift_get_varint(&c), (uint64_t)values[i]);
		assert_true(cursor_done(&c));
	}
	buf_free(&b);
}

static void
varints_beyond_64_bits_fail(void **state)
{
	static const uint8_t eleven[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81,
		0 };
	static const uint8_t large[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2 };
	struct cursor c = cursor_over(eleven, sizeof eleven);

	(void)state;
	(void)thrift_get_varint(&c);
	assert_false(cursor_ok(&c));
	c = cursor_over(large, sizeof large);
	(void)thrift_get_varint(&c);
	assert_false(cursor_ok(&c));
}

/* A struct with every kind of field, one far id, a nested struct and lists. */
static void
put_sample(struct buf *b)
{
	struct thrift_writer w;

	thrift_writer_init(&w, b);
	thrift_put_i32(&w, 1, -7);
	thrift_put_bool(&w, 2, true);
	thrift_put_bool(&w, 3, false);
	thrift_put_i64(&w, 40, INT64_MIN);
	thrift_put_struct(&w, 41);
	thrift_put_binary(&w, 1, "name", 4);
	thrift_put_i8(&w, 2, -8);
	thrift_put_end(&w);
	thrift_put_list(&w, 42, THRIFT_I32, 20);
	for (int i = 0; i < 20; i++)
		thrift_item_i32(&w, i);
	thrift_put_list(&w, 43, THRIFT_STRUCT, 1);
	thrift_item_struct(&w);
	thrift_put_binary(&w, 1, "", 0);
	thrift_put_end(&w);
	thrift_put_end(&w);
}

static void
fields_both_ways(void **state)
{
	struct thrift_reader r;
	struct thrift_field f;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	put_sample(&b);
	r = thrift_reader_over(cursor_over(b.data, b.len));
	assert_true(thrift_next(&r, &f) && f.id == 1);
	assert_int_equal(thrift_get_i32(&r, f), -7);
	assert_true(thrift_next(&r, &f) && f.id == 2);
	assert_true(thrift_get_bool(&r, f));
	assert_true(thrift_next(&r, &f) && f.id == 3);
	assert_false(thrift_get_bool(&r, f));
	assert_true(thrift_next(&r, &f) && f.id == 40);
	assert_int_equal(thrift_get_i64(&r, f), INT64_MIN);
	assert_true(thrift_next(&r, &f) && f.id == 41);
	thrift_get_struct(&r, f);
	assert_true(thrift_next(&r, &f) && f.id == 1);
	assert_int_equal(thrift_get_binary(&r, f).len, 4);
	assert_true(thrift_next(&r, &f) && f.id == 2);
	assert_int_equal(thrift_get_i8(&r, f), -8);
	assert_false(thrift_next(&r, &f));
	assert_true(thrift_next(&r, &f) && f.id == 42);
	assert_int_equal(thrift_get_list(&r, f, THRIFT_I32, 20), 20);
	for (int i = 0; i < 20; i++)
		assert_int_equal(thrift_get_item_i32(&r), i);
	assert_true(thrift_next(&r, &f) && f.id == 43);
	thrift_skip(&r, f);
	assert_false(thrift_next(&r, &f));
	assert_true(cursor_done(&r.c));
	buf_free(&b);
}

static void
cut_anywhere_fails(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	put_sample(&b);
	for (size_t len = 0; len < b.len; len++) {
		struct thrift_reader r = thrift_reader_over(cursor_over(b.data, len));
		struct thrift_field f;

		while (thrift_next(&r, &f))
			thrift_skip(&r, f);
		assert_false(cursor_ok(&r.c));
	}
	buf_free(&b);
}

static void
wrong_types_limits_and_depth_fail(void **state)
{
	uint8_t deep[64];
	struct thrift_reader r;
	struct thrift_field f;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	put_sample(&b);
	r = thrift_reader_over(cursor_over(b.data, b.len));
	assert_true(thrift_next(&r, &f));
	(void)thrift_get_i64(&r, f);
	assert_false(cursor_ok(&r.c));
	r = thrift_reader_over(cursor_over("\x19\xf5\xff\xff\xff\xff\x0f", 7));
	assert_true(thrift_next(&r, &f));
	assert_int_equal(thrift_get_list(&r, f, THRIFT_I32, 100), 0);
	assert_false(cursor_ok(&r.c));
	memset(deep, 0x1c, sizeof deep); /* field 1, a struct, in a struct, ... */
	r = thrift_reader_over(cursor_over(deep, sizeof deep));
	assert_true(thrift_next(&r, &f));
	thrift_skip(&r, f);
	assert_false(cursor_ok(&r.c));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(varints_both_ways),
		cmocka_unit_test(varints_beyond_64_bits_fail),
		cmocka_unit_test(fields_both_ways),
		cmocka_unit_test(cut_anywhere_fails),
		cmocka_unit_test(wrong_types_limits_and_depth_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
