/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_CLAIMANT_H
#define VERIFY_CLAIMANT_H

/*
 * The candidates that claim one sequence, each tried with the key that must have signed
 * it and with the hash that must be its own, as far as these are known.
 */

#include "verify/page.h"
#include "verify/tree.h"

enum claimant_state {
	CLAIMANT_INVALID,
	CLAIMANT_PROVEN, /* by its hash alone: the signature is bad, or its key is not known */
	CLAIMANT_VALID   /* by its signature */
};

struct claimant {
	size_t candidate;
	enum claimant_state state;
	bool read;                   /* its bytes, so that the hash holds */
	uint8_t sha256[SHA256_SIZE];
};

struct claimants {
	struct claimant *list;
	size_t count;
	bool no_memory;
	struct page page; /* of the last one that was read */
};

/* key and sha256 are NULL where they are not known.  Replaces what c held. */
void claimants_try(struct claimants *c, const char *archive, const struct tree *t,
    uint64_t sequence, const uint8_t *key, const uint8_t *sha256);
/* The hash has come to be known since: those that have it are proven.  Nothing is read again. */
void claimants_prove(struct claimants *c, const uint8_t sha256[SHA256_SIZE]);
/* The one to go on with: the proven bytes, else the first that is signed; NULL if none. */
const struct claimant *claimants_best(const struct claimants *c, const uint8_t *sha256);
/* Is there a signed one with other bytes? */
bool claimants_forked(const struct claimants *c);
void claimants_free(struct claimants *c);

#endif
