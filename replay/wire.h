/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_WIRE_H
#define REPLAY_WIRE_H

/*
 * The way of export messages to one collector.  Over UDP what goes is handed to the system in
 * batches; what the collector's host refuses and what the system does not send is counted, and
 * ends nothing.  Over TCP and TLS (wire_stream.h) only that nobody is there any more ends it.
 * wire_open; wire_send..., wire_flush; wire_finish; wire_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/raw.h"
#include "base/sink.h"
#include "base/socket.h"
#include "base/status.h"
#include "base/tls.h"
#include "replay/replay_option.h"
#include "replay/schedule.h"

struct wire_counts;

struct wire_options {
	const struct target_options *target; /* where to, from which address, by which TLS */
	const char *url;           /* instead of the target's, or NULL; wire_open's alone */
	struct schedule *schedule; /* by its clock it waits for room */
	struct sink tap;           /* of every octet that has gone, in order; write may be NULL */
	bool dry;                  /* nothing is opened, everything counts as gone */
	/* A connection was made anew: called to send what the receiver must know first, by wire_send,
	 * before the message that could not be sent on the old one. */
	enum status (*restart)(void *ctx, struct fault *f);
	void *restart_ctx;
	bool whole;                  /* each message is a unit of what is sent, whatever records it has */
	struct wire_counts *counts;  /* that this wire and others count in, or NULL */
};

#define WIRE_PATIENCE INT64_C(3000000000) /* nanoseconds in which somebody must be there */

struct wire_counts {
	uint64_t datagrams; /* handed to the system */
	uint64_t records;
	uint64_t octets;
	uint64_t refused;   /* times that the receiver's host said that nobody listens */
	uint64_t waited;    /* times that the system, or a receiver, had no room */
	uint64_t reconnects;
	uint64_t own_source; /* sent from this host's address, since no other was known or of that family */
	uint64_t unsent;    /* datagrams that could not be sent at all */
	uint64_t unsent_records;
	int error;          /* errno of the last one that was not overcome, or of a refusal */
	/* The least mark of what went and was not acknowledged when the connection was lost for good. */
	uint64_t lost_from; /* UINT64_MAX: nothing */
};

struct wire;

/* What is wrong with a target's options for datagrams, or for a connection. */
MUST_USE enum status wire_check(const struct target_options *t, bool stream, struct fault *f);
MUST_USE enum status wire_open(const struct wire_options *o, struct wire **out, struct fault *f);
/* Whose the messages are that follow, for --source exporter; family 0: nobody knows. */
void wire_from(struct wire *w, const struct raw_end *from);
/* How much the caller had to send before the messages that follow, for lost_from. */
void wire_mark(struct wire *w, uint64_t mark);
/* Who is called when a connection is made anew, in the place of the options'. */
void wire_restart(struct wire *w, enum status (*restart)(void *ctx, struct fault *f), void *ctx);
/* Copies the message; it goes with the next batch.  Fails where the tap does, without memory, and
 * where a connection cannot be had. */
MUST_USE enum status wire_send(struct wire *w, const uint8_t *data, size_t len, size_t records,
    struct fault *f);
MUST_USE enum status wire_flush(struct wire *w, struct fault *f);
/* Octets that a datagram to the collector may have on the way, as far as the system knows; 0: it does not. */
size_t wire_path(const struct wire *w);
/* Nothing waits for the next batch: all that was given went, or never will. */
bool wire_idle(const struct wire *w);
/* The last; of a connection waits until all is acknowledged. */
MUST_USE enum status wire_finish(struct wire *w, struct fault *f);
const struct wire_counts *wire_counts(const struct wire *w);
/* What went from an address that was not asked for; nothing where nothing did. */
void wire_say(const struct wire *w, struct buf *out);
void wire_counts_say(const struct wire_counts *c, struct buf *out);
/* "192.0.2.1:4739" */
const char *wire_address(const struct wire *w);
void wire_free(struct wire *w);

#endif
