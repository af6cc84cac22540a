/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"

#include <string.h>

#include "base/cursor.h"
#include "unit.h"

static void
what_is_put_comes_out(void **state)
{
	struct buf b = { 0 };
	struct cursor c, sub;

	(void)state;
	buf_u8(&b, 1);
	buf_be16(&b, 0x0203);
	buf_be32(&b, 0x04050607);
	buf_be64(&b, 0x08090a0b0c0d0e0f);
	buf_le16(&b, 0x1110);
	buf_le32(&b, 0x15141312);
	buf_le64(&b, 0x1d1c1b1a19181716);
	buf_str(&b, "abc");
	buf_printf(&b, "%d-%s", 42, "x");
	buf_set_be16(&b, 0, 0xfffe);
	c = cursor_over(b.data, b.len);
	assert_int_equal(cursor_be16(&c), 0xfffe);
	assert_int_equal(cursor_u8(&c), 3);
	assert_int_equal(cursor_be32(&c), 0x04050607);
	assert_int_equal(cursor_uint(&c, 8), 0x08090a0b0c0d0e0f);
	assert_int_equal(cursor_le16(&c), 0x1110);
	assert_int_equal(cursor_le32(&c), 0x15141312);
	assert_int_equal(cursor_le64(&c), 0x1d1c1b1a19181716);
	sub = cursor_sub(&c, 3);
	assert_memory_equal(cursor_bytes(&sub, 3), "abc", 3);
	assert_true(cursor_done(&sub));
	assert_int_equal(cursor_left(&c), 4);
	assert_false(cursor_done(&c));
	assert_memory_equal(cursor_bytes(&c, 4), "42-x", 4);
	assert_true(cursor_done(&c));
	buf_free(&b);
}

static void
a_cursor_that_failed_stays_failed(void **state)
{
	static const uint8_t two[2] = { 7, 8 };
	struct cursor c = cursor_over(two, 2);
	struct cursor sub;
	uint8_t copied[4] = { 9, 9, 9, 9 };

	(void)state;
	assert_int_equal(cursor_be32(&c), 0);
	assert_false(cursor_ok(&c));
	assert_int_equal(cursor_u8(&c), 0);
	cursor_copy(&c, copied, 4);
	assert_int_equal(copied[0] | copied[3], 0);
	sub = cursor_sub(&c, 0);
	assert_false(cursor_ok(&sub));
	c = cursor_over(two, 2);
	assert_int_equal(cursor_uint(&c, 9), 0);
	assert_false(cursor_ok(&c));
	c = cursor_over(two, 2);
	assert_null(cursor_bytes(&c, SIZE_MAX));
}

static void
the_limit_holds_and_sticks(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_put(&b, "0123456789", 10);
	assert_true(buf_ok(&b));
	buf_u8(&b, 'x');
	buf_str(&b, "");
	assert_false(buf_ok(&b));
	assert_int_equal(b.len, 10);
	assert_string_equal(buf_cstr(&b), "");
	buf_reset(&b);
	buf_put(&b, "ab", 2);
	assert_true(buf_ok(&b));
	assert_false(buf_reserve(&b, SIZE_MAX));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_comes_out),
		cmocka_unit_test(a_cursor_that_failed_stays_failed),
		cmocka_unit_test(the_limit_holds_and_sticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
