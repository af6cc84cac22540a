/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_INBOX_H
#define CAPTURE_INBOX_H

/*
 * Takes datagrams from sockets on a thread of its own, so that nothing that is done with them
 * keeps the next ones waiting in the kernel.  They wait here, up to a bound of octets; only
 * when that is reached are they left to the kernel, which counts what it drops.
 *
 * inbox_open; inbox_take and inbox_give_back; inbox_stop, and inbox_take until nothing is
 * left; inbox_close.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/receive.h"
#include "base/status.h"
#include "flow/datagram.h"

enum { INBOX_SOCKETS_MAX = 64 };

struct inbox_options {
	struct receiver *const *receivers; /* stay the caller's, and are not touched until the close */
	size_t receiver_count;             /* to INBOX_SOCKETS_MAX */
	size_t octets;                     /* that may wait */
	int64_t (*now)(void);              /* wall clock, nanoseconds */
};

/* Datagrams of one socket, in their order. */
struct inbox_batch {
	struct inbox_batch *next;
	size_t count;
	size_t room;            /* octets of data */
	size_t octets;          /* what it counts for */
	uint64_t dropped;       /* by the kernel, at all sockets, up to the last of these */
	uint64_t cut;           /* longer than any datagram may be */
	struct datagram datagrams[RECEIVE_BATCH];
	uint8_t data[];
};

struct inbox;

MUST_USE enum status inbox_open(const struct inbox_options *o, struct inbox **out, struct fault *f);
/*
 * The next datagrams, waiting up to `millis` for them; *out is NULL where none came, also after
 * inbox_stop when all were taken, or where inbox_wake was called.  A failure of the thread, once what it took was given.
 */
MUST_USE enum status inbox_take(struct inbox *b, int millis, struct inbox_batch **out,
    struct fault *f);
/* From any thread: there is something else to do, inbox_take need not wait. */
void inbox_wake(struct inbox *b);
void inbox_give_back(struct inbox *b, struct inbox_batch *batch);
/* Nothing more is received; returns when the thread has ended. */
void inbox_stop(struct inbox *b);
/* How often the bound was reached, since the last call. */
uint64_t inbox_waits(struct inbox *b);
/* Octets that wait now. */
size_t inbox_octets(struct inbox *b);
void inbox_close(struct inbox *b);

#endif
