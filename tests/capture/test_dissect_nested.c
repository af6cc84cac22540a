/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels in tunnels and below IP, and what the packets inside have of those outside. */
#include "capture/dissect.h"

#include "tests/capture/tunnels.h"

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
