/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/feed.h"

#include <assert.h>
#include <string.h>

/* Less room than this at the end of a block is not worth a read. */
enum { READ_LEAST = 4096 };

enum status
feed_open(struct feed *s, const struct feed_origin *origin, struct block_pool *pool,
    struct fault *f)
{
	memset(s, 0, sizeof(*s));
	s->origin = *origin;
	s->pool = pool;
	if (block_take(pool, &s->block, f) != STATUS_OK)
		return STATUS_NO_MEMORY;
	s->at = s->end = block_body(s->block);
	return STATUS_OK;
}

enum status
feed_hash(struct feed *s, struct inputhash *h, int input, struct fault *f)
{
	enum status st;

	assert(feed_offset(s) == 0);
	st = inputhash_begin(h, input, &s->job, f);
	if (st != STATUS_OK)
		return st;
	s->hash = h;
	if (feed_left(s) > 0)
		inputhash_put(h, s->job, s->block, s->at, feed_left(s));
	s->hashed = s->end_offset;
	return STATUS_OK;
}

static enum status
feed_fail(struct feed *s, enum status st)
{
	s->ended = st;
	return st;
}

/*
 * Room to read behind s->end: moves what is left before the body of a block that nobody
 * else holds, so that body is filled whole and aligned.
 */
static enum status
feed_turn(struct feed *s)
{
	size_t left = feed_left(s);
	struct block *b = s->block;
	uint8_t *to;

	if (!block_alone(s->pool, b) && block_take(s->pool, &b, &s->fault) != STATUS_OK)
		return STATUS_NO_MEMORY;
	to = block_body(b) - left;
	memmove(to, s->at, left);
	if (b != s->block) {
		block_release(s->pool, s->block);
		s->block = b;
	}
	s->at = to;
	s->end = block_body(b);
	return STATUS_OK;
}

/* Hands on to the hash what it has not seen of the `got` octets that end at s->end. */
static void
feed_tee(struct feed *s, size_t got)
{
	uint64_t start = s->end_offset - got;

	if (s->hash == NULL || start > s->hashed || s->end_offset <= s->hashed)
		return;
	got = (size_t)(s->end_offset - s->hashed);
	inputhash_put(s->hash, s->job, s->block, s->end - got, got);
	s->hashed = s->end_offset;
}

static enum status
feed_read(struct feed *s)
{
	uint8_t *to = block_body(s->block) + (s->end - block_body(s->block));
	size_t got = 0;
	enum status st;

	st = s->origin.read(s->origin.ctx, to, (size_t)(block_limit(s->block) - to), &got,
	    &s->fault);
	if (st != STATUS_OK)
		return feed_fail(s, st);
	s->end = to + got;
	s->end_offset += got;
	if (s->end_offset > s->size)
		s->size = s->end_offset;
	feed_tee(s, got);
	return STATUS_OK;
}

enum status
feed_fill(struct feed *s, size_t n)
{
	enum status st;

	assert(n <= BLOCK_HEADROOM);
	while (feed_left(s) < n) {
		if (s->ended != STATUS_OK)
			return s->ended;
		if (block_limit(s->block) - s->end < READ_LEAST) {
			st = feed_turn(s);
			if (st != STATUS_OK)
				return feed_fail(s, st);
		}
		st = feed_read(s);
		if (st != STATUS_OK)
			return st;
	}
	return STATUS_OK;
}

enum status
feed_skip(struct feed *s, uint64_t n)
{
	enum status st;

	while (n > feed_left(s)) {
		n -= feed_left(s);
		s->at = s->end;
		st = feed_fill(s, 1);
		if (st != STATUS_OK)
			return st;
	}
	s->at += n;
	return STATUS_OK;
}

enum status
feed_seek(struct feed *s, uint64_t offset, struct fault *f)
{
	enum status st;

	if (s->origin.seek == NULL)
		return fault_set(f, STATUS_UNSUPPORTED, NULL, "this input cannot be read out of order");
	st = s->origin.seek(s->origin.ctx, offset, f);
	if (st != STATUS_OK)
		return st;
	s->at = s->end;
	s->end_offset = offset;
	if (s->ended == STATUS_END)
		s->ended = STATUS_OK;
	return STATUS_OK;
}

void
feed_finish(struct feed *s)
{
	if (s->hash == NULL)
		return;
	if (s->end_offset != s->hashed && feed_seek(s, s->hashed, &s->fault) != STATUS_OK)
		return;
	do
		s->at = s->end;
	while (feed_fill(s, 1) == STATUS_OK);
	if (s->ended == STATUS_IO || s->ended == STATUS_INTERRUPTED || s->ended == STATUS_NO_MEMORY)
		return; /* there is more, which nobody saw: no hash rather than a wrong one */
	inputhash_end(s->hash, s->job);
	s->hash = NULL;
}

void
feed_close(struct feed *s)
{
	if (s->hash != NULL)
		inputhash_abandon(s->hash, s->job);
	s->hash = NULL;
	if (s->block != NULL)
		block_release(s->pool, s->block);
	s->block = NULL;
}
