/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/jsonw.h"

#include <string.h>

#include "unit.h"

static void
writes_the_canonical_form(void **state)
{
	struct buf b = { 0 };
	struct jsonw j;

	(void)state;
	jsonw_init(&j, &b);
	jsonw_object(&j);
	jsonw_key_str(&j, "a", "x\"\\\n\x01\x7f/\xc3\xa9");
	jsonw_key(&j, "b");
	jsonw_array(&j);
	jsonw_u64(&j, 0);
	jsonw_u64(&j, JSONW_INTEGER_LIMIT - 1);
	jsonw_u64(&j, JSONW_INTEGER_LIMIT);
	jsonw_u64(&j, UINT64_MAX);
	jsonw_i64(&j, -5);
	jsonw_i64(&j, INT64_MIN);
	jsonw_decimal(&j, 7);
	jsonw_array_end(&j);
	jsonw_key(&j, "c");
	jsonw_object(&j);
	jsonw_object_end(&j);
	jsonw_key_bool(&j, "d", true);
	jsonw_key_str(&j, "e", NULL);
	jsonw_key_hex(&j, "f", "\x00\xab", 2);
	jsonw_object_end(&j);
	assert_string_equal(buf_cstr(&b),
	    "{\"a\":\"x\\\"\\\\\\n\\u0001\x7f/\xc3\xa9\",\"b\":[0,9007199254740991,"
	    "\"9007199254740992\",\"18446744073709551615\",-5,\"-9223372036854775808\",\"7\"],"
	    "\"c\":{},\"d\":true,\"e\":null,\"f\":\"00ab\"}");
	buf_free(&b);
}

static void
says_null_of_what_is_not_known(void **state)
{
	struct buf b = { 0 };
	struct jsonw j;

	(void)state;
	jsonw_init(&j, &b);
	jsonw_object(&j);
	jsonw_key_null(&j, "n");
	jsonw_key_u64_if(&j, "u", true, JSONW_INTEGER_LIMIT);
	jsonw_key_u64_if(&j, "u?", false, 1);
	jsonw_key_hex_if(&j, "h", true, "\xf0", 1);
	jsonw_key_hex_if(&j, "h?", false, NULL, 1);
	jsonw_key_decimal_if(&j, "d", true, -1);
	jsonw_key_decimal_if(&j, "d?", false, -1);
	jsonw_key_time_if(&j, "t", true, INT64_C(1000000001));
	jsonw_key_time_if(&j, "t?", false, 0);
	jsonw_object_end(&j);
	assert_string_equal(buf_cstr(&b), "{\"n\":null,\"u\":\"9007199254740992\",\"u?\":null,"
	    "\"h\":\"f0\",\"h?\":null,\"d\":\"-1\",\"d?\":null,"
	    "\"t\":\"1970-01-01T00:00:01.000000001Z\",\"t?\":null}");
	buf_free(&b);
}

static void
replaces_what_is_not_utf8(void **state)
{
	/* A stray byte, an overlong slash, a surrogate, a cut character. */
	static const char raw[] = "\xff|\xc0\xaf|\xed\xa0\x80|\xe2\x82";
	struct buf b = { 0 };
	struct jsonw j;

	(void)state;
	jsonw_init(&j, &b);
	jsonw_text(&j, raw, sizeof raw - 1);
	assert_string_equal(buf_cstr(&b),
	    "\"\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|"
	    "\xef\xbf\xbd\xef\xbf\xbd\"");
	buf_free(&b);
}

static void
refuses_to_nest_without_end(void **state)
{
	struct buf b = { 0 };
	struct jsonw j;

	(void)state;
	jsonw_init(&j, &b);
	for (int i = 0; i < JSONW_DEPTH_MAX + 5; i++)
		jsonw_array(&j);
	assert_false(buf_ok(&b));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_canonical_form),
		cmocka_unit_test(says_null_of_what_is_not_known),
		cmocka_unit_test(replaces_what_is_not_utf8),
		cmocka_unit_test(refuses_to_nest_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
