/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4, IPv6 with its extension headers, and what of the layer above is in a flow's key. */
#include "capture/dissect_walk.h"

enum {
	IPV4_OCTETS = 20,
	IPV4_OFFSET = 0x1fff,
	IPV4_MORE = 0x2000,
	IPV6_OCTETS = 40,
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_NONE = 59,
	OPTION_PAD1 = 0,
	OPTION_JUMBO = 0xc2, /* RFC 2675 section 2 */
	PORTS_OCTETS = 4,
	TCP_FLAGS_OFFSET = 13
};

/*
 * The IP packet begins at `start` and says that it is `len` octets long (0: does not say).
 * One inside another cannot be longer, unless that is in pieces.
 */
static bool
set_length(struct walk *w, size_t start, uint64_t len, uint64_t least)
{
	uint64_t frame = walk_left(w, start);

	if (w->inside && !w->partial && len > frame)
		return false;
	if (len == 0) {
		len = frame;
		w->d->marks |= DISSECT_LENGTH_ZERO;
	} else if (len > frame) {
		w->d->marks |= DISSECT_LENGTH_BEYOND;
	}
	if (len < least)
		return false;
	w->d->ip = w->c.start + start;
	w->d->ip_bytes = len;
	w->ip_end = start + len;
	return true;
}

static void
set_protocol(struct walk *w, uint8_t protocol)
{
	w->protocol = protocol;
	w->d->key.w[4] = (w->d->key.w[4] & ~KEY_PROTOCOL_MASK) |
	    (uint64_t)protocol << KEY_PROTOCOL_SHIFT;
}

/* Octets of the IP packet that are left by its own length. */
static uint64_t
packet_left(const struct walk *w)
{
	size_t at = cursor_offset(&w->c);

	return w->ip_end > at ? w->ip_end - at : 0;
}

/* The cursor stands at the header of the upper layer. */
static void
set_upper(struct walk *w)
{
	w->d->upper = w->c.at;
	w->d->upper_captured = (uint32_t)cursor_left(&w->c);
	w->d->upper_octets = (uint32_t)packet_left(w); /* a jumbogram's options leave it below 2^32 */
}

/* What is behind the cursor belongs to a header in another frame. */
static enum layer
later_fragment(struct walk *w)
{
	w->d->marks |= DISSECT_LATER;
	w->d->upper_octets = (uint32_t)packet_left(w);
	return LAYER_DONE;
}

enum layer
dissect_raw(struct walk *w)
{
	if (cursor_left(&w->c) == 0) {
		cursor_fail(&w->c);
		return LAYER_NOT_IP;
	}
	switch (w->c.at[0] >> 4) {
	case 4:
		return LAYER_IPV4;
	case 6:
		return LAYER_IPV6;
	default:
		return LAYER_NOT_IP;
	}
}

/* The options that IPv4 does not have are protocols like others there; AH is the same. */
static enum layer
ipv4_upper(struct walk *w, unsigned fragment)
{
	enum layer next;

	if (fragment & IPV4_OFFSET)
		return later_fragment(w);
	if (fragment & IPV4_MORE) {
		w->d->marks |= DISSECT_FIRST;
		w->cut_ok = true;
	}
	next = next_layer(NEXT_PROTOCOL, w->protocol);
	if (next == LAYER_OPTIONS || next == LAYER_TERMINAL || next == LAYER_FRAGMENT)
		return LAYER_OPAQUE;
	return next;
}

/* RFC 791 section 3.1. */
enum layer
dissect_ipv4(struct walk *w)
{
	size_t start = cursor_offset(&w->c);
	unsigned first = cursor_u8(&w->c), header = (first & 15) * 4, fragment, len;

	if (cursor_ok(&w->c) && (first >> 4 != 4 || header < IPV4_OCTETS))
		return walk_reject(w, REJECT_BAD_HEADER);
	w->d->tos = cursor_u8(&w->c);
	len = cursor_be16(&w->c);
	w->d->fragment_id = cursor_be16(&w->c);
	fragment = cursor_be16(&w->c);
	w->d->ttl = cursor_u8(&w->c);
	set_protocol(w, cursor_u8(&w->c));
	cursor_skip(&w->c, 2);
	cursor_copy(&w->c, &w->d->key.w[0], 4);
	cursor_copy(&w->c, &w->d->key.w[2], 4);
	if (!cursor_ok(&w->c))
		return LAYER_NOT_IP;
	cursor_skip(&w->c, header - IPV4_OCTETS);
	w->d->key.w[4] |= 4;
	if (!set_length(w, start, len, header))
		return walk_reject(w, REJECT_BAD_HEADER);
	return ipv4_upper(w, fragment);
}

/*
 * The jumbo payload length among hop-by-hop options (RFC 2675), 0 if there is none.  The
 * cursor stands at the options' header.
 */
static uint32_t
jumbo_length(struct cursor c)
{
	struct cursor options;
	size_t len;

	cursor_skip(&c, 1);
	len = (size_t)cursor_u8(&c) * 8 + 6;
	options = cursor_sub(&c, len < cursor_left(&c) ? len : cursor_left(&c));
	while (cursor_ok(&options) && cursor_left(&options) > 0) {
		unsigned type = cursor_u8(&options);

		if (type == OPTION_PAD1)
			continue;
		len = cursor_u8(&options);
		if (type == OPTION_JUMBO && len == 4)
			return cursor_be32(&options);
		cursor_skip(&options, len);
	}
	return 0;
}

/* 0: does not say.  Without a next header there may be nothing behind the 40 octets. */
static uint64_t
ipv6_length(struct walk *w, uint32_t payload)
{
	if (payload == 0 && w->protocol == PROTOCOL_HOP_BY_HOP) {
		payload = jumbo_length(w->c);
		if (payload != 0)
			w->d->marks |= DISSECT_JUMBO;
	}
	if (payload == 0 && w->protocol != PROTOCOL_NONE)
		return 0;
	return (uint64_t)payload + IPV6_OCTETS;
}

/* RFC 8200 section 3. */
enum layer
dissect_ipv6(struct walk *w)
{
	size_t start = cursor_offset(&w->c);
	uint32_t first = cursor_be32(&w->c), payload;

	if (cursor_ok(&w->c) && first >> 28 != 6)
		return walk_reject(w, REJECT_BAD_HEADER);
	w->d->tos = (uint8_t)(first >> 20);
	payload = cursor_be16(&w->c);
	set_protocol(w, cursor_u8(&w->c));
	w->d->ttl = cursor_u8(&w->c);
	cursor_copy(&w->c, &w->d->key.w[0], 16);
	cursor_copy(&w->c, &w->d->key.w[2], 16);
	if (!cursor_ok(&w->c))
		return LAYER_NOT_IP;
	w->d->key.w[4] |= 6;
	if (!set_length(w, start, ipv6_length(w, payload), IPV6_OCTETS))
		return walk_reject(w, REJECT_BAD_HEADER);
	return next_layer(NEXT_PROTOCOL, w->protocol);
}

/* A header that IP's own length cuts: of a first fragment the rest is in the next ones. */
static enum layer
cut_by_ip(struct walk *w)
{
	return w->cut_ok ? LAYER_DONE : walk_reject(w, REJECT_BAD_HEADER);
}

/* Next header, length; `fixed` octets are in no unit (RFC 8200 section 4.2; RFC 4302 section 2). */
static enum layer
extension(struct walk *w, unsigned unit, unsigned fixed)
{
	unsigned len;
	uint8_t next;

	if (packet_left(w) < 8)
		return cut_by_ip(w);
	next = cursor_u8(&w->c);
	len = cursor_u8(&w->c) * unit + fixed;
	if (!cursor_ok(&w->c))
		return LAYER_NOT_IP;
	if (packet_left(w) + 2 < len)
		return cut_by_ip(w);
	cursor_skip(&w->c, len - 2);
	set_protocol(w, next);
	return next_layer(NEXT_PROTOCOL, next);
}

enum layer
dissect_options(struct walk *w)
{
	return extension(w, 8, 8);
}

enum layer
dissect_auth(struct walk *w)
{
	return extension(w, 4, 8);
}

/* Its own number is what there is to say where nothing follows. */
enum layer
dissect_terminal(struct walk *w)
{
	if (cursor_left(&w->c) > 0 && w->c.at[0] == PROTOCOL_NONE)
		return LAYER_OPAQUE;
	return extension(w, 8, 8);
}

/* RFC 8200 section 4.5; one that is the whole packet is no fragment (RFC 6946). */
enum layer
dissect_fragment(struct walk *w)
{
	unsigned offset;
	uint8_t next;

	if (packet_left(w) < 8)
		return cut_by_ip(w);
	next = cursor_u8(&w->c);
	cursor_skip(&w->c, 1);
	offset = cursor_be16(&w->c);
	w->d->fragment_id = cursor_be32(&w->c);
	if (!cursor_ok(&w->c))
		return LAYER_NOT_IP;
	set_protocol(w, next);
	if (offset >> 3 != 0)
		return later_fragment(w);
	if (offset & 1) {
		w->d->marks |= DISSECT_FIRST;
		w->cut_ok = true;
	}
	return next_layer(NEXT_PROTOCOL, next);
}

enum layer
dissect_ports(struct walk *w)
{
	set_upper(w);
	if (packet_left(w) < PORTS_OCTETS)
		return LAYER_DONE;
	w->d->key.w[4] |= (uint64_t)cursor_be32(&w->c) << KEY_DST_PORT_SHIFT;
	return LAYER_DONE;
}

/* The flags are not in the key: without them the packet is metered all the same. */
enum layer
dissect_tcp(struct walk *w)
{
	if (packet_left(w) > TCP_FLAGS_OFFSET && cursor_left(&w->c) > TCP_FLAGS_OFFSET) {
		w->d->tcp_flags = w->c.at[TCP_FLAGS_OFFSET];
		w->d->marks |= DISSECT_TCP;
	}
	return dissect_ports(w);
}

enum layer
dissect_icmp(struct walk *w)
{
	set_upper(w);
	if (packet_left(w) >= 2 && cursor_left(&w->c) >= 2) {
		w->d->icmp_type = w->c.at[0];
		w->d->icmp_code = w->c.at[1];
		w->d->marks |= DISSECT_ICMP;
	}
	return LAYER_DONE;
}
