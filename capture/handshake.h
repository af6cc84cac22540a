/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_HANDSHAKE_H
#define CAPTURE_HANDSHAKE_H

/*
 * Round-trip times out of a connection's beginning (RFC 9293 section 3.5), as seen where the
 * capture was made: from the SYN to the SYN/ACK is the way to the server and back, from that to
 * the client's acknowledgement the way to the client and back.  What was sent twice could have
 * been answered at either time and gives no sample (Karn's algorithm, RFC 6298 section 3).
 */

#include <stdbool.h>
#include <stdint.h>

#include "capture/sequence.h"

/* Longer ones, of more than an hour, are none. */
#define HANDSHAKE_NONE UINT32_MAX

struct handshake {
	int64_t mark;         /* time of the SYN, later of the SYN/ACK */
	uint32_t syn;         /* their numbers */
	uint32_t syn_ack;
	uint32_t server_rtt;  /* microseconds, or HANDSHAKE_NONE */
	uint32_t client_rtt;
	uint8_t state;        /* of handshake.c */
	bool client;          /* the client's segments are those of the reverse direction */
	bool twice;           /* what `mark` is the time of was sent again */
};

void handshake_start(struct handshake *h);
void handshake_put(struct handshake *h, const struct sequence_segment *g, bool reverse);

static inline bool
handshake_complete(const struct handshake *h)
{
	return h->server_rtt != HANDSHAKE_NONE && h->client_rtt != HANDSHAKE_NONE;
}

#endif
