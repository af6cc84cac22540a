/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_CHAIN_H
#define ARCHIVE_CHAIN_H

/*
 * The chain's primitives: the place that a checked manifest (or the genesis) gives to the
 * one that follows it, and the step from one to the next (nfseal-archive(5), CHAIN).
 */

#include "archive/genesis.h"
#include "archive/manifest.h"

struct chain {
	char archive[ARCHIVE_ID_HEX];
	uint64_t sequence;         /* of the last one that was checked */
	uint8_t sha256[SHA256_SIZE]; /* of its bytes */
	bool closed;               /* nothing can follow */
	uint8_t next_key[KEY_SIZE]; /* must sign sequence + 1 */
};

/*
 * Checks a genesis: its own signature, then its text; *out is the chain's start and *genesis
 * (may be NULL) the parsed text for genesis_free.  The fingerprint is out->sha256: whether
 * it is the right one is for the caller to know.  *code as manifest_parse, or SIGNATURE.
 */
MUST_USE enum status chain_start(const void *data, size_t len,
    const uint8_t signature[SIGNATURE_SIZE], const char *name, struct chain *out,
    struct genesis **genesis, const char **code, struct fault *f);
/*
 * The next manifest: signature by c->next_key first, then its text, archive, sequence and
 * previous hash; then *c moves on and *out (may be NULL) is the manifest.  Untouched on
 * failure; *code as manifest_parse, or SIGNATURE, CHAIN.
 */
MUST_USE enum status chain_follow(struct chain *c, const void *data, size_t len,
    const uint8_t signature[SIGNATURE_SIZE], const char *name, struct manifest **out,
    const char **code, struct fault *f);
/* The chain's place behind a manifest whose bytes hash to sha256 (known from a later one). */
void chain_after(struct chain *out, const struct manifest *m, const uint8_t sha256[SHA256_SIZE]);

#endif
