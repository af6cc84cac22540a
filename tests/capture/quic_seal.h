/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_CAPTURE_QUIC_SEAL_H
#define TESTS_CAPTURE_QUIC_SEAL_H

/* A QUIC Initial packet around frames, as a client protects it (RFC 9001 section 5). */

#include <openssl/evp.h>
#include <string.h>

#include "base/buf.h"
#include "capture/quic_initial.h"

struct sealing {
	uint32_t version;
	const uint8_t *cid;      /* in the packet */
	size_t cid_len;
	const uint8_t *keys_cid; /* that the keys come from; NULL: the same */
	size_t token;            /* octets */
	uint32_t number;         /* in four octets */
};

static inline bool
seal_aes(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, const uint8_t *head,
    size_t head_len, const uint8_t *in, size_t len, uint8_t *out, uint8_t *tag)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;
	bool good = ctx != NULL && EVP_EncryptInit_ex(ctx, cipher, NULL, key, iv) == 1 &&
	    (head == NULL || EVP_EncryptUpdate(ctx, NULL, &n, head, (int)head_len) == 1) &&
	    EVP_EncryptUpdate(ctx, out, &n, in, (int)len) == 1 &&
	    (tag == NULL || (EVP_EncryptFinal_ex(ctx, out + n, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, tag) == 1));

	EVP_CIPHER_CTX_free(ctx);
	return good;
}

static inline void
seal_header(struct buf *b, const struct sealing *s, const struct quic_version *v, size_t payload)
{
	size_t length = 4 + payload + 16;

	buf_u8(b, (uint8_t)(0xc3 | v->initial << 4));
	buf_be32(b, s->version);
	buf_u8(b, (uint8_t)s->cid_len);
	buf_put(b, s->cid, s->cid_len);
	buf_u8(b, 0);
	buf_be16(b, (uint16_t)(0x4000 | s->token));
	for (size_t i = 0; i < s->token; i++)
		buf_u8(b, 0xee);
	buf_be16(b, (uint16_t)(0x4000 | length));
	buf_be32(b, s->number);
}

/* Appends the packet; false where something fails.  The frames are at most 4000 octets. */
static inline bool
seal_initial(struct buf *b, const struct sealing *s, const uint8_t *frames, size_t len)
{
	const struct quic_version *v = quic_version_find(s->version);
	struct quic_keys k;
	struct buf head = { .data = NULL };
	uint8_t out[4096], tag[16], mask[16], nonce[12];
	size_t number;
	bool good;

	seal_header(&head, s, v, len);
	number = head.len - 4;
	good = buf_ok(&head) && len <= 4000 &&
	    quic_client_keys(v, s->keys_cid != NULL ? s->keys_cid : s->cid, s->cid_len, &k);
	memcpy(nonce, k.iv, sizeof(nonce));
	for (size_t i = 0; good && i < 4; i++)
		nonce[8 + i] ^= head.data[number + i];
	good = good && seal_aes(EVP_aes_128_gcm(), k.key, nonce, head.data, head.len, frames, len,
	    out, tag);
	memcpy(out + len, tag, sizeof(tag));
	/* the sample begins behind the four octets of the number, RFC 9001 section 5.4.2 */
	good = good && seal_aes(EVP_aes_128_ecb(), k.hp, NULL, NULL, 0, out, 16, mask, NULL);
	if (good) {
		head.data[0] ^= mask[0] & 0x0f;
		for (size_t i = 0; i < 4; i++)
			head.data[number + i] ^= mask[1 + i];
		buf_put(b, head.data, head.len);
		buf_put(b, out, len + 16);
	}
	buf_free(&head);
	return good;
}

/* A CRYPTO frame. */
static inline void
seal_crypto(struct buf *b, size_t offset, const uint8_t *data, size_t len)
{
	buf_u8(b, 6);
	buf_be16(b, (uint16_t)(0x4000 | offset));
	buf_be16(b, (uint16_t)(0x4000 | len));
	buf_put(b, data, len);
}

#endif
