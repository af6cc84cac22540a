/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "unit.h"

static void
addresses_print_as_rfc_5952(void **state)
{
	static const char *const canonical[] = { "0.0.0.0", "255.255.255.255", "10.0.200.1", "::",
		"::1", "2001:db8::1", "2001:db8:0:1:1:1:1:1", "2001:0:0:1::1", "2001:db8::1:0:0:1",
		"fe80::", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "::8", "1::" };
	struct address a;
	char out[TEXT_ADDRESS_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(canonical); i++) {
		assert_true(text_parse_address(canonical[i], &a));
		assert_int_equal(text_address(out, &a), strlen(canonical[i]));
		assert_string_equal(out, canonical[i]);
	}
	assert_false(text_parse_address("1.2.3", &a));
	assert_false(text_parse_address("example.com", &a));
	assert_false(text_parse_address("", &a));
}

static void
times_print_in_utc(void **state)
{
	char out[TEXT_TIME_MAX];

	(void)state;
	text_time_micros(out, 1700000000123456);
	assert_string_equal(out, "2023-11-14T22:13:20.123456Z");
	text_time_micros(out, -1);
	assert_string_equal(out, "1969-12-31T23:59:59.999999Z");
	text_time_nanos(out, 4291747199999999999);
	assert_string_equal(out, "2105-12-31T23:59:59.999999999Z");
	text_time_micros(out, 951782400000000);
	assert_string_equal(out, "2000-02-29T00:00:00.000000Z");
	text_time_micros(out, INT64_MAX);
	assert_string_equal(out, "@9223372036854.775807");
	text_time_micros(out, INT64_MIN);
	assert_string_equal(out, "@-9223372036854.775808");
	text_time_nanos(out, INT64_MIN);
	assert_string_equal(out, "1677-09-21T00:12:43.145224192Z");
}

static void
times_parse_in_every_form(void **state)
{
	static const struct {
		const char *text;
		int64_t nanos;
	} good[] = { { "2023-11-14T22:13:20Z", 1700000000000000000 },
		{ "2023-11-14T22:13:20", 1700000000000000000 },
		{ "2023-11-14 22:13:20.5Z", 1700000000500000000 },
		{ "2023-11-15T00:13:20+02:00", 1700000000000000000 },
		{ "2023-11-14T17:13:20-0500", 1700000000000000000 },
		{ "@1700000000.123456789", 1700000000123456789 }, { "@-1", -1000000000 }, { "@-1.5", -1500000000 },
		{ "@-9223372036.854775808", INT64_MIN },
		{ "1677-09-21T00:12:43.145224192Z", INT64_MIN },
		{ "2262-04-11T23:47:16.854775807Z", INT64_MAX },
		{ "2023/11/14.22:13:20", 1700000000000000000 },
		{ "2023/11/14.22:13:20.250", 1700000000250000000 },
		{ "2023-11-14", 1699920000000000000 } };
	static const char *const bad[] = { "", "2023", "2023-13-01", "2023-02-29", "2023-11-14T25:00",
		"2023-11-14T22:13:20X", "@", "@1x", "2023-11-14T22:13:20.", "@99999999999999999999",
		"2023-11/14", "9999-12-31T23:59:59Z" };
	int64_t v = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(text_parse_time(good[i].text, &v));
		assert_int_equal(v, good[i].nanos);
	}
	v = 77;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(text_parse_time(bad[i], &v));
	assert_int_equal(v, 77);
}

static void
durations_and_numbers_parse(void **state)
{
	int64_t d = 0;
	uint64_t s = 0;

	(void)state;
	assert_true(text_parse_duration("300", &d) && d == 300000000000);
	assert_true(text_parse_duration("1.5s", &d) && d == 1500000000);
	assert_true(text_parse_duration("200ms", &d) && d == 200000000);
	assert_true(text_parse_duration("2h", &d) && d == 7200000000000);
	assert_true(text_parse_duration("0.5m", &d) && d == 30000000000);
	assert_false(text_parse_duration("-1s", &d));
	assert_false(text_parse_duration("5y", &d));
	assert_false(text_parse_duration("99999999999999w", &d));
	assert_true(text_parse_u64("65535", 65535, &s) && s == 65535);
	assert_false(text_parse_u64("65536", 65535, &s));
	assert_false(text_parse_u64("9", 5, &s));
	assert_true(text_parse_u64("0", 0, &s) && s == 0);
}

static void
escapes_what_moves_a_terminal(void **state)
{
	char out[64];
	uint8_t raw[2];

	(void)state;
	text_escape(out, sizeof out, "a\033[2Jb", 6);
	assert_string_equal(out, "a\\x1b[2Jb");
	text_escape(out, sizeof out, "gr\xc3\xbc\xff", 5);
	assert_string_equal(out, "gr\xc3\xbc\\xff");
	text_escape(out, sizeof out, "\xe2\x80\xae.exe", 7); /* right-to-left override */
	assert_string_equal(out, "\\xe2\\x80\\xae.exe");
	text_escape(out, 6, "abc\x01", 4);
	assert_string_equal(out, "abc");
	assert_true(text_parse_hex("0aff", raw, 2) && raw[0] == 10 && raw[1] == 255);
	assert_false(text_parse_hex("0AFF", raw, 2));
	assert_false(text_parse_hex("0af", raw, 2));
	assert_true(text_parse_hex_typed("0AfF", raw, 2) && raw[0] == 10 && raw[1] == 255);
	assert_false(text_parse_hex_typed("0AfG", raw, 2));
	assert_false(text_parse_hex_typed("0Af", raw, 2));
}

/* Taken is what text_address writes and nothing else, of exactly these octets. */
static void
ipv4_as_written(void **state)
{
	static const char *const refused[] = { "", "1", "1.2.3", "1.2.3.", "1.2.3.4.", ".1.2.3.4", "1.2.3.4.5",
		"1..3.4", "01.2.3.4", "1.2.3.04", "00.0.0.0", "256.2.3.4", "1.2.3.256", "1.2.3.260",
		"1.2.3.999", "1.2.3.1000", "1.2.3.4 ", " 1.2.3.4", "1.2.3.a", "::1", "1.2.3.-4", "1,2.3.4" };
	static const uint8_t numbers[] = { 0, 1, 9, 10, 25, 26, 99, 100, 199, 200, 249, 250, 255 };
	struct address a, got;
	char text[TEXT_ADDRESS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		assert_false(text_parse_ipv4((const uint8_t *)refused[i], strlen(refused[i]), &got));
	for (size_t i = 0; i < sizeof numbers * sizeof numbers; i++) {
		size_t len;

		a = (struct address){ { numbers[i / sizeof numbers], numbers[i % sizeof numbers],
			(uint8_t)i, (uint8_t)(255 - i) }, 4 };
		len = text_address(text, &a);
		assert_true(text_parse_ipv4((const uint8_t *)text, len, &got));
		assert_memory_equal(&got, &a, sizeof a);
		assert_false(text_parse_ipv4((const uint8_t *)text, len + 1, &got));
		if (len > 0 && a.octets[3] < 10)
			assert_false(text_parse_ipv4((const uint8_t *)text, len - 1, &got));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_print_as_rfc_5952),
		cmocka_unit_test(times_print_in_utc),
		cmocka_unit_test(times_parse_in_every_form),
		cmocka_unit_test(durations_and_numbers_parse),
		cmocka_unit_test(escapes_what_moves_a_terminal),
		cmocka_unit_test(ipv4_as_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
