/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_MESSAGEMARK_H
#define FLOW_MESSAGEMARK_H

/*
 * The marks of STEM.messages.ipfix.zst (nfseal-archive(5), COLLECTED SEGMENTS): a message of IPFIX
 * of the collector's own before each run of messages, which says whose they are, how many octets
 * they have, and from where and when they came.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "flow/datagram.h"

enum {
	MESSAGEMARK_MAX = 512 /* octets */
};

/* What a run is. */
enum messagemark_kind {
	MESSAGEMARK_RECEIVED, /* messages of a session, as they came */
	MESSAGEMARK_CARRIED,  /* one of an earlier segment, which defines what is in force */
	MESSAGEMARK_RESTATED, /* the collector's: the templates that are in force for what follows */
	MESSAGEMARK_ENDED     /* nothing: the session is over */
};

struct messagemark {
	enum messagemark_kind kind;
	struct datagram way; /* transport, session, addresses, received, input; number is the first's */
	uint64_t segment;    /* of CARRIED: where it was received, and way.number is its number there */
	uint64_t messages;
	uint64_t octets;     /* of the messages */
};

/* Appends the mark that is number `count` of its file, from 0. */
void messagemark_put(struct buf *out, const struct messagemark *m, uint32_t count);
/*
 * The mark that is the message of len octets.  False, with f set (no file, no offset), where it
 * is none: a reader knows where one must stand.
 */
bool messagemark_read(const uint8_t *data, size_t len, struct messagemark *out, struct fault *f);

#endif
