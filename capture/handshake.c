/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/handshake.h"

#include "capture/tcp.h"

enum { WAITING, SYN_SEEN, SYN_ACK_SEEN, OVER };

enum { NANOS_PER_MICRO = 1000 };

void
handshake_start(struct handshake *h)
{
	*h = (struct handshake){ .server_rtt = HANDSHAKE_NONE, .client_rtt = HANDSHAKE_NONE,
		.state = WAITING };
}

static uint32_t
sample(const struct handshake *h, int64_t time)
{
	uint64_t micros;

	if (h->twice || time < h->mark)
		return HANDSHAKE_NONE;
	micros = ((uint64_t)time - (uint64_t)h->mark) / NANOS_PER_MICRO;
	return micros < HANDSHAKE_NONE ? (uint32_t)micros : HANDSHAKE_NONE;
}

static void
take_syn(struct handshake *h, const struct sequence_segment *g, bool reverse)
{
	if (h->state == SYN_SEEN && reverse != h->client) {
		h->state = OVER; /* both open at once: nobody is the client */
	} else if (h->state == SYN_SEEN && g->number == h->syn) {
		h->twice = true;
	} else if (h->state == WAITING || h->state == SYN_SEEN) {
		*h = (struct handshake){ .mark = g->time, .syn = g->number, .state = SYN_SEEN,
			.client = reverse, .server_rtt = HANDSHAKE_NONE,
			.client_rtt = HANDSHAKE_NONE };
	}
}

static void
take_syn_ack(struct handshake *h, const struct sequence_segment *g, bool reverse)
{
	if (h->state == SYN_ACK_SEEN && reverse != h->client) {
		h->twice = true;
		return;
	}
	if (h->state == SYN_SEEN && (reverse == h->client || g->ack != h->syn + 1))
		return;
	if (h->state == SYN_SEEN)
		h->server_rtt = sample(h, g->time);
	else if (h->state != WAITING)
		return;
	h->state = SYN_ACK_SEEN;
	h->client = !reverse;
	h->mark = g->time;
	h->syn_ack = g->number;
	h->twice = false;
}

void
handshake_put(struct handshake *h, const struct sequence_segment *g, bool reverse)
{
	if (h->state == OVER)
		return;
	switch (g->flags & (TCP_SYN | TCP_RST | TCP_ACK)) {
	case TCP_SYN:
		take_syn(h, g, reverse);
		return;
	case TCP_SYN | TCP_ACK:
		take_syn_ack(h, g, reverse);
		return;
	case TCP_ACK:
		if (h->state != SYN_ACK_SEEN || reverse != h->client ||
		    g->ack - (h->syn_ack + 1) > SEQUENCE_REACH)
			return;
		h->client_rtt = sample(h, g->time);
		h->state = OVER;
		return;
	default:
		h->state = g->flags & TCP_RST ? OVER : h->state;
	}
}
