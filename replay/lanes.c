/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/lanes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/defining.h"

/* Whose datagrams, or which session's messages, go together. */
struct key {
	uint64_t stream; /* 0: of the exporter */
	struct raw_end from;
};

struct lane {
	struct lanes *lanes;
	struct key key;
	struct wire *wire;     /* NULL: it has none at present */
	bool was_open;
	uint64_t used;         /* when, by the count of what went */
	const uint8_t *next;   /* the message that goes, while its wire is made again */
	struct defining defining;
};

struct lanes {
	struct wire_options options;
	struct endpoint to;
	bool together;      /* all go the same way */
	struct lanes_counts counts;
	struct wire *spare; /* opened, and nobody's yet */
	struct lane *list[LANES_MAX];
	size_t count;
	size_t wires;
	struct lane *last;
	uint64_t clock;
	size_t budget;
	char address[SOCKET_ADDRESS_MAX];
};

static bool
is_stream(const struct lanes *l)
{
	return l->to.scheme != ENDPOINT_UDP;
}

static enum status
put_again(void *ctx, const uint8_t *data, size_t len, struct fault *f)
{
	struct lane *lane = ctx;

	lane->lanes->counts.told_again++;
	return wire_send(lane->wire, data, len, 0, f);
}

/* A connection was made anew. */
static enum status
tell_templates(void *ctx, struct fault *f)
{
	struct lane *lane = ctx;

	lane->lanes->counts.not_told += lane->defining.incomplete;
	return lane->next != NULL ? defining_tell(&lane->defining, lane->next, put_again, lane, f) : STATUS_OK;
}

static enum status
open_wire(struct lanes *l, struct lane *lane, struct wire **out, struct fault *f)
{
	struct wire_options w = l->options;
	enum status st;

	w.restart = lane != NULL && is_stream(l) ? tell_templates : NULL;
	w.restart_ctx = lane;
	w.counts = &l->counts.wires;
	st = wire_open(&w, out, f);
	if (st == STATUS_OK && l->address[0] == '\0')
		strcpy(l->address, wire_address(*out));
	return st;
}

enum status
lanes_open(const struct wire_options *o, struct lanes **out, struct fault *f)
{
	struct lanes *l = calloc(1, sizeof *l);
	enum status st;

	if (l == NULL)
		return fault_memory(f);
	l->options = *o;
	l->budget = LANES_KEPT;
	l->counts.wires.lost_from = UINT64_MAX;
	st = endpoint_parse_any(o->target->url, ENDPOINT_SEND, &l->to, f);
	l->together = o->target->source_exporter && !is_stream(l);
	/* whether anybody is there is known before anything is read */
	if (st == STATUS_OK)
		st = open_wire(l, NULL, &l->spare, f);
	if (st != STATUS_OK) {
		lanes_free(l);
		return st;
	}
	*out = l;
	return STATUS_OK;
}

static void
lane_free(struct lane *lane)
{
	if (lane == NULL)
		return;
	wire_free(lane->wire);
	defining_free(&lane->defining);
	free(lane);
}

void
lanes_free(struct lanes *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->count; i++)
		lane_free(l->list[i]);
	wire_free(l->spare);
	free(l);
}

static struct key
key_of(const struct lanes *l, const struct reader_datagram *d)
{
	struct key k;

	memset(&k, 0, sizeof k);
	if (l->together)
		return k;
	k.stream = d->stream;
	if (d->stream == 0) {
		k.from.port = d->src_port;
		k.from.address.family = d->src.family;
		memcpy(k.from.address.octets, d->src.octets, sizeof d->src.octets);
	}
	return k;
}

static bool
same_key(const struct key *a, const struct key *b)
{
	return a->stream == b->stream && a->from.port == b->from.port &&
	    a->from.address.family == b->from.address.family &&
	    memcmp(a->from.address.octets, b->from.address.octets, sizeof a->from.address.octets) == 0;
}

static struct lane *
look(struct lanes *l, const struct key *k)
{
	if (l->last != NULL && same_key(&l->last->key, k))
		return l->last;
	for (size_t i = 0; i < l->count; i++)
		if (same_key(&l->list[i]->key, k))
			return l->list[i];
	return NULL;
}

static void
remove_lane(struct lanes *l, struct lane *lane)
{
	size_t i = 0;

	while (l->list[i] != lane)
		i++;
	l->list[i] = l->list[--l->count];
	if (l->last == lane)
		l->last = NULL;
	lane_free(lane);
}

/* All that went this way is waited for, and its port or connection ends. */
static enum status
close_wire(struct lanes *l, struct lane *lane, struct fault *f)
{
	enum status st;

	if (lane->wire == NULL)
		return STATUS_OK;
	st = wire_finish(lane->wire, f);
	wire_free(lane->wire);
	lane->wire = NULL;
	l->wires--;
	return st;
}

/* The one that has been silent the longest, of those that have a wire or of all. */
static struct lane *
oldest(const struct lanes *l, bool wired)
{
	struct lane *found = NULL;

	for (size_t i = 0; i < l->count; i++)
		if ((!wired || l->list[i]->wire != NULL) &&
		    (found == NULL || l->list[i]->used < found->used))
			found = l->list[i];
	return found;
}

static enum status
add_lane(struct lanes *l, const struct key *k, struct lane **out, struct fault *f)
{
	struct lane *lane, *old;
	enum status st = STATUS_OK;

	if (l->count == LANES_MAX) {
		old = oldest(l, false);
		st = close_wire(l, old, f);
		remove_lane(l, old);
	}
	if (st != STATUS_OK)
		return st;
	lane = calloc(1, sizeof *lane);
	if (lane == NULL)
		return fault_memory(f);
	lane->lanes = l;
	lane->key = *k;
	defining_open(&lane->defining, &l->budget);
	l->list[l->count++] = *out = lane;
	return STATUS_OK;
}

/* The wire that a new lane gets: the one that is there already, if it is the first. */
static enum status
wire_lane(struct lanes *l, struct lane *lane, struct fault *f)
{
	struct fault why = { 0 };
	enum status st = STATUS_OK;

	if (l->wires == LANES_WIRES)
		st = close_wire(l, oldest(l, true), f);
	if (st != STATUS_OK)
		return st;
	if (l->spare != NULL) {
		wire_restart(l->spare, is_stream(l) ? tell_templates : NULL, lane);
		lane->wire = l->spare;
		l->spare = NULL;
	} else {
		st = open_wire(l, lane, &lane->wire, &why);
	}
	/* no more descriptors than the system gives */
	if (st != STATUS_OK && (why.err == EMFILE || why.err == ENFILE) && l->wires > 0) {
		st = close_wire(l, oldest(l, true), f);
		why = (struct fault){ 0 };
		if (st == STATUS_OK)
			st = open_wire(l, lane, &lane->wire, &why);
	}
	if (st != STATUS_OK) {
		*f = why.status != STATUS_OK ? why : *f;
		return st;
	}
	l->wires++;
	l->counts.opened++;
	return STATUS_OK;
}

/* Where it goes on behind a pause in which another had its connection. */
static enum status
come_back(struct lanes *l, struct lane *lane, struct fault *f)
{
	enum status st = wire_lane(l, lane, f);

	return st == STATUS_OK && lane->was_open && is_stream(l) ? tell_templates(lane, f) : st;
}

static enum status
find_lane(struct lanes *l, const struct reader_datagram *d, struct lane **out, struct fault *f)
{
	struct key k = key_of(l, d);
	struct lane *lane = look(l, &k);
	enum status st = STATUS_OK;

	if (lane == NULL && !is_stream(l) && l->wires == LANES_WIRES) {
		l->counts.shared++;
		lane = l->list[0];
	}
	if (lane == NULL)
		st = add_lane(l, &k, &lane, f);
	/* what others were given before goes before */
	if (st == STATUS_OK && l->last != NULL && l->last != lane && l->last->wire != NULL)
		st = wire_flush(l->last->wire, f);
	if (st != STATUS_OK)
		return st;
	lane->next = d->data;
	lane->used = ++l->clock;
	if (lane->wire == NULL)
		st = come_back(l, lane, f);
	lane->was_open = true;
	*out = l->last = lane;
	return st;
}

enum status
lanes_put(struct lanes *l, const struct reader_datagram *d, uint64_t mark, struct fault *f)
{
	struct lane *lane;
	enum status st = find_lane(l, d, &lane, f);

	if (st != STATUS_OK)
		return st;
	wire_from(lane->wire, &(struct raw_end){ d->src, d->src_port });
	wire_mark(lane->wire, mark);
	st = wire_send(lane->wire, d->data, d->len, 0, f);
	lane->next = NULL;
	if (st == STATUS_OK && is_stream(l))
		defining_note(&lane->defining, d->data, d->len);
	return st;
}

enum status
lanes_end(struct lanes *l, const struct reader_datagram *d, struct fault *f)
{
	struct key k = key_of(l, d);
	struct lane *lane = look(l, &k);
	enum status st;

	if (lane == NULL || l->together)
		return STATUS_OK;
	st = close_wire(l, lane, f);
	remove_lane(l, lane);
	return st;
}

enum status
lanes_flush(struct lanes *l, struct fault *f)
{
	return l->last != NULL && l->last->wire != NULL ? wire_flush(l->last->wire, f) : STATUS_OK;
}

bool
lanes_idle(const struct lanes *l)
{
	return l->last == NULL || l->last->wire == NULL || wire_idle(l->last->wire);
}

/* All of them, also behind one that fails. */
enum status
lanes_finish(struct lanes *l, struct fault *f)
{
	enum status all = STATUS_OK;

	if (l->spare != NULL)
		all = wire_finish(l->spare, f);
	for (size_t i = 0; i < l->count; i++) {
		struct fault why = { 0 };
		enum status st = close_wire(l, l->list[i], &why);

		if (st != STATUS_OK && all == STATUS_OK)
			*f = why;
		all = all != STATUS_OK ? all : st;
	}
	return all;
}

const struct lanes_counts *
lanes_counts(const struct lanes *l)
{
	return &l->counts;
}

void
lanes_say(const struct lanes *l, struct buf *out)
{
	const struct lanes_counts *c = &l->counts;

	wire_counts_say(&c->wires, out);
	if (c->opened > 1)
		buf_printf(out, "  over %" PRIu64 " %s, one for each %s\n", c->opened,
		    is_stream(l) ? "connections" : "ports of this host", is_stream(l) ? "session" : "exporter");
	if (c->told_again > 0)
		buf_printf(out, "  to connections made again %" PRIu64 " messages with the templates from before\n",
		    c->told_again);
	if (c->not_told > 0)
		buf_printf(out, "  NOT ALL TEMPLATES went to %" PRIu64 " connections made again\n", c->not_told);
	if (c->shared > 0)
		buf_printf(out, "  FROM ANOTHER'S PORT: %" PRIu64 " datagrams of exporters beyond %d\n", c->shared,
		    LANES_WIRES);
}

const char *
lanes_address(const struct lanes *l)
{
	return l->address;
}
