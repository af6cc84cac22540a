/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_DEPTH_H
#define CAPTURE_DEPTH_H

/*
 * What a run asked to know of its flows beyond the counters: a table of parts (depth.c),
 * each of which keeps its state beside the flow cache by the flow's number, sees every packet
 * of every flow and puts its columns into the flow's row.  A run that asks for nothing has no
 * struct depth at all.
 *
 * For each flow number, in this order: begin; then add per packet, with turn before the packet
 * that shows that what was reverse is forward; then row, once.  A number is used again after
 * its row.  A flow that the active timeout ended and that goes on under another number is named
 * in begin as `continued`: its row comes only after that.  The functions that return bool are
 * false where there is no memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/biflow.h"
#include "capture/meter.h"
#include "flow/table.h"

#define DEPTH_NEW UINT32_MAX /* begins without another before it */

/*
 * A stretch of a packet: `length` octets by its headers, of which the first `captured` (no more
 * than length) are at `at`.  Borrowed for the call; never kept.
 */
struct stretch {
	const uint8_t *at; /* NULL where captured is 0 */
	uint32_t captured;
	uint32_t length;
};

/* `len` octets of it from `offset` on, which are there by its length. */
static inline struct stretch
stretch_part(const struct stretch *s, uint32_t offset, uint32_t len)
{
	struct stretch part = { .length = len };

	if (s->captured > offset) {
		part.at = s->at + offset;
		part.captured = s->captured - offset < len ? s->captured - offset : len;
	}
	return part;
}

/* A packet on its way into a flow. */
struct depth_packet {
	const struct dissected *d;
	int64_t time;           /* nanoseconds */
	unsigned protocol;      /* of the flow */
	unsigned direction;     /* in the flow: 0 forward, 1 reverse */
	bool one_way;           /* the meter makes no biflows */
	bool later;             /* a later fragment: nothing but payload.length is known */
	/*
	 * From the header of TCP, UDP, ICMP or another protocol with ports; a later fragment and
	 * other protocols have none.
	 */
	struct stretch upper;
	/*
	 * What TCP and UDP carry, by the lengths of IP, TCP and UDP: neither padding nor what was
	 * not captured counts or lacks.  Where TCP's header is not whole or contradicts itself
	 * there is none.  Of a later fragment the length alone.  Other protocols have none.
	 */
	struct stretch payload;
	/*
	 * Of the payload, the first stretch that was not there before in this direction, by TCP's
	 * sequence numbers: no retransmission.  It may come behind what follows it, where packets
	 * are out of order.  Of UDP it is all of the payload, of later fragments nothing.
	 */
	struct stretch fresh;
};

struct depth_part {
	unsigned bit; /* METER_DEPTH_, in meter_options.depth */
	/* For the numbers below `numbers`; one state per meter.  It frees what no row released. */
	enum status (*open)(const struct meter_options *o, size_t numbers, void **state,
	    struct fault *f);
	void (*free)(void *state);
	/* These three together, or NULL for a part that wants nothing but the row. */
	/* The entry of this number as of a new flow; `continued` as above, or DEPTH_NEW. */
	bool (*begin)(void *state, uint32_t number, uint32_t continued);
	void (*turn)(void *state, uint32_t number);
	bool (*add)(void *state, uint32_t number, const struct depth_packet *p);
	/* Nothing more is wanted of this flow's packets; NULL: never. */
	bool (*idle)(void *state, uint32_t number);
	/* The columns, and the number is free. */
	void (*row)(void *state, uint32_t number, const struct biflow *b, struct table *t, size_t row);
	/* How often something was left out for want of memory since the last call; NULL: never. */
	uint64_t (*left_out)(void *state);
};

struct depth;

/* *out is NULL where o->depth asks for nothing. */
MUST_USE enum status depth_open(const struct meter_options *o, size_t numbers, struct depth **out,
    struct fault *f);
void depth_free(struct depth *depth);

MUST_USE bool depth_begin(struct depth *depth, uint32_t number, uint32_t continued);
/* `turned`: this packet turned the flow.  It was counted into b already. */
MUST_USE bool depth_add(struct depth *depth, uint32_t number, const struct biflow *b, bool turned,
    const struct dissected *d, const struct sighting *s);
/* The flow's state on its way into the cache, if there is some. */
void depth_fetch(const struct depth *depth, uint32_t number);
void depth_row(struct depth *depth, uint32_t number, const struct biflow *b, struct table *t,
    size_t row);

/* The sum of the parts' left_out. */
uint64_t depth_left_out(struct depth *depth);

/* The packet as the parts see it: for the hook and for tests. */
void depth_packet_of(const struct biflow *b, const struct dissected *d, const struct sighting *s,
    struct depth_packet *out);

#endif
