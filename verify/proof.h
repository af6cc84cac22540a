/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_PROOF_H
#define VERIFY_PROOF_H

/*
 * Backward by hashes: from a known head, each manifest's bytes are proven by the one that
 * follows it, whatever became of the signatures and keys before.  proofs_add per head,
 * proofs_find, proofs_free; a zeroed struct is empty.
 */

#include "verify/page.h"
#include "verify/result.h"
#include "verify/tree.h"

struct proof {
	uint64_t sequence;
	uint8_t sha256[SHA256_SIZE];
	bool there; /* a candidate has these bytes; false: this hash is known, and nothing has it */
};

struct proofs {
	struct proof *list;
	size_t count;
	bool no_memory;
};

/*
 * From head down to the sequence `to` (at least 0, where the genesis' hash ends it), or to
 * where the bytes that are proven to exist are not there.
 */
void proofs_add(struct proofs *p, const char *archive, const struct tree *t,
    const struct head *head, uint64_t to);
/* By sequence; the first head's word stands where two contradict. */
const struct proof *proofs_find(const struct proofs *p, uint64_t sequence);
/* The lowest sequence above that is proven to exist; 0 if none. */
uint64_t proofs_next(const struct proofs *p, uint64_t above);
void proofs_free(struct proofs *p);

#endif
