/* SPDX-License-Identifier: BSD-2-Clause */
/* FoxIO's JA4; the hashes below are of `printf '%s' LIST | sha256sum | cut -c1-12`. */
#include "capture/ja4.h"

#include "tests/capture/hello.h"
#include "tests/unit.h"

static void
assert_ja4(const struct hello *spec, const char *want)
{
	struct buf b = { .data = NULL };
	struct client_hello h;
	char text[JA4_SIZE];

	hello_put(&b, spec);
	assert_true(client_hello_read(&h, HELLO_TLS, b.data + TLS_HANDSHAKE_HEADER,
	    b.len - TLS_HANDSHAKE_HEADER, false));
	assert_true(h.whole);
	assert_true(ja4_text(&h, text));
	assert_string_equal(text, want);
	buf_free(&b);
}

static void
the_published_example(void **state)
{
	(void)state;
	assert_ja4(&hello_example, "t" HELLO_JA4);
}

static void
without_a_name_without_lists(void **state)
{
	static const uint16_t none[] = { 0 }, grease[] = { 0x0a0a, 0xfafa, 0 };
	struct hello spec = hello_example;

	(void)state;
	spec.name = NULL;
	assert_ja4(&spec, "t13i1515h2_8daaf6152771_e5627efa2ab1");
	spec.ciphers = grease;
	assert_ja4(&spec, "t13i0015h2_000000000000_e5627efa2ab1");
	spec.extensions = none;
	spec.alpn = NULL;
	spec.algorithms = NULL;
	spec.versions = NULL;
	assert_ja4(&spec, "t12i000000_000000000000_000000000000");
	/* extensions that are all left out of the list */
	spec.name = "a";
	assert_ja4(&spec, "t12d000100_000000000000_000000000000");
}

static void
protocols(void **state)
{
	static const struct {
		const char *wire, *letters;
	} cases[] = { { "\2h2", "h2" }, { "\1h", "hh" }, { "\10http/1.1", "h1" }, { "\2\xab\xcd", "ad" },
		{ "\1\xab", "ab" }, { "\3" "0\x01\xab", "3b" }, { "\4" "0\xab\xcd" "1", "01" },
		{ "\3h2 ", "60" }, { "\2h", "00" }, { "\1", "00" } };
	struct hello spec = hello_example;
	char want[] = "t13d1516??_8daaf6152771_e5627efa2ab1";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		spec.alpn = cases[i].wire;
		memcpy(want + 8, cases[i].letters, 2);
		assert_ja4(&spec, want);
	}
}

static void
versions(void **state)
{
	static const struct {
		uint16_t legacy, offered;
		const char *text;
	} cases[] = { { 0x303, 0x304, "13" }, { 0x303, 0, "12" }, { 0x302, 0, "11" }, { 0x301, 0, "10" },
		{ 0x300, 0, "s3" }, { 0x303, 0x7f1c, "00" }, { 0x303, 0x1a1a, "12" } };
	struct hello spec = hello_example;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const uint16_t offered[] = { cases[i].offered, 0 };
		char want[] = "t??d1516h2_8daaf6152771_e5627efa2ab1";

		memcpy(want + 1, cases[i].text, 2);
		spec.legacy = cases[i].legacy;
		spec.versions = offered;
		assert_ja4(&spec, want);
	}
}

/* Counts stop at 99; the hash is of all. */
static void
many_ciphers(void **state)
{
	static uint16_t many[121];
	struct hello spec = hello_example;

	(void)state;
	for (unsigned i = 0; i < 120; i++)
		many[i] = (uint16_t)(0xc078 - i);
	spec.ciphers = many;
	/* seq 49153 49272 | xargs printf '%04x\n' | paste -sd, */
	assert_ja4(&spec, "t13d9916h2_36b831b28c7c_e5627efa2ab1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_example),
		cmocka_unit_test(without_a_name_without_lists),
		cmocka_unit_test(protocols),
		cmocka_unit_test(versions),
		cmocka_unit_test(many_ciphers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
