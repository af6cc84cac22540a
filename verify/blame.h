/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_BLAME_H
#define VERIFY_BLAME_H

/*
 * Why a candidate is not the segment that it claims to be.  A signature that fails is
 * tried with the chain's other keys when all are known: signed by another key is
 * KEY_MISMATCH.  suspects_key, blame..., suspects_settle.
 */

#include "verify/accept.h"

enum {
	SUSPECTS_MAX = 64,       /* candidates that are tried with other keys */
	SUSPECT_KEYS_MAX = 4096, /* keys that each is tried with */
	SUSPECT_WORK_MAX = 1 << 30, /* octets that all trials together may hash */
	SUSPECT_TRIAL = 1 << 16     /* what a trial costs beside its text, in octets hashed */
};

struct suspects {
	struct {
		size_t segment;    /* in the result */
		const char *path;  /* the tree's */
		bool proven;       /* the bytes are as sealed, their signature is not */
	} list[SUSPECTS_MAX];
	size_t count;
	uint64_t work;
	bool no_memory;
	bool key_known; /* of the genesis */
	uint8_t key[KEY_SIZE];
};

/* Adds the findings of candidate x to segment s of the result. */
void blame(struct accept *a, struct segment *s, struct candidate *x, struct suspects *suspects);
/*
 * Candidate x is proven by its hash to be segment s, and not by its signature; key_known: the
 * key that must have signed it is known.
 */
void blame_signature(struct accept *a, struct segment *s, const struct candidate *x, bool key_known,
    struct suspects *suspects);
/* The key that signed the genesis. */
void suspects_key(struct suspects *l, const uint8_t key[KEY_SIZE]);
/* The signatures that failed become findings. */
void suspects_settle(struct suspects *l, const char *archive, struct result *r);

#endif
