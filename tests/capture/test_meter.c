/* SPDX-License-Identifier: BSD-2-Clause */
/* Directions, timeouts, ends of connections, keys, columns.  Fragments: test_meter_fragment.c. */
#include "capture/meter.h"

#include "tests/capture/script.h"

static void
a_connection_is_one_row(void **state)
{
	struct script *s = *state;

	s->extra[0] = COLUMN_TCP_FLAGS;
	s->extra[1] = COLUMN_REV_TCP_FLAGS;
	s->extra[2] = COLUMN_INITIAL_TCP_FLAGS;
	s->extra[3] = COLUMN_REV_INITIAL_TCP_FLAGS;
	script_tcp(s, 0, 9, 2, SYN);
	script_tcp(s, 10, 2, 9, SYN | ACK);
	script_tcp(s, 20, 9, 2, ACK);
	script_tcp(s, 30, 9, 2, PSH | ACK);
	script_tcp(s, 40, 9, 2, FIN | ACK);
	script_tcp(s, 50, 2, 9, FIN | ACK);
	script_tcp(s, 60, 9, 2, ACK);
	assert_string_equal(script_run(s), "9>2 6 1009>1002 5/200 2/80 0..60 3 #1 27 19 2 18\n");
	assert_int_equal(s->account.metered_sum.flows, 1);
	assert_int_equal(s->account.emitted.ip_bytes, 280);
}

static void
without_syn_the_first_packet_decides(void **state)
{
	struct script *s = *state;

	script_tcp(s, 0, 2, 9, ACK);
	script_tcp(s, 1, 9, 2, ACK);
	script_udp(s, 2, 2, 9);
	script_udp(s, 3, 9, 2);
	assert_string_equal(script_run(s),
	    "2>9 6 1002>1009 1/40 1/40 0..1 4 #1\n"
	    "2>9 17 1002>1009 1/28 1/28 2..3 4 #3\n");
}

/* The answer was captured before the SYN: its sender is the initiator all the same. */
static void
a_late_syn_turns_the_flow(void **state)
{
	struct script *s = *state;

	s->extra[0] = COLUMN_SRC_MAC;
	s->extra[1] = COLUMN_TTL_MIN;
	s->extra[2] = COLUMN_INITIAL_TCP_FLAGS;
	s->extra[3] = COLUMN_REV_INITIAL_TCP_FLAGS;
	script_tcp(s, 0, 2, 9, SYN | ACK);
	script_tcp(s, 1, 9, 2, SYN);
	s->data[1][22] = 33; /* TTL */
	script_tcp(s, 2, 2, 9, SYN); /* no second turn */
	assert_string_equal(script_run(s),
	    "9>2 6 1009>1002 1/40 2/80 0..2 4 #1 2199023255554 33 2 18\n");
}

static void
uniflows(void **state)
{
	struct script *s = *state;
	struct meter_options o = script_options();

	o.uniflow = true;
	script_tcp(s, 0, 9, 2, SYN);
	script_tcp(s, 1, 2, 9, SYN | ACK);
	script_tcp(s, 2, 9, 2, ACK);
	script_udp(s, 3, 9, 2);
	assert_string_equal(script_run_batches(s, &o, 10),
	    "9>2 6 1009>1002 2/80 -/- 0..2 4 #1\n"
	    "2>9 6 1002>1009 1/40 -/- 1..1 4 #2\n"
	    "9>2 17 1009>1002 1/28 -/- 3..3 4 #4\n");
}

static void
unanswered_is_0_not_null(void **state)
{
	struct script *s = *state;

	s->extra[0] = COLUMN_REV_TOS;
	s->extra[1] = COLUMN_TCP_FLAGS;
	script_udp(s, 0, 1, 2);
	assert_string_equal(script_run(s), "1>2 17 1001>1002 1/28 0/0 0..0 4 #1 - -\n");
}

/* Exactly the timeout is not over it. */
static void
idle_timeout_is_exact(void **state)
{
	struct script *s = *state;

	script_udp(s, 0, 1, 2);
	script_udp(s, 60000, 2, 1);
	script_udp(s, 120001, 2, 1);
	assert_string_equal(script_run(s),
	    "1>2 17 1001>1002 1/28 1/28 0..60000 1 #1\n"
	    "2>1 17 1002>1001 1/28 0/0 120001..120001 4 #3\n");
}

static void
active_timeout_keeps_the_direction(void **state)
{
	struct script *s = *state;

	for (int i = 0; i <= 300; i += 50)
		script_tcp(s, i * 1000, 1, 2, i == 0 ? SYN : ACK);
	script_tcp(s, 300001, 2, 1, ACK);
	script_tcp(s, 300002, 1, 2, ACK);
	s->extra[0] = COLUMN_SRC_MAC;
	assert_string_equal(script_run(s),
	    "1>2 6 1001>1002 7/280 0/0 0..300000 2 #1 2199023255553\n"
	    "1>2 6 1001>1002 1/40 1/40 300001..300002 4 #8 2199023255554\n");
}

/* The wheel ends it without a further packet of its own. */
static void
idle_flows_end_with_the_clock(void **state)
{
	struct script *s = *state;

	script_udp(s, 0, 1, 2);
	script_udp(s, 500, 3, 4);
	script_udp(s, 1000, 5, 6);
	script_udp(s, 59000, 1, 2);
	script_udp(s, 70000, 7, 8);
	assert_string_equal(script_run(s),
	    "3>4 17 1003>1004 1/28 0/0 500..500 1 #2\n"
	    "5>6 17 1005>1006 1/28 0/0 1000..1000 1 #3\n"
	    "1>2 17 1001>1002 2/56 0/0 0..59000 4 #1\n"
	    "7>8 17 1007>1008 1/28 0/0 70000..70000 4 #5\n");
}

static void
finished_connections_linger(void **state)
{
	struct script *s = *state;

	script_tcp(s, 0, 1, 2, SYN);
	script_tcp(s, 10, 2, 1, RST | ACK);
	script_tcp(s, 4000, 1, 2, ACK);  /* a late segment, still of the old flow */
	script_tcp(s, 5000, 3, 4, FIN | ACK);
	script_tcp(s, 5001, 4, 3, FIN | ACK);
	script_tcp(s, 5002, 3, 4, ACK);
	script_udp(s, 20000, 7, 8);
	script_tcp(s, 20001, 3, 4, ACK);
	assert_string_equal(script_run(s),
	    "1>2 6 1001>1002 2/80 1/40 0..4000 3 #1\n"
	    "3>4 6 1003>1004 2/80 1/40 5000..5002 3 #4\n"
	    "7>8 17 1007>1008 1/28 0/0 20000..20000 4 #7\n"
	    "3>4 6 1003>1004 1/40 0/0 20001..20001 4 #8\n");
}

/* One FIN, or two without their acknowledgements, is not yet the end. */
static void
half_closed_is_not_finished(void **state)
{
	struct script *s = *state;

	script_tcp(s, 0, 1, 2, FIN | ACK);
	script_tcp(s, 1, 2, 1, ACK);
	script_tcp(s, 30000, 2, 1, PSH | ACK);
	assert_string_equal(script_run(s), "1>2 6 1001>1002 1/40 2/80 0..30000 4 #1\n");
}

static void
a_new_syn_begins_anew(void **state)
{
	struct script *s = *state;

	script_tcp(s, 0, 1, 2, SYN);
	script_tcp(s, 1, 2, 1, RST);
	script_tcp(s, 2, 2, 1, SYN);
	script_tcp(s, 3, 2, 1, SYN); /* sent again: the same */
	assert_string_equal(script_run(s),
	    "1>2 6 1001>1002 1/40 1/40 0..1 3 #1\n"
	    "2>1 6 1002>1001 2/80 0/0 2..3 4 #3\n");
}

static void
uniflow_ends_with_its_fin(void **state)
{
	struct script *s = *state;
	struct meter_options o = script_options();

	o.uniflow = true;
	script_tcp(s, 0, 1, 2, SYN);
	script_tcp(s, 1, 1, 2, FIN | ACK);
	script_tcp(s, 2, 1, 2, SYN);
	assert_string_equal(script_run_batches(s, &o, 10),
	    "1>2 6 1001>1002 2/80 -/- 0..1 3 #1\n"
	    "1>2 6 1001>1002 1/40 -/- 2..2 4 #3\n");
}

static void
a_full_cache_evicts_the_longest_idle(void **state)
{
	struct script *s = *state;
	struct meter_options o = script_options();

	o.max_flows = 3;
	script_udp(s, 0, 1, 2);
	script_udp(s, 2000, 3, 4);
	script_udp(s, 4000, 5, 6);
	script_udp(s, 6000, 2, 1);
	script_udp(s, 6001, 7, 8);
	script_udp(s, 6002, 9, 10);
	assert_string_equal(script_run_batches(s, &o, 10),
	    "3>4 17 1003>1004 1/28 0/0 2000..2000 5 #2\n"
	    "5>6 17 1005>1006 1/28 0/0 4000..4000 5 #3\n"
	    "1>2 17 1001>1002 1/28 1/28 0..6000 4 #1\n"
	    "7>8 17 1007>1008 1/28 0/0 6001..6001 4 #5\n"
	    "9>10 17 1009>1010 1/28 0/0 6002..6002 4 #6\n");
	assert_int_equal(s->account.evicted, 2);
}

static void
ping_is_one_biflow(void **state)
{
	struct script *s = *state;

	s->extra[0] = COLUMN_ICMP_TYPE;
	s->extra[1] = COLUMN_ICMP_CODE;
	for (unsigned i = 0; i < 2; i++) {
		struct frame b = { .len = 0 };

		frame_eth(&b, 0x800);
		frame_ip4(&b, i == 0 ? 2 : 1, i == 0 ? 1 : 2, ICMP, 8);
		frame_hex(&b, i == 0 ? "0800 0000 00010001" : "0000 0000 00010001");
		script_frame(s, &b, i);
	}
	assert_string_equal(script_run(s), "2>1 1 ->- 1/28 1/28 0..1 4 #1 8 0\n");
}

static void
vlans_are_in_the_key(void **state)
{
	struct script *s = *state;
	struct meter_options o = script_options();

	s->extra[0] = COLUMN_VLAN;
	s->extra[1] = COLUMN_INNER_VLAN;
	for (unsigned i = 0; i < 3; i++) {
		struct frame b = { .len = 0 };

		frame_eth(&b, i == 2 ? 0x800 : 0x8100);
		if (i < 2)
			frame_vlan(&b, i, 0x800);
		frame_ip4(&b, 1, 2, UDP, 8);
		frame_udp(&b, 1001, 1002, 8);
		script_frame(s, &b, i);
	}
	assert_string_equal(script_run(s),
	    "1>2 17 1001>1002 1/28 0/0 0..0 4 #1 0 -\n"
	    "1>2 17 1001>1002 1/28 0/0 1..1 4 #2 1 -\n"
	    "1>2 17 1001>1002 1/28 0/0 2..2 4 #3 - -\n");
	o.key = METER_KEY_PORTS;
	assert_string_equal(script_run_batches(s, &o, 10),
	    "1>2 17 1001>1002 3/84 0/0 0..2 4 #1 0 -\n");
}

static void
keys_to_choose(void **state)
{
	static const struct {
		unsigned key;
		const char *want;
	} rows[] = {
		{ 0, "1>2 17 ->- 3/84 1/28 0..3 4 #1\n" },
		{ METER_KEY_PORTS, "1>2 17 1001>1002 3/84 1/28 0..3 4 #1\n" },
		{ METER_KEY_PORTS | METER_KEY_TOS,
		    "1>2 17 1001>1002 2/56 1/28 0..3 4 #1\n1>2 17 1001>1002 1/28 0/0 1..1 4 #2\n" },
		{ METER_KEY_PORTS | METER_KEY_MAC,
		    "1>2 17 1001>1002 2/56 1/28 0..3 4 #1\n1>2 17 1001>1002 1/28 0/0 2..2 4 #3\n" },
	};
	struct script *s = *state;
	struct meter_options o = script_options();

	script_udp(s, 0, 1, 2);
	script_udp(s, 1, 1, 2);
	script_udp(s, 2, 1, 2);
	script_udp(s, 3, 2, 1);
	s->data[1][15] = 0x40;                     /* ToS of the second */
	s->data[2][11] = 7;                        /* source MAC of the third */
	memcpy(s->data[3], s->data[0] + 6, 6);     /* the answer goes back */
	memcpy(s->data[3] + 6, s->data[0], 6);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		o.key = rows[i].key;
		assert_string_equal(script_run_batches(s, &o, 10), rows[i].want);
	}
}

static void
columns_of_the_first_packet(void **state)
{
	struct script *s = *state;

	s->extra[0] = COLUMN_TOS;
	s->extra[1] = COLUMN_REV_TOS;
	s->extra[2] = COLUMN_TTL_MIN;
	s->extra[3] = COLUMN_TTL_MAX;
	for (unsigned i = 0; i < 4; i++) {
		script_udp(s, i, i < 3 ? 1 : 2, i < 3 ? 2 : 1);
		s->data[i][15] = (uint8_t)(i + 1);
		s->data[i][22] = (uint8_t)(i == 1 ? 40 : i == 2 ? 70 : 50);
	}
	assert_string_equal(script_run(s), "1>2 17 1001>1002 3/84 1/28 0..3 4 #1 1 4 40 70\n");
}

/* Flags that the snap length cut are unknown, not zero. */
static void
cut_flags_are_null(void **state)
{
	struct script *s = *state;

	s->extra[0] = COLUMN_TCP_FLAGS;
	s->extra[1] = COLUMN_INITIAL_TCP_FLAGS;
	s->extra[2] = COLUMN_REV_TCP_FLAGS;
	script_tcp(s, 0, 1, 2, SYN)->captured = 40;
	script_tcp(s, 1, 2, 1, ACK);
	assert_string_equal(script_run(s), "1>2 6 1001>1002 1/40 1/40 0..1 4 #1 - - 16\n");
}

static void
nanoseconds_where_the_file_has_them(void **state)
{
	struct script *s = *state;

	s->extra[0] = COLUMN_FLOW_START_NS;
	s->extra[1] = COLUMN_FLOW_END_NS;
	script_udp(s, 0, 1, 2)->fine = true;
	s->packets[0].time += 7;
	script_udp(s, 0, 3, 4);
	assert_string_equal(script_run(s),
	    "1>2 17 1001>1002 1/28 0/0 0..0 4 #1 1700000000000000007 1700000000000000007\n"
	    "3>4 17 1003>1004 1/28 0/0 0..0 4 #2 - -\n");
}

static void
time_may_go_back(void **state)
{
	struct script *s = *state;

	script_udp(s, 1000, 1, 2);
	script_udp(s, 500, 1, 2);
	script_udp(s, 900, 1, 2);
	script_udp(s, 1100, 1, 2);
	script_udp(s, -100000, 1, 2); /* farther than the idle timeout: another flow */
	assert_string_equal(script_run(s),
	    "1>2 17 1001>1002 4/112 0/0 500..1100 1 #1\n"
	    "1>2 17 1001>1002 1/28 0/0 -100000..-100000 4 #5\n");
	assert_int_equal(s->account.time_regressions, 3);
}

/* From 1970 to the end of time, in no time. */
static void
time_may_jump(void **state)
{
	struct script *s = *state;

	script_udp(s, 0, 1, 2)->time = INT64_MIN;
	script_udp(s, 0, 1, 2)->time = 0;
	script_udp(s, 0, 3, 4)->time = (int64_t)4294967295 * 1000 * MS;
	script_udp(s, 0, 1, 2)->time = INT64_MAX;
	script_udp(s, 0, 1, 2)->time = 0;
	(void)script_run(s);
	assert_int_equal(s->account.emitted.flows, 5);
	assert_int_equal(s->account.emitted.packets, 5);
}

static void
rejected_and_filtered_are_counted(void **state)
{
	static const uint8_t matched[] = { 1, 0, 1, 1 };
	struct script *s = *state;
	struct meter_options o = script_options();
	struct fault f = { .status = STATUS_OK };
	struct meter *m;

	script_udp(s, 0, 1, 2);
	script_udp(s, 1, 1, 2);
	script_udp(s, 2, 1, 2)->link_type = 147;
	script_udp(s, 3, 1, 2)->captured = 30;
	assert_int_equal(meter_open(&o, script_emit, s, &m, &f), STATUS_OK);
	assert_int_equal(meter_put(m, s->packets, 4, matched, &f), STATUS_OK);
	meter_account(m, &s->account, false);
	script_check(&s->account);
	assert_int_equal(s->account.read.packets, 4);
	assert_int_equal(s->account.read.wire_bytes, 4 * 42);
	assert_int_equal(s->account.rejected[REJECT_FILTERED].packets, 1);
	assert_int_equal(s->account.rejected[REJECT_LINK_TYPE].packets, 1);
	assert_int_equal(s->account.rejected[REJECT_HEADER_CUT].wire_bytes, 42);
	assert_int_equal(s->account.metered.packets, 1);
	meter_free(m);
}

/* Over a rotation: what stays in the cache is carried. */
static void
rotation_carries(void **state)
{
	struct script *s = *state;
	struct meter_options o = script_options();
	struct fault f = { .status = STATUS_OK };
	struct meter *m;

	script_udp(s, 0, 1, 2);
	script_udp(s, 90000, 3, 4);
	script_udp(s, 100000, 3, 4);
	assert_int_equal(meter_open(&o, script_emit, s, &m, &f), STATUS_OK);
	assert_int_equal(meter_put(m, s->packets, 1, NULL, &f), STATUS_OK);
	assert_int_equal(meter_flush(m, BASE + 30000 * MS, &f), STATUS_OK);
	assert_string_equal(s->text, "");
	meter_account(m, &s->account, true);
	assert_int_equal(s->account.carried_out.flows, 1);
	assert_int_equal(meter_flush(m, BASE + 80000 * MS, &f), STATUS_OK);
	assert_string_equal(s->text, "1>2 17 1001>1002 1/28 0/0 0..0 1 #1\n");
	assert_int_equal(meter_put(m, s->packets + 1, 2, NULL, &f), STATUS_OK);
	meter_account(m, &s->account, true);
	script_check(&s->account);
	assert_int_equal(s->account.carried_in.flows, 1);
	assert_int_equal(s->account.metered_sum.flows, 1);
	assert_int_equal(s->account.emitted.flows, 1);
	assert_int_equal(s->account.carried_out.packets, 2);
	assert_int_equal(meter_finish(m, &f), STATUS_OK);
	meter_account(m, &s->account, true);
	script_check(&s->account);
	assert_int_equal(s->account.carried_in.packets, 2);
	assert_int_equal(s->account.emitted.packets, 2);
	meter_free(m);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, script_setup, script_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_connection_is_one_row),
		TEST(without_syn_the_first_packet_decides),
		TEST(a_late_syn_turns_the_flow),
		TEST(uniflows),
		TEST(unanswered_is_0_not_null),
		TEST(idle_timeout_is_exact),
		TEST(active_timeout_keeps_the_direction),
		TEST(idle_flows_end_with_the_clock),
		TEST(finished_connections_linger),
		TEST(half_closed_is_not_finished),
		TEST(a_new_syn_begins_anew),
		TEST(uniflow_ends_with_its_fin),
		TEST(a_full_cache_evicts_the_longest_idle),
		TEST(ping_is_one_biflow),
		TEST(vlans_are_in_the_key),
		TEST(keys_to_choose),
		TEST(columns_of_the_first_packet),
		TEST(cut_flags_are_null),
		TEST(nanoseconds_where_the_file_has_them),
		TEST(time_may_go_back),
		TEST(time_may_jump),
		TEST(rejected_and_filtered_are_counted),
		TEST(rotation_carries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
