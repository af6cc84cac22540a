/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_SENDER_H
#define FLOW_SENDER_H

/*
 * Sends rows of tables to one collector, packed in its protocol and paced; each sender has
 * its own sequence numbers, templates and counts.  The time and the way to wait for it come
 * from the caller.  A collector that is not there, and a system that does not send, are
 * counted and end nothing.  sender_open; sender_put...; sender_finish; sender_free.
 *
 * A live sender stands behind a packet path: its headers say what time it is, rows go out at
 * once, and to keep its pace it waits SENDER_PATIENCE at a time and a tenth of the time at most.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/socket.h"
#include "base/status.h"
#include "flow/pack.h"

/* Records (flows as the receiver counts them) or datagrams. */
enum sender_unit { SENDER_RECORDS, SENDER_DATAGRAMS };

enum { SENDER_RATE_DEFAULT = 100000 /* records: what a socket buffer of usual size takes */ };

#define SENDER_REFRESH_DEFAULT INT64_C(60000000000)
#define SENDER_PATIENCE        INT64_C(100000000) /* nanoseconds */

struct sender_clock {
	int64_t (*now)(void);                /* monotonic, nanoseconds */
	void (*sleep_until)(int64_t nanos);
	int64_t (*wall)(void);               /* nanoseconds since 1970; needed by a live one */
};

struct sender_options {
	struct pack_options pack;
	uint64_t rate; /* units per second, 0: no limit */
	enum sender_unit unit;
	int64_t refresh; /* nanoseconds after which templates come again, 0: never */
	bool live;
	struct sender_clock clock;
	const volatile int *interrupt; /* NULL, or nonzero once it should stop */
	bool hurry; /* it does not stop then, but waits as little as a live one */
};

struct sender_counts {
	uint64_t datagrams; /* handed to the system */
	uint64_t records;
	uint64_t octets;
	uint64_t refused;   /* times that the receiver's host said that nobody listens */
	uint64_t waited;    /* times that the system had no room */
	uint64_t unsent;    /* datagrams that could not be sent at all */
	uint64_t unsent_records;
	int error;          /* errno of the last one of those, 0 if there was none */
};

struct sender;

/* The defaults of capture and replay; clock and interrupt are the caller's to fill. */
void sender_defaults(struct sender_options *o);
MUST_USE enum status sender_open(const struct endpoint *to, const struct sender_options *o,
    struct sender **out, struct fault *f);
/* Rows from to to - 1 of t, those with matched[row] != 0. STATUS_INTERRUPTED when asked to stop. */
MUST_USE enum status sender_put(struct sender *s, const struct table *t, size_t from, size_t to,
    const uint8_t *matched, struct fault *f);
/* To be called every second or so by who is live: templates that are due go without a record. */
MUST_USE enum status sender_tick(struct sender *s, struct fault *f);
/* The last datagram. */
MUST_USE enum status sender_finish(struct sender *s, struct fault *f);
/* Where it sends to, "127.0.0.1:4739" or "[::1]:4739". */
const char *sender_address(const struct sender *s);
const struct sender_counts *sender_counts(const struct sender *s);
const struct pack_stats *sender_stats(const struct sender *s);
void sender_free(struct sender *s);

#endif
