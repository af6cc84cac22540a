/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_WIRE_STREAM_H
#define REPLAY_WIRE_STREAM_H

/*
 * The way of export messages over TCP, TLS or SCTP (RFC 7011 section 10): a connection that is made
 * again when it breaks, whereupon the caller's `restart` sends the templates anew.  Messages that
 * a broken connection has left without acknowledgement count as unsent: the receiver may have
 * them or not.  A receiver that takes nothing is waited for, as long as the target's
 * patience lasts, and that is counted.
 *
 * wire_stream_open; wire_stream_send...; wire_stream_finish; wire_stream_free.
 */

#include "base/socket.h"
#include "base/status.h"
#include "base/tls.h"
#include "replay/wire.h"

struct wire_stream;

/* All of it for the stream's life; the counts are written to.  tls: NULL is TCP alone. */
MUST_USE enum status wire_stream_open(const struct endpoint *to, const struct tls *tls,
    const struct wire_options *o, struct wire_counts *counts, struct wire_stream **out,
    struct fault *f);
/*
 * Waits until the system has taken the whole message.  STATUS_ABSENT, STATUS_KEY and the like once
 * there is nobody for WIRE_PATIENCE: such a target has come to its end.
 */
MUST_USE enum status wire_stream_send(struct wire_stream *s, const uint8_t *data, size_t len,
    size_t records, struct fault *f);
/* wire_mark */
void wire_stream_mark(struct wire_stream *s, uint64_t mark);
/* Waits until the receiver's system has acknowledged all, as long as it goes on to do so. */
MUST_USE enum status wire_stream_finish(struct wire_stream *s, struct fault *f);
const char *wire_stream_peer(const struct wire_stream *s);
void wire_stream_free(struct wire_stream *s);

#endif
