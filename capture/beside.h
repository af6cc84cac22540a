/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_BESIDE_H
#define CAPTURE_BESIDE_H

/*
 * What only some runs, or only some flows, want to know of a flow: an array beside the flow
 * cache, by the same numbers, whose memory is taken in blocks when something is first put
 * there.  A block comes zeroed; its entries are the caller's to clear when a number is used
 * again.  Zeroed at first; beside_open, beside_free.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { BESIDE_BLOCK = 1024 }; /* entries */

struct beside {
	uint8_t **blocks;
	uint32_t cap;  /* blocks at most */
	size_t entry;  /* octets */
};

/* Entries of `entry` octets for the numbers below `numbers`. */
MUST_USE enum status beside_open(struct beside *b, size_t entry, size_t numbers, struct fault *f);
void beside_free(struct beside *b);
/* Takes the block of this number and gives the entry; NULL where there is no memory. */
void *beside_make(struct beside *b, uint32_t number);

/* The entry, NULL where its block was never taken. */
static inline void *
beside_at(const struct beside *b, uint32_t number)
{
	uint8_t *block = number / BESIDE_BLOCK < b->cap ? b->blocks[number / BESIDE_BLOCK] : NULL;

	return block == NULL ? NULL : block + number % BESIDE_BLOCK * b->entry;
}

#endif
