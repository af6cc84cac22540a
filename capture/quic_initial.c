/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/quic_initial.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

enum {
	SECRET = 32,
	LABEL_MAX = 32,
	SAMPLE = 16,
	SAMPLE_BEHIND = 4, /* octets behind the packet number's first, RFC 9001 section 5.4.2 */
	NUMBER_MAX = 4,
	TAG = 16,
	HEADER_MAX = 1500  /* a token may be long */
};

static const struct quic_version versions[] = {
	{ QUIC_V1, QUIC_V1,
	  { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
	    0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a }, 0, false, "quic" },
	{ QUIC_V2, QUIC_V2,
	  { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
	    0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 }, 1, false, "quicv2" },
	{ 0xff000021, 0xff000022, /* drafts 33 and 34 */
	  { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
	    0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a }, 0, false, "quic" },
	{ 0xff00001d, 0xff000020, /* 29 to 32 */
	  { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
	    0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 }, 0, false, "quic" },
	{ 0xff000017, 0xff00001c, /* 23 to 28 */
	  { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
	    0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 }, 0, false, "quic" },
	{ 0xfaceb002, 0xfaceb002, /* mvfst, as draft 27 */
	  { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
	    0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 }, 0, false, "quic" },
	{ 0xff000016, 0xff000016, /* draft 22 */
	  { 0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
	    0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a }, 0, false, "quic" },
	{ 0xfaceb001, 0xfaceb001, /* mvfst, as draft 22 */
	  { 0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
	    0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a }, 0, false, "quic" },
	{ 0x51303530, 0x51303530, /* Q050 */
	  { 0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94,
	    0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45 }, 0, true, "quic" },
	{ 0x54303530, 0x54303530, /* T050 */
	  { 0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
	    0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10 }, 0, false, "quic" },
};

const struct quic_version *
quic_version_find(uint32_t version)
{
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (version >= versions[i].first && version <= versions[i].last)
			return &versions[i];
	return NULL;
}

static bool
hmac(const uint8_t *key, size_t key_len, const uint8_t *data, size_t len, uint8_t out[SECRET])
{
	return HMAC(EVP_sha256(), key, (int)key_len, data, len, out, NULL) != NULL;
}

/*
 * HKDF-Expand-Label of RFC 8446 section 7.1 with an empty context and no more than one block:
 * HMAC(secret, length || "tls13 " label || empty || 1).
 */
static bool
expand(const uint8_t secret[SECRET], const char *prefix, const char *label, uint8_t *out,
    size_t len)
{
	uint8_t info[LABEL_MAX + 5], block[SECRET];
	const char *const parts[] = { "tls13 ", prefix, label };
	size_t n = 3;

	info[0] = 0;
	info[1] = (uint8_t)len;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t size = strlen(parts[i]);

		memcpy(info + n, parts[i], size);
		n += size;
	}
	info[2] = (uint8_t)(n - 3);
	info[n++] = 0;
	info[n++] = 1;
	if (!hmac(secret, SECRET, info, n, block))
		return false;
	memcpy(out, block, len);
	return true;
}

bool
quic_client_keys(const struct quic_version *v, const uint8_t *cid, size_t len,
    struct quic_keys *out)
{
	uint8_t initial[SECRET], client[SECRET];

	return hmac(v->salt, sizeof(v->salt), cid, len, initial) &&
	    expand(initial, "client", " in", client, SECRET) &&
	    expand(client, v->label, " key", out->key, sizeof(out->key)) &&
	    expand(client, v->label, " iv", out->iv, sizeof(out->iv)) &&
	    expand(client, v->label, " hp", out->hp, sizeof(out->hp));
}

/* RFC 9001 section 5.4.3: one block of AES over the sample. */
static bool
header_mask(const struct quic_keys *k, const uint8_t sample[SAMPLE], uint8_t mask[SAMPLE])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;
	bool good = ctx != NULL &&
	    EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, k->hp, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	    EVP_EncryptUpdate(ctx, mask, &len, sample, SAMPLE) == 1 && len == SAMPLE;

	EVP_CIPHER_CTX_free(ctx);
	return good;
}

static bool
open_payload(const struct quic_keys *k, const uint8_t nonce[12], const uint8_t *header,
    size_t header_len, const uint8_t *payload, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t tag[TAG];
	int n = 0;
	bool good;

	memcpy(tag, payload + len, TAG);
	good = ctx != NULL &&
	    EVP_DecryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, k->key, nonce) == 1 &&
	    EVP_DecryptUpdate(ctx, NULL, &n, header, (int)header_len) == 1 &&
	    EVP_DecryptUpdate(ctx, out, &n, payload, (int)len) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
	    EVP_DecryptFinal_ex(ctx, out + n, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return good;
}

bool
quic_open(const struct quic_keys *k, const uint8_t *packet, size_t len, size_t number,
    uint8_t *out, size_t *out_len)
{
	uint8_t mask[SAMPLE], header[HEADER_MAX], nonce[sizeof(k->iv)];
	size_t number_len, header_len;

	if (len > QUIC_PACKET_MAX || number > HEADER_MAX - NUMBER_MAX ||
	    number > len || len - number < SAMPLE_BEHIND + SAMPLE)
		return false;
	if (!header_mask(k, packet + number + SAMPLE_BEHIND, mask))
		return false;
	memcpy(header, packet, number + NUMBER_MAX);
	header[0] ^= mask[0] & 0x0f;
	number_len = (size_t)(header[0] & 3) + 1;
	header_len = number + number_len;
	memcpy(nonce, k->iv, sizeof(nonce));
	for (size_t i = 0; i < number_len; i++) {
		header[number + i] ^= mask[1 + i];
		nonce[sizeof(nonce) - number_len + i] ^= header[number + i];
	}
	if (len - header_len < TAG)
		return false;
	*out_len = len - header_len - TAG;
	return open_payload(k, nonce, header, header_len, packet + header_len, *out_len, out);
}
