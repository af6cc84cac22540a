/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json.h"

#include <string.h>

#include "unit.h"

static void
writes_the_canonical_form(void **state)
{
	struct buf b = { 0 };
	struct json j;

	(void)state;
	json_init(&j, &b);
	json_object(&j);
	json_key_str(&j, "a", "x\"\\\n\x01\x7f/\xc3\xa9");
	json_key(&j, "b");
	json_array(&j);
	json_u64(&j, 0);
	json_u64(&j, JSON_INTEGER_LIMIT - 1);
	json_u64(&j, JSON_INTEGER_LIMIT);
	json_u64(&j, UINT64_MAX);
	json_i64(&j, -5);
	json_i64(&j, INT64_MIN);
	json_decimal(&j, 7);
	json_array_end(&j);
	json_key(&j, "c");
	json_object(&j);
	json_object_end(&j);
	json_key_bool(&j, "d", true);
	json_key_str(&j, "e", NULL);
	json_key_hex(&j, "f", "\x00\xab", 2);
	json_object_end(&j);
	assert_string_equal(buf_cstr(&b),
	    "{\"a\":\"x\\\"\\\\\\n\\u0001\x7f/\xc3\xa9\",\"b\":[0,9007199254740991,"
	    "\"9007199254740992\",\"18446744073709551615\",-5,\"-9223372036854775808\",\"7\"],"
	    "\"c\":{},\"d\":true,\"e\":null,\"f\":\"00ab\"}");
	buf_free(&b);
}

static void
replaces_what_is_not_utf8(void **state)
{
	/* A stray byte, an overlong slash, a surrogate, a cut character. */
	static const char raw[] = "\xff|\xc0\xaf|\xed\xa0\x80|\xe2\x82";
	struct buf b = { 0 };
	struct json j;

	(void)state;
	json_init(&j, &b);
	json_text(&j, raw, sizeof raw - 1);
	assert_string_equal(buf_cstr(&b),
	    "\"\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|"
	    "\xef\xbf\xbd\xef\xbf\xbd\"");
	buf_free(&b);
}

static void
refuses_to_nest_without_end(void **state)
{
	struct buf b = { 0 };
	struct json j;

	(void)state;
	json_init(&j, &b);
	for (int i = 0; i < JSON_DEPTH_MAX + 5; i++)
		json_array(&j);
	assert_false(buf_ok(&b));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_canonical_form),
		cmocka_unit_test(replaces_what_is_not_utf8),
		cmocka_unit_test(refuses_to_nest_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
