/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_NEXTHDR_H
#define CAPTURE_NEXTHDR_H

/*
 * What follows what: for each space of numbers in which a header names its successor
 * (EtherTypes, PPP protocols, LLC SAPs, address families, IP protocols) the layer that
 * dissects it.  A new header gets a row in nexthdr.c, a LAYER_ here and a decoder in
 * dissect_link.c or dissect_ip.c; nothing else knows the numbers.
 */

#include <stdbool.h>
#include <stdint.h>

enum layer {
	LAYER_NOT_IP, /* nothing that leads to IP */
	/* below IP */
	LAYER_ETHERNET,
	LAYER_VLAN,
	LAYER_VNTAG,
	LAYER_PBB,
	LAYER_MPLS,
	LAYER_PPPOE,
	LAYER_NSH,
	LAYER_CMD,
	LAYER_PPP,
	LAYER_PPP_HDLC,
	LAYER_PPP_DIRECTION,
	LAYER_CHDLC,
	LAYER_LLC,
	LAYER_SLL,
	LAYER_SLL2,
	LAYER_NULL,
	LAYER_LOOP,
	LAYER_ENC,
	LAYER_PFLOG,
	LAYER_NFLOG,
	LAYER_FRELAY,
	LAYER_FDDI,
	LAYER_RADIOTAP,
	LAYER_PRISM,
	LAYER_AVS,
	LAYER_PPI,
	LAYER_WLAN,
	/* IP */
	LAYER_RAW, /* IPv4 or IPv6 by the first four bits */
	LAYER_IPV4,
	LAYER_IPV6,
	/* above IP */
	LAYER_OPTIONS,  /* IPv6 headers in units of 8 octets that lead on */
	LAYER_TERMINAL, /* the same, but often the last: mobility, HIP, shim6 */
	LAYER_FRAGMENT, /* of IPv6 */
	LAYER_AUTH,
	LAYER_PORTS,
	LAYER_TCP,
	LAYER_ICMP,
	LAYER_UDP,
	/* tunnels */
	LAYER_IPIP,
	LAYER_GRE,
	LAYER_ETHERIP,
	LAYER_MPLS_IN_IP,
	LAYER_L2TPV3,
	LAYER_VXLAN,
	LAYER_GENEVE,
	LAYER_GTPU,
	LAYER_TEREDO,
	LAYER_AYIYA,
	LAYER_L2TP,
	LAYER_OPAQUE, /* metered by its number */
	LAYER_DONE,
	LAYER_REJECTED, /* the walk says why */
	LAYER_COUNT
};

enum next_space {
	NEXT_ETHERTYPE,
	NEXT_PPP,
	NEXT_SAP,      /* LLC destination SAP */
	NEXT_NLPID,    /* ISO/IEC TR 9577, as frame relay has it */
	NEXT_FAMILY,   /* AF_ numbers of the systems that write LINKTYPE_NULL */
	NEXT_PROTOCOL  /* IP protocols and IPv6 next headers */
};

/* The layer behind the number; LAYER_NOT_IP (of NEXT_PROTOCOL: LAYER_OPAQUE) if unknown. */
enum layer next_layer(enum next_space space, uint32_t number);

static inline bool
layer_is_tunnel(enum layer layer)
{
	return layer >= LAYER_IPIP && layer < LAYER_OPAQUE;
}

/* The protocol's first four octets are ports. */
static inline bool
layer_has_ports(enum layer layer)
{
	return layer == LAYER_TCP || layer == LAYER_UDP || layer == LAYER_PORTS;
}

#endif
