/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/app.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/app_quic.h"
#include "capture/app_reader.h"
#include "capture/app_stream.h"
#include "capture/beside.h"
#include "flow/protocol.h"

enum {
	APP_PACKETS = 32,          /* with data, that are looked at in each direction */
	APP_TRIES = 8,             /* of them that may be nobody's: STUN goes before DTLS */
	APP_MEMORY_PER_FLOW = 64,  /* octets for each of max_flows, on average */
	APP_MEMORY_MIN = 16 << 20,
	APP_UNKNOWN = UINT8_MAX,
	PADDING_MAX = 6,           /* octets of a frame of 60 behind IP and TCP */
	TCP_SEQUENCE = 4,          /* offsets in its header */
	TCP_FLAGS = 13,
	TCP_SYN = 2
};

/* States of a flow; those of a side are shifted by it. */
enum {
	HAS_BASE = 1,   /* << side: base holds */
	BY_SYN = 4,     /* << side: ... and is the stream's beginning */
	SIDE_DONE = 16, /* << side */
	OVER = 64,
	TURNED = 128    /* side 0 is reverse now */
};

/* The streams of a flow while they are put together. */
struct streams {
	struct app_stream side[2];
};

/*
 * Of each flow; index 0 is what was forward when it began.  A flow is datagrams or streams, so
 * what is being put together is one or the other.
 */
struct hints {
	struct app_kept *kept;
	union {
		struct streams *streams;
		struct app_quic *quic;
	} u;
	uint32_t base[2];      /* sequence number of a stream's first octet */
	uint16_t memo;
	uint8_t packets[2];    /* looked at */
	uint8_t candidates[2]; /* bits of app_readers[] */
	uint8_t reader;        /* of app_readers[], or APP_UNKNOWN */
	uint8_t state;
};

_Static_assert(APP_READERS <= 8, "candidates is an octet");

struct app {
	struct beside flows;
	struct app_budget budget;
	uint8_t streams; /* the readers that were asked for, as bits */
	uint8_t datagrams;
	uint32_t numbers; /* below this one, some were begun */
};

unsigned
app_readers_named(const char *name, size_t len)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < APP_READERS; i++)
		if (strlen(app_readers[i].word) == len && memcmp(app_readers[i].word, name, len) == 0)
			bits |= 1u << i;
	return bits;
}

size_t
app_memory_max(const struct meter_options *o)
{
	size_t most = o->max_flows * APP_MEMORY_PER_FLOW;

	return most < APP_MEMORY_MIN ? APP_MEMORY_MIN : most;
}

static enum status
app_open(const struct meter_options *o, size_t numbers, void **state, struct fault *f)
{
	struct app *a = calloc(1, sizeof(*a));
	enum status st;

	if (a == NULL)
		return fault_memory(f);
	a->budget.left = app_memory_max(o);
	a->budget.reserve = a->budget.left / 4;
	for (unsigned i = 0; i < APP_READERS; i++) {
		uint8_t bit = (uint8_t)(o->readers & 1u << i);

		if (app_readers[i].transport == APP_STREAM)
			a->streams |= bit;
		else
			a->datagrams |= bit;
	}
	st = beside_open(&a->flows, sizeof(struct hints), numbers, f);
	if (st != STATUS_OK) {
		free(a);
		return st;
	}
	*state = a;
	return STATUS_OK;
}

static bool
is_stream(const struct hints *h)
{
	return h->reader == APP_UNKNOWN || app_readers[h->reader].transport == APP_STREAM;
}

/* What is put together is let go; what was found stays. */
static void
release(struct app *a, struct hints *h)
{
	if (!is_stream(h)) {
		app_quic_free(h->u.quic, &a->budget);
	} else if (h->u.streams != NULL) {
		app_stream_free(&h->u.streams->side[0], &a->budget);
		app_stream_free(&h->u.streams->side[1], &a->budget);
		app_budget_give(&a->budget, sizeof(*h->u.streams));
		free(h->u.streams);
	}
	h->u.streams = NULL;
}

static void
app_free(void *state)
{
	struct app *a = state;

	for (uint32_t i = 0; i < a->numbers; i++) {
		struct hints *h = beside_at(&a->flows, i);

		if (h == NULL)
			continue;
		release(a, h);
		app_kept_free(h->kept, &a->budget);
	}
	beside_free(&a->flows);
	free(a);
}

static bool
app_begin(void *state, uint32_t number, uint32_t continued)
{
	struct app *a = state;
	struct hints *h = beside_make(&a->flows, number), *old;

	if (h == NULL)
		return false;
	if (number >= a->numbers)
		a->numbers = number + 1;
	*h = (struct hints){ .reader = APP_UNKNOWN };
	if (continued == DEPTH_NEW)
		return true;
	old = beside_at(&a->flows, continued);
	*h = *old;
	old->u.streams = NULL;
	old->kept = app_kept_copy(h->kept, &a->budget);
	return true;
}

static void
app_turn(void *state, uint32_t number)
{
	struct hints *h = beside_at(&((struct app *)state)->flows, number);

	h->state ^= TURNED;
}

/* Octets on their way to the readers. */
struct piece {
	unsigned side;
	const uint8_t *data;
	size_t len;
	bool cut;
	bool datagram;
};

static enum app_verdict
ask(struct app *a, struct hints *h, unsigned reader, const struct piece *p)
{
	struct app_found found;
	struct app_quic *quic = h->reader == reader && p->datagram ? h->u.quic : NULL;
	struct app_input in = { .data = p->data, .len = p->len, .cut = p->cut, .side = p->side,
		.known = h->reader == reader, .memo = &h->memo, .quic = &quic,
		.budget = &a->budget, .found = &found };
	enum app_verdict v;

	if (p->len == 0 || !app_readers[reader].probe(p->data, p->len))
		return APP_NO;
	found.len = 0;
	v = app_readers[reader].feed(&in);
	if (v >= APP_SEEN) {
		h->reader = (uint8_t)reader;
		(void)app_kept_merge(&h->kept, &found, &a->budget);
	}
	if (!p->datagram)
		return v;
	if (in.known || v >= APP_SEEN)
		h->u.quic = quic;
	else
		app_quic_free(quic, &a->budget);
	return v;
}

/* The best answer of those who may still know; who says no is not asked again. */
static enum app_verdict
ask_all(struct app *a, struct hints *h, const struct piece *p)
{
	enum app_verdict best = APP_NO;

	if (h->reader != APP_UNKNOWN)
		return ask(a, h, h->reader, p);
	for (unsigned i = 0; i < APP_READERS; i++) {
		enum app_verdict v;

		if (!(h->candidates[p->side] & 1u << i))
			continue;
		v = ask(a, h, i, p);
		if (v >= APP_SEEN)
			return v;
		if (v == APP_NO)
			h->candidates[p->side] &= (uint8_t)~(1u << i);
		else
			best = v;
	}
	return best;
}

static void
end_reading(struct app *a, struct hints *h)
{
	release(a, h);
	h->state |= OVER;
}

/* Nothing more is wanted of this side. */
static void
end_side(struct app *a, struct hints *h, unsigned side)
{
	h->state |= (uint8_t)(SIDE_DONE << side);
	if ((h->state & 3 * SIDE_DONE) == 3 * SIDE_DONE)
		end_reading(a, h);
	else if (is_stream(h) && h->u.streams != NULL)
		app_stream_free(&h->u.streams->side[side], &a->budget);
}

/* What is put together of this side so far. */
static size_t
ready_octets(const struct hints *h, unsigned side)
{
	return h->u.streams == NULL ? 0 : app_stream_ready(&h->u.streams->side[side]);
}

static bool
holds_octets(const struct hints *h, unsigned side)
{
	return h->u.streams != NULL && h->u.streams->side[side].count > 0;
}

static bool
keep_octets(struct app *a, struct hints *h, unsigned side, size_t offset, const uint8_t *data,
    size_t len)
{
	if (h->u.streams == NULL) {
		if (!app_budget_lend(&a->budget, sizeof(*h->u.streams)))
			return false;
		h->u.streams = calloc(1, sizeof(*h->u.streams));
		if (h->u.streams == NULL) {
			app_budget_give(&a->budget, sizeof(*h->u.streams));
			a->budget.refused++;
			return false;
		}
	}
	return app_stream_put(&h->u.streams->side[side], offset, data, len, &a->budget);
}

/*
 * Where no SYN was seen, the first segment need not be where messages begin.  Where one was, a
 * few octets may be Ethernet's padding that a broken IP length made data; the true ones follow.
 */
static bool
may_begin_later(const struct hints *h, const struct piece *p)
{
	if (h->packets[p->side] >= APP_TRIES)
		return false;
	if (h->state & BY_SYN << p->side)
		return p->len <= PADDING_MAX;
	return h->reader == APP_UNKNOWN;
}

/* Of what follows, the next segment is a beginning; after a SYN, what stands at its place. */
static void
begin_anew(struct app *a, struct hints *h, unsigned side)
{
	if (!(h->state & BY_SYN << side))
		h->state &= (uint8_t)~(HAS_BASE << side);
	if (h->u.streams != NULL)
		app_stream_free(&h->u.streams->side[side], &a->budget);
}

/* Asks about a stream from its first octet on.  True: the octets are nobody's. */
static bool
read_stream(struct app *a, struct hints *h, const struct piece *p)
{
	enum app_verdict v = ask_all(a, h, p);

	if (v == APP_OVER) {
		end_reading(a, h);
	} else if (v == APP_DONE || p->cut) {
		end_side(a, h, p->side);
	} else if (v == APP_NO) {
		if (may_begin_later(h, p))
			begin_anew(a, h, p->side);
		else
			end_side(a, h, p->side);
	}
	return v == APP_NO;
}

static bool
is_wanted(const struct hints *h, unsigned side)
{
	return !(h->state & (OVER | SIDE_DONE << side));
}

/* The stream as far as it is there, when nothing more will come. */
static void
read_last(struct app *a, struct hints *h, unsigned side)
{
	struct piece p = { .side = side, .len = ready_octets(h, side), .cut = true };

	if (p.len == 0 || !is_wanted(h, side))
		return;
	p.data = h->u.streams->side[side].data;
	(void)read_stream(a, h, &p);
}

/* Octets of a stream at this offset, of which more may have been on the wire. */
static void
take_octets(struct app *a, struct hints *h, unsigned side, size_t offset, const uint8_t *data,
    size_t len, bool cut)
{
	struct piece p = { .side = side, .data = data, .len = len };
	size_t before = ready_octets(h, side);

	if (offset == 0 && !holds_octets(h, side)) {
		if (p.len > APP_STREAM_MAX)
			p.len = APP_STREAM_MAX;
		p.cut = cut || p.len == APP_STREAM_MAX;
		if (read_stream(a, h, &p) || !is_wanted(h, side))
			return;
		if (!keep_octets(a, h, side, 0, data, len)) {
			p.cut = true;
			(void)read_stream(a, h, &p);
		}
		return;
	}
	if (!keep_octets(a, h, side, offset, data, len)) {
		read_last(a, h, side);
		if (is_wanted(h, side))
			end_side(a, h, side);
		return;
	}
	p.len = ready_octets(h, side);
	if (p.len == before)
		return;
	p.data = h->u.streams->side[side].data;
	p.cut = p.len == APP_STREAM_MAX || (cut && p.len == offset + len);
	(void)read_stream(a, h, &p);
}

static uint32_t
stream_base(struct hints *h, unsigned side, uint32_t sequence, bool syn)
{
	uint8_t known = (uint8_t)(HAS_BASE << side), by_syn = (uint8_t)(BY_SYN << side);

	if (syn && h->packets[side] == 0) {
		h->base[side] = sequence;
		h->state |= known | by_syn;
	} else if (!(h->state & known)) {
		h->base[side] = sequence;
		h->state |= known;
	}
	return h->base[side];
}

/* RFC 9293 section 3.4: a SYN takes a sequence number; what is before the first octet is old. */
static void
add_segment(struct app *a, struct hints *h, unsigned side, const struct depth_packet *p)
{
	const struct stretch *data = &p->payload;
	uint32_t sequence, offset, old = 0;
	bool syn;

	if (p->upper.captured <= TCP_FLAGS)
		return;
	syn = p->upper.at[TCP_FLAGS] & TCP_SYN;
	if (!syn && data->captured == 0)
		return;
	sequence = load_be32(p->upper.at + TCP_SEQUENCE) + syn;
	offset = sequence - stream_base(h, side, sequence, syn);
	if (offset > INT32_MAX) {
		old = 0u - offset;
		offset = 0;
	}
	if (data->captured <= old || offset >= APP_STREAM_MAX)
		return;
	h->packets[side]++;
	take_octets(a, h, side, offset, data->at + old, data->captured - old,
	    data->captured < data->length);
	if (h->packets[side] >= APP_PACKETS && is_wanted(h, side)) {
		read_last(a, h, side);
		if (is_wanted(h, side))
			end_side(a, h, side);
	}
}

/* What a hello in several datagrams tells that never became whole. */
static void
read_last_datagram(struct app *a, struct hints *h)
{
	struct app_found found;

	found.len = 0;
	app_quic_last(h->u.quic, &found);
	(void)app_kept_merge(&h->kept, &found, &a->budget);
}

static void
add_datagram(struct app *a, struct hints *h, unsigned side, const struct depth_packet *p)
{
	struct piece piece = { .side = side, .data = p->payload.at, .len = p->payload.captured,
		.cut = p->payload.captured < p->payload.length, .datagram = true };
	unsigned most = h->reader == APP_UNKNOWN ? APP_TRIES : APP_PACKETS;
	enum app_verdict v;

	if (piece.len == 0)
		return;
	h->packets[side]++;
	v = ask_all(a, h, &piece);
	if (v == APP_OVER) {
		end_reading(a, h);
	} else if (v == APP_DONE || (v == APP_NO && h->packets[side] >= most) ||
	    h->packets[side] >= APP_PACKETS) {
		if (!is_stream(h) && (h->state & SIDE_DONE << !side))
			read_last_datagram(a, h);
		end_side(a, h, side);
	}
}

static bool
app_add(void *state, uint32_t number, const struct depth_packet *p)
{
	struct app *a = state;
	struct hints *h = beside_at(&a->flows, number);
	unsigned side = p->direction ^ ((h->state & TURNED) != 0);
	uint8_t asked = p->protocol == PROTOCOL_TCP ? a->streams : a->datagrams;

	if (!is_wanted(h, side) || p->later)
		return true;
	if (asked == 0 || (p->protocol != PROTOCOL_TCP && p->protocol != PROTOCOL_UDP)) {
		h->state |= OVER;
		return true;
	}
	if (h->candidates[side] == 0)
		h->candidates[side] = asked;
	if (p->protocol == PROTOCOL_TCP)
		add_segment(a, h, side, p);
	else
		add_datagram(a, h, side, p);
	return true;
}

static bool
app_idle(void *state, uint32_t number)
{
	const struct app *a = state;
	const struct hints *h = beside_at(&a->flows, number);

	return h->state & OVER;
}

static void
app_row(void *state, uint32_t number, const struct biflow *b, struct table *t, size_t row)
{
	struct app *a = state;
	struct hints *h = beside_at(&a->flows, number);

	(void)b;
	if (!(h->state & OVER)) {
		if (is_stream(h)) {
			read_last(a, h, 0);
			read_last(a, h, 1);
		} else {
			read_last_datagram(a, h);
		}
		release(a, h);
	}
	if (h->reader != APP_UNKNOWN) {
		const char *name = app_readers[h->reader].name;

		table_set_bytes(t, COLUMN_APP_NAME, row, name, strlen(name));
	}
	app_kept_row(h->kept, h->state & TURNED, t, row);
	app_kept_free(h->kept, &a->budget);
	*h = (struct hints){ .state = OVER };
}

static uint64_t
app_left_out(void *state)
{
	struct app *a = state;
	uint64_t n = a->budget.refused;

	a->budget.refused = 0;
	return n;
}

const struct depth_part app_part = {
	.bit = METER_DEPTH_APP,
	.open = app_open,
	.free = app_free,
	.begin = app_begin,
	.turn = app_turn,
	.add = app_add,
	.idle = app_idle,
	.row = app_row,
	.left_out = app_left_out,
};
