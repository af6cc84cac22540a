/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/sequence.h"

#include <stdlib.h>
#include <string.h>

#include "capture/tcp.h"

enum {
	KNOWN = 1,  /* next holds */
	BEGUN = 2,  /* start holds */
	ACKED = 4,  /* acked holds */
	CLOSED = 8, /* the receiver's window is zero */
	PROBED = 16 /* the octet before next probed it: who knows whether it was taken */
};

enum { SETS_FIRST = 64 };

struct hole {
	uint32_t from;
	uint32_t to;
	int64_t opened;
};

/* Ascending, none touches another. */
struct sequence_holes {
	struct hole hole[SEQUENCE_HOLES];
	uint32_t count;
	uint32_t spare; /* the next released one */
};

/* How far a lies before b, negative: behind it. */
static int32_t
distance(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a);
}

static struct sequence_holes *
holes_of(const struct sequence *s, struct sequence_pool *pool)
{
	return s->holes == 0 ? NULL : &pool->sets[s->holes];
}

static bool
take_set(struct sequence_pool *pool, uint32_t *index)
{
	if (pool->spare != 0) {
		*index = pool->spare;
		pool->spare = pool->sets[*index].spare;
	} else {
		if (pool->cap > UINT32_MAX / 2)
			return false;
		if (pool->count >= pool->cap) {
			uint32_t cap = pool->cap == 0 ? SETS_FIRST : pool->cap * 2;
			struct sequence_holes *sets = realloc(pool->sets, cap * sizeof(*sets));

			if (sets == NULL)
				return false;
			pool->sets = sets;
			pool->cap = cap;
		}
		pool->count += pool->count == 0; /* 0 is none */
		*index = pool->count++;
	}
	pool->sets[*index].count = 0;
	return true;
}

void
sequence_release(struct sequence *s, struct sequence_pool *pool)
{
	if (s->holes == 0)
		return;
	pool->sets[s->holes].spare = pool->spare;
	pool->spare = s->holes;
	s->holes = 0;
}

void
sequence_move(struct sequence *to, struct sequence *from)
{
	*to = *from;
	from->holes = 0;
}

void
sequence_pool_free(struct sequence_pool *pool)
{
	free(pool->sets);
	*pool = (struct sequence_pool){ .sets = NULL };
}

static void
remove_hole(struct sequence_holes *h, uint32_t i)
{
	h->count--;
	memmove(&h->hole[i], &h->hole[i + 1], (h->count - i) * sizeof(h->hole[0]));
}

static void
insert_hole(struct sequence_holes *h, uint32_t i, struct hole hole)
{
	if (h->count == SEQUENCE_HOLES) {
		remove_hole(h, 0); /* nobody inserts before it */
		i--;
	}
	memmove(&h->hole[i + 1], &h->hole[i], (h->count - i) * sizeof(h->hole[0]));
	h->hole[i] = hole;
	h->count++;
}

/* From next to `to`, which is not farther away than SEQUENCE_REACH. */
static bool
open_hole(struct sequence *s, struct sequence_pool *pool, uint32_t to, int64_t time)
{
	struct sequence_holes *h;

	if (s->holes == 0 && !take_set(pool, &s->holes))
		return false;
	h = holes_of(s, pool);
	insert_hole(h, h->count, (struct hole){ s->next, to, time });
	return true;
}

/* The highest number; holes that it left too far behind are nobody's any more. */
static void
advance(struct sequence *s, struct sequence_pool *pool, uint32_t to)
{
	struct sequence_holes *h = holes_of(s, pool);

	s->next = to;
	if (h == NULL)
		return;
	while (h->count > 0 && to - h->hole[0].from > SEQUENCE_REACH)
		remove_hole(h, 0);
	if (h->count == 0)
		sequence_release(s, pool);
}

/* What is seen now is no hole any more. */
static void
fill(struct sequence *s, struct sequence_pool *pool, uint32_t from, uint32_t to)
{
	struct sequence_holes *h = holes_of(s, pool);

	for (uint32_t i = 0; h != NULL && i < h->count;) {
		struct hole old = h->hole[i];
		bool before = distance(old.from, from) > 0, after = distance(to, old.to) > 0;

		if (distance(from, old.to) <= 0 || distance(old.from, to) <= 0) {
			i++;
			continue;
		}
		if (before && after) {
			h->hole[i].to = from;
			insert_hole(h, i + 1, (struct hole){ to, old.to, old.opened });
			return;
		}
		if (before)
			h->hole[i++].to = from;
		else if (after)
			h->hole[i++].from = to;
		else
			remove_hole(h, i);
	}
	if (h != NULL && h->count == 0)
		sequence_release(s, pool);
}

static void
begin(struct sequence *s, struct sequence_pool *pool, uint32_t number, uint8_t state)
{
	sequence_release(s, pool);
	*s = (struct sequence){ .next = number, .start = number, .state = state };
}

/* Of [from, to) what was not seen: up to there in the first hole, or behind the highest number. */
static struct hole
first_unseen(const struct sequence *s, struct sequence_pool *pool, uint32_t from, uint32_t to)
{
	const struct sequence_holes *h = holes_of(s, pool);

	for (uint32_t i = 0; h != NULL && i < h->count; i++) {
		struct hole x = h->hole[i];

		if (distance(from, x.to) <= 0 || distance(x.from, to) <= 0)
			continue;
		if (distance(x.from, from) > 0)
			x.from = from;
		if (distance(to, x.to) > 0)
			x.to = to;
		return x;
	}
	if (distance(s->next, to) > 0)
		return (struct hole){ s->next, to, 0 };
	return (struct hole){ to, to, 0 };
}

/* Which octets of the payload these numbers are; SYN stands before them, FIN behind. */
static struct sequence_fresh
payload_part(const struct sequence_segment *g, uint32_t from, uint32_t to)
{
	uint32_t first = g->number + ((g->flags & TCP_SYN) != 0), end = first + g->payload;

	if (distance(from, first) > 0)
		from = first;
	if (distance(end, to) > 0)
		to = end;
	if (distance(from, to) <= 0)
		return (struct sequence_fresh){ 0, 0 };
	return (struct sequence_fresh){ from - first, to - from };
}

/* One octet before what comes next: a probe that is repeated, or a keep-alive. */
static bool
is_probe(const struct sequence *s, const struct sequence_segment *g)
{
	if (g->number != s->next - 1 || (g->flags & (TCP_SYN | TCP_FIN)))
		return false;
	if (s->state & PROBED)
		return true;
	/* RFC 9293 section 3.8.4: only when nothing is unacknowledged. */
	return g->payload == 1 && (!(s->state & ACKED) || distance(s->next, s->acked) >= 0);
}

/* Times of any capture, be they as far apart as they can. */
static bool
in_time(int64_t opened, int64_t time, int64_t patience)
{
	return time <= opened || (uint64_t)time - (uint64_t)opened <= (uint64_t)patience;
}

static enum sequence_kind
behind(struct sequence *s, struct sequence_pool *pool, const struct sequence_segment *g,
    uint32_t to, int64_t patience, struct sequence_fresh *fresh)
{
	struct hole unseen = first_unseen(s, pool, g->number, to);
	bool whole = unseen.from == g->number && unseen.to == to;
	enum sequence_kind kind = SEQUENCE_RETRANSMITTED;

	*fresh = payload_part(g, unseen.from, unseen.to);
	if (!whole && is_probe(s, g))
		kind = distance(s->next, to) > 0 ? SEQUENCE_NEW : SEQUENCE_NONE;
	else if (whole && in_time(unseen.opened, g->time, patience))
		kind = SEQUENCE_OUT_OF_ORDER;
	fill(s, pool, g->number, to); /* a probe, too: what it brought does not come again */
	if (distance(s->next, to) > 0) {
		s->state &= (uint8_t)~PROBED;
		advance(s, pool, to);
	}
	return kind;
}

/* No farther behind or ahead than a window. */
static bool
in_reach(const struct sequence *s, uint32_t number)
{
	return number - s->next + SEQUENCE_REACH <= 2 * SEQUENCE_REACH;
}

/* From the next number on, or beyond it. */
static bool
ahead(struct sequence *s, struct sequence_pool *pool, const struct sequence_segment *g,
    uint32_t to)
{
	if (g->number != s->next && !open_hole(s, pool, g->number, g->time))
		return false;
	if (to == g->number) {
		advance(s, pool, to);
		return true;
	}
	if (g->payload == 1 && (s->state & CLOSED) && !(g->flags & (TCP_SYN | TCP_FIN)))
		s->state |= PROBED;
	else
		s->state &= (uint8_t)~PROBED;
	advance(s, pool, to);
	return true;
}

bool
sequence_put(struct sequence *s, struct sequence_pool *pool, const struct sequence_segment *g,
    int64_t patience, enum sequence_kind *kind, struct sequence_fresh *fresh)
{
	uint32_t to = g->number + g->payload + ((g->flags & TCP_SYN) != 0) +
	    ((g->flags & TCP_FIN) != 0);

	*kind = SEQUENCE_NONE;
	*fresh = (struct sequence_fresh){ 0, 0 };
	if (g->flags & TCP_RST)
		return true;
	if ((g->flags & TCP_SYN) && (!(s->state & BEGUN) || s->start != g->number))
		begin(s, pool, g->number, KNOWN | BEGUN);
	else if (!(s->state & KNOWN) || !in_reach(s, g->number))
		begin(s, pool, g->number, KNOWN);
	if (distance(s->next, g->number) < 0) {
		if (to != g->number)
			*kind = behind(s, pool, g, to, patience, fresh);
		return true;
	}
	*fresh = (struct sequence_fresh){ 0, g->payload };
	if (to != g->number)
		*kind = SEQUENCE_NEW;
	return ahead(s, pool, g, to);
}

void
sequence_heard(struct sequence *other, const struct sequence_segment *g)
{
	if (g->flags & TCP_RST)
		return;
	if ((g->flags & TCP_ACK) && (!(other->state & KNOWN) || in_reach(other, g->ack)) &&
	    (!(other->state & ACKED) || distance(other->acked, g->ack) > 0)) {
		other->acked = g->ack;
		other->state |= ACKED;
	}
	if (!g->has_window)
		return;
	if (g->window == 0)
		other->state |= CLOSED;
	else
		other->state &= (uint8_t)~CLOSED;
}
