/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_FEED_H
#define CAPTURE_FEED_H

/*
 * The octets of one input in order: a window that its reader walks, filled block by block
 * from an origin (a file, a decompressor, a member of an archive, memory in the tests), and
 * on their way given to the hash.  feed_open; feed_need, then look at [at, end) and move
 * `at`; feed_close.  What was in the window stays where it is until the next feed_need
 * or feed_skip that returns after reading.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/block.h"
#include "capture/inputhash.h"

struct feed_origin {
	/*
	 * One to cap octets into buf; STATUS_END after the last; another status is a failure
	 * (told in f) that ends the input.  Not called again after either.
	 */
	enum status (*read)(void *ctx, uint8_t *buf, size_t cap, size_t *got, struct fault *f);
	/* Goes on at this offset; NULL where that cannot be. */
	enum status (*seek)(void *ctx, uint64_t offset, struct fault *f);
	void *ctx;
};

struct feed {
	const uint8_t *at;    /* the next octet, moved by the reader */
	const uint8_t *end;   /* behind the last one in memory */
	uint64_t end_offset;  /* of `end` in the input */
	uint64_t size;        /* octets seen: the largest end_offset so far */
	enum status ended;    /* STATUS_OK while there may be more */
	struct fault fault;   /* why, if it is neither that nor STATUS_END */
	struct feed_origin origin;
	struct block_pool *pool;
	struct block *block;
	struct inputhash *hash; /* NULL: is not hashed */
	struct inputhash_job *job;
	uint64_t hashed;      /* all before this offset went to the hash */
};

MUST_USE enum status feed_open(struct feed *s, const struct feed_origin *origin,
    struct block_pool *pool, struct fault *f);
/* To be called before anything was taken: hashes from the first octet, also those in memory. */
MUST_USE enum status feed_hash(struct feed *s, struct inputhash *h, int input,
    struct fault *f);
/* See feed_need. */
enum status feed_fill(struct feed *s, size_t n);
/* Passes over n octets; as feed_need if the input ends before. */
enum status feed_skip(struct feed *s, uint64_t n);
/* Goes on at an offset; what the hash misses by that is read by feed_finish. */
MUST_USE enum status feed_seek(struct feed *s, uint64_t offset, struct fault *f);
/* Reads to the end of the input, if it is hashed, and ends the hash. */
void feed_finish(struct feed *s);
/* Gives the blocks back; a hash that feed_finish did not end is abandoned. */
void feed_close(struct feed *s);

/*
 * Makes n octets (at most BLOCK_HEADROOM) available at s->at.  If the input ends before:
 * STATUS_END, or the failure that ended it; what is left is in the window then.
 */
MUST_USE static inline enum status
feed_need(struct feed *s, size_t n)
{
	if ((size_t)(s->end - s->at) >= n)
		return STATUS_OK;
	return feed_fill(s, n);
}

static inline size_t
feed_left(const struct feed *s)
{
	return (size_t)(s->end - s->at);
}

/* Of the next octet, in the input. */
static inline uint64_t
feed_offset(const struct feed *s)
{
	return s->end_offset - feed_left(s);
}

#endif
