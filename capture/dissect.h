/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_DISSECT_H
#define CAPTURE_DISSECT_H

/*
 * From a frame to what the meter wants to know of it: the flow key of an IP packet, its
 * length and the fields that become columns.  Every frame ends as REJECT_NONE with a filled
 * struct, or with one reason.  No state, no allocation.
 *
 * With `inner` the packet is the innermost one that tunnels carry, and what carries it is
 * told beside; else it is the outermost.  Where the inside of a tunnel is no IP packet, is
 * not all there or contradicts the tunnel, the packet is the one that carries it: nothing
 * is ever rejected for what is inside.  A frame of its own inside (Ethernet, 802.11) gives
 * the VLANs, MACs and label, else they are those of the frame outside.
 *
 * Lengths: ip_bytes is IPv4's total length, IPv6's payload length + 40 (a jumbogram's by
 * its option, RFC 2675).  A length of zero (segmentation offload hands such packets to the
 * capture) becomes the frame's length without the link layer.  A length beyond the frame
 * is believed.  Padding behind the packet never counts.
 *
 * What is cut: a missing octet of a header that the key needs is REJECT_HEADER_CUT; an
 * upper layer that is too short by IP's own length is metered with ports 0.
 */

#include <stdbool.h>
#include <stdint.h>

#include "capture/packet.h"
#include "capture/tunnel.h"
#include "flow/accounting.h"

/* One packet may hold so many tags, labels and headers; another inside it as many again. */
enum { DISSECT_STEPS_MAX = 32 };

/*
 * Addresses as they stand in the packet, copied into words (IPv4 in the first four octets,
 * the rest zero); w[4] by the macros below.
 */
struct flow_key {
	uint64_t w[5];
};

enum {
	KEY_VERSION_SHIFT = 0,
	KEY_PROTOCOL_SHIFT = 8,
	KEY_VLAN_SHIFT = 16,
	KEY_DST_PORT_SHIFT = 32,
	KEY_SRC_PORT_SHIFT = 48,
	KEY_VLAN_TAGGED = 0x1000, /* in the VLAN's 16 bits: there was a tag */
	KEY_VLAN_SEGMENT = 0x2000 /* and there are segments: tunnel_path has them */
};

#define KEY_PORTS_MASK    ((uint64_t)0xffffffff << 32)
#define KEY_VLAN_MASK     ((uint64_t)0xffff << 16)
#define KEY_SEGMENT       ((uint64_t)KEY_VLAN_SEGMENT << 16)
#define KEY_PROTOCOL_MASK ((uint64_t)0xff << 8)
#define KEY_TUNNEL        ((uint64_t)0x80) /* of a flow: capture/flowtunnel.h has more; never compared */
#define KEY_INNER         ((uint64_t)0x40) /* inside a tunnel, where what is outside is metered too */
#define KEY_VERSION(w4)   ((unsigned)(w4) & 0x0f)
#define KEY_PROTOCOL(w4)  ((unsigned)((w4) >> 8) & 0xff)
#define KEY_VLAN(w4)      ((unsigned)((w4) >> 16) & 0xffff)
#define KEY_DST_PORT(w4)  ((unsigned)((w4) >> 32) & 0xffff)
#define KEY_SRC_PORT(w4)  ((unsigned)((w4) >> 48) & 0xffff)

enum {
	DISSECT_TCP = 1,            /* tcp_flags holds */
	DISSECT_ICMP = 2,           /* icmp_type and icmp_code hold */
	DISSECT_FIRST = 4,          /* the first of several fragments */
	DISSECT_LATER = 8,          /* a later fragment: its ports stand in the first */
	DISSECT_LENGTH_ZERO = 16,
	DISSECT_LENGTH_BEYOND = 32,
	DISSECT_LABEL = 64,         /* label holds */
	DISSECT_JUMBO = 128,
	DISSECT_TUNNEL = 256,       /* something carries the packet: tunnelled.path holds */
	DISSECT_TUNNEL_CUT = 512,   /* it carries something that is not all there */
	DISSECT_TUNNEL_DEPTH = 1024 /* it carries something beyond the limits */
};

struct dissected {
	struct flow_key key;      /* source first */
	uint64_t ip_bytes;
	const uint8_t *src_mac;   /* into the frame; NULL if it has none */
	const uint8_t *dst_mac;
	const uint8_t *ip;        /* into the frame: IP's header */
	const uint8_t *upper;     /* into the frame: the header of TCP, UDP, ICMP or another
	                             with ports; NULL: none, or a later fragment */
	uint32_t upper_captured;  /* octets at upper to the end of the captured frame */
	uint32_t upper_octets;    /* ... by IP's own length (of a later fragment as well) */
	uint32_t fragment_id;
	uint32_t label;           /* MPLS, the top one */
	uint16_t inner_vlan;      /* as in the key: KEY_VLAN_TAGGED and the id */
	uint16_t marks;           /* DISSECT_ bits */
	uint8_t tos;
	uint8_t ttl;
	uint8_t tcp_flags;
	uint8_t icmp_type;
	uint8_t icmp_code;
};

/* What is told of a packet beside, valid with DISSECT_TUNNEL. */
struct tunnelled {
	struct tunnel_path path;
	bool has_outer;         /* an IP packet carries it: */
	struct dissected outer; /* the outermost one */
};

/* What tunnels are; dissector_init() fills it (inner_key: 0), nothing changes it later. */
struct dissector {
	struct tunnel_ports ports;
	bool inner;               /* look into tunnels */
	uint64_t inner_key;       /* KEY_INNER or 0: what the key of a packet inside one gets */
	uint64_t port_bits[1024]; /* the UDP ports that have a meaning */
};

void dissector_init(struct dissector *x, bool inner, const struct tunnel_ports *ports);
enum reject dissect_inside(const struct dissector *x, const struct packet *p, struct dissected *d,
    struct tunnelled *t);

/* The outermost packet; no tunnel is looked into. */
enum reject dissect(const struct packet *p, struct dissected *d);

/* Whether a datagram between these UDP ports may be a tunnel's. */
static inline bool
dissector_may_tunnel(const struct dissector *x, unsigned src, unsigned dst)
{
	return (x->port_bits[src >> 6 & 1023] >> (src & 63) |
	    x->port_bits[dst >> 6 & 1023] >> (dst & 63)) & 1;
}

#endif
