/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_QUIC_INITIAL_H
#define CAPTURE_QUIC_INITIAL_H

/*
 * The protection of QUIC's Initial packets, which everybody can take off: its keys come from the
 * connection id that the client chose (RFC 9001 section 5.2, RFC 9369 section 3.3, and
 * the drafts and Google's versions that had it so).  No state.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	QUIC_CID_MAX = 20,     /* RFC 9000 section 17.2 */
	QUIC_PACKET_MAX = 4096 /* longer ones are not opened */
};

#define QUIC_V1 0x00000001u
#define QUIC_V2 0x6b3343cfu

struct quic_keys {
	uint8_t key[16]; /* AES-128-GCM */
	uint8_t iv[12];
	uint8_t hp[16];  /* header protection, AES-128-ECB */
};

/* How the Initial packets of a version look. */
struct quic_version {
	uint32_t first; /* of the versions that do so */
	uint32_t last;
	uint8_t salt[20];
	uint8_t initial;   /* the type in the first octet */
	bool chlo;         /* holds Google's CHLO instead of TLS */
	const char *label; /* before " key", " iv", " hp" */
};

/* NULL: a version whose packets we cannot open. */
const struct quic_version *quic_version_find(uint32_t version);

/* What the client protects with, where `cid` is its first destination connection id. */
bool quic_client_keys(const struct quic_version *v, const uint8_t *cid, size_t len,
    struct quic_keys *out);

/*
 * Opens one Initial packet of `len` octets, whose packet number begins at `number`: the frames
 * go to out (QUIC_PACKET_MAX), their octets to *out_len.  False where the tag is not right.
 */
bool quic_open(const struct quic_keys *k, const uint8_t *packet, size_t len, size_t number,
    uint8_t *out, size_t *out_len);

#endif
