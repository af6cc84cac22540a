/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a packet the parts of the meter's depth see. */
#include "capture/depth.h"

#include "tests/capture/script.h"

/* The frame as the hook sees it, in a flow of its own. */
static struct depth_packet
seen(const struct frame *b, size_t captured)
{
	static struct dissected d;
	struct packet p = frame_packet(b, ETH);
	struct sighting s = { .time = BASE };
	struct biflow flow;
	struct depth_packet out;

	p.captured = (uint32_t)captured;
	assert_int_equal(dissect(&p, &d), REJECT_NONE);
	biflow_start(&flow, &d, &s, NULL);
	depth_packet_of(&flow, &d, &s, &out);
	return out;
}

static void
assert_stretch(const struct stretch *s, const uint8_t *at, size_t captured, size_t length)
{
	assert_ptr_equal(s->at, at);
	assert_int_equal(s->captured, captured);
	assert_int_equal(s->length, length);
}

static void
padding_is_no_payload(void **state)
{
	struct frame b = { .len = 0 };
	struct depth_packet p;

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4(&b, 1, 2, TCP, 23);
	frame_tcp(&b, 1, 2, ACK);
	frame_zeros(&b, 9);
	p = seen(&b, b.len);
	assert_stretch(&p.upper, b.data + 34, 23, 23);
	assert_stretch(&p.payload, b.data + 54, 3, 3);
}

static void
the_snap_length_cuts_octets_not_lengths(void **state)
{
	struct frame b = { .len = 0 };
	struct depth_packet p;

	(void)state;
	frame_eth(&b, 0x800);
	frame_ip4(&b, 1, 2, TCP, 120);
	frame_tcp(&b, 1, 2, ACK);
	frame_zeros(&b, 100);
	p = seen(&b, 60);
	assert_stretch(&p.upper, b.data + 34, 26, 120);
	assert_stretch(&p.payload, b.data + 54, 6, 100);
	p = seen(&b, 54);
	assert_stretch(&p.payload, NULL, 0, 100);
	p = seen(&b, 46); /* no data offset */
	assert_stretch(&p.upper, b.data + 34, 12, 120);
	assert_stretch(&p.payload, NULL, 0, 0);
}

static void
tcp_options_are_no_payload(void **state)
{
	static const struct {
		unsigned offset; /* in words */
		unsigned payload;
	} cases[] = { { 5, 30 }, { 8, 18 }, { 12, 2 }, { 13, 0 }, { 4, 0 }, { 0, 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct frame b = { .len = 0 };
		struct depth_packet p;

		frame_eth(&b, 0x800);
		frame_ip4(&b, 1, 2, TCP, 50);
		frame_tcp(&b, 1, 2, ACK);
		frame_zeros(&b, 30);
		b.data[46] = (uint8_t)(cases[i].offset << 4);
		p = seen(&b, b.len);
		assert_int_equal(p.payload.length, cases[i].payload);
		assert_int_equal(p.payload.captured, cases[i].payload);
	}
}

static void
udp_has_a_length_of_its_own(void **state)
{
	static const struct {
		unsigned len;
		unsigned payload;
	} cases[] = { { 28, 20 }, { 12, 4 }, { 8, 0 }, { 7, 20 }, { 0, 20 }, { 29, 20 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct frame b = { .len = 0 };
		struct depth_packet p;

		frame_eth(&b, 0x86dd);
		frame_ip6(&b, 1, 2, UDP, 28);
		frame_udp(&b, 1, 2, cases[i].len);
		frame_zeros(&b, 20);
		p = seen(&b, b.len);
		assert_stretch(&p.upper, b.data + 54, 28, 28);
		assert_int_equal(p.payload.length, cases[i].payload);
		assert_int_equal(p.payload.captured, cases[i].payload);
	}
}

static void
fragments(void **state)
{
	struct frame first = { .len = 0 }, later = { .len = 0 };
	struct depth_packet p;

	(void)state;
	frame_eth(&first, 0x800);
	frame_ip4_full(&first, 1, 2, UDP, 44, 7, 0x2000);
	frame_udp(&first, 1, 2, 1000);
	frame_zeros(&first, 16);
	p = seen(&first, first.len);
	assert_false(p.later);
	assert_stretch(&p.payload, first.data + 42, 16, 16);
	frame_eth(&later, 0x800);
	frame_ip4_full(&later, 1, 2, UDP, 30, 7, 3);
	frame_zeros(&later, 26);
	p = seen(&later, later.len);
	assert_true(p.later);
	assert_stretch(&p.upper, NULL, 0, 0);
	assert_stretch(&p.payload, NULL, 0, 10);
}

static void
others_have_no_payload(void **state)
{
	struct frame icmp = { .len = 0 }, gre = { .len = 0 };
	struct depth_packet p;

	(void)state;
	frame_eth(&icmp, 0x800);
	frame_ip4(&icmp, 1, 2, ICMP, 12);
	frame_zeros(&icmp, 12);
	p = seen(&icmp, icmp.len);
	assert_stretch(&p.upper, icmp.data + 34, 12, 12);
	assert_stretch(&p.payload, NULL, 0, 0);
	frame_eth(&gre, 0x800);
	frame_ip4(&gre, 1, 2, 89, 12);
	frame_zeros(&gre, 12);
	p = seen(&gre, gre.len);
	assert_stretch(&p.upper, NULL, 0, 0);
	assert_stretch(&p.payload, NULL, 0, 0);
}

/* Columns per flow: here those of METER_DEPTH_TCP that need nothing but payload. */
static void
payload_is_counted_each_way(void **state)
{
	struct script *s = script_new();
	struct meter_options o = script_options();
	struct frame b = { .len = 0 };

	(void)state;
	s->extra[0] = COLUMN_PAYLOAD_PACKETS;
	s->extra[1] = COLUMN_PAYLOAD_BYTES;
	s->extra[2] = COLUMN_REV_PAYLOAD_PACKETS;
	s->extra[3] = COLUMN_REV_PAYLOAD_BYTES;
	frame_eth(&b, 0x800);
	frame_ip4(&b, 2, 1, TCP, 25);
	frame_tcp(&b, 1002, 1001, ACK);
	frame_zeros(&b, 5);
	script_frame(s, &b, 0);
	script_tcp(s, 1, 1, 2, SYN); /* turns what was counted */
	script_udp(s, 2, 1, 2);
	assert_string_equal(script_run(s), "1>2 6 1001>1002 1/40 1/45 0..1 4 #1 - - - -\n"
	    "1>2 17 1001>1002 1/28 0/0 2..2 4 #3 - - - -\n");
	o.depth = METER_DEPTH_TCP;
	assert_string_equal(script_run_batches(s, &o, 1),
	    "1>2 6 1001>1002 1/40 1/45 0..1 4 #1 0 0 1 5\n"
	    "1>2 17 1001>1002 1/28 0/0 2..2 4 #3 0 0 0 0\n");
	o.uniflow = true;
	assert_string_equal(script_run_batches(s, &o, 1),
	    "2>1 6 1002>1001 1/45 -/- 0..0 4 #1 1 5 - -\n"
	    "1>2 6 1001>1002 1/40 -/- 1..1 4 #2 0 0 - -\n"
	    "1>2 17 1001>1002 1/28 -/- 2..2 4 #3 0 0 - -\n");
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(padding_is_no_payload),
		cmocka_unit_test(the_snap_length_cuts_octets_not_lengths),
		cmocka_unit_test(tcp_options_are_no_payload),
		cmocka_unit_test(udp_has_a_length_of_its_own),
		cmocka_unit_test(fragments),
		cmocka_unit_test(others_have_no_payload),
		cmocka_unit_test(payload_is_counted_each_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
