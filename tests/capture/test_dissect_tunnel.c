/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels: what is inside of each kind, what is told of it, and what stays outside. */
#include "capture/dissect.h"

#include "tests/capture/tunnels.h"

#define LLC_SNAP "aaaa030000000800"
#define WLAN     "08020000 020000000002 020000000003 020000000001 0000" LLC_SNAP
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_seen_through),
		cmocka_unit_test(every_prefix_captured),
		cmocka_unit_test(every_prefix_by_the_outer_length),
		cmocka_unit_test(every_octet_changed),
		cmocka_unit_test(what_does_not_fit_stays_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
