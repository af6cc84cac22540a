/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_GENESIS_H
#define ARCHIVE_GENESIS_H

/*
 * genesis.json, the archive's birth certificate: sequence 0 of its chain, signed by key 0,
 * whose public half it holds (nfseal-archive(5), GENESIS).  Its SHA-256 is the archive's
 * fingerprint.  Owned and borrowed as a manifest is.
 */

#include <stdbool.h>
#include <stdint.h>

#include "archive/manifest.h"

#define GENESIS_FORMAT "nfseal-genesis/1"

enum { GENESIS_SIZE_MAX = 64 << 10, GENESIS_LAYOUT_MAX = 8 };

/* The archive that this one continues, and its head as far as it was known. */
struct genesis_continues {
	char archive[ARCHIVE_ID_HEX];
	uint8_t genesis[SHA256_SIZE];
	uint64_t sequence;
	uint8_t manifest_sha256[SHA256_SIZE];
};

struct genesis {
	char archive[ARCHIVE_ID_HEX];
	struct manifest_time created;
	uint8_t key[KEY_SIZE];      /* public half of key 0, which signs this file */
	uint8_t next_key[KEY_SIZE]; /* of key 1, which signs manifest 1 */
	const char *key_storage;
	uint64_t layout;
	struct software software;
	bool is_continuation; /* false: "continues":null */
	struct genesis_continues continues;
	void *root;
};

void genesis_write(const struct genesis *g, struct buf *out);
/* As manifest_parse. */
MUST_USE enum status genesis_parse(const void *data, size_t len, const char *name,
    struct genesis **out, const char **code, struct fault *f);
/*
 * The public key that genesis bytes of which nothing is known yet say they are signed with:
 * only for checking that signature, before anything else is believed.  As
 * genesis_parse where there is none.
 */
MUST_USE enum status genesis_claimed_key(const void *data, size_t len, uint8_t key[KEY_SIZE],
    const char **code, struct fault *f);
void genesis_free(struct genesis *g);

#endif
