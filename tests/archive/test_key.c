/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/key.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
store(const char *path, const uint8_t *text, size_t len)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* The one that reads a file judges as the library does: texts, signatures and keys with bits flipped. */
static void
test_of_a_file(void **state)
{
	enum { ROUNDS = 40, TEXT_MAX = 70000 };
	static uint8_t text[TEXT_MAX];
	char path[] = "/tmp/test_key.XXXXXX";
	uint8_t secret[KEY_SIZE], public[KEY_SIZE], signature[SIGNATURE_SIZE];
	unsigned good = 0;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	for (unsigned i = 0; i < ROUNDS; i++) {
		size_t len = i < 3 ? i : i % 5 == 0 ? 65536 + i : 37 * i;
		enum status want;

		for (size_t k = 0; k < len; k++)
			text[k] = (uint8_t)(k * i);
		assert_int_equal(key_generate(secret, public, NULL), STATUS_OK);
		assert_int_equal(key_sign(secret, text, len, signature, NULL), STATUS_OK);
		if (i % 4 == 1)
			signature[i] ^= (uint8_t)(1 << i % 8);
		if (i % 4 == 2)
			public[i % KEY_SIZE] ^= (uint8_t)(1 << i % 8);
		if (i % 4 == 3)
			text[len / 2] ^= 1;
		store(path, text, len);
		want = key_verify(public, text, len, signature, NULL);
		assert_int_equal(key_verify_file(public, path, len, signature, NULL), want);
		good += want == STATUS_OK;
		if (len > 0 && want == STATUS_OK)
			assert_int_equal(key_verify_file(public, path, len - 1, signature, NULL),
			    STATUS_DIFFERS);
	}
	assert_int_equal(good, ROUNDS / 4);
	memset(public, 0, sizeof public);
	assert_int_equal(key_verify_file(public, path, 1, signature, NULL), STATUS_KEY);
	assert_int_equal(unlink(path), 0);
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

/* What the library says, without our rules. */
static bool
library_accepts(const uint8_t public[KEY_SIZE], const void *text, size_t len,
    const uint8_t signature[SIGNATURE_SIZE])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public, KEY_SIZE);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool accepted;

	assert_non_null(pkey);
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey), 1);
	accepted = EVP_DigestVerify(ctx, signature, SIGNATURE_SIZE, text, len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return accepted;
}

/*
 * One signature, made without any secret (R = 12345 B, S = 12345), that holds for a text under each
 * of the eight points of small order: the text is such that H(R, A, text) A is the identity.
 */
static void
test_signatures_under_small_order(void **state)
{
	static const char made[] = "ef4f62f8479733ad879cfaced3c89a9c39dd4fc795ef2efa1c3eafe4d729a081"
		    "3930000000000000000000000000000000000000000000000000000000000000";
	static const struct {
		const char *key;
		uint8_t text[2];
	} points[] = {
		{ "0100000000000000000000000000000000000000000000000000000000000000",
		    { 0x00, 0x00 } },
		{ "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		    { 0x08, 0x00 } },
		{ "0000000000000000000000000000000000000000000000000000000000000000",
		    { 0x00, 0x00 } },
		{ "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		    { 0x05, 0x00 } },
		{ "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		    { 0x01, 0x00 } },
		{ "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		    { 0x04, 0x00 } },
		{ "0000000000000000000000000000000000000000000000000000000000000080",
		    { 0x02, 0x00 } },
		{ "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		    { 0x00, 0x00 } },
	};
	uint8_t signature[SIGNATURE_SIZE];

	(void)state;
	hex(signature, made);
	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		uint8_t key[KEY_SIZE];

		hex(key, points[i].key);
		assert_true(library_accepts(key, points[i].text, 2, signature));
		assert_int_equal(key_verify(key, points[i].text, 2, signature, NULL), STATUS_KEY);
		assert_string_equal(key_weakness(key), "a point of small order");
	}
}

/* R is the identity, once as RFC 8032 writes it and once with y = p + 1. */
static void
test_point_not_canonical(void **state)
{
	uint8_t key[KEY_SIZE];
	uint8_t signature[SIGNATURE_SIZE];

	(void)state;
	hex(key, "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8");
	hex(signature, "0100000000000000000000000000000000000000000000000000000000000000"
		    "5129092a73acadb1fcd9c3de95b9a2a33279c4a1985f2c48558702232a367308");
	assert_int_equal(key_verify(key, "m", 1, signature, NULL), STATUS_OK);
	hex(signature, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
		    "897c511a74f9cbd0907793ca656d3fb31ead7e151348313e458ea5ccf094c20d");
	assert_int_equal(key_verify(key, "m", 1, signature, NULL), STATUS_DIFFERS);
}

/* A key with a part of order 8: what holds only when it is multiplied by the cofactor is refused. */
static void
test_without_the_cofactor(void **state)
{
	uint8_t key[KEY_SIZE];
	uint8_t signature[SIGNATURE_SIZE];

	(void)state;
	hex(key, "b154bd62188ae283dd187fefe8c31f5e276edf083b4cff11c9d5cff856c74440");
	hex(signature, "1d84c09c915b1e355f4130b3950f6754270b37696f36f1b6ca5d4a9b4cf48860"
		    "4543c5e1d9956d185f6342ec768f5c7ac44142000062e2fd84cd8e16d4f06403");
	assert_int_equal(key_verify(key, "\x09", 1, signature, NULL), STATUS_OK);
	hex(signature, "1d84c09c915b1e355f4130b3950f6754270b37696f36f1b6ca5d4a9b4cf48860"
		    "e647bbfde584f8e791114e5d66f3a631a61663774d2c72e73532f520b0501206");
	assert_int_equal(key_verify(key, "\x00", 1, signature, NULL), STATUS_DIFFERS);
}

static void
test_zero_s(void **state)
{
	uint8_t key[KEY_SIZE];
	uint8_t signature[SIGNATURE_SIZE];
	struct fault f = { 0 };

	(void)state;
	hex(key, PUBLIC);
	hex(signature, SIGNATURE);
	memset(signature + KEY_SIZE, 0, KEY_SIZE);
	assert_int_equal(key_verify(key, "\x72", 1, signature, &f), STATUS_DIFFERS);
	assert_string_equal(f.text, "the signature's S is zero");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc_8032),
		cmocka_unit_test(test_of_a_file), cmocka_unit_test(test_generated),
		cmocka_unit_test(test_weak_keys),
		cmocka_unit_test(test_large_s),
		cmocka_unit_test(test_zero_s),
		cmocka_unit_test(test_signatures_under_small_order),
		cmocka_unit_test(test_point_not_canonical),
		cmocka_unit_test(test_without_the_cofactor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
