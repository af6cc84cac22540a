/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/biflow.h"

#include <string.h>

#include "capture/tcp.h"

bool
biflow_is_syn(const struct dissected *d)
{
	return (d->marks & DISSECT_TCP) && (d->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static void
take_macs(struct biflow *b, const struct dissected *d, unsigned direction)
{
	const uint8_t *src = direction == 0 ? d->src_mac : d->dst_mac;
	const uint8_t *dst = direction == 0 ? d->dst_mac : d->src_mac;

	if (src != NULL) {
		memcpy(b->src_mac, src, 6);
		b->link |= BIFLOW_SRC_MAC;
	}
	if (dst != NULL) {
		memcpy(b->dst_mac, dst, 6);
		b->link |= BIFLOW_DST_MAC;
	}
}

/* What a continued flow keeps: who began, and how far the connection's end has come. */
static const uint32_t kept = BIFLOW_FROM_B | BIFLOW_BY_SYN | BIFLOW_FIN | BIFLOW_FIN << 1 |
    BIFLOW_ACKED | BIFLOW_ACKED << 1;

void
biflow_start(struct biflow *b, const struct dissected *d, const struct sighting *s,
    const struct biflow *continued)
{
	memset(b, 0, sizeof(*b));
	b->key = d->key;
	b->first = s->time;
	b->last = s->time;
	b->start = s->position;
	b->state = continued != NULL ? continued->state & kept : s->side_b ? BIFLOW_FROM_B : 0;
	b->state |= BIFLOW_LIVE;
	b->ttl_min[0] = b->ttl_min[1] = UINT8_MAX;
	b->link = d->inner_vlan;
	b->tos[0] = b->tos[1] = d->tos;
	if (d->marks & DISSECT_LABEL)
		b->state |= BIFLOW_HAS_LABEL | (d->label & BIFLOW_LABEL);
	take_macs(b, d, biflow_direction(b, s->side_b));
}

static void
swap_u8(uint8_t pair[2])
{
	uint8_t t = pair[0];

	pair[0] = pair[1];
	pair[1] = t;
}

static void
swap_u64(uint64_t pair[2])
{
	uint64_t t = pair[0];

	pair[0] = pair[1];
	pair[1] = t;
}

/* Exchanges the bits of a pair in the state. */
static uint32_t
swap_bits(uint32_t state, uint32_t forward)
{
	uint32_t low = state & forward, high = state & forward << 1;

	return (state & ~(forward | forward << 1)) | low << 1 | high >> 1;
}

/* What was reverse is forward: its sender turned out to be the initiator. */
static void
turn(struct biflow *b)
{
	uint8_t mac[6];

	swap_u8(b->tcp_flags);
	swap_u8(b->ttl_min);
	swap_u8(b->ttl_max);
	swap_u8(b->initial);
	swap_u8(b->tos);
	swap_u64(b->packets);
	swap_u64(b->bytes);
	memcpy(mac, b->src_mac, 6);
	memcpy(b->src_mac, b->dst_mac, 6);
	memcpy(b->dst_mac, mac, 6);
	b->link = (uint16_t)swap_bits(b->link, BIFLOW_SRC_MAC);
	b->state = swap_bits(b->state, BIFLOW_FIN);
	b->state = swap_bits(b->state, BIFLOW_ACKED);
	b->state = swap_bits(b->state, BIFLOW_FLAGS);
	b->state ^= BIFLOW_FROM_B;
}

/* A connection is over when both FINs were acknowledged, or reset (RFC 9293 section 3.6). */
static void
follow_tcp(struct biflow *b, uint8_t flags, unsigned direction, bool one_way)
{
	unsigned other = direction ^ 1;
	uint32_t state = b->state;

	if ((flags & TCP_ACK) && (state & (uint32_t)BIFLOW_FIN << other))
		state |= (uint32_t)BIFLOW_ACKED << other;
	if (flags & TCP_FIN)
		state |= (uint32_t)BIFLOW_FIN << direction;
	if ((flags & TCP_RST) || (one_way && (flags & TCP_FIN)) ||
	    ((state & BIFLOW_ACKED) && (state & BIFLOW_ACKED << 1)))
		state |= BIFLOW_FINISHED;
	b->state = state;
}

/* What only the first packet of a direction says. */
static void
open_direction(struct biflow *b, const struct dissected *d, unsigned direction)
{
	b->tos[direction] = d->tos;
	if ((d->marks & DISSECT_ICMP) && direction == 0) {
		b->initial[0] = d->icmp_type;
		b->initial[1] = d->icmp_code;
		b->state |= BIFLOW_FLAGS;
	}
}

static unsigned
add_tcp(struct biflow *b, const struct dissected *d, const struct sighting *s)
{
	unsigned direction = biflow_direction(b, s->side_b);

	if (biflow_is_syn(d) && !(b->state & BIFLOW_BY_SYN)) {
		if (direction != 0)
			turn(b);
		b->state |= BIFLOW_BY_SYN;
		direction = 0;
	}
	if (!(b->state & (uint32_t)BIFLOW_FLAGS << direction)) {
		b->initial[direction] = d->tcp_flags;
		b->state |= (uint32_t)BIFLOW_FLAGS << direction;
	}
	b->tcp_flags[direction] |= d->tcp_flags;
	follow_tcp(b, d->tcp_flags, direction, s->one_way);
	return direction;
}

void
biflow_add(struct biflow *b, const struct dissected *d, const struct sighting *s)
{
	unsigned direction;

	if (d->marks & DISSECT_TCP)
		direction = add_tcp(b, d, s);
	else
		direction = biflow_direction(b, s->side_b);
	if (b->packets[direction]++ == 0)
		open_direction(b, d, direction);
	b->bytes[direction] += d->ip_bytes;
	if (s->time > b->last)
		b->last = s->time;
	if (s->time < b->first)
		b->first = s->time;
	if (s->position < b->start)
		b->start = s->position;
	if (d->ttl < b->ttl_min[direction])
		b->ttl_min[direction] = d->ttl;
	if (d->ttl > b->ttl_max[direction])
		b->ttl_max[direction] = d->ttl;
	b->seen = s->tick;
	if (s->fine)
		b->state |= BIFLOW_FINE;
}
