/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_CLAIMS_H
#define ARCHIVE_CLAIMS_H

/*
 * Which files say, by their name or their first bytes, that they are the manifest of a sequence.
 * Nothing is proven by that: whoever walks a chain tries those of the sequence that must follow.
 * claims_open; claims_add; claims_sort, before anything is asked; claims_free.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct claim {
	uint64_t sequence;
	size_t candidate; /* the file's place in its owner's list */
};

struct claims {
	struct claim *list; /* by sequence, then candidate */
	size_t count;
};

/* Room for so many. */
MUST_USE enum status claims_open(struct claims *out, size_t max, struct fault *f);
void claims_add(struct claims *c, uint64_t sequence, size_t candidate);
void claims_sort(struct claims *c);
/* Those of a sequence: *count, from the one returned on. */
const struct claim *claims_of(const struct claims *c, uint64_t sequence, size_t *count);
/* The lowest sequence above that something claims; 0 if none. */
uint64_t claims_next(const struct claims *c, uint64_t above);
/* A zeroed one too. */
void claims_free(struct claims *c);

#endif
