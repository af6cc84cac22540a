/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_SESSIONS_H
#define CAPTURE_SESSIONS_H

/*
 * Takes IPFIX messages from transport sessions over TCP and TLS (RFC 7011 section 10.4), on a
 * thread of its own: accepts, shakes hands, and cuts what comes into messages.  They wait here up
 * to a bound of octets; when that is reached nothing is read, so that TCP makes the exporters
 * wait, and nothing is lost.
 *
 * The number of sessions is bounded, in all and by source; where there is no place, one that has
 * brought no message yet gives way to another source's.  Handshake, message and silence have
 * their times.  A session in which no message begins where one must is closed: what came before
 * is kept.
 *
 * sessions_open; sessions_take until it says nothing, sessions_give_back; sessions_stop, and
 * sessions_take until nothing is left; sessions_close.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/listener.h"
#include "base/prefix.h"
#include "base/status.h"
#include "base/stream.h"
#include "flow/datagram.h"

enum {
	SESSIONS_LISTENERS_MAX = 64,
	SESSIONS_MAX = 4096,
	SESSIONS_DEFAULT = 512,
	SESSIONS_TEXT_MAX = 384
};

enum session_end {
#define SESSION_END(id, name, help) SESSION_##id,
#include "capture/session_end.def"
#undef SESSION_END
	SESSION_ENDS
};

const char *session_end_name(enum session_end e);
const char *session_end_help(enum session_end e);

struct sessions_options {
	struct listener *const *listeners; /* stay the caller's, and are not touched until the close */
	const struct tls *const *tls;      /* of each listener; NULL: TCP alone */
	size_t listener_count;             /* 1 to SESSIONS_LISTENERS_MAX */
	const struct prefix *allowed;      /* none: all may connect */
	size_t allowed_count;
	size_t max;               /* sessions, 1 to SESSIONS_MAX */
	size_t max_per_source;    /* of one address */
	size_t octets;            /* that may wait */
	int64_t handshake;        /* nanoseconds, for the connection and for TLS */
	int64_t message;          /* from the first octet of a message to its last */
	int64_t idle;             /* without any octet */
	int64_t (*now)(void);     /* wall clock, nanoseconds */
	int64_t (*clock)(void);   /* one that is never set, nanoseconds */
	void (*filled)(void *ctx); /* called by the thread when there is something to take */
	void *ctx;
};

enum sessions_kind {
	SESSIONS_OPENED,
	SESSIONS_MESSAGES,
	SESSIONS_CLOSED,
	SESSIONS_REFUSED /* a connection for which there was no place, or whose source may not */
};

/* Something of one session, in its order. */
struct sessions_batch {
	struct sessions_batch *next;
	enum sessions_kind kind;
	struct datagram way;       /* of each message, and of the session */
	size_t octets;             /* of its messages, one after the other */
	enum session_end end;      /* SESSIONS_CLOSED */
	bool not_allowed;          /* SESSIONS_REFUSED */
	bool opened;               /* SESSIONS_CLOSED: there was a SESSIONS_OPENED of it */
	uint64_t messages;         /* SESSIONS_CLOSED: that it brought, whole */
	uint64_t lost;             /* SESSIONS_CLOSED: octets that came and are of no message */
	char text[SESSIONS_TEXT_MAX]; /* who it is, or why it was closed; may be "" */
	uint8_t data[];
};

struct sessions;

MUST_USE enum status sessions_open(const struct sessions_options *o, struct sessions **out,
    struct fault *f);
/*
 * The next batch, or NULL, without waiting.  A failure of the thread, once what it took was
 * given.
 */
MUST_USE enum status sessions_take(struct sessions *s, struct sessions_batch **out,
    struct fault *f);
/* The message at *at of its octets, which moves on; false behind the last. */
bool sessions_message(const struct sessions_batch *b, size_t *at, struct datagram *out);
void sessions_give_back(struct sessions *s, struct sessions_batch *b);
/* Octets that were received and wait here, and what each batch costs. */
size_t sessions_octets(struct sessions *s);
/* Nobody is accepted and nothing more awaited: what has come is taken, and all sessions end. */
void sessions_stop(struct sessions *s);
void sessions_close(struct sessions *s);

#endif
