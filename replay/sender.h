/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_SENDER_H
#define REPLAY_SENDER_H

/*
 * Sends rows of tables to one collector, packed in its protocol and paced; each sender has
 * its own sequence numbers, templates and counts.  The time and the way to wait for it come
 * from the caller.  sender_open; sender_put...; sender_finish; sender_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/socket.h"
#include "base/status.h"
#include "flow/pack.h"

/* Records (flows as the receiver counts them) or datagrams. */
enum sender_unit { SENDER_RECORDS, SENDER_DATAGRAMS };

struct sender_clock {
	int64_t (*now)(void);                /* monotonic, nanoseconds */
	void (*sleep_until)(int64_t nanos);
};

struct sender_options {
	struct pack_options pack;
	uint64_t rate; /* units per second, 0: no limit */
	enum sender_unit unit;
	struct sender_clock clock;
	const volatile int *interrupt; /* NULL, or nonzero once it should stop */
};

struct sender_counts {
	uint64_t datagrams; /* handed to the system */
	uint64_t records;
	uint64_t octets;
	uint64_t refused;   /* times that the receiver's host said that nobody listens */
	uint64_t waited;    /* times that the system had no room */
	uint64_t unsent;    /* datagrams that could not be sent at all */
	uint64_t unsent_records;
};

struct sender;

MUST_USE enum status sender_open(const struct endpoint *to, const struct sender_options *o,
    struct sender **out, struct fault *f);
/* Rows from to to - 1 of t, those with matched[row] != 0. STATUS_INTERRUPTED when asked to stop. */
MUST_USE enum status sender_put(struct sender *s, const struct table *t, size_t from, size_t to,
    const uint8_t *matched, struct fault *f);
/* The last datagram. */
MUST_USE enum status sender_finish(struct sender *s, struct fault *f);
const struct sender_counts *sender_counts(const struct sender *s);
const struct pack_stats *sender_stats(const struct sender *s);
void sender_free(struct sender *s);

#endif
