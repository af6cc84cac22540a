/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_FLOWCACHE_H
#define CAPTURE_FLOWCACHE_H

/*
 * Where the flows live: entries in blocks that never move, found through an index of
 * {hash, number} that doubles when it is full.  Numbers are reused after
 * flowcache_release().  The caller brings the hash (keyed, of the same bits of the key
 * that are compared); nothing here depends on anything but the order of the calls, and
 * nothing that is seen outside depends on the hash.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/biflow.h"

enum { FLOWCACHE_BLOCK = 16384 }; /* entries per block: 2 MiB */

#define FLOWCACHE_NONE UINT32_MAX
#define FLOWCACHE_MAX  ((size_t)1 << 31)

struct flowcache_slot {
	uint32_t hash;   /* its low bits say where the slot belongs */
	uint32_t number; /* of the entry, plus 1; 0: free */
};

/* Open to this header's inline functions only. */
struct flowcache {
	struct flowcache_slot *slots;
	uint32_t mask;
	uint32_t used;          /* slots */
	struct biflow **blocks;
	uint32_t block_count;
	uint32_t block_cap;
	uint32_t fresh;         /* entries from here on were never used */
	uint32_t spare;         /* list of released entries, FLOWCACHE_NONE ends it */
	uint64_t w4_mask;       /* bits of key.w[4] that are compared */
};

MUST_USE enum status flowcache_open(size_t max, uint64_t w4_mask, struct flowcache **out,
    struct fault *f);
void flowcache_free(struct flowcache *c);

/* A new entry, not in the index; FLOWCACHE_NONE where there is no memory. */
uint32_t flowcache_take(struct flowcache *c);
void flowcache_release(struct flowcache *c, uint32_t number);
/* The index without any entry; the entries stay. */
void flowcache_clear(struct flowcache *c);

/* Into and out of the index.  False: no memory. */
MUST_USE bool flowcache_insert(struct flowcache *c, uint32_t hash, uint32_t number);
void flowcache_remove(struct flowcache *c, uint32_t hash, uint32_t number);
/* The slot of `from` now leads to `to`, which has the same key. */
void flowcache_replace(struct flowcache *c, uint32_t hash, uint32_t from, uint32_t to);

static inline struct biflow *
flowcache_at(const struct flowcache *c, uint32_t number)
{
	return &c->blocks[number / FLOWCACHE_BLOCK][number % FLOWCACHE_BLOCK];
}

static inline void
flowcache_prefetch_slot(const struct flowcache *c, uint32_t hash)
{
	__builtin_prefetch(&c->slots[hash & c->mask]);
}

/* The first entry with this hash, whatever its key; FLOWCACHE_NONE if there is none. */
static inline uint32_t
flowcache_guess(const struct flowcache *c, uint32_t hash)
{
	for (uint32_t i = hash & c->mask; c->slots[i].number != 0; i = (i + 1) & c->mask)
		if (c->slots[i].hash == hash)
			return c->slots[i].number - 1;
	return FLOWCACHE_NONE;
}

static inline bool
flowcache_same(const struct flowcache *c, const struct flow_key *a, const struct flow_key *b)
{
	return ((a->w[0] ^ b->w[0]) | (a->w[1] ^ b->w[1]) | (a->w[2] ^ b->w[2]) |
	    (a->w[3] ^ b->w[3]) | ((a->w[4] ^ b->w[4]) & c->w4_mask)) == 0;
}

/*
 * Walks the entries with this hash: *slot is UINT32_MAX at first, and is changed.  The
 * caller compares the keys.
 */
uint32_t flowcache_next(const struct flowcache *c, uint32_t hash, uint32_t *slot);

#endif
