/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/reassemble.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { BUCKETS = 1024, PIECES_AT_FIRST = 8, OCTETS_AT_FIRST = 4096, UNIT = 8 };

enum state {
	OPEN,
	DONE,    /* whole: only copies are expected */
	OTHER,   /* not wanted */
	REFUSED  /* for `reason` */
};

struct piece {
	uint32_t offset;
	uint32_t len;
	uint64_t digest;
};

struct entry {
	uint64_t key[REASSEMBLE_KEY_WORDS];
	struct entry *chain;  /* of its hash bucket */
	struct entry *older;  /* of all, by age */
	struct entry *newer;
	enum state state;
	enum reassemble_loss reason;
	int64_t first;        /* time of the one that came first */
	uint64_t frame;
	uint16_t input;
	uint32_t end;         /* octets of the whole, 0: not known yet */
	uint32_t highest;     /* end of the piece that lies furthest behind */
	uint32_t have;        /* octets that are there */
	uint32_t room;        /* octets of data, without REASSEMBLE_ROOM before them */
	uint32_t count;
	uint32_t pieces_room;
	struct piece *pieces;
	uint8_t *data;
};

struct reassembler {
	uint64_t seed;
	struct entry *buckets[BUCKETS];
	struct entry *oldest;
	struct entry *newest;
	size_t entries;
	size_t octets;
	uint8_t *whole; /* of the datagram that was handed out last */
	struct reassemble_counts counts;
};

static const char *const names[REASSEMBLE_LOSSES] = {
#define REASSEMBLE(id, name, help) [REASSEMBLE_##id] = #name,
#include "capture/reassemble.def"
#undef REASSEMBLE
};

const char *
reassemble_loss_name(enum reassemble_loss l)
{
	return names[l];
}

uint64_t
reassemble_lost(const struct reassemble_counts *c)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < REASSEMBLE_LOSSES; i++)
		sum += c->lost[i];
	return sum;
}

enum status
reassembler_open(uint64_t seed, struct reassembler **out, struct fault *f)
{
	struct reassembler *r = calloc(1, sizeof *r);

	if (r == NULL)
		return fault_memory(f);
	r->seed = seed;
	*out = r;
	return STATUS_OK;
}

static struct entry **
bucket_of(struct reassembler *r, const uint64_t *key)
{
	return &r->buckets[hash_bytes(key, sizeof ((struct entry *)NULL)->key, r->seed) % BUCKETS];
}

static struct entry *
find(struct reassembler *r, const uint64_t *key)
{
	struct entry *e = *bucket_of(r, key);

	while (e != NULL && memcmp(e->key, key, sizeof e->key) != 0)
		e = e->chain;
	return e;
}

/* What it holds is not needed any more; the digests of its pieces stay. */
static void
drop_data(struct reassembler *r, struct entry *e)
{
	free(e->data);
	e->data = NULL;
	r->octets -= e->room;
	e->room = 0;
}

/* Its fragments, and those that are to come, are lost. */
static void
refuse(struct reassembler *r, struct entry *e, enum reassemble_loss reason)
{
	if (e->state == OPEN)
		r->counts.lost[reason] += e->count;
	drop_data(r, e);
	e->state = REFUSED;
	e->reason = reason;
	e->count = 0;
}

static void
unlink_age(struct reassembler *r, struct entry *e)
{
	if (e->older != NULL)
		e->older->newer = e->newer;
	else
		r->oldest = e->newer;
	if (e->newer != NULL)
		e->newer->older = e->older;
	else
		r->newest = e->older;
}

static void
forget(struct reassembler *r, struct entry *e, enum reassemble_loss reason)
{
	struct entry **at = bucket_of(r, e->key);

	if (e->state == OPEN)
		refuse(r, e, reason);
	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	unlink_age(r, e);
	drop_data(r, e);
	free(e->pieces);
	free(e);
	r->entries--;
}

static void
link_newest(struct reassembler *r, struct entry *e)
{
	e->older = r->newest;
	e->newer = NULL;
	if (r->newest != NULL)
		r->newest->newer = e;
	else
		r->oldest = e;
	r->newest = e;
}

/* Those whose time is over. */
static void
expire(struct reassembler *r, int64_t now)
{
	int64_t waited;

	while (r->oldest != NULL) {
		if (__builtin_sub_overflow(now, r->oldest->first, &waited) || waited <= REASSEMBLE_WAIT)
			break;
		forget(r, r->oldest, REASSEMBLE_INCOMPLETE);
	}
}

static void
begin(struct entry *e, const struct fragment_piece *p)
{
	e->state = OPEN;
	e->first = p->time;
	e->frame = p->frame;
	e->input = p->input;
	e->end = e->highest = e->have = e->count = 0;
}

static struct entry *
make(struct reassembler *r, const struct fragment_piece *p)
{
	struct entry **bucket = bucket_of(r, p->key), *e;

	if (r->entries == REASSEMBLE_DATAGRAMS)
		forget(r, r->oldest, REASSEMBLE_LIMIT);
	e = calloc(1, sizeof *e);
	if (e == NULL)
		return NULL;
	memcpy(e->key, p->key, sizeof e->key);
	begin(e, p);
	bucket = bucket_of(r, p->key);
	e->chain = *bucket;
	*bucket = e;
	link_newest(r, e);
	r->entries++;
	return e;
}

/* Another datagram with the same identification, which are used again and again. */
static void
begin_again(struct reassembler *r, struct entry *e, const struct fragment_piece *p)
{
	drop_data(r, e);
	unlink_age(r, e);
	link_newest(r, e);
	begin(e, p);
}

static bool
is_copy(const struct entry *e, const struct piece *p)
{
	for (uint32_t i = 0; i < e->count; i++)
		if (e->pieces[i].offset == p->offset && e->pieces[i].len == p->len &&
		    e->pieces[i].digest == p->digest)
			return true;
	return false;
}

static bool
overlaps(const struct entry *e, const struct piece *p)
{
	for (uint32_t i = 0; i < e->count; i++)
		if (p->offset < e->pieces[i].offset + e->pieces[i].len &&
		    e->pieces[i].offset < p->offset + p->len)
			return true;
	return false;
}

/* A place that no datagram can have it at. */
static bool
is_malformed(const struct entry *e, const struct fragment_piece *p)
{
	uint32_t end;

	if (p->len == 0 || p->len > REASSEMBLE_DATAGRAM_MAX ||
	    p->offset > REASSEMBLE_DATAGRAM_MAX - p->len || (p->more && p->len % UNIT != 0))
		return true;
	end = p->offset + p->len;
	if (e->end != 0)
		return end > e->end || (!p->more && end != e->end);
	return !p->more && end < e->highest;
}

static bool
grow_pieces(struct entry *e)
{
	uint32_t room = e->pieces_room == 0 ? PIECES_AT_FIRST : e->pieces_room * 2;
	struct piece *grown;

	if (e->count < e->pieces_room)
		return true;
	if (e->count == REASSEMBLE_FRAGMENTS)
		return false;
	grown = realloc(e->pieces, room * sizeof *grown);
	if (grown == NULL)
		return false;
	e->pieces = grown;
	e->pieces_room = room;
	return true;
}

/* Room for data up to `end`; the oldest of the others give way. */
static bool
grow_data(struct reassembler *r, struct entry *e, uint32_t end)
{
	uint32_t room = e->room == 0 ? OCTETS_AT_FIRST : e->room;
	uint8_t *grown;

	while (room < end)
		room *= 2;
	if (room == e->room)
		return true;
	while (r->octets + (room - e->room) > REASSEMBLE_OCTETS) {
		struct entry *victim = r->oldest != e ? r->oldest : e->newer;

		if (victim == NULL)
			break;
		forget(r, victim, REASSEMBLE_LIMIT);
	}
	grown = realloc(e->data, (size_t)REASSEMBLE_ROOM + room);
	if (grown == NULL)
		return false;
	r->octets += room - e->room;
	e->data = grown;
	e->room = room;
	return true;
}

/* The fragment is lost, and with it all of its datagram. */
static void
refuse_with(struct reassembler *r, struct entry *e, enum reassemble_loss reason)
{
	refuse(r, e, reason);
	r->counts.lost[reason]++;
}

/* Keeps the piece; false, and all is counted, where that cannot be. */
static bool
add(struct reassembler *r, struct entry *e, const struct fragment_piece *p, const struct piece *piece)
{
	uint32_t end = p->offset + p->len;
	enum reassemble_loss reason = REASSEMBLE_LOSSES;

	if (is_malformed(e, p))
		reason = REASSEMBLE_MALFORMED;
	else if (overlaps(e, piece))
		reason = REASSEMBLE_OVERLAP;
	else if (p->captured < p->len)
		reason = REASSEMBLE_CUT;
	else if (!grow_pieces(e) || !grow_data(r, e, end))
		reason = REASSEMBLE_LIMIT;
	if (reason != REASSEMBLE_LOSSES) {
		refuse_with(r, e, reason);
		return false;
	}
	memcpy(e->data + REASSEMBLE_ROOM + p->offset, p->data, p->len);
	e->pieces[e->count++] = *piece;
	e->have += p->len;
	if (end > e->highest)
		e->highest = end;
	if (!p->more)
		e->end = end;
	return true;
}

static void
hand_out(struct reassembler *r, struct entry *e, struct reassembled *out)
{
	free(r->whole);
	r->whole = e->data;
	*out = (struct reassembled){ .data = e->data + REASSEMBLE_ROOM, .len = e->end,
		.frame = e->frame, .input = e->input };
	r->counts.used += e->count;
	r->counts.datagrams++;
	r->octets -= e->room;
	e->room = 0;
	e->data = NULL;
	e->state = DONE;
}

/* What comes of the piece without being kept: true if that is all. */
static bool
settled(struct reassembler *r, struct entry *e, const struct fragment_piece *p,
    const struct piece *piece)
{
	switch (e->state) {
	case REFUSED:
		r->counts.lost[e->reason]++;
		return true;
	case OTHER:
		if (p->offset == 0 && !p->other) {
			begin_again(r, e, p);
			return false;
		}
		r->counts.other++;
		return true;
	default:
		break;
	}
	if (p->captured >= p->len && is_copy(e, piece)) {
		r->counts.copies++;
		return true;
	}
	if (e->state == DONE)
		begin_again(r, e, p);
	return false;
}

bool
reassembler_put(struct reassembler *r, const struct fragment_piece *p, struct reassembled *out)
{
	struct piece piece = { p->offset, p->len, 0 };
	struct entry *e;

	r->counts.read++;
	expire(r, p->time);
	if (p->captured >= p->len)
		piece.digest = hash_bytes(p->data, p->len, r->seed);
	e = find(r, p->key);
	if (e == NULL)
		e = make(r, p);
	if (e == NULL) {
		r->counts.lost[REASSEMBLE_LIMIT]++;
		return false;
	}
	if (settled(r, e, p, &piece))
		return false;
	if (p->other) {
		r->counts.other += e->count + 1;
		e->count = 0;
		drop_data(r, e);
		e->state = OTHER;
		return false;
	}
	if (!add(r, e, p, &piece) || e->have != e->end)
		return false;
	hand_out(r, e, out);
	return true;
}

void
reassembler_finish(struct reassembler *r)
{
	while (r->oldest != NULL)
		forget(r, r->oldest, REASSEMBLE_INCOMPLETE);
}

const struct reassemble_counts *
reassembler_counts(const struct reassembler *r)
{
	return &r->counts;
}

void
reassembler_free(struct reassembler *r)
{
	if (r == NULL)
		return;
	reassembler_finish(r);
	free(r->whole);
	free(r);
}
