/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_ORIGIN_H
#define VERIFY_ORIGIN_H

/* The genesis: segment 0 of the result, and what the chain starts from. */

#include "archive/genesis.h"
#include "verify/known.h"
#include "verify/page.h"
#include "verify/result.h"

struct origin {
	bool there;                /* genesis.json is a file that could be read */
	bool parsed;               /* the fields below hold */
	char archive[ARCHIVE_ID_HEX];
	uint8_t key[KEY_SIZE];     /* key 0 */
	uint8_t next_key[KEY_SIZE];
	bool key_in_file;
	unsigned layout;           /* where its writers put segments: a hint */
	bool is_continuation;
	struct genesis_continues continues;
	bool no_memory;            /* for what it says, or for its signature */
	struct page page;
};

/* Reads genesis.json and genesis.sig and learns what they say, without believing it. */
void origin_read(struct origin *o, const char *archive);
/*
 * With r's genesis and its anchor known or not: adds segment 0 with its findings.
 * some_manifests: candidates lie in the archive, so that its genesis must have been there.
 */
void origin_check(const struct origin *o, struct result *r, bool some_manifests,
    struct known *known);
void origin_free(struct origin *o);

#endif
