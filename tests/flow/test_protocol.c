/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/protocol.h"

#include <string.h>

#include "unit.h"

static void
numbers_have_names(void **state)
{
	(void)state;
	assert_string_equal(protocol_name(1), "ICMP");
	assert_string_equal(protocol_name(6), "TCP");
	assert_string_equal(protocol_name(17), "UDP");
	assert_string_equal(protocol_name(47), "GRE");
	assert_string_equal(protocol_name(50), "ESP");
	assert_string_equal(protocol_name(58), "ICMPv6");
	assert_string_equal(protocol_name(89), "OSPF");
	assert_string_equal(protocol_name(132), "SCTP");
	assert_string_equal(protocol_name(136), "UDPLite");
	assert_null(protocol_name(61));
	assert_null(protocol_name(255));
	assert_null(protocol_name(256));
	assert_null(protocol_name(UINT32_MAX));
}

static void
names_are_words_and_parse_to_their_number(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		const char *name = protocol_name(i);
		uint8_t number = 0;

		if (name == NULL)
			continue;
		assert_true(strlen(name) < PROTOCOL_NAME_MAX);
		assert_null(strpbrk(name, " \t,\"()"));
		assert_true(protocol_parse(name, &number));
		assert_int_equal(number, i);
	}
}

static void
parses_names_in_any_case_and_numbers(void **state)
{
	static const struct {
		const char *text;
		uint8_t number;
	} good[] = { { "tcp", 6 }, { "Tcp", 6 }, { "icmp6", 58 }, { "icmpv6", 58 },
		{ "ipv6-icmp", 58 }, { "ospf", 89 }, { "0", 0 }, { "255", 255 } };
	static const char *const bad[] = { "", "tc", "tcpp", "256", "-1", "6 ", "0x6" };
	uint8_t number = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(protocol_parse(good[i].text, &number));
		assert_int_equal(number, good[i].number);
	}
	number = 77;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(protocol_parse(bad[i], &number));
	assert_int_equal(number, 77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_names),
		cmocka_unit_test(names_are_words_and_parse_to_their_number),
		cmocka_unit_test(parses_names_in_any_case_and_numbers),
	};

	return cmocka_run_group_tests_name("flow/protocol", tests, NULL, NULL);
}
