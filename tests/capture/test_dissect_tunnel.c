/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels: what is inside of each kind, what is told of it, and what stays outside. */
#include "capture/dissect.h"

#include <string.h>

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

#define LLC_SNAP "aaaa030000000800"
#define WLAN     "08020000 020000000002 020000000003 020000000001 0000" LLC_SNAP
#define ZEROS16  "00000000 00000000 00000000 00000000"
#define AYIYA    "44521129 00000000" ZEROS16 ZEROS16 "00000000"

static const struct row rows[] = {
	{ IPIP, 0, "", V4, "4in4", NO_ID },
	{ IP6, 0, "", V6, "6in4", NO_ID },
	{ GRE, 0, "0000 0800", V4, "gre", NO_ID },
	{ GRE, 0, "0000 86dd", V6, "gre", NO_ID },
	{ GRE, 0, "2000 0800 01020304", V4, "gre", 0x01020304 },
	{ GRE, 0, "b000 0800 ffff0000 01020304 00000009", V4, "gre", 0x01020304 },
	{ GRE, 0, "4000 0800 ffff0000 0002 00 04 0a000001 0000 00 00", V4, "gre", NO_ID },
	{ GRE, 0, "2000 6558 00123401", ETH_V4, "gre", 0x123401 },
	{ GRE, 0, "0000 6558", ETH_VLAN_V4, "gre", NO_ID },
	{ GRE, 0, "0000 8847 00064140", V4, "gre", NO_ID },
	{ GRE, 0, "0000 880b ff030021", V4, "gre", NO_ID },
	{ GRE, 0, "0000 883e", V4, "gre", NO_ID },
	{ GRE, 0, "0000 883e 00010203", V4, "gre", NO_ID },
	{ GRE, 0, "0000 8909 0800 01 01 00010000", V4, "gre", NO_ID },
	{ GRE, 0, "0000 8200" WLAN, V4, "gre", NO_ID },
	{ GRE, 0, "3001 880b 002c 0017 00000001 ff03", PPP_V4, "pptp", 0x17 },
	{ GRE, 0, "3081 880b 002c 0017 00000001 00000002", PPP_V4, "pptp", 0x17 },
	{ GRE, 0, "0000 88be", ETH_V4, "erspan", NO_ID },
	{ GRE, 0, "1000 88be 00000001 1001 029a 00000000", ETH_V4, "erspan", 0x29a },
	{ GRE, 0, "1000 22eb 00000001 2001 0105 00000000 00000000", ETH_V6, "erspan", 0x105 },
	{ GRE, 0, "1000 22eb 00000001 2001 0105 00000000 00000001" "0000000000000000", ETH_V4,
	    "erspan", 0x105 },
	{ GRE, 0, "1000 22eb 00000001 2001 0105 00000000 00000800", V4, "erspan", 0x105 },
	{ ETHERIP, 0, "3000", ETH_V4, "etherip", NO_ID },
	{ MPLS_IN_IP, 0, "00064140", V6, "mpls", NO_ID },
	{ L2TP, 0, "00000007", ETH_V4, "l2tp", 7 },
	{ L2TP, 0, "00000007 deadbeef", ETH_V6, "l2tp", 7 },
	{ L2TP, 0, "00000007 deadbeefdeadbeef 40000001", ETH_VLAN_V4, "l2tp", 7 },
	{ UDP, 4789, "08000000 12345600", ETH_V4, "vxlan", 0x123456 },
	{ UDP, 8472, "88400007 12345600", ETH_VLAN_V4, "vxlan", 0x123456 },
	{ UDP, 4790, "0c000001 12345600", V4, "vxlan", 0x123456 },
	{ UDP, 4790, "0c000003 12345600", ETH_V6, "vxlan", 0x123456 },
	{ UDP, 4790, "0c000004 12345600 0fc60102 00000100 " ZEROS16, V6, "vxlan", 0x123456 },
	{ UDP, 6081, "00006558 00007b00", ETH_V4, "geneve", 123 },
	{ UDP, 6081, "02400800 00007b00 0101800100000000", V4, "geneve", 123 },
	{ UDP, 2152, "30ff0028 0000abcd", V4, "gtp-u", 0xabcd },
	{ UDP, 2152, "32ff002c 0000abcd 00010000", V4, "gtp-u", 0xabcd },
	{ UDP, 2152, "34ff0034 0000abcd 00000085 01100985 01111100", V4, "gtp-u", 0xabcd },
	{ UDP, 3544, "", V6, "teredo", NO_ID },
	{ UDP, 3544, "0000 f227 34abcdef", V6, "teredo", NO_ID },
	{ UDP, 3544, "0001 02 01 aabb cc 0102030405060708 00 0000 f227 34abcdef", V6, "teredo", NO_ID },
	{ UDP, 5072, AYIYA, V6, "ayiya", NO_ID },
	{ UDP, 1701, "0002 0005 0006 ff03", PPP_V4, "l2tp", 0x50006 },
	{ UDP, 1701, "4a02 0038 0005 0006 00010002 0002 9999", PPP_V4, "l2tp", 0x50006 },
	{ UDP, 1701, "0003 0000 00000009 00000000", ETH_V4, "l2tp", 9 },
	{ UDP, 4754, "2000 0800 00000005", V4, "gre", 5 },
	{ UDP, 6635, "00064140", V4, "mpls", NO_ID },
};

static void
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

static void
set_outer_length(struct frame *b, size_t octets)
{
	b->data[ETH_OCTETS + 2] = (uint8_t)(octets >> 8);
	b->data[ETH_OCTETS + 3] = (uint8_t)octets;
}

static void
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

static enum reject
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

static const char *
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
static unsigned
last(const uint64_t words[2], unsigned version)
{
	return ((const uint8_t *)words)[version == 4 ? 3 : 15];
}

static void
assert_inner(const struct row *r, const struct dissected *d, const struct tunnelled *t)
{
	unsigned version = r->inside == V6 || r->inside == ETH_V6 ? 6 : 4;
	const struct tunnel_layer *l = tunnel_innermost(&t->path);

	assert_string_equal(path_of(d, t), r->path);
	assert_int_equal(KEY_VERSION(d->key.w[4]), version);
	assert_int_equal(last(&d->key.w[0], version), INNER_SRC);
	assert_int_equal(last(&d->key.w[2], version), INNER_DST);
	assert_int_equal(KEY_PROTOCOL(d->key.w[4]), TCP);
	assert_int_equal(KEY_SRC_PORT(d->key.w[4]), 50000);
	assert_int_equal(KEY_DST_PORT(d->key.w[4]), 443);
	assert_int_equal(d->ip_bytes, version == 4 ? 40 : 60);
	assert_int_equal(l->marks & TUNNEL_HAS_ID ? (long long)l->id : NO_ID, r->id);
	assert_int_equal(l->version, 4);
	assert_int_equal(last(l->src, 4), OUTER_SRC);
	assert_int_equal(last(l->dst, 4), OUTER_DST);
	assert_true(t->has_outer);
	assert_int_equal(last(&t->outer.key.w[0], 4), OUTER_SRC);
	assert_int_equal(KEY_PROTOCOL(t->outer.key.w[4]), r->protocol);
	assert_int_equal(KEY_DST_PORT(t->outer.key.w[4]), r->port);
	assert_int_equal(t->outer.marks & ~DISSECT_LENGTH_BEYOND, 0);
}

static void
assert_outer(const struct row *r, const struct dissected *d, const struct tunnelled *t)
{
	assert_string_equal(path_of(d, t), "");
	assert_int_equal(KEY_VERSION(d->key.w[4]), 4);
	assert_int_equal(last(&d->key.w[0], 4), OUTER_SRC);
	assert_int_equal(last(&d->key.w[2], 4), OUTER_DST);
	assert_int_equal(KEY_PROTOCOL(d->key.w[4]), r->protocol);
}

static void
each_kind_is_seen_through(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + ARRAY_LEN(rows); r++) {
		struct frame b = { .len = 0 };
		struct tunnelled t;
		struct dissected d;
		struct packet p;
		bool frame = r->inside == ETH_V4 || r->inside == ETH_V6 || r->inside == ETH_VLAN_V4;

		build(&b, r);
		p = frame_packet(&b, ETH);
		assert_int_equal(look(&p, &d, &t), REJECT_NONE);
		assert_inner(r, &d, &t);
		assert_int_equal(t.outer.ip_bytes, b.len - ETH_OCTETS);
		assert_int_equal(d.src_mac[5], frame ? 0xaa : 1);
		assert_int_equal(d.dst_mac[5], frame ? 0xbb : 2);
		assert_int_equal(KEY_VLAN(d.key.w[4]) & (KEY_VLAN_TAGGED | 0xfff),
		    r->inside == ETH_VLAN_V4 ? KEY_VLAN_TAGGED | 7 : 0);
		assert_int_equal((KEY_VLAN(d.key.w[4]) & KEY_VLAN_SEGMENT) != 0, t.path.segments != 0);
		assert_ptr_equal(d.upper, b.data + b.len - 20);
		assert_int_equal(d.upper_octets, 20);
	}
}

/* Cut by the snap length: the inside as long as its ports are there, else the outside, told. */
static void
every_prefix_captured(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + ARRAY_LEN(rows); r++) {
		size_t outer = ETH_OCTETS + IP4_OCTETS + (r->protocol == UDP ? PORTS : 0), inner;
		struct frame b = { .len = 0 };

		build(&b, r);
		inner = b.len - 20 + PORTS;
		for (size_t n = 0; n < b.len; n++) {
			struct packet p = frame_packet(&b, ETH);
			struct tunnelled t;
			struct dissected d;
			enum reject got;

			p.captured = (uint32_t)n;
			got = look(&p, &d, &t);
			assert_int_equal(got, n < outer ? REJECT_HEADER_CUT : REJECT_NONE);
			if (n >= inner) {
				assert_inner(r, &d, &t);
			} else if (n >= outer) {
				assert_outer(r, &d, &t);
				assert_int_equal(d.marks, DISSECT_TUNNEL_CUT);
				assert_int_equal(d.ip_bytes, b.len - ETH_OCTETS);
			}
		}
	}
}

/* The outer packet itself is that short: there is nothing that could have been cut. */
static void
every_prefix_by_the_outer_length(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + ARRAY_LEN(rows); r++) {
		struct frame b = { .len = 0 };
		size_t least = ETH_OCTETS + IP4_OCTETS;

		build(&b, r);
		for (size_t n = least; n < b.len; n++) {
			struct packet p = frame_packet(&b, ETH);
			struct tunnelled t;
			struct dissected d;

			set_outer_length(&b, n - ETH_OCTETS);
			assert_int_equal(look(&p, &d, &t), REJECT_NONE);
			assert_outer(r, &d, &t);
			assert_int_equal(d.marks, 0);
			assert_int_equal(d.ip_bytes, n - ETH_OCTETS);
		}
	}
}

/* Any octet changed: some packet is metered, and nothing is read beyond the frame. */
static void
every_octet_changed(void **state)
{
	static const uint8_t masks[] = { 0x01, 0x40, 0x80, 0xff };

	(void)state;
	for (const struct row *r = rows; r < rows + ARRAY_LEN(rows); r++) {
		struct frame b = { .len = 0 };

		build(&b, r);
		for (size_t i = ETH_OCTETS + IP4_OCTETS; i < b.len * ARRAY_LEN(masks); i++) {
			uint8_t *exact = malloc(b.len), mask = masks[i % ARRAY_LEN(masks)];
			size_t at = i / ARRAY_LEN(masks);
			struct packet p = frame_packet(&b, ETH);
			struct tunnelled t;
			struct dissected d;

			assert_non_null(exact);
			memcpy(exact, b.data, b.len);
			if (at >= ETH_OCTETS + IP4_OCTETS)
				exact[at] ^= mask;
			p.data = exact;
			assert_int_equal(look(&p, &d, &t), REJECT_NONE);
			assert_in_range(d.ip_bytes, 1, b.len - ETH_OCTETS);
			free(exact);
		}
	}
}

static const struct row stays[] = {
	{ IPIP, 0, "", V6, "", 0 },                              /* not what the number says */
	{ IP6, 0, "", V4, "", 0 },
	{ ESP, 0, "00000001 00000001", V4, "", 0 },
	{ GRE, 0, "0002 0800", V4, "", 0 },                      /* no such version */
	{ GRE, 0, "0000 0800", V6, "", 0 },
	{ GRE, 0, "0000 2001", V4, "", 0 },                      /* NHRP */
	{ GRE, 0, "2001 880b 0000 0017", PPP_V4, "", 0 },        /* PPTP: no sequence, no payload */
	{ GRE, 0, "3001 0800 002c 0017 00000001", V4, "", 0 },
	{ GRE, 0, "1000 22eb 00000001 2001 0105 00000000 00001c00", ETH_V4, "", 0 }, /* ft 7 */
	{ GRE, 0, "4000 0800 ffff0000 0002 00 ff", V4, "", 0 },  /* routes beyond the packet */
	{ ETHERIP, 0, "4000", ETH_V4, "", 0 },
	{ L2TP, 0, "00000000", ETH_V4, "", 0 },                  /* a control message */
	{ UDP, 4789, "00000000 12345600", ETH_V4, "", 0 },       /* no VXLAN flag */
	{ UDP, 4790, "0c000007 12345600", ETH_V4, "", 0 },
	{ UDP, 6081, "40006558 00007b00", ETH_V4, "", 0 },       /* version 1 */
	{ UDP, 6081, "00806558 00007b00", ETH_V4, "", 0 },       /* control */
	{ UDP, 6081, "3f006558 00007b00", ETH_V4, "", 0 },       /* options beyond the packet */
	{ UDP, 2152, "30fe0028 0000abcd", V4, "", 0 },           /* another message */
	{ UDP, 2152, "20ff0028 0000abcd", V4, "", 0 },
	{ UDP, 2152, "50ff0028 0000abcd", V4, "", 0 },
	{ UDP, 2152, "30ff0029 0000abcd", V4, "", 0 },           /* longer than the datagram */
	{ UDP, 2152, "34ff0034 0000abcd 00000085 00100985", V4, "", 0 }, /* extension of length 0 */
	{ UDP, 3544, "", V4, "", 0 },
	{ UDP, 3544, "0002", V6, "", 0 },
	{ UDP, 5072, "44521029 00000000" ZEROS16 ZEROS16 "00000000", V6, "", 0 },   /* not forwarding */
	{ UDP, 1701, "c802 003c 0005 0006 00010002", PPP_V4, "", 0 },
	{ UDP, 1701, "0012 0005 0006", PPP_V4, "", 0 },          /* a bit that is no flag */
	{ UDP, 1701, "4002 00ff 0005 0006", PPP_V4, "", 0 },
	{ UDP, 1701, "0004 0005 0006", PPP_V4, "", 0 },
	{ UDP, 53, "08000000 12345600", ETH_V4, "", 0 },
};

static void
what_does_not_fit_stays_outside(void **state)
{
	(void)state;
	for (const struct row *r = stays; r < stays + ARRAY_LEN(stays); r++) {
		struct frame b = { .len = 0 };
		struct tunnelled t;
		struct dissected d;
		struct packet p;

		build(&b, r);
		p = frame_packet(&b, ETH);
		assert_int_equal(look(&p, &d, &t), REJECT_NONE);
		assert_outer(r, &d, &t);
		assert_int_equal(d.marks, 0);
		assert_int_equal(d.ip_bytes, b.len - ETH_OCTETS);
	}
}

/* One inside another as often as the frame has room. */
static void
nest(struct frame *b, unsigned times)
{
	unsigned left = times * IP4_OCTETS + 20;

	frame_eth(b, 0x800);
	for (unsigned i = 0; i < times; i++, left -= IP4_OCTETS)
		frame_ip4(b, i, i + 1, i + 1 < times ? IPIP : TCP, left - IP4_OCTETS);
	frame_tcp(b, 50000, 443, SYN);
}

static void
depth_is_limited_and_told(void **state)
{
	(void)state;
	for (unsigned times = 1; times < 60; times++) {
		unsigned tunnels = times - 1 > TUNNEL_LAYERS_MAX ? TUNNEL_LAYERS_MAX : times - 1;
		struct frame b = { .len = 0 };
		struct tunnelled t;
		struct dissected d;
		struct packet p;

		nest(&b, times);
		p = frame_packet(&b, ETH);
		assert_int_equal(look(&p, &d, &t), REJECT_NONE);
		assert_int_equal(d.marks & DISSECT_TUNNEL ? t.path.depth : 0, tunnels);
		assert_int_equal(last(&d.key.w[0], 4), tunnels);
		assert_int_equal((d.marks & DISSECT_TUNNEL_DEPTH) != 0, times > TUNNEL_LAYERS_MAX + 1);
		assert_int_equal(d.ip_bytes, (times - tunnels) * IP4_OCTETS + 20);
		if (tunnels > 0) {
			assert_int_equal(last(t.path.layers[0].src, 4), 0);
			assert_int_equal(last(t.path.layers[tunnels - 1].src, 4), tunnels - 1);
		}
	}
}

/* Too many headers inside: the outside is metered, and it is told. */
static void
headers_inside_are_limited(void **state)
{
	struct row r = { IP6, 0, "", V6, "", 0 };
	struct frame b = { .len = 0 };
	struct tunnelled t;
	struct dissected d;
	struct packet p;

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4(&b, OUTER_SRC, OUTER_DST, IP6, 40 + 40 * 8);
	frame_ip6(&b, INNER_SRC, INNER_DST, 60, 40 * 8);
	for (unsigned i = 0; i < 40; i++)
		frame_hex(&b, "3c00 000000000000");
	p = frame_packet(&b, ETH);
	assert_int_equal(look(&p, &d, &t), REJECT_NONE);
	assert_outer(&r, &d, &t);
	assert_int_equal(d.marks, DISSECT_TUNNEL_DEPTH);
}

/* What is inside the inside is none: the inside is metered. */
static void
falls_back_by_one(void **state)
{
	struct frame b = { .len = 0 };
	struct tunnelled t;
	struct dissected d;
	struct packet p;

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4(&b, 1, 2, GRE, 8 + 14 + 20 + 8 + 8 + 14);
	frame_hex(&b, "2000 6558 00000009");
	frame_eth(&b, 0x800);
	frame_ip4(&b, 11, 12, UDP, 8 + 8 + 14);
	frame_udp(&b, 40000, 4789, 8 + 8 + 14);
	frame_hex(&b, "08000000 00000500");
	frame_eth(&b, 0x806);
	p = frame_packet(&b, ETH);
	assert_int_equal(look(&p, &d, &t), REJECT_NONE);
	assert_string_equal(path_of(&d, &t), "gre");
	assert_int_equal(last(&d.key.w[0], 4), 11);
	assert_int_equal(KEY_DST_PORT(d.key.w[4]), 4789);
	assert_int_equal(KEY_VLAN(d.key.w[4]), 0);
	assert_int_equal(t.path.segments, 0);
	assert_int_equal(last(&t.outer.key.w[0], 4), 1);
}

static void
segments_of_both(void **state)
{
	struct frame b = { .len = 0 };
	struct tunnelled t;
	struct dissected d;
	struct packet p;

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4(&b, 1, 2, UDP, 8 + 8 + 14 + 20 + 8 + 8 + 20 + 20);
	frame_udp(&b, 40000, 4789, 0);
	frame_hex(&b, "08000000 00000500");
	frame_eth(&b, 0x800);
	frame_ip4(&b, 11, 12, UDP, 8 + 8 + 20 + 20);
	frame_udp(&b, 40000, 6081, 0);
	frame_hex(&b, "00000800 00000000");
	frame_ip4(&b, 21, 22, TCP, 20);
	frame_tcp(&b, 1, 2, ACK);
	p = frame_packet(&b, ETH);
	assert_int_equal(look(&p, &d, &t), REJECT_NONE);
	assert_string_equal(path_of(&d, &t), "vxlan/geneve");
	assert_int_equal(t.path.segments, (uint64_t)6 << 32 | 1);
	assert_int_equal(KEY_VLAN(d.key.w[4]), KEY_VLAN_SEGMENT);
	assert_int_equal(last(&d.key.w[0], 4), 21);
}

/* Without a frame of its own the inside keeps VLANs and label. */
static void
link_of_the_outer_frame(void **state)
{
	struct frame b = { .len = 0 };
	struct tunnelled t;
	struct dissected d;
	struct packet p;

	(void)state;
	frame_eth(&b, 0x88a8);
	frame_vlan(&b, 5, 0x8100);
	frame_vlan(&b, 6, 0x8847);
	frame_hex(&b, "00064140");
	frame_ip4(&b, 1, 2, IPIP, 40);
	frame_ip4(&b, 11, 12, TCP, 20);
	frame_tcp(&b, 1, 2, SYN);
	p = frame_packet(&b, ETH);
	assert_int_equal(look(&p, &d, &t), REJECT_NONE);
	assert_string_equal(path_of(&d, &t), "4in4");
	assert_int_equal(KEY_VLAN(d.key.w[4]), KEY_VLAN_TAGGED | 5);
	assert_int_equal(d.inner_vlan, KEY_VLAN_TAGGED | 6);
	assert_int_equal(d.label, 100);
	assert_int_equal(d.marks, DISSECT_TCP | DISSECT_LABEL | DISSECT_TUNNEL);
	assert_int_equal(d.src_mac[5], 1);
}

struct below {
	const char *header; /* behind the outer Ethernet's addresses */
	enum inside inside;
	const char *path;
	long long id;
};

/* What is below IP is seen through always; nothing outside it could be metered. */
static void
carriers_without_ip(void **state)
{
	static const struct below below[] = {
		{ "8864 1100 0011 002a", PPP_V4, "pppoe", 17 },
		{ "8847 00064140", V4, "", NO_ID },
		{ "8847 00064140 00000000", ETH_V4, "pseudowire", 100 },
		{ "8847 00064140 00000007", ETH_V6, "pseudowire", 100 },
		{ "8847 00065040 000c8140 00000000", ETH_VLAN_V4, "pseudowire", 200 },
		{ "8847 00064140", ETH_V4, "pseudowire", 100 },
		{ "8847 00064140", ETH_VLAN_V4, "pseudowire", 100 },
		{ "894f 0fc60101 00000100 " ZEROS16, V4, "", NO_ID },
		{ "894f 00020101 00000100", V4, "", NO_ID },
		{ "8909 01 01 0001 0000 0800", V4, "", NO_ID },
	};

	(void)state;
	for (const struct below *r = below; r < below + ARRAY_LEN(below); r++) {
		struct frame b = { .len = 0 };
		struct tunnelled t;
		struct dissected d;
		struct packet p;

		frame_hex(&b, "020000000002 020000000001");
		frame_hex(&b, r->header);
		put_inside(&b, r->inside);
		p = frame_packet(&b, ETH);
		assert_int_equal(look(&p, &d, &t), REJECT_NONE);
		assert_string_equal(path_of(&d, &t), r->path);
		assert_int_equal(KEY_DST_PORT(d.key.w[4]), 443);
		assert_false(t.has_outer);
		if (r->id != NO_ID) {
			assert_int_equal(t.path.layers[0].id, r->id);
			assert_int_equal(t.path.layers[0].version, 0);
		}
		assert_int_equal(dissect(&p, &d), REJECT_NONE);
		assert_int_equal(KEY_DST_PORT(d.key.w[4]), 443);
	}
}

/* MAC addresses that look like IP or like a control word. */
static void
pseudowires_that_mislead(void **state)
{
	static const char *const macs[] = { "4500002800aa 0200000000aa", "6500000000bb 0200000000aa",
		"0012345678bb 0200000000aa", "0000000000bb 0200000000aa" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(macs); i++) {
		struct frame b = { .len = 0 };
		struct tunnelled t;
		struct dissected d;
		struct packet p;

		frame_eth(&b, 0x8847);
		frame_hex(&b, "00064140");
		if (i == 3)
			frame_hex(&b, "00000000");
		frame_hex(&b, macs[i]);
		frame_hex(&b, "0800");
		/* the first looks like an IPv4 packet of 40 octets, and would be one */
		frame_ip4(&b, INNER_SRC, INNER_DST, TCP, 20);
		frame_tcp(&b, 50000, 443, SYN);
		p = frame_packet(&b, ETH);
		assert_int_equal(look(&p, &d, &t), REJECT_NONE);
		assert_string_equal(path_of(&d, &t), i == 0 ? "" : "pseudowire");
		if (i > 0)
			assert_int_equal(d.dst_mac[5], 0xbb);
	}
}

/* Segmentation offload: lengths of zero inside and outside are the frame's. */
static void
lengths_of_zero(void **state)
{
	struct frame b = { .len = 0 };
	struct tunnelled t;
	struct dissected d;
	struct packet p;

	(void)state;
	build(&b, &(struct row){ UDP, 4789, "08000000 12345600", ETH_V4, "vxlan", 0 });
	set_outer_length(&b, 0);
	memset(b.data + b.len - 40 + 2, 0, 2);
	p = frame_packet(&b, ETH);
	assert_int_equal(look(&p, &d, &t), REJECT_NONE);
	assert_string_equal(path_of(&d, &t), "vxlan");
	assert_int_equal(d.ip_bytes, 40);
	assert_true(d.marks & DISSECT_LENGTH_ZERO);
	assert_true(t.outer.marks & DISSECT_LENGTH_ZERO);
}

/* The first of several fragments outside: the inside is longer than what is there. */
static void
first_fragment_outside(void **state)
{
	struct frame b = { .len = 0 };
	struct tunnelled t;
	struct dissected d;
	struct packet p;

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4_full(&b, 1, 2, UDP, 20 + 8 + 8 + 40, 7, 0x2000);
	frame_udp(&b, 2152, 2152, 8 + 8 + 1000);
	frame_hex(&b, "30ff03e8 00000009");
	frame_ip4(&b, 11, 12, TCP, 980);
	frame_tcp(&b, 50000, 443, ACK);
	p = frame_packet(&b, ETH);
	assert_int_equal(look(&p, &d, &t), REJECT_NONE);
	assert_string_equal(path_of(&d, &t), "gtp-u");
	assert_int_equal(d.ip_bytes, 1000);
	assert_int_equal(d.marks, DISSECT_TCP | DISSECT_TUNNEL | DISSECT_LENGTH_BEYOND);
	assert_int_equal(t.outer.marks, DISSECT_FIRST);
	p.captured = p.wire = (uint32_t)(b.len - 18); /* the ports are in the next fragment */
	b.data[17] = 20 + 8 + 8 + 22;
	assert_int_equal(look(&p, &d, &t), REJECT_NONE);
	assert_string_equal(path_of(&d, &t), "");
	assert_int_equal(d.marks, DISSECT_FIRST | DISSECT_TUNNEL_CUT);
}

static void
ports_are_settable(void **state)
{
	struct frame b = { .len = 0 };
	struct tunnel_ports ports = { .count = 0 };
	struct dissector x;
	struct tunnelled t;
	struct dissected d;
	struct packet p;

	(void)state;
	build(&b, &(struct row){ UDP, 9999, "08000000 12345600", ETH_V4, "vxlan", 0 });
	p = frame_packet(&b, ETH);
	assert_int_equal(look(&p, &d, &t), REJECT_NONE);
	assert_string_equal(path_of(&d, &t), "");
	tunnel_ports_default(&ports);
	assert_true(tunnel_ports_add(&ports, TUNNEL_VXLAN, 9999));
	dissector_init(&x, true, &ports);
	assert_int_equal(dissect_inside(&x, &p, &d, &t), REJECT_NONE);
	assert_string_equal(path_of(&d, &t), "vxlan");
	tunnel_ports_clear(&ports, TUNNEL_VXLAN);
	dissector_init(&x, true, &ports);
	assert_int_equal(dissect_inside(&x, &p, &d, &t), REJECT_NONE);
	assert_string_equal(path_of(&d, &t), "");
	assert_true(tunnel_ports_add(&ports, TUNNEL_VXLAN, 40000)); /* the other end's */
	dissector_init(&x, true, &ports);
	assert_int_equal(dissect_inside(&x, &p, &d, &t), REJECT_NONE);
	assert_string_equal(path_of(&d, &t), "vxlan");
	dissector_init(&x, false, &ports);
	assert_int_equal(dissect_inside(&x, &p, &d, &t), REJECT_NONE);
	assert_int_equal(d.marks, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_seen_through),
		cmocka_unit_test(every_prefix_captured),
		cmocka_unit_test(every_prefix_by_the_outer_length),
		cmocka_unit_test(every_octet_changed),
		cmocka_unit_test(what_does_not_fit_stays_outside),
		cmocka_unit_test(depth_is_limited_and_told),
		cmocka_unit_test(headers_inside_are_limited),
		cmocka_unit_test(falls_back_by_one),
		cmocka_unit_test(segments_of_both),
		cmocka_unit_test(link_of_the_outer_frame),
		cmocka_unit_test(carriers_without_ip),
		cmocka_unit_test(pseudowires_that_mislead),
		cmocka_unit_test(lengths_of_zero),
		cmocka_unit_test(first_fragment_outside),
		cmocka_unit_test(ports_are_settable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
