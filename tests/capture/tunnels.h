/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_CAPTURE_TUNNELS_H
#define TESTS_CAPTURE_TUNNELS_H

/*
 * Packets in tunnels for the tests: a TCP segment from 192.0.2.11 to .12 (or of those ends in
 * IPv6), at once or in a frame, behind a tunnel's header in a packet from .1 to .2.
 */

#include <stdlib.h>
#include <string.h>

#include "capture/dissect.h"
#include "tests/capture/packets.h"
#include "tests/unit.h"

enum { OUTER_SRC = 1, OUTER_DST = 2, INNER_SRC = 11, INNER_DST = 12 };
enum { ETH_OCTETS = 14, IP4_OCTETS = 20, UDP_OCTETS = 8, PORTS = 4, NO_ID = -1 };
enum { IPIP = 4, IP6 = 41, GRE = 47, ESP = 50, ETHERIP = 97, L2TP = 115, MPLS_IN_IP = 137 };

/* What is inside: an IP packet with a TCP segment of 20 octets, at once or in a frame. */
enum inside { V4, V6, ETH_V4, ETH_V6, ETH_VLAN_V4, PPP_V4 };

struct row {
	unsigned protocol;
	unsigned port;       /* of UDP */
	const char *header;  /* of the tunnel */
	enum inside inside;
	const char *path;
	long long id;
};

#define ZEROS16  "00000000 00000000 00000000 00000000"

static inline void
put_inside(struct frame *b, enum inside inside)
{
	if (inside == ETH_V4 || inside == ETH_V6 || inside == ETH_VLAN_V4)
		frame_hex(b, "0200000000bb 0200000000aa");
	if (inside == ETH_VLAN_V4)
		frame_hex(b, "8100 0007");
	if (inside == ETH_V4 || inside == ETH_VLAN_V4)
		frame_hex(b, "0800");
	if (inside == ETH_V6)
		frame_hex(b, "86dd");
	if (inside == PPP_V4)
		frame_hex(b, "0021");
	if (inside == V6 || inside == ETH_V6)
		frame_ip6(b, INNER_SRC, INNER_DST, TCP, 20);
	else
		frame_ip4(b, INNER_SRC, INNER_DST, TCP, 20);
	frame_tcp(b, 50000, 443, SYN);
}

static inline void
set_outer_length(struct frame *b, size_t octets)
{
	b->data[ETH_OCTETS + 2] = (uint8_t)(octets >> 8);
	b->data[ETH_OCTETS + 3] = (uint8_t)octets;
}

static inline void
build(struct frame *b, const struct row *r)
{
	const char *header = r->header;

	frame_eth(b, 0x800);
	frame_ip4(b, OUTER_SRC, OUTER_DST, r->protocol, 0);
	if (r->protocol == UDP)
		frame_udp(b, 40000, r->port, 0);
	frame_hex(b, header);
	put_inside(b, r->inside);
	set_outer_length(b, b->len - ETH_OCTETS);
}

static inline enum reject
look(const struct packet *p, struct dissected *d, struct tunnelled *t)
{
	struct tunnel_ports ports;
	struct dissector x;

	tunnel_ports_default(&ports);
	dissector_init(&x, true, &ports);
	memset(d, 0xee, sizeof(*d));
	memset(t, 0xee, sizeof(*t));
	return dissect_inside(&x, p, d, t);
}

static inline const char *
path_of(const struct dissected *d, const struct tunnelled *t)
{
	static char text[TUNNEL_PATH_TEXT];
	uint8_t kinds[TUNNEL_LAYERS_MAX];
	size_t depth = d->marks & DISSECT_TUNNEL ? t->path.depth : 0;

	for (size_t i = 0; i < depth; i++)
		kinds[i] = t->path.layers[i].kind;
	tunnel_path_text(kinds, depth, text);
	return text;
}

/* The last octet of an address. */
static inline unsigned
last(const uint64_t words[2], unsigned version)
{
	return ((const uint8_t *)words)[version == 4 ? 3 : 15];
}

static inline void
assert_outer(const struct row *r, const struct dissected *d, const struct tunnelled *t)
{
	assert_string_equal(path_of(d, t), "");
	assert_int_equal(KEY_VERSION(d->key.w[4]), 4);
	assert_int_equal(last(&d->key.w[0], 4), OUTER_SRC);
	assert_int_equal(last(&d->key.w[2], 4), OUTER_DST);
	assert_int_equal(KEY_PROTOCOL(d->key.w[4]), r->protocol);
}

#endif
