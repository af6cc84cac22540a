/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

/*
 * Connections over TCP, TLS over TCP, or SCTP, that never make their caller wait, both ways:
 * stream_connect, or stream_adopt of what a listener accepted; stream_open until it is
 * STATUS_OK; stream_read and stream_write; stream_finish; stream_close.
 *
 * STATUS_LIMIT (and no fault) means "not now": poll the descriptor for stream_events and call
 * again.  Whoever only writes should read as well: that the peer is gone, or refused a
 * certificate, is told that way (RFC 8446 section 4.4.2.4: after the handshake).
 *
 * SIGPIPE must be ignored.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/socket.h"
#include "base/status.h"
#include "base/tls.h"

enum { STREAM_NAME_MAX = 256 };

struct stream;

/*
 * Waits for the name to be resolved, and for nothing else.  tls: NULL is TCP, or SCTP, alone.
 * STATUS_UNSUPPORTED where the system has no SCTP.
 */
MUST_USE enum status stream_connect(const struct endpoint *to, const struct tls *tls,
    struct stream **out, struct fault *f);
/* A socket that is connected already; it is the stream's from now on, also on failure. */
MUST_USE enum status stream_adopt(int fd, const struct tls *tls, struct stream **out,
    struct fault *f);
/*
 * Connects (to each of the name's addresses in turn) and shakes hands.  STATUS_LIMIT: not yet;
 * STATUS_ABSENT: nobody is there; STATUS_KEY: a certificate was not believed; STATUS_MALFORMED:
 * the peer does not speak TLS, or not ours; STATUS_TRUNCATED: it hung up.
 */
MUST_USE enum status stream_open(struct stream *s, struct fault *f);
int stream_fd(const struct stream *s); /* another one after each stream_open that failed over */
/* POLLIN and POLLOUT, for one who wants to read, or to write, or both. */
short stream_events(const struct stream *s, bool read, bool write);
/* Octets that are there although the descriptor has nothing to tell. */
bool stream_pending(const struct stream *s);
/*
 * At most len octets; *got is never 0 with STATUS_OK.  STATUS_END: the peer has ended, in order;
 * STATUS_TRUNCATED: TLS ended without the peer's word for it (RFC 8446 section 6.1).
 */
MUST_USE enum status stream_read(struct stream *s, void *data, size_t len, size_t *got,
    struct fault *f);
/* *put octets of them were taken, at least one with STATUS_OK; of SCTP all, as one message. */
MUST_USE enum status stream_write(struct stream *s, const void *data, size_t len, size_t *put,
    struct fault *f);
/* Octets that the peer's system has not acknowledged yet; 0 where the system does not tell (SCTP). */
size_t stream_unacknowledged(const struct stream *s);
/* Nothing more will be written; the peer is told in order.  STATUS_LIMIT: again, please. */
MUST_USE enum status stream_finish(struct stream *s, struct fault *f);
/* "192.0.2.1:4739" of the peer, "" while there is none. */
const char *stream_peer(const struct stream *s);
/* The subject of the peer's certificate, "" without one; not escaped. */
void stream_certificate(const struct stream *s, char out[STREAM_NAME_MAX]);
/* The version of TLS that is spoken, NULL: none. */
const char *stream_version(const struct stream *s);
void stream_close(struct stream *s);

#endif
