/* SPDX-License-Identifier: BSD-2-Clause */
/* IP and what is above it; the link layers are in test_dissect_link.c. */
#include "capture/dissect.h"

#include <string.h>

#include "tests/capture/packets.h"
#include "tests/unit.h"

static struct dissected
good(const struct packet *p)
{
	struct dissected d;

	memset(&d, 0xee, sizeof(d));
	assert_int_equal(dissect(p, &d), REJECT_NONE);
	return d;
}

static struct dissected
good_frame(const struct frame *b)
{
	struct packet p = frame_packet(b, ETH);

	return good(&p);
}

static enum reject
bad_frame(const struct frame *b)
{
	struct packet p = frame_packet(b, ETH);
	struct dissected d;

	return dissect(&p, &d);
}

static void
assert_ip4(const struct dissected *d, unsigned src, unsigned dst)
{
	const uint8_t want[8] = { 192, 0, 2, (uint8_t)src, 192, 0, 2, (uint8_t)dst };

	assert_memory_equal(&d->key.w[0], want, 4);
	assert_memory_equal(&d->key.w[2], want + 4, 4);
	assert_int_equal(KEY_VERSION(d->key.w[4]), 4);
}

static void
tcp_over_ipv4(void **state)
{
	struct frame b = { .len = 0 };
	struct dissected d;

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4(&b, 1, 2, TCP, 20);
	b.data[15] = 0x28;
	frame_tcp(&b, 50000, 443, SYN | ACK);
	frame_zeros(&b, 6); /* padding is no IP byte */
	d = good_frame(&b);
	assert_ip4(&d, 1, 2);
	assert_int_equal(KEY_PROTOCOL(d.key.w[4]), 6);
	assert_int_equal(KEY_SRC_PORT(d.key.w[4]), 50000);
	assert_int_equal(KEY_DST_PORT(d.key.w[4]), 443);
	assert_int_equal(KEY_VLAN(d.key.w[4]), 0);
	assert_int_equal(d.ip_bytes, 40);
	assert_int_equal(d.tos, 0x28);
	assert_int_equal(d.ttl, 64);
	assert_int_equal(d.tcp_flags, SYN | ACK);
	assert_int_equal(d.marks, DISSECT_TCP);
	assert_int_equal(d.src_mac[5], 1);
	assert_int_equal(d.dst_mac[5], 2);
}

static void
udp_over_ipv6(void **state)
{
	struct frame b = { .len = 0 };
	struct dissected d;

	(void)state;
	frame_eth(&b, 0x86dd);
	frame_ip6(&b, 1, 2, UDP, 20);
	frame_udp(&b, 5353, 53, 20);
	frame_zeros(&b, 12);
	d = good_frame(&b);
	assert_int_equal(KEY_VERSION(d.key.w[4]), 6);
	assert_int_equal(KEY_SRC_PORT(d.key.w[4]), 5353);
	assert_int_equal(KEY_DST_PORT(d.key.w[4]), 53);
	assert_int_equal(((const uint8_t *)d.key.w)[15], 1);
	assert_int_equal(((const uint8_t *)d.key.w)[31], 2);
	assert_int_equal(d.ip_bytes, 60);
	assert_int_equal(d.tos, 0xb8);
	assert_int_equal(d.ttl, 57);
	assert_int_equal(d.marks, 0);
}

/* The same packet by the short way and, behind a second tag, by the long one. */
static void
both_ways_say_the_same(void **state)
{
	static const unsigned protocols[] = { TCP, UDP };

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(protocols); i++) {
		struct frame fast = { .len = 0 }, slow = { .len = 0 };
		struct dissected x, y;

		frame_eth(&fast, 0x8100);
		frame_eth(&slow, 0x88a8);
		for (struct frame *b = &fast; b != NULL; b = b == &fast ? &slow : NULL) {
			frame_vlan(b, 0x3007, i & 1 ? 0x800 : 0x86dd);
			if (i & 1)
				frame_ip4(b, 1, 2, protocols[i / 2], 20);
			else
				frame_ip6(b, 1, 2, protocols[i / 2], 20);
			frame_tcp(b, 1000, 2000, SYN);
		}
		x = good_frame(&fast);
		y = good_frame(&slow);
		assert_int_equal(KEY_VLAN(x.key.w[4]), KEY_VLAN_TAGGED | 7);
		assert_memory_equal(&x.key, &y.key, sizeof(x.key));
		assert_int_equal(x.ip_bytes, y.ip_bytes);
		assert_int_equal(x.tos, y.tos);
		assert_int_equal(x.ttl, y.ttl);
		assert_int_equal(x.marks, y.marks);
		assert_int_equal(x.tcp_flags, y.tcp_flags);
		assert_int_equal(x.inner_vlan, y.inner_vlan);
		assert_ptr_equal(x.ip, fast.data + 18);
		assert_ptr_equal(y.ip, slow.data + 18);
		assert_ptr_equal(x.upper, fast.data + fast.len - 20);
		assert_ptr_equal(y.upper, slow.data + slow.len - 20);
		assert_int_equal(x.upper_captured, 20);
		assert_int_equal(y.upper_captured, 20);
		assert_int_equal(x.upper_octets, 20);
		assert_int_equal(y.upper_octets, 20);
	}
}

static void
ipv4_options_are_skipped(void **state)
{
	struct frame b = { .len = 0 };
	struct dissected d;

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4(&b, 1, 2, UDP, 12 + 8);
	b.data[14] = 0x48;
	frame_zeros(&b, 12);
	frame_udp(&b, 7, 9, 8);
	d = good_frame(&b);
	assert_int_equal(KEY_SRC_PORT(d.key.w[4]), 7);
	assert_int_equal(KEY_DST_PORT(d.key.w[4]), 9);
	assert_int_equal(d.ip_bytes, 40);
}

static void
length_zero_is_the_frames(void **state)
{
	struct frame b = { .len = 0 };
	struct packet p;
	struct dissected d;

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4_full(&b, 1, 2, TCP, 0, 1, 0);
	frame_tcp(&b, 1, 2, ACK);
	p = frame_packet(&b, ETH);
	p.wire = 14 + 9000 + 4;
	p.fcs = 4;
	d = good(&p);
	assert_int_equal(d.ip_bytes, 9000);
	assert_int_equal(d.marks, DISSECT_TCP | DISSECT_LENGTH_ZERO);
}

static void
length_beyond_is_believed(void **state)
{
	struct frame b = { .len = 0 };
	struct dissected d;

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4(&b, 1, 2, TCP, 1000);
	frame_tcp(&b, 1, 2, ACK);
	d = good_frame(&b);
	assert_int_equal(d.ip_bytes, 1020);
	assert_int_equal(d.marks, DISSECT_TCP | DISSECT_LENGTH_BEYOND);
}

static void
bad_headers(void **state)
{
	static const struct {
		unsigned offset, value;
	} defects[] = {
		{ 14, 0x55 }, /* version 5 */
		{ 14, 0x44 }, /* a header of 16 octets */
		{ 17, 19 },   /* a total length below the header's */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(defects); i++) {
		struct frame b = { .len = 0 };

		frame_eth(&b, 0x800);
		frame_ip4(&b, 1, 2, TCP, 20);
		frame_tcp(&b, 1, 2, ACK);
		b.data[defects[i].offset] = (uint8_t)defects[i].value;
		assert_int_equal(bad_frame(&b), REJECT_BAD_HEADER);
	}
}

static void
version_of_ipv6_must_be_6(void **state)
{
	struct frame b = { .len = 0 };

	(void)state;
	frame_eth(&b, 0x86dd);
	frame_ip6(&b, 1, 2, TCP, 20);
	frame_tcp(&b, 1, 2, ACK);
	b.data[14] = 0x4b;
	assert_int_equal(bad_frame(&b), REJECT_BAD_HEADER);
}

/* Every snap length: the key's last octet is the second port's. */
static void
cut_by_the_snap_length(void **state)
{
	struct frame b = { .len = 0 };
	struct dissected d;

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4(&b, 1, 2, TCP, 20);
	frame_tcp(&b, 50000, 443, SYN);
	for (uint32_t n = 0; n <= b.len; n++) {
		struct packet p = frame_packet(&b, ETH);
		uint8_t *exact = malloc(n > 0 ? n : 1); /* so that a sanitizer sees the end */

		memcpy(exact, b.data, n);
		p.data = exact;
		p.captured = n;
		if (n < 38) {
			assert_int_equal(dissect(&p, &d), REJECT_HEADER_CUT);
		} else {
			d = good(&p);
			assert_int_equal(KEY_SRC_PORT(d.key.w[4]), 50000);
			assert_int_equal(KEY_DST_PORT(d.key.w[4]), 443);
			assert_int_equal(d.marks, n < 48 ? 0 : DISSECT_TCP);
			assert_int_equal(d.tcp_flags, n < 48 ? 0 : SYN);
			assert_int_equal(d.ip_bytes, 40);
		}
		free(exact);
	}
}

/* Not the snap length: the frame itself ends inside the IP header. */
static void
a_frame_that_ends_in_the_ip_header_is_bad(void **state)
{
	struct frame b = { .len = 0 };

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4(&b, 1, 2, TCP, 20);
	b.len -= 3;
	assert_int_equal(bad_frame(&b), REJECT_BAD_HEADER);
}

static void
upper_layer_too_short_by_ip_has_ports_0(void **state)
{
	struct frame b = { .len = 0 };
	struct dissected d;

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4(&b, 1, 2, UDP, 3);
	frame_udp(&b, 7, 9, 8);
	d = good_frame(&b);
	assert_int_equal(d.key.w[4] & KEY_PORTS_MASK, 0);
	assert_int_equal(d.ip_bytes, 23);
	b.len = 0;
	frame_eth(&b, 0x800);
	frame_ip4(&b, 1, 2, TCP, 13); /* up to before the flags */
	frame_tcp(&b, 7, 9, SYN);
	d = good_frame(&b);
	assert_int_equal(KEY_SRC_PORT(d.key.w[4]), 7);
	assert_int_equal(d.marks, 0);
}

static void
protocols(void **state)
{
	static const struct {
		unsigned protocol, marks;
		bool ports;
	} rows[] = {
		{ 6, DISSECT_TCP, true }, { 17, 0, true }, { 132, 0, true }, { 33, 0, true },
		{ 136, 0, true }, { 1, DISSECT_ICMP, false }, { 58, DISSECT_ICMP, false },
		{ 2, 0, false }, { 50, 0, false }, { 47, 0, false }, { 4, 0, false },
		{ 41, 0, false }, { 59, 0, false }, { 0, 0, false }, { 60, 0, false }, { 255, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct frame b = { .len = 0 };
		struct dissected d;

		frame_eth(&b, 0x800);
		frame_ip4(&b, 1, 2, rows[i].protocol, 20);
		frame_tcp(&b, 0x0801, 0x1234, ACK);
		d = good_frame(&b);
		assert_int_equal(KEY_PROTOCOL(d.key.w[4]), rows[i].protocol);
		assert_int_equal(d.marks, rows[i].marks);
		assert_int_equal(KEY_SRC_PORT(d.key.w[4]), rows[i].ports ? 0x0801 : 0);
		if (rows[i].marks & DISSECT_ICMP) {
			assert_int_equal(d.icmp_type, 8);
			assert_int_equal(d.icmp_code, 1);
		}
	}
}

static void
fragments_of_ipv4(void **state)
{
	struct frame b = { .len = 0 };
	struct dissected d;

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4_full(&b, 1, 2, UDP, 28, 0x77, 0x2000);
	frame_udp(&b, 7, 9, 3000);
	d = good_frame(&b);
	assert_int_equal(d.marks, DISSECT_FIRST);
	assert_int_equal(d.fragment_id, 0x77);
	assert_int_equal(KEY_SRC_PORT(d.key.w[4]), 7);
	b.len = 0;
	frame_eth(&b, 0x800);
	frame_ip4_full(&b, 1, 2, UDP, 28, 0x77, 0x0001);
	frame_udp(&b, 7, 9, 3000);
	d = good_frame(&b);
	assert_int_equal(d.marks, DISSECT_LATER);
	assert_int_equal(d.key.w[4] & KEY_PORTS_MASK, 0);
}

static void
fragments_of_ipv6(void **state)
{
	static const struct {
		const char *offset;
		unsigned marks;
		bool ports;
	} rows[] = {
		{ "0001", DISSECT_FIRST, true },
		{ "0008", DISSECT_LATER, false },
		{ "0009", DISSECT_LATER, false },
		{ "0000", 0, true }, /* atomic: no fragment */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct frame b = { .len = 0 };
		struct dissected d;

		frame_eth(&b, 0x86dd);
		frame_ip6(&b, 1, 2, 44, 16);
		frame_hex(&b, "1100");
		frame_hex(&b, rows[i].offset);
		frame_hex(&b, "01020304");
		frame_udp(&b, 7, 9, 8);
		d = good_frame(&b);
		assert_int_equal(d.marks, rows[i].marks);
		assert_int_equal(KEY_PROTOCOL(d.key.w[4]), UDP);
		assert_int_equal(KEY_SRC_PORT(d.key.w[4]), rows[i].ports ? 7 : 0);
		assert_int_equal(d.fragment_id, 0x01020304);
	}
}

static void
ipv6_headers_lead_on(void **state)
{
	static const char chain[] =
	    "2b00 010200000000" /* hop-by-hop */
	    "3c01 0000000000000000 000000000000" /* routing, 16 octets */
	    "3300 010400000000" /* destination options */
	    "8704 0000 00000001 00000002 000000000000000000000000" /* AH: 24 octets */
	    "8b00 000000000000" /* mobility */
	    "8c00 000000000000" /* HIP */
	    "1100 000000000000"; /* shim6 */
	struct frame b = { .len = 0 };
	struct dissected d;
	size_t start;

	(void)state;
	frame_eth(&b, 0x86dd);
	frame_ip6(&b, 1, 2, 0, 0);
	start = b.len;
	frame_hex(&b, chain);
	frame_udp(&b, 7, 9, 8);
	b.data[19] = (uint8_t)(b.len - start);
	d = good_frame(&b);
	assert_int_equal(KEY_PROTOCOL(d.key.w[4]), UDP);
	assert_int_equal(KEY_SRC_PORT(d.key.w[4]), 7);
	assert_int_equal(KEY_DST_PORT(d.key.w[4]), 9);
	assert_int_equal(d.ip_bytes, 40 + b.len - start);
}

static void
ipv6_ends(void **state)
{
	static const struct {
		unsigned next, want;
		const char *payload;
	} rows[] = {
		{ 59, 59, "" },
		{ 59, 59, "0000000000000000" },
		{ 50, 50, "00000001000000010000000000000000" },
		{ 135, 135, "3b00000000000000" },
		{ 60, 59, "3b00010400000000" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct frame b = { .len = 0 };
		struct dissected d;

		frame_eth(&b, 0x86dd);
		frame_ip6(&b, 1, 2, rows[i].next, (unsigned)strlen(rows[i].payload) / 2);
		frame_hex(&b, rows[i].payload);
		frame_zeros(&b, 6);
		d = good_frame(&b);
		assert_int_equal(KEY_PROTOCOL(d.key.w[4]), rows[i].want);
		assert_int_equal(d.ip_bytes, 40 + strlen(rows[i].payload) / 2);
		assert_int_equal(d.marks, 0);
	}
}

static void
an_extension_header_beyond_the_packet_is_bad(void **state)
{
	struct frame b = { .len = 0 };

	(void)state;
	frame_eth(&b, 0x86dd);
	frame_ip6(&b, 1, 2, 60, 8);
	frame_hex(&b, "1105 000000000000");
	frame_zeros(&b, 64);
	assert_int_equal(bad_frame(&b), REJECT_BAD_HEADER);
}

static void
jumbogram(void **state)
{
	struct frame b = { .len = 0 };
	struct packet p;
	struct dissected d;

	(void)state;
	frame_eth(&b, 0x86dd);
	frame_ip6(&b, 1, 2, 0, 0);
	frame_hex(&b, "1100 c204 00011170");
	frame_udp(&b, 7, 9, 0);
	p = frame_packet(&b, ETH);
	p.wire = 14 + 40 + 70000;
	d = good(&p);
	assert_int_equal(d.ip_bytes, 70040);
	assert_int_equal(d.marks, DISSECT_JUMBO);
	assert_int_equal(KEY_DST_PORT(d.key.w[4]), 9);
}

static void
ipv6_length_zero_is_the_frames(void **state)
{
	struct frame b = { .len = 0 };
	struct dissected d;

	(void)state;
	frame_eth(&b, 0x86dd);
	frame_ip6(&b, 1, 2, TCP, 0);
	frame_tcp(&b, 7, 9, ACK);
	frame_zeros(&b, 1440);
	d = good_frame(&b);
	assert_int_equal(d.ip_bytes, 1500);
	assert_int_equal(d.marks, DISSECT_TCP | DISSECT_LENGTH_ZERO);
}

static void
too_many_headers(void **state)
{
	struct frame b = { .len = 0 };

	(void)state;
	frame_eth(&b, 0x86dd);
	frame_ip6(&b, 1, 2, 60, 40 * 8);
	for (int i = 0; i < 40; i++)
		frame_hex(&b, "3c00 010400000000");
	assert_int_equal(bad_frame(&b), REJECT_DEPTH);
	b.len = 0;
	frame_eth(&b, 0x8100);
	for (int i = 0; i < 40; i++)
		frame_vlan(&b, 1, 0x8100);
	assert_int_equal(bad_frame(&b), REJECT_DEPTH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_over_ipv4),
		cmocka_unit_test(udp_over_ipv6),
		cmocka_unit_test(both_ways_say_the_same),
		cmocka_unit_test(ipv4_options_are_skipped),
		cmocka_unit_test(length_zero_is_the_frames),
		cmocka_unit_test(length_beyond_is_believed),
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(version_of_ipv6_must_be_6),
		cmocka_unit_test(cut_by_the_snap_length),
		cmocka_unit_test(a_frame_that_ends_in_the_ip_header_is_bad),
		cmocka_unit_test(upper_layer_too_short_by_ip_has_ports_0),
		cmocka_unit_test(protocols),
		cmocka_unit_test(fragments_of_ipv4),
		cmocka_unit_test(fragments_of_ipv6),
		cmocka_unit_test(ipv6_headers_lead_on),
		cmocka_unit_test(ipv6_ends),
		cmocka_unit_test(an_extension_header_beyond_the_packet_is_bad),
		cmocka_unit_test(jumbogram),
		cmocka_unit_test(ipv6_length_zero_is_the_frames),
		cmocka_unit_test(too_many_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
