/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_BLOCK_H
#define CAPTURE_BLOCK_H

/*
 * Blocks of input octets, few and used again, shared between the parser and the thread
 * that hashes.  Each has a body that is read into and, before it, headroom for what was
 * left of the block before: a record that straddles two blocks is whole in memory.
 * Pages that are never touched cost nothing.  block_take waits while all are in use, so
 * that a fast reader cannot run ahead of the hash; the hash never waits for a block.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
	BLOCK_HEADROOM = 512 * 1024, /* the largest record that is held in one piece */
	BLOCK_BODY = 256 * 1024,     /* octets read at once; stays in the second-level cache */
	BLOCKS_MAX = 14              /* above twice SOURCE_DEPTH_MAX, so that nesting cannot starve */
};

struct block {
	struct block *next; /* of the free ones */
	unsigned refs;      /* guarded by the pool */
	uint8_t *data;      /* BLOCK_HEADROOM, then BLOCK_BODY octets */
};

struct block_pool;

MUST_USE enum status block_pool_open(struct block_pool **out, struct fault *f);
/* All blocks must have been released. */
void block_pool_close(struct block_pool *p);
/* One reference, for the caller. */
MUST_USE enum status block_take(struct block_pool *p, struct block **out, struct fault *f);
void block_share(struct block_pool *p, struct block *b);   /* one reference more */
void block_release(struct block_pool *p, struct block *b); /* one less; b may be NULL */
/* Nobody else holds it: what is in it may be overwritten. */
bool block_alone(struct block_pool *p, const struct block *b);

static inline uint8_t *
block_body(struct block *b)
{
	return b->data + BLOCK_HEADROOM;
}

static inline uint8_t *
block_limit(struct block *b)
{
	return b->data + BLOCK_HEADROOM + BLOCK_BODY;
}

#endif
