/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tunnels that UDP carries.  A port is only a hint: each has to look like what it is
 * said to be, and what is inside like an IP packet that fits, else the datagram is metered.
 */
#include "capture/dissect_walk.h"

enum {
	UDP_OCTETS = 8,
	ETHERTYPE_BRIDGED = 0x6558,
	/* RFC 7348 section 5; draft-ietf-nvo3-vxlan-gpe section 3 */
	VXLAN_ID = 0x08,
	VXLAN_NEXT = 0x04,
	/* RFC 8926 section 3.4 */
	GENEVE_VERSION = 0xc0,
	GENEVE_OPTIONS = 0x3f,
	GENEVE_CONTROL = 0x80,
	/* 3GPP TS 29.281 section 5.1 */
	GTP_FIXED = 0xf8,   /* version, protocol type, a bit that is 0 */
	GTP_VERSION_1 = 0x30,
	GTP_LONG = 0x07,    /* any of the three: four more octets */
	GTP_EXTENSION = 0x04,
	GTP_TPDU = 255,
	/* RFC 4380 section 5.1.1 */
	TEREDO_ORIGIN = 0x0000,
	TEREDO_AUTH = 0x0001,
	IPV6_OCTETS = 40,
	/* draft-massar-v6ops-ayiya section 3 */
	AYIYA_OCTETS = 8,
	AYIYA_FORWARD = 1,
	PROTOCOL_IPV4 = 4,
	PROTOCOL_IPV6 = 41,
	/* RFC 2661 section 3.1 */
	L2TP_CONTROL = 0x8000,
	L2TP_LENGTH = 0x4000,
	L2TP_SEQUENCE = 0x0800,
	L2TP_OFFSET = 0x0200,
	L2TP_PRIORITY = 0x0100,
	L2TP_VERSION = 0x000f
};

enum layer
dissect_udp(struct walk *w)
{
	static const uint8_t layers[TUNNEL_KINDS] = {
		[TUNNEL_GRE] = LAYER_GRE,
		[TUNNEL_MPLS] = LAYER_MPLS_IN_IP,
		[TUNNEL_VXLAN] = LAYER_VXLAN,
		[TUNNEL_GENEVE] = LAYER_GENEVE,
		[TUNNEL_GTPU] = LAYER_GTPU,
		[TUNNEL_TEREDO] = LAYER_TEREDO,
		[TUNNEL_AYIYA] = LAYER_AYIYA,
		[TUNNEL_L2TP] = LAYER_L2TP,
	};
	uint64_t left = w->ip_end - cursor_offset(&w->c), w4;
	enum tunnel_kind kind;
	struct cursor c;

	(void)dissect_ports(w);
	w4 = w->d->key.w[4];
	if (!w->x->inner || left < UDP_OCTETS || !cursor_ok(&w->c) ||
	    !dissector_may_tunnel(w->x, KEY_SRC_PORT(w4), KEY_DST_PORT(w4)))
		return LAYER_DONE;
	kind = tunnel_ports_find(&w->x->ports, KEY_DST_PORT(w4));
	if (kind == TUNNEL_NONE)
		kind = tunnel_ports_find(&w->x->ports, KEY_SRC_PORT(w4));
	c = walk_payload(w);
	cursor_skip(&c, 4);
	if (!cursor_ok(&c))
		return walk_stay(w, &c);
	w->c = c;
	return (enum layer)layers[kind];
}

static enum layer
inside_ethertype(unsigned type)
{
	return type == ETHERTYPE_BRIDGED ? LAYER_ETHERNET : next_layer(NEXT_ETHERTYPE, type);
}

/* The generic extension's next protocol. */
static enum layer
inside_gpe(unsigned next)
{
	static const uint8_t layers[] = { LAYER_NOT_IP, LAYER_IPV4, LAYER_IPV6, LAYER_ETHERNET,
		LAYER_NSH, LAYER_MPLS };

	return next < sizeof(layers) ? (enum layer)layers[next] : LAYER_NOT_IP;
}

enum layer
dissect_vxlan(struct walk *w)
{
	struct tunnel_layer l = { .kind = TUNNEL_VXLAN };
	struct cursor c = walk_payload(w);
	unsigned flags = cursor_u8(&c);
	unsigned next = (unsigned)cursor_uint(&c, 3) & 0xff;
	enum layer inside = flags & VXLAN_NEXT ? inside_gpe(next) : LAYER_ETHERNET;

	l.id = cursor_be32(&c) >> 8;
	if (flags & VXLAN_ID)
		l.marks = TUNNEL_HAS_ID | TUNNEL_SEGMENT;
	return walk_enter(w, &c, &l, flags & (VXLAN_ID | VXLAN_NEXT) ? inside : LAYER_NOT_IP);
}

enum layer
dissect_geneve(struct walk *w)
{
	struct tunnel_layer l = { .kind = TUNNEL_GENEVE, .marks = TUNNEL_HAS_ID | TUNNEL_SEGMENT };
	struct cursor c = walk_payload(w);
	unsigned first = cursor_u8(&c), flags = cursor_u8(&c), type = cursor_be16(&c);
	enum layer inside = inside_ethertype(type);

	l.id = cursor_be32(&c) >> 8;
	cursor_skip(&c, (first & GENEVE_OPTIONS) * 4u);
	if ((first & GENEVE_VERSION) != 0 || (flags & GENEVE_CONTROL))
		inside = LAYER_NOT_IP;
	return walk_enter(w, &c, &l, inside);
}

/* Their lengths are in units of four octets, the last of which is the next type. */
static void
skip_gtp_extensions(struct cursor *c, unsigned type)
{
	while (type != 0 && cursor_ok(c)) {
		unsigned len = cursor_u8(c) * 4u;

		if (len == 0) {
			cursor_fail(c);
			return;
		}
		cursor_skip(c, len - 2);
		type = cursor_u8(c);
	}
}

enum layer
dissect_gtpu(struct walk *w)
{
	struct tunnel_layer l = { .kind = TUNNEL_GTPU, .marks = TUNNEL_HAS_ID };
	struct cursor c = walk_payload(w);
	unsigned flags = cursor_u8(&c), message = cursor_u8(&c), len = cursor_be16(&c), extension;

	l.id = cursor_be32(&c);
	if (!cursor_ok(&c) || (flags & GTP_FIXED) != GTP_VERSION_1 || message != GTP_TPDU ||
	    len > walk_carried_left(w, &c))
		return walk_stay(w, &c);
	if (flags & GTP_LONG) {
		cursor_skip(&c, 3);
		extension = cursor_u8(&c);
		if (flags & GTP_EXTENSION)
			skip_gtp_extensions(&c, extension);
	}
	return walk_enter(w, &c, &l, LAYER_RAW);
}

/* Authentication and origin may come first, in this order (section 5.1.1). */
enum layer
dissect_teredo(struct walk *w)
{
	struct tunnel_layer l = { .kind = TUNNEL_TEREDO };
	struct cursor c = walk_payload(w);

	if (cursor_left(&c) >= 2 && load_be16(c.at) == TEREDO_AUTH) {
		unsigned id, value;

		cursor_skip(&c, 2);
		id = cursor_u8(&c);
		value = cursor_u8(&c);
		cursor_skip(&c, id + value + 9);
	}
	if (cursor_left(&c) >= 2 && load_be16(c.at) == TEREDO_ORIGIN)
		cursor_skip(&c, 8);
	if (cursor_left(&c) < IPV6_OCTETS)
		cursor_fail(&c);
	if (!cursor_ok(&c) || c.at[0] >> 4 != 6 || !walk_plausible_ip(&c, walk_carried_left(w, &c)))
		return walk_stay(w, &c);
	return walk_enter(w, &c, &l, LAYER_IPV6);
}

/* Lengths, kinds, next header and time; then an identity and a signature of those lengths. */
enum layer
dissect_ayiya(struct walk *w)
{
	struct tunnel_layer l = { .kind = TUNNEL_AYIYA };
	struct cursor c = walk_payload(w);
	const uint8_t *q = cursor_bytes(&c, AYIYA_OCTETS);

	if (q == NULL || (q[2] & 15) != AYIYA_FORWARD)
		return walk_stay(w, &c);
	cursor_skip(&c, ((size_t)1 << (q[0] >> 4)) + (q[1] >> 4) * 4u);
	if (q[3] == PROTOCOL_IPV4 || q[3] == PROTOCOL_IPV6)
		return walk_enter(w, &c, &l, q[3] == PROTOCOL_IPV4 ? LAYER_IPV4 : LAYER_IPV6);
	return walk_stay(w, &c);
}

/* Version 2: a data message with PPP; its id is tunnel and session. */
static enum layer
l2tp_2(struct walk *w, struct cursor *c, unsigned flags)
{
	struct tunnel_layer l = { .kind = TUNNEL_L2TP, .marks = TUNNEL_HAS_ID };
	uint64_t left = walk_carried_left(w, c);
	enum layer inside;

	if ((flags & L2TP_LENGTH) && cursor_be16(c) > left + 2)
		return walk_stay(w, c);
	l.id = cursor_be32(c);
	if (flags & L2TP_SEQUENCE)
		cursor_skip(c, 4);
	if (flags & L2TP_OFFSET)
		cursor_skip(c, cursor_be16(c));
	inside = walk_inside_ppp(c);
	return walk_enter(w, c, &l, inside);
}

enum layer
dissect_l2tp(struct walk *w)
{
	enum { KNOWN = L2TP_LENGTH | L2TP_SEQUENCE | L2TP_OFFSET | L2TP_PRIORITY | L2TP_VERSION };
	struct cursor c = walk_payload(w);
	unsigned flags = cursor_be16(&c);

	if (!cursor_ok(&c) || (flags & L2TP_CONTROL) || (flags & ~(unsigned)KNOWN) != 0)
		return walk_stay(w, &c);
	switch (flags & L2TP_VERSION) {
	case 2:
		return l2tp_2(w, &c, flags);
	case 3: /* RFC 3931 section 4.1.2.1: two octets of nothing, then as over IP */
		cursor_skip(&c, 2);
		if (!cursor_ok(&c))
			return walk_stay(w, &c);
		w->c = c;
		return LAYER_L2TPV3;
	default:
		return walk_stay(w, &c);
	}
}
