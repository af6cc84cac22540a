/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/filter_canonical.h"

#include <string.h>

#include "replay/filter.h"
#include "unit.h"

static void
canonical(const char *text, char *out, size_t size)
{
	struct buf b = { 0 };

	filter_canonical(text, &b);
	assert_true(buf_ok(&b) && b.len < size);
	strcpy(out, buf_cstr(&b));
	buf_free(&b);
}

static void
one_spelling(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = { { "", "" }, { "  # nothing\n ", "" }, { "tcp", "tcp" },
		{ " tcp&&\tport 53", "tcp and port 53" }, { "TCP AND NOT(port 53||port 54)", "TCP and not (port 53 or port 54)" },
		{ "! src ip in[ 10.0.0.1,10.0.0.2 ]", "not src ip in [10.0.0.1, 10.0.0.2]" },
		{ "bytes>=10k # many\nand packets=3", "bytes >= 10k and packets == 3" },
		{ "app_name == 'a \"b\" # c'", "app_name == 'a \"b\" # c'" },
		{ "app_name <> \"x\"", "app_name != \"x\"" } };
	char got[256], again[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct filter *filter = NULL;
		struct fault f = { 0 };

		canonical(cases[i].text, got, sizeof got);
		assert_string_equal(got, cases[i].want);
		assert_int_equal(filter_parse(got, &filter, &f), STATUS_OK);
		filter_free(filter);
		canonical(got, again, sizeof again);
		assert_string_equal(again, got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(one_spelling) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
