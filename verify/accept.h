/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_ACCEPT_H
#define VERIFY_ACCEPT_H

/*
 * A manifest whose bytes are proven becomes a segment of the result: it is parsed, held
 * against its place in the chain, and its files go into the queue.
 */

#include "verify/claimant.h"
#include "verify/files.h"
#include "verify/known.h"
#include "verify/result.h"
#include "verify/tree.h"

/* What the last manifest says of the next one. */
struct place {
	bool key_known;
	bool key_doubtful; /* it is of a genesis that is not the known one */
	uint8_t key[KEY_SIZE];
	bool previous_known;
	uint8_t previous[SHA256_SIZE];
	bool closed;    /* nothing may follow */
	int64_t sealed; /* nanoseconds; 0: not known */
};

struct accept {
	const char *archive;
	struct tree *tree;
	struct files *files;
	struct known *known;
	struct result *r;
	struct place place; /* of the sequence to come; moves on */
};

/*
 * All valid claimants of sequence n: `best` continues the chain, others with its bytes are
 * copies, others again a fork.
 */
void accept_segment(struct accept *a, uint64_t n, struct claimants *c,
    const struct claimant *best);

#endif
