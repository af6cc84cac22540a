/* SPDX-License-Identifier: BSD-2-Clause */
/* Flows of packets in tunnels: columns, key, both layers, fragments inside and outside. */
#include "capture/meter.h"

#include <string.h>

#include "tests/capture/packets.h"
#include "tests/capture/script.h"
#include "tests/unit.h"

enum { GRE = 47, FLAGS_MORE = 0x2000 };

/* An IPv4 header around `payload` octets; id and fragment as in the header. */
struct hop {
	unsigned src, dst;
	unsigned id, fragment;
};

/* Behind outer IP and UDP: VXLAN and an Ethernet header. */
static void
put_vxlan(struct frame *b, struct hop outer, unsigned vni, unsigned inner_octets)
{
	frame_eth(b, 0x800);
	frame_ip4_full(b, outer.src, outer.dst, UDP, 20 + 8 + 8 + 14 + inner_octets, outer.id,
	    outer.fragment);
	frame_udp(b, 40000, 4789, 8 + 8 + 14 + inner_octets);
	frame_hex(b, "08000000");
	frame_be32(b, vni << 8);
	frame_hex(b, "0200000000bb 0200000000aa 0800");
}

static void
vxlan_tcp(struct script *s, int64_t ms, struct hop outer, unsigned vni, unsigned src, unsigned dst,
    unsigned flags)
{
	struct frame b = { .len = 0 };

	put_vxlan(&b, outer, vni, 40);
	frame_ip4(&b, src, dst, TCP, 20);
	frame_tcp(&b, 1000 + src, 1000 + dst, flags);
	script_frame(s, &b, ms);
}

static void
gre_tcp(struct script *s, int64_t ms, struct hop outer, uint32_t key, unsigned src, unsigned dst,
    unsigned flags)
{
	struct frame b = { .len = 0 };

	frame_eth(&b, 0x800);
	frame_ip4_full(&b, outer.src, outer.dst, GRE, 20 + 8 + 40, outer.id, outer.fragment);
	frame_hex(&b, "2000 0800");
	frame_be32(&b, key);
	frame_ip4(&b, src, dst, TCP, 20);
	frame_tcp(&b, 1000 + src, 1000 + dst, flags);
	script_frame(s, &b, ms);
}

static struct script *
new_script(void)
{
	struct script *s = script_new();

	assert_non_null(s);
	s->tunnels = true;
	return s;
}

static const char *
run_with(struct script *s, enum meter_tunnels tunnels, unsigned more_key)
{
	struct meter_options o = script_options();

	o.tunnels = tunnels;
	o.key |= more_key;
	return script_run_batches(s, &o, SCRIPT_MAX);
}

/* The way back has the same network: a biflow, whose ends are those of its initiator's way. */
static void
a_biflow_in_a_network(void **state)
{
	struct script *s = new_script();

	(void)state;
	vxlan_tcp(s, 0, (struct hop){ 1, 2, 0, 0 }, 5, 11, 12, SYN);
	vxlan_tcp(s, 10, (struct hop){ 2, 1, 0, 0 }, 5, 12, 11, SYN | ACK);
	assert_string_equal(script_run(s),
	    "11>12 6 1011>1012 1/40 1/40 0..10 4 #1 vxlan 5 1>2 -\n");
	assert_int_equal(s->account.twice, 0);
	free(s);
}

/* The answer came first, and the SYN turns the flow. */
static void
a_flow_that_is_turned(void **state)
{
	struct script *s = new_script();

	(void)state;
	gre_tcp(s, 0, (struct hop){ 2, 1, 0, 0 }, 9, 12, 11, SYN | ACK);
	gre_tcp(s, 10, (struct hop){ 1, 2, 0, 0 }, 7, 11, 12, SYN);
	assert_string_equal(script_run(s),
	    "11>12 6 1011>1012 1/40 1/40 0..10 4 #1 gre 7 1>2 "
	    "{\"reverseTunnel\":{\"type\":\"gre\",\"id\":9,\"src\":\"192.0.2.2\",\"dst\":\"192.0.2.1\"}}\n");
	free(s);
}

static void
networks_are_in_the_key_and_keys_of_gre_are_not(void **state)
{
	struct script *s = new_script();

	(void)state;
	vxlan_tcp(s, 0, (struct hop){ 1, 2, 0, 0 }, 5, 11, 12, ACK);
	vxlan_tcp(s, 1, (struct hop){ 1, 2, 0, 0 }, 6, 11, 12, ACK);
	vxlan_tcp(s, 2, (struct hop){ 3, 4, 0, 0 }, 6, 11, 12, ACK);
	gre_tcp(s, 3, (struct hop){ 1, 2, 0, 0 }, 5, 21, 22, ACK);
	gre_tcp(s, 4, (struct hop){ 2, 1, 0, 0 }, 6, 22, 21, ACK);
	assert_string_equal(script_run(s),
	    "11>12 6 1011>1012 1/40 0/0 0..0 4 #1 vxlan 5 1>2 -\n"
	    "11>12 6 1011>1012 2/80 0/0 1..2 4 #2 vxlan 6 1>2 -\n"
	    "21>22 6 1021>1022 1/40 1/40 3..4 4 #4 gre 5 1>2 "
	    "{\"reverseTunnel\":{\"type\":\"gre\",\"id\":6,\"src\":\"192.0.2.2\",\"dst\":\"192.0.2.1\"}}\n");
	assert_string_equal(run_with(s, METER_TUNNELS_INNER, METER_KEY_TUNNEL),
	    "11>12 6 1011>1012 1/40 0/0 0..0 4 #1 vxlan 5 1>2 -\n"
	    "11>12 6 1011>1012 1/40 0/0 1..1 4 #2 vxlan 6 1>2 -\n"
	    "11>12 6 1011>1012 1/40 0/0 2..2 4 #3 vxlan 6 3>4 -\n"
	    "21>22 6 1021>1022 1/40 0/0 3..3 4 #4 gre 5 1>2 -\n"
	    "22>21 6 1022>1021 1/40 0/0 4..4 4 #5 gre 6 2>1 -\n");
	free(s);
}

/* With the tunnel in the key the way back through the same one is the same flow. */
static void
the_whole_tunnel_in_the_key_both_ways(void **state)
{
	struct script *s = new_script();

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		unsigned back = i & 1;

		gre_tcp(s, i, (struct hop){ 1 + back, 2 - back, 0, 0 }, 5, 21 + back, 22 - back, ACK);
	}
	script_tcp(s, 9, 21, 22, ACK);
	assert_string_equal(run_with(s, METER_TUNNELS_INNER, METER_KEY_TUNNEL),
	    "21>22 6 1021>1022 2/80 2/80 0..3 4 #1 gre 5 1>2 -\n"
	    "21>22 6 1021>1022 1/40 0/0 9..9 4 #5 - - - -\n");
	assert_string_equal(script_run(s),
	    "21>22 6 1021>1022 3/120 2/80 0..9 4 #1 gre 5 1>2 -\n");
	free(s);
}

/* Half of the connection comes without a tunnel. */
static void
one_way_through_a_tunnel(void **state)
{
	struct script *s = new_script();

	(void)state;
	script_tcp(s, 0, 11, 12, SYN);
	gre_tcp(s, 5, (struct hop){ 2, 1, 0, 0 }, 9, 12, 11, SYN | ACK);
	assert_string_equal(script_run(s),
	    "11>12 6 1011>1012 1/40 1/40 0..5 4 #1 gre - 1>2 "
	    "{\"reverseTunnel\":{\"type\":\"gre\",\"id\":9,\"src\":\"192.0.2.2\",\"dst\":\"192.0.2.1\"}}\n");
	free(s);
}

static void
the_ways_to_meter(void **state)
{
	struct script *s = new_script();

	(void)state;
	vxlan_tcp(s, 0, (struct hop){ 1, 2, 0, 0 }, 5, 11, 12, ACK);
	vxlan_tcp(s, 1, (struct hop){ 1, 2, 0, 0 }, 5, 13, 12, ACK);
	script_udp(s, 2, 3, 4);
	assert_string_equal(run_with(s, METER_TUNNELS_OUTER, 0),
	    "1>2 17 40000>4789 2/180 0/0 0..1 4 #1 - - - -\n"
	    "3>4 17 1003>1004 1/28 0/0 2..2 4 #3 - - - -\n");
	assert_string_equal(run_with(s, METER_TUNNELS_BOTH, 0),
	    "1>2 17 40000>4789 2/180 0/0 0..1 4 #1 - - - -\n"
	    "11>12 6 1011>1012 1/40 0/0 0..0 4 #1 vxlan 5 1>2 -\n"
	    "13>12 6 1013>1012 1/40 0/0 1..1 4 #2 vxlan 5 1>2 -\n"
	    "3>4 17 1003>1004 1/28 0/0 2..2 4 #3 - - - -\n");
	assert_int_equal(s->account.twice, 2);
	assert_int_equal(s->account.metered.packets, 3);
	assert_int_equal(s->account.metered_sum.packets, 5);
	assert_int_equal(s->account.metered_sum.ip_bytes, 180 + 80 + 28);
	free(s);
}

static void
tunnels_around_the_innermost(void **state)
{
	struct script *s = new_script();
	struct frame b = { .len = 0 };

	(void)state;
	put_vxlan(&b, (struct hop){ 1, 2, 0, 0 }, 5, 20 + 4 + 40);
	frame_ip4(&b, 3, 4, GRE, 4 + 40);
	frame_hex(&b, "0000 0800");
	frame_ip4(&b, 11, 12, TCP, 20);
	frame_tcp(&b, 1011, 1012, ACK);
	script_frame(s, &b, 0);
	assert_string_equal(script_run(s), "11>12 6 1011>1012 1/40 0/0 0..0 4 #1 vxlan/gre - 3>4 "
	    "{\"tunnels\":[{\"type\":\"vxlan\",\"id\":5,\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\"}]}\n");
	assert_string_equal(run_with(s, METER_TUNNELS_BOTH, METER_KEY_TUNNEL),
	    "1>2 17 40000>4789 1/114 0/0 0..0 4 #1 - - - -\n"
	    "11>12 6 1011>1012 1/40 0/0 0..0 4 #1 vxlan/gre - 3>4 "
	    "{\"tunnels\":[{\"type\":\"vxlan\",\"id\":5,\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\"}]}\n");
	free(s);
}

/* A keepalive of GRE: inside is the answer, of the same key as the outside. */
static void
inside_like_outside(void **state)
{
	struct script *s = new_script();
	struct frame b = { .len = 0 };

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4(&b, 1, 2, GRE, 4 + 20 + 4);
	frame_hex(&b, "0000 0800");
	frame_ip4(&b, 2, 1, GRE, 4);
	frame_hex(&b, "0000 0000");
	script_frame(s, &b, 0);
	assert_string_equal(script_run(s), "2>1 47 ->- 1/24 0/0 0..0 4 #1 gre - 1>2 -\n");
	assert_string_equal(run_with(s, METER_TUNNELS_BOTH, 0),
	    "1>2 47 ->- 1/48 0/0 0..0 4 #1 - - - -\n"
	    "2>1 47 ->- 1/24 0/0 0..0 4 #1 gre - 1>2 -\n");
	free(s);
}

/* The outside is in pieces: the first has the inside, the rest is the outside's. */
static void
fragments_outside(void **state)
{
	(void)state;
	for (unsigned order = 0; order < 2; order++) {
		struct script *s = new_script();

		for (unsigned i = 0; i < 2; i++) {
			struct frame b = { .len = 0 };

			if (i == order) {
				frame_eth(&b, 0x800);
				frame_ip4_full(&b, 1, 2, UDP, 20 + 8 + 8 + 40, 7, FLAGS_MORE);
				frame_udp(&b, 2152, 2152, 8 + 8 + 140);
				frame_hex(&b, "30ff008c 00000009");
				frame_ip4(&b, 11, 12, TCP, 120);
				frame_tcp(&b, 50000, 443, ACK);
			} else {
				frame_eth(&b, 0x800);
				frame_ip4_full(&b, 1, 2, UDP, 20 + 100, 7, 7);
				frame_zeros(&b, 100);
			}
			script_frame(s, &b, i);
		}
		assert_string_equal(script_run(s), order == 0
		    ? "11>12 6 50000>443 1/140 0/0 0..0 4 #1 gtp-u 9 1>2 -\n"
		      "1>2 17 2152>2152 1/120 0/0 1..1 4 #2 - - - -\n"
		    : "1>2 17 2152>2152 1/120 0/0 0..0 4 #1 - - - -\n"
		      "11>12 6 50000>443 1/140 0/0 1..1 4 #2 gtp-u 9 1>2 -\n");
		assert_int_equal(s->account.orphan_fragments, 0);
		assert_string_equal(run_with(s, METER_TUNNELS_BOTH, 0), order == 0
		    ? "1>2 17 2152>2152 2/196 0/0 0..1 4 #1 - - - -\n"
		      "11>12 6 50000>443 1/140 0/0 0..0 4 #1 gtp-u 9 1>2 -\n"
		    : "1>2 17 2152>2152 2/196 0/0 0..1 4 #1 - - - -\n"
		      "11>12 6 50000>443 1/140 0/0 1..1 4 #2 gtp-u 9 1>2 -\n");
		assert_int_equal(s->account.twice, 1);
		assert_string_equal(run_with(s, METER_TUNNELS_OUTER, 0),
		    "1>2 17 2152>2152 2/196 0/0 0..1 4 #1 - - - -\n");
		free(s);
	}
}

/* One piece of a datagram from 11 to 12 with the identification 7, inside VXLAN. */
static void
vxlan_piece(struct script *s, int64_t ms, struct hop outer, unsigned vni, bool first, unsigned port)
{
	struct frame b = { .len = 0 };

	put_vxlan(&b, outer, vni, 36);
	frame_ip4_full(&b, 11, 12, UDP, 36, 7, first ? FLAGS_MORE : 2);
	if (first)
		frame_udp(&b, port, 53, 32);
	frame_zeros(&b, first ? 8 : 16);
	script_frame(s, &b, ms);
}

/* The same identification in two networks, and between two pairs of ends. */
static void
fragments_inside(void **state)
{
	struct script *s = new_script();
	struct hop one = { 1, 2, 0, 0 }, other = { 3, 4, 0, 0 };

	(void)state;
	vxlan_piece(s, 0, one, 5, false, 0);
	vxlan_piece(s, 1, one, 6, true, 600);
	vxlan_piece(s, 2, one, 5, true, 500);
	vxlan_piece(s, 3, one, 6, false, 0);
	vxlan_piece(s, 4, other, 6, true, 700);
	vxlan_piece(s, 5, one, 6, false, 0);
	vxlan_piece(s, 6, other, 6, false, 0);
	assert_string_equal(script_run(s),
	    "11>12 17 500>53 2/72 0/0 0..2 4 #1 vxlan 5 1>2 -\n"
	    "11>12 17 600>53 3/108 0/0 1..5 4 #2 vxlan 6 1>2 -\n"
	    "11>12 17 700>53 2/72 0/0 4..6 4 #5 vxlan 6 3>4 -\n");
	assert_int_equal(s->account.orphan_fragments, 0);
	assert_string_equal(run_with(s, METER_TUNNELS_OUTER, 0),
	    "1>2 17 40000>4789 5/430 0/0 0..5 4 #1 - - - -\n"
	    "3>4 17 40000>4789 2/172 0/0 4..6 4 #5 - - - -\n");
	free(s);
}

/* Pieces inside pieces: the first piece outside holds the first piece inside. */
static void
fragments_inside_fragments(void **state)
{
	struct script *s = new_script();

	(void)state;
	vxlan_piece(s, 0, (struct hop){ 1, 2, 9, FLAGS_MORE }, 5, true, 500);
	for (unsigned i = 0; i < 2; i++) {
		struct frame b = { .len = 0 };

		frame_eth(&b, 0x800);
		frame_ip4_full(&b, 1, 2, UDP, 40, 9, 8 + i);
		frame_zeros(&b, 20);
		script_frame(s, &b, 1 + i);
	}
	vxlan_piece(s, 3, (struct hop){ 1, 2, 10, FLAGS_MORE }, 5, false, 0);
	assert_string_equal(script_run(s),
	    "11>12 17 500>53 2/72 0/0 0..3 4 #1 vxlan 5 1>2 -\n"
	    "1>2 17 40000>4789 2/80 0/0 1..2 4 #2 - - - -\n");
	free(s);
}

/* A fragment from 1 to 2 with the identification 7, in a VLAN; 0: without a tag. */
static void
piece_in_vlan(struct script *s, int64_t ms, unsigned vlan, bool first, unsigned offset, unsigned port)
{
	struct frame b = { .len = 0 };

	frame_eth(&b, vlan > 0 ? 0x8100 : 0x800);
	if (vlan > 0)
		frame_vlan(&b, vlan, 0x800);
	frame_ip4_full(&b, 1, 2, UDP, 36, 7, first ? FLAGS_MORE : offset);
	if (first)
		frame_udp(&b, port, 53, 32);
	frame_zeros(&b, first ? 8 : 16);
	script_frame(s, &b, ms);
}

/* The ports of a first one with another VLAN, unless there is one with the same. */
static void
fragments_with_other_vlans(void **state)
{
	struct script *s = new_script();

	(void)state;
	s->extra[0] = COLUMN_VLAN;
	piece_in_vlan(s, 0, 10, true, 0, 500);
	piece_in_vlan(s, 1, 20, false, 2, 0);
	piece_in_vlan(s, 2, 20, true, 0, 600);
	piece_in_vlan(s, 3, 20, false, 2, 0);
	piece_in_vlan(s, 4, 10, false, 2, 0);
	assert_string_equal(script_run(s),
	    "1>2 17 500>53 2/72 0/0 0..4 4 #1 10 - - - -\n"
	    "1>2 17 500>53 1/36 0/0 1..1 4 #2 20 - - - -\n"
	    "1>2 17 600>53 2/72 0/0 2..3 4 #3 20 - - - -\n");
	assert_int_equal(s->account.orphan_fragments, 0);
	free(s);
}

/* It waits for one with its own VLAN, and takes the other's when that has not come. */
static void
a_fragment_before_its_first_with_another_vlan(void **state)
{
	struct script *s = new_script();

	(void)state;
	s->extra[0] = COLUMN_VLAN;
	piece_in_vlan(s, 0, 20, false, 2, 0);
	piece_in_vlan(s, 1, 10, true, 0, 500);
	assert_string_equal(script_run(s),
	    "1>2 17 500>53 1/36 0/0 0..0 4 #1 20 - - - -\n"
	    "1>2 17 500>53 1/36 0/0 1..1 4 #2 10 - - - -\n");
	assert_int_equal(s->account.orphan_fragments, 0);
	free(s);
}

/* Two firsts, twice the same octets: each packet is counted once, where its first says. */
static void
fragments_that_overlap(void **state)
{
	struct script *s = new_script();

	(void)state;
	piece_in_vlan(s, 0, 0, true, 0, 500);
	piece_in_vlan(s, 1, 0, false, 1, 0);
	piece_in_vlan(s, 2, 0, false, 2, 0);
	piece_in_vlan(s, 3, 0, true, 0, 600);
	piece_in_vlan(s, 4, 0, false, 1, 0);
	assert_string_equal(script_run(s),
	    "1>2 17 500>53 3/108 0/0 0..2 4 #1 - - - -\n"
	    "1>2 17 600>53 2/72 0/0 3..4 4 #4 - - - -\n");
	free(s);
}

/* Many flows in tunnels, again and again: entries are used again, and nothing is mixed up. */
static void
entries_are_used_again(void **state)
{
	struct script *s = new_script();
	struct meter_options o = script_options();
	const char *at;

	(void)state;
	o.max_flows = 3;
	for (unsigned i = 0; i < 400; i++) {
		vxlan_tcp(s, i * 1000, (struct hop){ i % 200, 201, 0, 0 }, i, 11, 12, ACK);
		if (i % 3 == 0)
			script_udp(s, i * 1000 + 1, 3, 4);
	}
	at = script_run_batches(s, &o, SCRIPT_MAX);
	for (unsigned i = 0; i < 400; i++) {
		char want[64];

		snprintf(want, sizeof want, " vxlan %u %u>201 -\n", i, i % 200);
		assert_non_null(strstr(at, want));
	}
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_biflow_in_a_network),
		cmocka_unit_test(a_flow_that_is_turned),
		cmocka_unit_test(networks_are_in_the_key_and_keys_of_gre_are_not),
		cmocka_unit_test(the_whole_tunnel_in_the_key_both_ways),
		cmocka_unit_test(one_way_through_a_tunnel),
		cmocka_unit_test(the_ways_to_meter),
		cmocka_unit_test(tunnels_around_the_innermost),
		cmocka_unit_test(inside_like_outside),
		cmocka_unit_test(fragments_outside),
		cmocka_unit_test(fragments_inside),
		cmocka_unit_test(fragments_inside_fragments),
		cmocka_unit_test(fragments_with_other_vlans),
		cmocka_unit_test(a_fragment_before_its_first_with_another_vlan),
		cmocka_unit_test(fragments_that_overlap),
		cmocka_unit_test(entries_are_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
