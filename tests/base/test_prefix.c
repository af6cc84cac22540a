/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <string.h>

#include "base/prefix.h"

static bool
parse(const char *s, struct prefix *p)
{
	return prefix_parse(s, strlen(s), p);
}

static bool
has(const char *prefix, const char *address)
{
	struct prefix p;
	struct address a;

	assert_true(parse(prefix, &p));
	assert_true(text_parse_address(address, &a));
	return prefix_has(&p, &a);
}

static void
text_and_back(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "192.0.2.1/32", "192.0.2.1" },
		{ "192.0.2.255/24", "192.0.2.0/24" },
		{ "192.0.2.255;25", "192.0.2.128/25" },
		{ "255.255.255.255/1", "128.0.0.0/1" },
		{ "10.1.2.3/0", "0.0.0.0/0" },
		{ "2001:db8:ffff::1/33", "2001:db8:8000::/33" },
		{ "::1", "::1" },
		{ "2001:db8::1/127", "2001:db8::/127" },
	};
	struct prefix p;
	char text[PREFIX_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_true(parse(cases[i].in, &p));
		prefix_text(text, &p);
		assert_string_equal(text, cases[i].out);
	}
	assert_true(prefix_parse("192.0.2.1,more", 9, &p));
	assert_int_equal(p.bits, 32);
}

static void
refused(void **state)
{
	static const char *const cases[] = { "", "/24", "192.0.2.1/", "192.0.2.1/33", "::/129",
		"192.0.2/24", "192.0.2.1/-1", "192.0.2.1/24/8", "name", "192.0.2.1 ",
		"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/00000128" };
	struct prefix p;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_false(parse(cases[i], &p));
}

static void
members(void **state)
{
	(void)state;
	assert_true(has("192.0.2.1", "192.0.2.1"));
	assert_false(has("192.0.2.1", "192.0.2.0"));
	assert_true(has("192.0.2.0/23", "192.0.3.255"));
	assert_false(has("192.0.2.0/23", "192.0.4.0"));
	assert_true(has("0.0.0.0/0", "255.255.255.255"));
	assert_false(has("0.0.0.0/0", "::"));
	assert_false(has("::/0", "192.0.2.1"));
	assert_true(has("::/0", "2001:db8::1"));
	assert_true(has("2001:db8::/33", "2001:db8:7fff::"));
	assert_false(has("2001:db8::/33", "2001:db8:8000::"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_back),
		cmocka_unit_test(refused),
		cmocka_unit_test(members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
