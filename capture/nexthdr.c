/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/nexthdr.h"

#include <stddef.h>

struct next {
	uint16_t number;
	uint8_t layer;
};

/* IEEE EtherTypes. */
static const struct next ethertypes[] = {
	{ 0x0800, LAYER_IPV4 },
	{ 0x86dd, LAYER_IPV6 },
	{ 0x8100, LAYER_VLAN },
	{ 0x88a8, LAYER_VLAN },
	{ 0x9100, LAYER_VLAN }, /* 802.1ad before it was one */
	{ 0x9200, LAYER_VLAN },
	{ 0x88e7, LAYER_PBB }, /* 802.1ah: a whole frame behind it */
	{ 0x8926, LAYER_VNTAG }, /* 802.1Qbh, as Cisco has it */
	{ 0x8847, LAYER_MPLS },
	{ 0x8848, LAYER_MPLS },
	{ 0x8864, LAYER_PPPOE },
	{ 0x880b, LAYER_PPP },
	{ 0x894f, LAYER_NSH }, /* RFC 8300 */
	{ 0x8909, LAYER_CMD }, /* Cisco's metadata */
};

/* IANA's PPP protocol numbers. */
static const struct next ppp_protocols[] = {
	{ 0x0021, LAYER_IPV4 },
	{ 0x0057, LAYER_IPV6 },
	{ 0x0281, LAYER_MPLS },
	{ 0x0283, LAYER_MPLS },
};

static const struct next saps[] = {
	{ 0x06, LAYER_IPV4 },
};

static const struct next nlpids[] = {
	{ 0xcc, LAYER_IPV4 },
	{ 0x8e, LAYER_IPV6 },
};

static const struct next families[] = {
	{ 2, LAYER_IPV4 },
	{ 10, LAYER_IPV6 }, /* Linux */
	{ 24, LAYER_IPV6 }, /* NetBSD, OpenBSD, BSD/OS */
	{ 28, LAYER_IPV6 }, /* FreeBSD */
	{ 30, LAYER_IPV6 }, /* Darwin */
};

/*
 * IANA's protocol numbers.  What has no row is metered by its number (ESP too, be its
 * encryption null: nothing in the packet says so).
 */
static const struct next protocols[] = {
	{ 6, LAYER_TCP },
	{ 17, LAYER_UDP },
	{ 1, LAYER_ICMP },
	{ 58, LAYER_ICMP },
	{ 132, LAYER_PORTS }, /* SCTP */
	{ 33, LAYER_PORTS },  /* DCCP */
	{ 136, LAYER_PORTS }, /* UDP-Lite */
	{ 0, LAYER_OPTIONS }, /* hop-by-hop */
	{ 43, LAYER_OPTIONS },
	{ 60, LAYER_OPTIONS },
	{ 44, LAYER_FRAGMENT },
	{ 51, LAYER_AUTH },
	{ 135, LAYER_TERMINAL },
	{ 139, LAYER_TERMINAL },
	{ 140, LAYER_TERMINAL },
	{ 4, LAYER_IPIP },
	{ 41, LAYER_IPIP },
	{ 47, LAYER_GRE },
	{ 97, LAYER_ETHERIP },
	{ 115, LAYER_L2TPV3 },
	{ 137, LAYER_MPLS_IN_IP },
};

#define ROWS(t) (t), sizeof(t) / sizeof((t)[0])

static const struct {
	const struct next *rows;
	size_t count;
	enum layer otherwise;
} spaces[] = {
	[NEXT_ETHERTYPE] = { ROWS(ethertypes), LAYER_NOT_IP },
	[NEXT_PPP] = { ROWS(ppp_protocols), LAYER_NOT_IP },
	[NEXT_SAP] = { ROWS(saps), LAYER_NOT_IP },
	[NEXT_NLPID] = { ROWS(nlpids), LAYER_NOT_IP },
	[NEXT_FAMILY] = { ROWS(families), LAYER_NOT_IP },
	[NEXT_PROTOCOL] = { ROWS(protocols), LAYER_OPAQUE },
};

enum layer
next_layer(enum next_space space, uint32_t number)
{
	const struct next *rows = spaces[space].rows;

	for (size_t i = 0; i < spaces[space].count; i++)
		if (rows[i].number == number)
			return (enum layer)rows[i].layer;
	return spaces[space].otherwise;
}
