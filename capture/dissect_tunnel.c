/* SPDX-License-Identifier: BSD-2-Clause */
/* Into a tunnel and out again, and the tunnels that IP carries by a protocol number. */
#include <string.h>

#include "capture/dissect_walk.h"
#include "flow/protocol.h"

enum {
	PROTOCOL_IPIP = 4,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_PPP = 0x880b,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_PPPOE = 0x8864,
	ETHERTYPE_BRIDGED = 0x6558,    /* RFC 1701 section 2: Ethernet */
	ETHERTYPE_WCCP = 0x883e,
	ETHERTYPE_METADATA = 0x8909,
	ETHERTYPE_ERSPAN = 0x88be,     /* types I and II */
	ETHERTYPE_ERSPAN_III = 0x22eb,
	ARUBA_FIRST = 0x8200,          /* 802.11 frames, as Aruba has them */
	ARUBA_LAST = 0x8210,
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,          /* RFC 1701 only */
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080,              /* version 1 only */
	GRE_VERSION = 0x0007,
	ERSPAN_II_OCTETS = 8,
	ERSPAN_III_OCTETS = 12,
	ERSPAN_PLATFORM_OCTETS = 8,
	ERSPAN_SESSION = 0x3ff,
	ETHERIP_VERSION = 0x3000,
	L2TPV3_SKIP_MAX = 12,          /* cookie (0, 4, 8) and sublayer (0, 4) */
	IPV4_OCTETS = 20,
	IPV6_OCTETS = 40,
	MACS_OCTETS = 12,
	TAGS_MAX = 3
};

struct cursor
walk_payload(const struct walk *w)
{
	struct cursor c = w->c;

	if (w->ip_end < (uint64_t)(c.end - c.start))
		c.end = w->ip_end > cursor_offset(&c) ? c.start + w->ip_end : c.at;
	return c;
}

uint64_t
walk_carried_left(const struct walk *w, const struct cursor *c)
{
	uint64_t at = cursor_offset(c);

	if (w->partial || (w->d->marks & DISSECT_FIRST))
		return UINT64_MAX;
	return w->ip_end > at ? w->ip_end - at : 0;
}

/* More of what the packet carries exists than is in the frame. */
static bool
is_incomplete(const struct walk *w)
{
	return w->partial || (w->d->marks & DISSECT_FIRST) ||
	    (uint64_t)(w->c.end - w->c.start) < w->ip_end;
}

enum layer
walk_stay(struct walk *w, const struct cursor *c)
{
	if (!cursor_ok(c) && is_incomplete(w))
		w->d->marks |= DISSECT_TUNNEL_CUT;
	return LAYER_DONE;
}

/* What an inner packet has of the frame outside, unless there is a frame of its own. */
static void
keep_link(struct dissected *d, const struct dissected *outer, enum layer inside)
{
	memset(d, 0, sizeof(*d));
	d->key.w[4] = outer->key.w[4] & KEY_SEGMENT;
	if (inside == LAYER_ETHERNET || inside == LAYER_WLAN)
		return;
	d->key.w[4] = outer->key.w[4] & KEY_VLAN_MASK;
	d->inner_vlan = outer->inner_vlan;
	d->src_mac = outer->src_mac;
	d->dst_mac = outer->dst_mac;
	if (inside != LAYER_MPLS && (outer->marks & DISSECT_LABEL)) {
		d->marks = DISSECT_LABEL;
		d->label = outer->label;
	}
}

static void
add_segment(struct walk *w, const struct tunnel_layer *l)
{
	w->t->path.segments = w->t->path.segments << 32 | ((uint64_t)l->id + 1);
	w->d->key.w[4] |= KEY_SEGMENT;
}

enum layer
walk_enter(struct walk *w, const struct cursor *c, const struct tunnel_layer *kind,
    enum layer inside)
{
	struct tunnel_path *path = &w->t->path;
	struct tunnel_layer *l;

	if (!cursor_ok(c) || inside == LAYER_NOT_IP)
		return walk_stay(w, c);
	if (path->depth == TUNNEL_LAYERS_MAX) {
		w->d->marks |= DISSECT_TUNNEL_DEPTH;
		return LAYER_DONE;
	}
	w->outside = (struct walk_outside){ *w->d, path->segments, path->depth, w->t->has_outer };
	if (!w->t->has_outer)
		w->t->outer = *w->d;
	w->t->has_outer = true;
	l = &path->layers[path->depth++];
	*l = *kind;
	memcpy(l->src, &w->d->key.w[0], sizeof(l->src));
	memcpy(l->dst, &w->d->key.w[2], sizeof(l->dst));
	l->version = KEY_VERSION(w->d->key.w[4]);
	w->partial |= (w->d->marks & DISSECT_FIRST) != 0;
	w->inside = true;
	w->cut_ok = false;
	w->limit = w->ip_end;
	w->steps = 0;
	w->c = *c;
	keep_link(w->d, &w->outside.d, inside);
	if (kind->marks & TUNNEL_SEGMENT)
		add_segment(w, l);
	return inside;
}

void
walk_carried(struct walk *w, enum tunnel_kind kind, uint32_t id)
{
	struct tunnel_path *path = &w->t->path;

	if (path->depth == TUNNEL_LAYERS_MAX) {
		w->d->marks |= DISSECT_TUNNEL_DEPTH;
		return;
	}
	path->layers[path->depth++] =
	    (struct tunnel_layer){ .id = id, .kind = (uint8_t)kind, .marks = TUNNEL_HAS_ID };
}

bool
walk_plausible_ip(const struct cursor *c, uint64_t left)
{
	const uint8_t *q = c->at;
	unsigned header;

	if (cursor_left(c) < IPV4_OCTETS)
		return false;
	if (q[0] >> 4 == 6)
		return cursor_left(c) >= IPV6_OCTETS && load_be16(q + 4) + (uint64_t)IPV6_OCTETS <= left;
	header = (q[0] & 15u) * 4;
	return q[0] >> 4 == 4 && header >= IPV4_OCTETS && load_be16(q + 2) >= header &&
	    load_be16(q + 2) <= left;
}

bool
walk_plausible_ethernet(struct cursor c, uint64_t left)
{
	size_t start = cursor_offset(&c), header;
	unsigned type;

	cursor_skip(&c, MACS_OCTETS);
	type = cursor_be16(&c);
	for (unsigned i = 0; i < TAGS_MAX && next_layer(NEXT_ETHERTYPE, type) == LAYER_VLAN; i++) {
		cursor_skip(&c, 2);
		type = cursor_be16(&c);
	}
	header = cursor_offset(&c) - start;
	if (!cursor_ok(&c) || header > left)
		return false;
	if (type == ETHERTYPE_MPLS || type == ETHERTYPE_PPPOE)
		return true;
	return (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6) &&
	    (cursor_left(&c) > 0 && (c.at[0] >> 4 == 4) == (type == ETHERTYPE_IPV4)) &&
	    walk_plausible_ip(&c, left - header);
}

/* RFC 2003, 2473, 4213; 6to4 and ISATAP are the same. */
enum layer
dissect_ipip(struct walk *w)
{
	static const uint8_t kinds[2][2] = { { TUNNEL_6IN6, TUNNEL_4IN6 }, { TUNNEL_6IN4, TUNNEL_4IN4 } };
	bool outer4 = KEY_VERSION(w->d->key.w[4]) == 4, inner4 = w->protocol == PROTOCOL_IPIP;
	struct tunnel_layer l = { .kind = kinds[outer4][inner4] };
	struct cursor c = walk_payload(w);

	if (cursor_left(&c) == 0)
		cursor_fail(&c);
	return walk_enter(w, &c, &l, inner4 ? LAYER_IPV4 : LAYER_IPV6);
}

enum layer
walk_inside_ppp(struct cursor *c)
{
	if (cursor_left(c) > 0 && c->at[0] == 0xff)
		cursor_skip(c, 2);
	return LAYER_PPP;
}

/*
 * Cisco's ERSPAN (draft-foschiano-erspan): type I has no header and no sequence number in
 * GRE; types II and III have the session in their headers.  III may hold an IP packet.
 */
static enum layer
inside_erspan(struct cursor *c, unsigned type, unsigned flags, struct tunnel_layer *l)
{
	size_t octets = type == ETHERTYPE_ERSPAN ? ERSPAN_II_OCTETS : ERSPAN_III_OCTETS;
	unsigned frame_type;
	const uint8_t *q;

	l->kind = TUNNEL_ERSPAN;
	l->marks = TUNNEL_MIRROR;
	if (type == ETHERTYPE_ERSPAN && !(flags & GRE_SEQUENCE))
		return LAYER_ETHERNET;
	q = cursor_bytes(c, octets);
	if (q == NULL)
		return LAYER_ETHERNET;
	l->id = load_be16(q + 2) & ERSPAN_SESSION;
	l->marks |= TUNNEL_HAS_ID;
	if (type == ETHERTYPE_ERSPAN)
		return LAYER_ETHERNET;
	frame_type = q[10] >> 2 & 31;
	if (q[11] & 1)
		cursor_skip(c, ERSPAN_PLATFORM_OCTETS);
	return frame_type == 0 ? LAYER_ETHERNET : frame_type == 2 ? LAYER_RAW : LAYER_NOT_IP;
}

/* WCCP puts four octets of its own before the packet, from its version 2 on. */
static enum layer
inside_wccp(struct cursor *c)
{
	if (cursor_left(c) > 0 && c->at[0] >> 4 != 4)
		cursor_skip(c, 4);
	return LAYER_IPV4;
}

/* Cisco's metadata (security group tags); in GRE the EtherType comes first. */
static enum layer
inside_metadata(struct cursor *c)
{
	unsigned type = cursor_be16(c);

	cursor_skip(c, 1);
	cursor_skip(c, cursor_u8(c) * (size_t)4);
	return next_layer(NEXT_ETHERTYPE, type);
}

static enum layer
inside_gre(struct cursor *c, unsigned type, unsigned flags, struct tunnel_layer *l)
{
	switch (type) {
	case ETHERTYPE_ERSPAN:
	case ETHERTYPE_ERSPAN_III:
		return inside_erspan(c, type, flags, l);
	case ETHERTYPE_BRIDGED:
		/* RFC 7637 section 3.2: NVGRE; what else has a key may mean anything by it */
		l->marks |= TUNNEL_ID_HIGH;
		return LAYER_ETHERNET;
	case ETHERTYPE_WCCP:
		return inside_wccp(c);
	case ETHERTYPE_PPP:
		return walk_inside_ppp(c);
	case ETHERTYPE_METADATA:
		return inside_metadata(c);
	default:
		if (type >= ARUBA_FIRST && type <= ARUBA_LAST)
			return LAYER_WLAN;
		return next_layer(NEXT_ETHERTYPE, type);
	}
}

/* RFC 1701's source routes: family, offset, length, octets; one of zeros is the last. */
static void
skip_routes(struct cursor *c)
{
	unsigned family, len;

	do {
		family = cursor_be16(c);
		cursor_skip(c, 1);
		len = cursor_u8(c);
		cursor_skip(c, len);
	} while (cursor_ok(c) && (family != 0 || len != 0));
}

/* RFC 2784 and 2890, and what of RFC 1701 they left out. */
static enum layer
gre_0(struct walk *w, struct cursor *c, unsigned flags, unsigned type)
{
	struct tunnel_layer l = { .kind = TUNNEL_GRE };
	enum layer inside;

	if (flags & (GRE_CHECKSUM | GRE_ROUTING))
		cursor_skip(c, 4);
	if (flags & GRE_KEY) {
		l.id = cursor_be32(c);
		l.marks = TUNNEL_HAS_ID;
	}
	if (flags & GRE_SEQUENCE)
		cursor_skip(c, 4);
	if (flags & GRE_ROUTING)
		skip_routes(c);
	inside = inside_gre(c, type, flags, &l);
	return walk_enter(w, c, &l, inside);
}

/* RFC 2637 section 4.1; without a sequence number there is no payload. */
static enum layer
gre_1(struct walk *w, struct cursor *c, unsigned flags, unsigned type)
{
	struct tunnel_layer l = { .kind = TUNNEL_PPTP, .marks = TUNNEL_HAS_ID };
	enum layer inside;

	cursor_skip(c, 2);
	l.id = cursor_be16(c);
	if (flags & GRE_SEQUENCE)
		cursor_skip(c, 4);
	if (flags & GRE_ACK)
		cursor_skip(c, 4);
	if (type != ETHERTYPE_PPP || !(flags & GRE_SEQUENCE) || !(flags & GRE_KEY))
		return walk_stay(w, c);
	inside = walk_inside_ppp(c);
	return walk_enter(w, c, &l, inside);
}

enum layer
dissect_gre(struct walk *w)
{
	struct cursor c = walk_payload(w);
	unsigned flags = cursor_be16(&c), type = cursor_be16(&c);

	if (!cursor_ok(&c) || (flags & GRE_VERSION) > 1)
		return walk_stay(w, &c);
	return flags & GRE_VERSION ? gre_1(w, &c, flags, type) : gre_0(w, &c, flags, type);
}

/* RFC 3378 section 3. */
enum layer
dissect_etherip(struct walk *w)
{
	struct tunnel_layer l = { .kind = TUNNEL_ETHERIP };
	struct cursor c = walk_payload(w);
	unsigned version = cursor_be16(&c);

	return walk_enter(w, &c, &l, version == ETHERIP_VERSION ? LAYER_ETHERNET : LAYER_NOT_IP);
}

/* RFC 4023; RFC 7510 over UDP. */
enum layer
dissect_mpls_in_ip(struct walk *w)
{
	struct tunnel_layer l = { .kind = TUNNEL_MPLS };
	struct cursor c = walk_payload(w);

	return walk_enter(w, &c, &l, LAYER_MPLS);
}

/*
 * RFC 3931 section 4.1: a session, then a cookie and a sublayer whose lengths only the two
 * ends know: Ethernet with a whole IP packet inside is looked for where it can begin.
 */
enum layer
dissect_l2tpv3(struct walk *w)
{
	struct tunnel_layer l = { .kind = TUNNEL_L2TP, .marks = TUNNEL_HAS_ID };
	struct cursor c = walk_payload(w);

	l.id = cursor_be32(&c);
	if (l.id == 0) /* a control message */
		return walk_stay(w, &c);
	for (unsigned skip = 0; skip <= L2TPV3_SKIP_MAX && cursor_ok(&c); skip += 4) {
		if (walk_plausible_ethernet(c, walk_carried_left(w, &c)))
			return walk_enter(w, &c, &l, LAYER_ETHERNET);
		cursor_skip(&c, 4);
	}
	cursor_fail(&c); /* what was looked for may be in what is not there */
	return walk_stay(w, &c);
}
