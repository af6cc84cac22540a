/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/key.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

/* All 32-octet numbers here are little-endian, as RFC 8032 section 5.1 has them. */
static const uint8_t field_prime[KEY_SIZE] = { 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f };

static const uint8_t group_order[KEY_SIZE] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
	0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0x10 };

/* The y of the eight points whose order divides 8; each with both signs of x. */
static const uint8_t small_order[][KEY_SIZE] = {
	{ 0 }, /* order 4 */
	{ 1 }, /* order 1, the identity */
	{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0x7f }, /* order 2: p - 1 */
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
	    0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
	    0xfc, 0x05 }, /* order 8 */
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
	    0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
	    0x03, 0x7a }, /* order 8 */
};

/* a < b */
static bool
below(const uint8_t a[KEY_SIZE], const uint8_t b[KEY_SIZE])
{
	for (int i = KEY_SIZE - 1; i >= 0; i--)
		if (a[i] != b[i])
			return a[i] < b[i];
	return false;
}

const char *
key_weakness(const uint8_t public[KEY_SIZE])
{
	uint8_t y[KEY_SIZE];

	memcpy(y, public, KEY_SIZE);
	y[KEY_SIZE - 1] &= 0x7f; /* the highest bit is x's sign */
	if (!below(y, field_prime))
		return "not a canonical encoding: y is not below p";
	for (size_t i = 0; i < sizeof small_order / sizeof *small_order; i++)
		if (memcmp(y, small_order[i], KEY_SIZE) == 0)
			return "a point of small order";
	return NULL;
}

static const char *
signature_weakness(const uint8_t signature[SIGNATURE_SIZE])
{
	static const uint8_t zero[KEY_SIZE];
	const uint8_t *s = signature + KEY_SIZE;

	if (!below(s, group_order))
		return "S is not below the group's order";
	if (memcmp(s, zero, KEY_SIZE) == 0)
		return "S is zero";
	return NULL;
}

static enum status
library_fault(struct fault *f)
{
	return fault_set(f, STATUS_NO_MEMORY, NULL, "the library's Ed25519 failed");
}

enum status
key_public(const uint8_t secret[KEY_SIZE], uint8_t public[KEY_SIZE], struct fault *f)
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, KEY_SIZE);
	size_t len = KEY_SIZE;
	bool ok = pkey != NULL && EVP_PKEY_get_raw_public_key(pkey, public, &len) == 1 &&
	    len == KEY_SIZE;

	EVP_PKEY_free(pkey);
	return ok ? STATUS_OK : library_fault(f);
}

enum status
key_generate(uint8_t secret[KEY_SIZE], uint8_t public[KEY_SIZE], struct fault *f)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	size_t secret_len = KEY_SIZE;
	size_t public_len = KEY_SIZE;
	bool ok = pkey != NULL && EVP_PKEY_get_raw_private_key(pkey, secret, &secret_len) == 1 &&
	    EVP_PKEY_get_raw_public_key(pkey, public, &public_len) == 1 && secret_len == KEY_SIZE &&
	    public_len == KEY_SIZE;

	EVP_PKEY_free(pkey);
	return ok ? STATUS_OK : library_fault(f);
}

enum status
key_sign(const uint8_t secret[KEY_SIZE], const void *data, size_t len,
    uint8_t signature[SIGNATURE_SIZE], struct fault *f)
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, KEY_SIZE);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t got[SIGNATURE_SIZE];
	size_t got_len = sizeof got;
	bool ok = pkey != NULL && ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestSign(ctx, got, &got_len, data, len) == 1 && got_len == SIGNATURE_SIZE;

	if (ok)
		memcpy(signature, got, SIGNATURE_SIZE);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok ? STATUS_OK : library_fault(f);
}

/* The library had no memory since its errors were cleared: malloc said so, or it did itself. */
static bool
lacked_memory(void)
{
	unsigned long code;
	bool lacked = errno == ENOMEM;

	while ((code = ERR_get_error()) != 0)
		lacked |= ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
	return lacked;
}

/*
 * 1: the signature is of this text; 0: it is not; -1: that could not be computed.  The library says
 * no also where its memory does not suffice.
 */
static int
verify(const uint8_t public[KEY_SIZE], const void *data, size_t len,
    const uint8_t signature[SIGNATURE_SIZE])
{
	EVP_PKEY *pkey;
	EVP_MD_CTX *ctx;
	int verdict = -1;

	ERR_clear_error();
	errno = 0;
	pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public, KEY_SIZE);
	ctx = EVP_MD_CTX_new();
	if (pkey != NULL && ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1)
		verdict = EVP_DigestVerify(ctx, signature, SIGNATURE_SIZE, data, len) == 1;
	if (verdict == 0 && lacked_memory())
		verdict = -1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return verdict;
}

/*
 * Where it had no memory at the wrong moment the library refuses whatever it is given from then on:
 * RFC 8032, section 7.1, test 2.
 */
static bool
library_works(void)
{
	static const uint8_t public[KEY_SIZE] = { 0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92,
		0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc, 0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c,
		0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c };
	static const uint8_t signature[SIGNATURE_SIZE] = { 0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca,
		0xb8, 0x72, 0x0e, 0x82, 0x0b, 0x5f, 0x64, 0x25, 0x40, 0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50,
		0x3f, 0x8f, 0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda, 0x08, 0x5a, 0xc1, 0xe4, 0x3e,
		0x15, 0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d, 0x8c, 0x38, 0x7b, 0x2e, 0xae,
		0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00 };

	return verify(public, "\x72", 1, signature) == 1;
}

enum status
key_check(const uint8_t public[KEY_SIZE], const uint8_t signature[SIGNATURE_SIZE], struct fault *f)
{
	const char *weak = key_weakness(public);

	if (weak != NULL)
		return fault_set(f, STATUS_KEY, NULL, "the public key is %s", weak);
	weak = signature_weakness(signature);
	if (weak != NULL)
		return fault_set(f, STATUS_DIFFERS, NULL, "the signature's %s", weak);
	return STATUS_OK;
}

enum status
key_verify(const uint8_t public[KEY_SIZE], const void *data, size_t len,
    const uint8_t signature[SIGNATURE_SIZE], struct fault *f)
{
	enum status rc = key_check(public, signature, f);
	int verdict;

	if (rc != STATUS_OK)
		return rc;
	verdict = verify(public, data, len, signature);
	/* Once more before anybody is accused. */
	if (verdict == 0)
		verdict = verify(public, data, len, signature);
	if (verdict < 0 || (verdict == 0 && !library_works()))
		return library_fault(f);
	return verdict == 1 ? STATUS_OK :
	    fault_set(f, STATUS_DIFFERS, NULL, "the signature is not of this text by this key");
}

uint8_t *
key_keep(const uint8_t secret[KEY_SIZE])
{
	uint8_t *kept = OPENSSL_secure_malloc(KEY_SIZE);

	if (kept != NULL)
		memcpy(kept, secret, KEY_SIZE);
	return kept;
}

void
key_drop(uint8_t *kept)
{
	OPENSSL_secure_clear_free(kept, KEY_SIZE);
}

void
key_wipe(uint8_t secret[KEY_SIZE])
{
	OPENSSL_cleanse(secret, KEY_SIZE);
}
