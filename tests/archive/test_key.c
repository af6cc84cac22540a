/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/key.h"

#include <string.h>

#include "base/text.h"
#include "unit.h"

/* RFC 8032 section 7.1, TEST 2. */
#define SECRET    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
#define PUBLIC    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
#define SIGNATURE "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" \
		  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"

static void
hex(void *out, const char *text)
{
	assert_true(text_parse_hex(text, out, strlen(text) / 2));
}

static void
test_rfc_8032(void **state)
{
	uint8_t secret[KEY_SIZE];
	uint8_t public[KEY_SIZE];
	uint8_t want[SIGNATURE_SIZE];
	uint8_t got[SIGNATURE_SIZE];

	(void)state;
	hex(secret, SECRET);
	hex(want, PUBLIC);
	assert_int_equal(key_public(secret, public, NULL), STATUS_OK);
	assert_memory_equal(public, want, KEY_SIZE);
	hex(want, SIGNATURE);
	assert_int_equal(key_sign(secret, "\x72", 1, got, NULL), STATUS_OK);
	assert_memory_equal(got, want, SIGNATURE_SIZE);
	assert_int_equal(key_verify(public, "\x72", 1, got, NULL), STATUS_OK);
	assert_int_equal(key_verify(public, "\x73", 1, got, NULL), STATUS_DIFFERS);
	for (size_t i = 0; i < SIGNATURE_SIZE * 8; i++) {
		got[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(key_verify(public, "\x72", 1, got, NULL), STATUS_DIFFERS);
		got[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

static void
test_generated(void **state)
{
	uint8_t a[KEY_SIZE];
	uint8_t b[KEY_SIZE];
	uint8_t public[KEY_SIZE];
	uint8_t again[KEY_SIZE];
	uint8_t zero[KEY_SIZE] = { 0 };

	(void)state;
	assert_int_equal(key_generate(a, public, NULL), STATUS_OK);
	assert_int_equal(key_public(a, again, NULL), STATUS_OK);
	assert_memory_equal(public, again, KEY_SIZE);
	assert_null(key_weakness(public));
	assert_int_equal(key_generate(b, again, NULL), STATUS_OK);
	assert_memory_not_equal(a, b, KEY_SIZE);
	key_wipe(a);
	assert_memory_equal(a, zero, KEY_SIZE);
}

static void
test_weak_keys(void **state)
{
	static const char *const weak[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};
	uint8_t identity_signature[SIGNATURE_SIZE] = { 1 }; /* of any text under the identity */

	(void)state;
	identity_signature[KEY_SIZE] = 0;
	for (size_t i = 0; i < ARRAY_LEN(weak); i++) {
		uint8_t key[KEY_SIZE];

		hex(key, weak[i]);
		assert_non_null(key_weakness(key));
		assert_int_equal(key_verify(key, "any", 3, identity_signature, NULL), STATUS_KEY);
	}
}

/* S and S + L are the same number to a careless verifier (RFC 8032 section 8.4). */
static void
test_large_s(void **state)
{
	static const uint8_t order[] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c,
		0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10 };
	uint8_t public[KEY_SIZE];
	uint8_t signature[SIGNATURE_SIZE];
	struct fault f = { 0 };
	unsigned carry = 0;

	(void)state;
	hex(public, PUBLIC);
	hex(signature, SIGNATURE);
	for (size_t i = 0; i < KEY_SIZE; i++) {
		carry += (unsigned)signature[KEY_SIZE + i] + order[i];
		signature[KEY_SIZE + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(key_verify(public, "\x72", 1, signature, &f), STATUS_DIFFERS);
	assert_string_equal(f.text, "the signature's S is not below the group's order");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc_8032),
		cmocka_unit_test(test_generated),
		cmocka_unit_test(test_weak_keys),
		cmocka_unit_test(test_large_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
