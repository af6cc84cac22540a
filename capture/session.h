/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_SESSION_H
#define CAPTURE_SESSION_H

/*
 * One transport session of IPFIX: its connection, and what of a message has come so far.
 * session_open; session_read when its stream has something; session_free.
 */

#include "capture/sessions.h"

struct session {
	struct stream *stream;
	struct datagram way; /* of its messages, without octets */
	bool open;           /* it has shaken hands */
	int64_t since;       /* times of the clock: when it connected */
	int64_t heard;       /* its last octet, or when it was opened */
	int64_t begun;       /* the first octet of the message in part[]; 0: there is none */
	uint64_t messages;
	uint64_t lost;       /* octets that came and are of no whole message so far */
	size_t part_len;
	uint8_t *part;       /* what has come of it */
};

/* Takes over the connection, also on failure. */
MUST_USE enum status session_open(const struct accepted *who, const struct tls *tls,
    uint64_t number, int64_t clock, struct session **out, struct fault *f);
void session_free(struct session *s);

/*
 * What there is to read, into buf of more than IPFIX_MESSAGE_MAX octets: whole messages are its
 * first *octets; the rest stays with the session.  STATUS_LIMIT: there may be more later;
 * STATUS_OK: there may be more at once; else the session is over, *end says how, and f why where
 * that is to be told; *octets of messages came before that in any case.
 */
MUST_USE enum status session_read(struct session *s, int64_t clock, uint8_t *buf, size_t size,
    size_t *octets, enum session_end *end, struct fault *f);
/* The handshake: STATUS_OK, STATUS_LIMIT, or over, with *end and f. */
MUST_USE enum status session_shake(struct session *s, int64_t clock, enum session_end *end,
    struct fault *f);
/* Whether it took too long over something; *due is when it will have. */
bool session_late(const struct session *s, const struct sessions_options *o, int64_t clock,
    enum session_end *end, int64_t *due);

#endif
