/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/dissect.h"

#include <string.h>

#include "base/cursor.h"
#include "capture/dissect_walk.h"
#include "capture/linktype.h"
#include "flow/protocol.h"

enum {
	ETHERNET_OCTETS = 14,
	TAG_OCTETS = 4,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_VLAN = 0x8100,
	IPV4_PLAIN = 0x45, /* version 4, no options */
	IPV4_OCTETS = 20,
	IPV4_FRAGMENT = 0x3fff,
	IPV6_OCTETS = 40,
	TCP_LEAST = 14, /* up to the flags */
	TCP_OCTETS = 20,
	UDP_OCTETS = 8
};

typedef enum layer (*decoder)(struct walk *w);

static const decoder decoders[LAYER_COUNT] = {
	[LAYER_ETHERNET] = dissect_ethernet,
	[LAYER_VLAN] = dissect_vlan,
	[LAYER_VNTAG] = dissect_vntag,
	[LAYER_PBB] = dissect_pbb,
	[LAYER_MPLS] = dissect_mpls,
	[LAYER_PPPOE] = dissect_pppoe,
	[LAYER_NSH] = dissect_nsh,
	[LAYER_CMD] = dissect_cmd,
	[LAYER_PPP] = dissect_ppp,
	[LAYER_PPP_HDLC] = dissect_ppp_hdlc,
	[LAYER_PPP_DIRECTION] = dissect_ppp_direction,
	[LAYER_CHDLC] = dissect_chdlc,
	[LAYER_LLC] = dissect_llc,
	[LAYER_SLL] = dissect_sll,
	[LAYER_SLL2] = dissect_sll2,
	[LAYER_NULL] = dissect_null,
	[LAYER_LOOP] = dissect_loop,
	[LAYER_ENC] = dissect_enc,
	[LAYER_PFLOG] = dissect_pflog,
	[LAYER_NFLOG] = dissect_nflog,
	[LAYER_FRELAY] = dissect_frelay,
	[LAYER_FDDI] = dissect_fddi,
	[LAYER_RADIOTAP] = dissect_radiotap,
	[LAYER_PRISM] = dissect_prism,
	[LAYER_AVS] = dissect_avs,
	[LAYER_PPI] = dissect_ppi,
	[LAYER_WLAN] = dissect_wlan,
	[LAYER_RAW] = dissect_raw,
	[LAYER_IPV4] = dissect_ipv4,
	[LAYER_IPV6] = dissect_ipv6,
	[LAYER_OPTIONS] = dissect_options,
	[LAYER_TERMINAL] = dissect_terminal,
	[LAYER_FRAGMENT] = dissect_fragment,
	[LAYER_AUTH] = dissect_auth,
	[LAYER_PORTS] = dissect_ports,
	[LAYER_TCP] = dissect_tcp,
	[LAYER_ICMP] = dissect_icmp,
	[LAYER_UDP] = dissect_udp,
	[LAYER_IPIP] = dissect_ipip,
	[LAYER_GRE] = dissect_gre,
	[LAYER_ETHERIP] = dissect_etherip,
	[LAYER_MPLS_IN_IP] = dissect_mpls_in_ip,
	[LAYER_L2TPV3] = dissect_l2tpv3,
	[LAYER_VXLAN] = dissect_vxlan,
	[LAYER_GENEVE] = dissect_geneve,
	[LAYER_GTPU] = dissect_gtpu,
	[LAYER_TEREDO] = dissect_teredo,
	[LAYER_AYIYA] = dissect_ayiya,
	[LAYER_L2TP] = dissect_l2tp,
};

void
dissector_init(struct dissector *x, bool inner, const struct tunnel_ports *ports)
{
	*x = (struct dissector){ .ports = *ports, .inner = inner };
	for (size_t i = 0; i < ports->count && inner; i++)
		x->port_bits[ports->rows[i].port >> 6] |= (uint64_t)1 << (ports->rows[i].port & 63);
}

static enum reject
ran_out(const struct packet *p)
{
	return p->captured < p->wire ? REJECT_HEADER_CUT : REJECT_BAD_HEADER;
}

static enum reject
walk(struct walk *w, enum layer layer)
{
	for (;;) {
		bool above = layer >= LAYER_OPTIONS;

		if (layer_is_tunnel(layer) && !w->x->inner)
			layer = LAYER_OPAQUE;
		if (decoders[layer] == NULL)
			break;
		if (w->steps++ == DISSECT_STEPS_MAX)
			return REJECT_DEPTH;
		layer = decoders[layer](w);
		/* Above IP the length was tested: what lacks was there and is not in the file. */
		if (!cursor_ok(&w->c) && layer != LAYER_REJECTED)
			return above ? REJECT_HEADER_CUT : ran_out(w->packet);
	}
	if (layer == LAYER_REJECTED)
		return w->reject;
	return layer == LAYER_NOT_IP ? REJECT_NOT_IP : REJECT_NONE;
}

/* The inside of the innermost tunnel is none: what carries it is metered. */
static void
fall_back(struct walk *w, enum reject r)
{
	bool ran_out = !cursor_ok(&w->c);

	*w->d = w->outside.d;
	w->t->path.depth = w->outside.depth;
	w->t->path.segments = w->outside.segments;
	w->t->has_outer = w->outside.has_outer;
	if (r == REJECT_DEPTH)
		w->d->marks |= DISSECT_TUNNEL_DEPTH;
	else if (ran_out && (w->partial || (uint64_t)(w->c.end - w->c.start) < w->limit))
		w->d->marks |= DISSECT_TUNNEL_CUT;
}

/* Any link type, any headers; kept out of the short way, whose registers it would take. */
__attribute__((noinline)) static enum reject
dissect_any(const struct dissector *x, const struct packet *p, struct dissected *d,
    struct tunnelled *tunnelled)
{
	const struct linktype *t = linktype_find(p->link_type);
	struct walk w = { .x = x, .packet = p, .d = d, .t = tunnelled, .trailer = p->fcs,
		.reject = REJECT_NONE };
	enum reject r;

	memset(d, 0, sizeof(*d));
	tunnelled->path.depth = 0;
	tunnelled->path.segments = 0;
	tunnelled->has_outer = false;
	if (t == NULL)
		return REJECT_LINK_TYPE;
	w.c = cursor_over(p->data, p->captured);
	r = walk(&w, (enum layer)t->layer);
	if (r != REJECT_NONE && w.inside) {
		fall_back(&w, r);
		r = REJECT_NONE;
	}
	if (tunnelled->path.depth > 0)
		d->marks |= DISSECT_TUNNEL;
	if (tunnelled->has_outer)
		d->key.w[4] |= x->inner_key;
	return r;
}

/* TCP or UDP at `at`, `left` octets of it by IP's length and no less than TCP_LEAST captured. */
static inline bool
plain_upper(const struct dissector *x, struct dissected *d, const uint8_t *at, unsigned protocol,
    unsigned left)
{
	if (protocol == PROTOCOL_TCP) {
		if (left < TCP_OCTETS)
			return false;
		d->tcp_flags = at[13];
		d->marks = DISSECT_TCP;
	} else {
		if (protocol != PROTOCOL_UDP || left < UDP_OCTETS ||
		    dissector_may_tunnel(x, load_be16(at), load_be16(at + 2)))
			return false;
		d->tcp_flags = 0;
		d->marks = 0;
	}
	d->upper = at;
	d->upper_octets = left;
	return true;
}

static inline bool
plain_ipv4(const struct dissector *x, const struct packet *p, struct dissected *d, unsigned at,
    uint64_t vlan)
{
	const uint8_t *q = p->data + at;
	unsigned len = load_be16(q + 2);

	if (p->captured < at + IPV4_OCTETS + TCP_LEAST || q[0] != IPV4_PLAIN ||
	    (load_be16(q + 6) & IPV4_FRAGMENT) != 0 || len < IPV4_OCTETS ||
	    len + at + p->fcs > p->wire ||
	    !plain_upper(x, d, q + IPV4_OCTETS, q[9], len - IPV4_OCTETS))
		return false;
	memset(d->key.w, 0, 32);
	memcpy(&d->key.w[0], q + 12, 4);
	memcpy(&d->key.w[2], q + 16, 4);
	d->key.w[4] = (uint64_t)load_be32(q + IPV4_OCTETS) << KEY_DST_PORT_SHIFT | vlan |
	    (uint64_t)q[9] << KEY_PROTOCOL_SHIFT | 4;
	d->upper_captured = p->captured - at - IPV4_OCTETS;
	d->ip = q;
	d->ip_bytes = len;
	d->tos = q[1];
	d->ttl = q[8];
	return true;
}

static inline bool
plain_ipv6(const struct dissector *x, const struct packet *p, struct dissected *d, unsigned at,
    uint64_t vlan)
{
	const uint8_t *q = p->data + at;
	unsigned payload = load_be16(q + 4);

	if (p->captured < at + IPV6_OCTETS + TCP_LEAST || q[0] >> 4 != 6 ||
	    payload + IPV6_OCTETS + at + p->fcs > p->wire ||
	    !plain_upper(x, d, q + IPV6_OCTETS, q[6], payload))
		return false;
	memcpy(d->key.w, q + 8, 32);
	d->key.w[4] = (uint64_t)load_be32(q + IPV6_OCTETS) << KEY_DST_PORT_SHIFT | vlan |
	    (uint64_t)q[6] << KEY_PROTOCOL_SHIFT | 6;
	d->upper_captured = p->captured - at - IPV6_OCTETS;
	d->ip = q;
	d->ip_bytes = payload + IPV6_OCTETS;
	d->tos = (uint8_t)(q[0] << 4 | q[1] >> 4);
	d->ttl = q[7];
	return true;
}

/*
 * The commonest frames without detours: Ethernet, at most one tag, IP without options or
 * fragments, TCP or UDP that is no tunnel, all of it there.  False: let dissect_any() see.  It reads the
 * checked buffer directly; both must say the same, which a test compares.
 */
static inline bool
dissect_plain(const struct dissector *x, const struct packet *p, struct dissected *d)
{
	const uint8_t *q = p->data;
	unsigned at = ETHERNET_OCTETS, type;
	uint64_t vlan = 0;

	if (p->link_type != LINKTYPE_ETHERNET ||
	    p->captured < ETHERNET_OCTETS + TAG_OCTETS + IPV4_OCTETS)
		return false;
	type = load_be16(q + 12);
	if (type == ETHERTYPE_VLAN) {
		vlan = (uint64_t)(KEY_VLAN_TAGGED | (load_be16(q + 14) & 0xfff)) << KEY_VLAN_SHIFT;
		type = load_be16(q + 16);
		at += TAG_OCTETS;
	}
	d->dst_mac = q;
	d->src_mac = q + 6;
	d->fragment_id = 0;
	d->label = 0;
	d->inner_vlan = 0;
	d->icmp_type = 0;
	d->icmp_code = 0;
	if (type == ETHERTYPE_IPV4)
		return plain_ipv4(x, p, d, at, vlan);
	return type == ETHERTYPE_IPV6 && plain_ipv6(x, p, d, at, vlan);
}

enum reject
dissect_inside(const struct dissector *x, const struct packet *p, struct dissected *d,
    struct tunnelled *t)
{
	if (__builtin_expect(dissect_plain(x, p, d), 1))
		return REJECT_NONE;
	return dissect_any(x, p, d, t);
}

enum reject
dissect(const struct packet *p, struct dissected *d)
{
	static const struct dissector none; /* all zero: no port has a meaning */
	struct tunnelled t;

	return dissect_inside(&none, p, d, &t);
}
