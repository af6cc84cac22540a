/* SPDX-License-Identifier: BSD-2-Clause */
/* The columns of --dpi=tcp, through the meter. */
#include "capture/transport.h"

#include "tests/capture/script.h"

static int
setup(void **state)
{
	struct script *s;
	static const enum column_id columns[] = { COLUMN_SERVER_RTT_US, COLUMN_CLIENT_RTT_US,
		COLUMN_RETRANSMITTED, COLUMN_REV_RETRANSMITTED, COLUMN_OUT_OF_ORDER,
		COLUMN_REV_OUT_OF_ORDER, COLUMN_PAYLOAD_PACKETS, COLUMN_PAYLOAD_BYTES,
		COLUMN_REV_PAYLOAD_PACKETS, COLUMN_REV_PAYLOAD_BYTES };

	if (script_setup(state) != 0)
		return -1;
	s = *state;
	memcpy(s->extra, columns, sizeof columns);
	return 0;
}

/* From 192.0.2.src to .dst; its payload is `len` zeros. */
static struct packet *
segment(struct script *s, int64_t ms, unsigned src, unsigned dst, unsigned flags, uint32_t number,
    uint32_t ack, unsigned len)
{
	struct frame b = { .len = 0 };

	frame_eth(&b, 0x800);
	frame_ip4(&b, src, dst, TCP, 20 + len);
	frame_be16(&b, 1000 + src);
	frame_be16(&b, 1000 + dst);
	frame_be32(&b, number);
	frame_be32(&b, ack);
	frame_u8(&b, 0x50);
	frame_u8(&b, flags);
	frame_be16(&b, 1000);
	frame_zeros(&b, 4 + len);
	return script_frame(s, &b, ms);
}

/* SYN at 0, SYN/ACK at 30, ACK at 40 ms; the next numbers are 101 and 501. */
static void
handshake(struct script *s)
{
	segment(s, 0, 1, 2, SYN, 100, 0, 0);
	segment(s, 30, 2, 1, SYN | ACK, 500, 101, 0);
	segment(s, 40, 1, 2, ACK, 101, 501, 0);
}

static const char *
run(struct script *s, bool uniflow, int64_t active)
{
	struct meter_options o = script_options();

	o.depth = METER_DEPTH_TCP;
	o.uniflow = uniflow;
	o.active = active;
	return script_run_batches(s, &o, 3);
}

static void
a_connection(void **state)
{
	struct script *s = *state;

	handshake(s);
	segment(s, 50, 1, 2, ACK, 101, 501, 10);
	segment(s, 60, 1, 2, ACK, 121, 501, 10);
	segment(s, 70, 1, 2, ACK, 111, 501, 10); /* within the round trip of 40 ms */
	segment(s, 80, 2, 1, ACK, 501, 131, 7);
	segment(s, 300, 2, 1, ACK, 501, 131, 7);
	segment(s, 310, 2, 1, ACK, 528, 131, 7);
	segment(s, 360, 2, 1, ACK, 508, 131, 20); /* too late: it was lost, and sent again */
	assert_string_equal(run(s, false, 0),
	    "1>2 6 1001>1002 5/230 5/241 0..360 4 #1 30000 10000 0 2 1 0 3 30 4 41\n");
}

/* All of the handshake has the same time: that is the clock's fault. */
static void
a_coarse_clock(void **state)
{
	struct script *s = *state;

	segment(s, 0, 1, 2, SYN, 100, 0, 0);
	segment(s, 0, 2, 1, SYN | ACK, 500, 101, 0);
	segment(s, 0, 1, 2, ACK, 111, 501, 10);
	segment(s, 3, 1, 2, ACK, 101, 501, 10);
	assert_string_equal(run(s, false, 0),
	    "1>2 6 1001>1002 3/140 1/40 0..3 4 #1 0 0 0 0 1 0 2 20 0 0\n");
}

static void
one_way_metering_knows_no_round_trip(void **state)
{
	struct script *s = *state;

	handshake(s);
	segment(s, 50, 1, 2, ACK, 101, 501, 10);
	segment(s, 60, 1, 2, ACK, 101, 501, 10);
	assert_string_equal(run(s, true, 0),
	    "1>2 6 1001>1002 4/180 -/- 0..60 4 #1 - - 1 - 0 - 2 20 - -\n"
	    "2>1 6 1002>1001 1/40 -/- 30..30 4 #2 - - 0 - 0 - 0 0 - -\n");
}

/* The answer was captured before the SYN. */
static void
a_late_syn_turns_the_counters(void **state)
{
	struct script *s = *state;

	segment(s, 30, 2, 1, SYN | ACK, 500, 101, 0);
	segment(s, 31, 2, 1, SYN | ACK, 500, 101, 0);
	segment(s, 32, 1, 2, SYN, 100, 0, 0);
	segment(s, 40, 1, 2, ACK, 101, 501, 6);
	segment(s, 41, 1, 2, ACK, 101, 501, 6);
	segment(s, 42, 2, 1, ACK, 501, 107, 4);
	assert_string_equal(run(s, false, 0),
	    "1>2 6 1001>1002 3/132 3/124 30..42 4 #1 - - 1 1 0 0 2 12 1 4\n");
}

/* The active timeout cuts the flow; its numbers, holes and handshake go on. */
static void
a_continued_flow_keeps_its_numbers(void **state)
{
	struct script *s = *state;

	segment(s, 0, 1, 2, SYN, 100, 0, 0);
	segment(s, 30, 2, 1, SYN | ACK, 500, 101, 0);
	segment(s, 110, 1, 2, ACK, 101, 501, 10); /* the flow's second hundred */
	segment(s, 120, 1, 2, ACK, 121, 501, 10);
	segment(s, 215, 1, 2, ACK, 111, 501, 10); /* the third: a hole of the second is filled */
	segment(s, 216, 1, 2, ACK, 101, 501, 10);
	segment(s, 217, 2, 1, SYN | ACK, 500, 101, 0);
	assert_string_equal(run(s, false, 100 * MS),
	    "1>2 6 1001>1002 1/40 1/40 0..30 2 #1 30000 - 0 0 0 0 0 0 0 0\n"
	    "1>2 6 1001>1002 2/100 0/0 110..120 2 #3 - 80000 0 0 0 0 2 20 0 0\n"
	    "1>2 6 1001>1002 2/100 1/40 215..217 4 #5 - - 1 1 1 0 2 20 0 0\n");
}

static void
udp_has_payload_and_nothing_else(void **state)
{
	struct script *s = *state;

	script_udp(s, 0, 1, 2);
	assert_string_equal(run(s, false, 0),
	    "1>2 17 1001>1002 1/28 0/0 0..0 4 #1 - - - - - - 0 0 0 0\n");
}

/* The headers end before the window, before the flags, and before the data's offset. */
static void
a_cut_header(void **state)
{
	struct script *s = *state;

	segment(s, 0, 1, 2, ACK, 100, 0, 10);
	segment(s, 1, 1, 2, ACK, 100, 0, 10)->captured = 34 + 14;
	segment(s, 2, 1, 2, ACK, 100, 0, 10)->captured = 34 + 13;
	segment(s, 3, 1, 2, ACK, 100, 0, 10)->captured = 34 + 12;
	assert_string_equal(run(s, false, 0),
	    "1>2 6 1001>1002 4/200 0/0 0..3 4 #1 - - 1 0 0 0 3 30 0 0\n");
}

/* A flow without packets of this protocol's kind: later fragments that came alone. */
static void
an_orphaned_fragment_has_payload_by_its_length(void **state)
{
	struct script *s = *state;
	struct frame b = { .len = 0 };

	frame_eth(&b, 0x800);
	frame_ip4_full(&b, 1, 2, TCP, 20 + 24, 7, 3);
	frame_zeros(&b, 24);
	script_frame(s, &b, 0);
	assert_string_equal(run(s, false, 0),
	    "1>2 6 0>0 1/44 0/0 0..0 4 #1 - - 0 0 0 0 1 24 0 0\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, script_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_connection),
		TEST(a_coarse_clock),
		TEST(one_way_metering_knows_no_round_trip),
		TEST(a_late_syn_turns_the_counters),
		TEST(a_continued_flow_keeps_its_numbers),
		TEST(udp_has_payload_and_nothing_else),
		TEST(a_cut_header),
		TEST(an_orphaned_fragment_has_payload_by_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
