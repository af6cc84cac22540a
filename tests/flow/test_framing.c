/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/framing.h"

#include "unit.h"

#include <string.h>

static void
heads(void **state)
{
	static const struct {
		uint8_t octets[16];
		size_t len;
		enum status status;
		size_t size;
		const char *why;
	} cases[] = {
		{ { 0 }, 0, STATUS_LIMIT, 4, NULL },
		{ { 0 }, 1, STATUS_LIMIT, 4, NULL },
		{ { 0, 10 }, 2, STATUS_LIMIT, 4, NULL },
		{ { 0, 10, 0 }, 3, STATUS_LIMIT, 4, NULL },
		{ { 0, 10, 0, 16 }, 4, STATUS_LIMIT, 16, NULL },
		{ { 0, 10, 0, 16 }, 15, STATUS_LIMIT, 16, NULL },
		{ { 0, 10, 0, 16 }, 16, STATUS_OK, 16, NULL },
		{ { 0, 10, 0xff, 0xff }, 16, STATUS_LIMIT, 65535, NULL },
		{ { 0, 10, 0, 15 }, 4, STATUS_MALFORMED, 4, "an IPFIX message of 15 octets" },
		{ { 0, 9 }, 2, STATUS_MALFORMED, 4, "NetFlow 9 has no message length" },
		{ { 0, 5, 0, 30 }, 16, STATUS_MALFORMED, 4, "NetFlow 5 has no message length" },
		{ "GET / HTTP/1.1", 14, STATUS_MALFORMED, 4, "the version is 18245, not 10" },
		{ { 0, 11, 0, 16 }, 16, STATUS_MALFORMED, 4, "the version is 11, not 10" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fault f = { 0 };
		size_t size;

		assert_int_equal(framing_next(cases[i].octets, cases[i].len, &size, &f), cases[i].status);
		assert_int_equal(size, cases[i].size);
		if (cases[i].why != NULL)
			assert_non_null(strstr(f.text, cases[i].why));
	}
}

/* A message of so many octets with one data set that fills it. */
static size_t
message(uint8_t *to, uint16_t len, uint16_t set)
{
	memset(to, 0xee, len);
	to[0] = 0;
	to[1] = 10;
	to[2] = (uint8_t)(len >> 8);
	to[3] = (uint8_t)len;
	to[16] = (uint8_t)(set >> 8);
	to[17] = (uint8_t)set;
	to[18] = (uint8_t)((len - 16) >> 8);
	to[19] = (uint8_t)(len - 16);
	return len;
}

static void
goes_on_behind_damage(void **state)
{
	uint8_t data[512];
	size_t len;

	(void)state;
	memset(data, 0, sizeof data);
	/* 50 octets that only seem to hold a beginning */
	data[7] = 10;
	data[9] = 40;
	len = 50;
	len += message(data + len, 60, 256);
	len += message(data + len, 24, 2);
	assert_int_equal(framing_find(data, len, true), 50);
	assert_int_equal(framing_find(data, len, false), 50);
	/* nothing contradicts a message of which only the beginning is there, unless nothing follows */
	assert_int_equal(framing_find(data, 50 + 60, true), 50);
	assert_int_equal(framing_find(data, 50 + 59, true), 50 + 59);
	assert_int_equal(framing_find(data, 50 + 59, false), 50);
	/* a set that cannot be */
	message(data + 50, 60, 1);
	assert_int_equal(framing_find(data, len, true), 110);
	message(data + 50, 60, 256);
	data[50 + 19] = 45; /* longer than its message */
	assert_int_equal(framing_find(data, len, true), 110);
	data[50 + 19] = 43; /* shorter, and what is behind it is no set */
	assert_int_equal(framing_find(data, len, true), 110);
	/* whatever is behind it */
	message(data + 50, 60, 256);
	data[111] = 9;
	assert_int_equal(framing_find(data, len, true), 50);
	/* an empty message is one */
	memset(data, 0xff, 32);
	memcpy(data + 8, "\0\12\0\20", 4);
	assert_int_equal(framing_find(data, 24, true), 8);
	assert_int_equal(framing_find(data, 0, true), 0);
	assert_int_equal(framing_find(data, 1, true), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads),
		cmocka_unit_test(goes_on_behind_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
