/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_LANES_H
#define REPLAY_LANES_H

/*
 * The ways of datagrams and messages that are sent as they were received: each exporter's go from a
 * port of their own, each transport session's over a connection of its own, since what templates
 * mean, and how sequence numbers go on, is a matter of each alone (RFC 7011 section 8).
 *
 * A connection that breaks is made again, and the session's templates go first.  Of sessions
 * LANES_MAX are known and LANES_WIRES have a connection at a time; where there are more, the one
 * that has been silent the longest gives way, and is connected again where it goes on.  Of UDP's
 * exporters those beyond share a port.
 *
 * lanes_open; lanes_put, lanes_end, lanes_flush...; lanes_finish; lanes_free.
 */

#include "archive/reader.h"
#include "replay/wire.h"

enum {
	LANES_MAX = 4096,
	LANES_WIRES = 128,
	LANES_KEPT = 64 << 20 /* octets of templates, of all sessions */
};

struct lanes;

struct lanes_counts {
	struct wire_counts wires; /* of all */
	uint64_t opened;          /* ports or connections that were used */
	uint64_t told_again;      /* messages of templates to sessions that were connected again */
	uint64_t not_told;        /* sessions of which there was no room for all templates */
	uint64_t shared;          /* datagrams of exporters that have no port of their own */
};

/* The options are for the lanes' life; their restart and counts are not the caller's. */
MUST_USE enum status lanes_open(const struct wire_options *o, struct lanes **out, struct fault *f);
/*
 * One datagram or message.  `mark`: how many the caller had given before it, all lanes together
 * (wire_mark).  Fails as wire_send does.
 */
MUST_USE enum status lanes_put(struct lanes *l, const struct reader_datagram *d, uint64_t mark,
    struct fault *f);
/* Its session is over: all of it is waited for, and the connection ends. */
MUST_USE enum status lanes_end(struct lanes *l, const struct reader_datagram *d, struct fault *f);
MUST_USE enum status lanes_flush(struct lanes *l, struct fault *f);
bool lanes_idle(const struct lanes *l); /* wire_idle */
MUST_USE enum status lanes_finish(struct lanes *l, struct fault *f);
const struct lanes_counts *lanes_counts(const struct lanes *l);
void lanes_say(const struct lanes *l, struct buf *out);
/* Where the URL led to. */
const char *lanes_address(const struct lanes *l);
void lanes_free(struct lanes *l);

#endif
