/* SPDX-License-Identifier: BSD-2-Clause */
/* Later fragments belong to the flow of their first, in both families and in any order. */
#include "tests/capture/script.h"

/* offset in units of 8 octets; each 48 octets of IP. */
static struct packet *
fragment4(struct script *s, int64_t ms, unsigned id, unsigned offset, bool more)
{
	struct frame b = { .len = 0 };

	frame_eth(&b, 0x800);
	frame_ip4_full(&b, 1, 2, UDP, 48, id, offset | (more ? 0x2000 : 0));
	if (offset == 0)
		frame_udp(&b, 1000 + id, 53, 72);
	frame_zeros(&b, offset == 0 ? 20 : 28);
	return script_frame(s, &b, ms);
}

/* The fragment header names `next`; each 72 octets of IP. */
static void
fragment6(struct script *s, int64_t ms, unsigned next, unsigned offset, bool more)
{
	struct frame b = { .len = 0 };

	frame_eth(&b, 0x86dd);
	frame_ip6(&b, 1, 2, 44, 32);
	frame_u8(&b, next);
	frame_u8(&b, 0);
	frame_be16(&b, offset << 3 | more);
	frame_be32(&b, 77);
	if (offset == 0 && next == 60)
		frame_hex(&b, "1100 010400000000");
	if (offset == 0)
		frame_udp(&b, 1000, 53, 72);
	frame_zeros(&b, 24);
	script_frame(s, &b, ms);
}

static void
in_order(void **state)
{
	struct script *s = *state;

	fragment4(s, 0, 5, 0, true);
	fragment4(s, 1, 5, 3, true);
	fragment4(s, 2, 5, 6, false);
	assert_string_equal(script_run(s), "1>2 17 1005>53 3/144 0/0 0..2 4 #1\n");
	assert_int_equal(s->account.orphan_fragments, 0);
}

/* The last comes first; the row begins with it. */
static void
in_reverse(void **state)
{
	struct script *s = *state;

	s->extra[0] = COLUMN_SRC_MAC;
	fragment4(s, 0, 5, 6, false);
	fragment4(s, 1, 5, 3, true);
	fragment4(s, 2, 5, 0, true);
	assert_string_equal(script_run(s), "1>2 17 1005>53 3/144 0/0 0..2 4 #1 2199023255553\n");
	assert_int_equal(s->account.orphan_fragments, 0);
}

static void
two_datagrams_mixed(void **state)
{
	struct script *s = *state;

	fragment4(s, 0, 6, 3, false);
	fragment4(s, 1, 5, 0, true);
	fragment4(s, 2, 6, 0, true);
	fragment4(s, 3, 5, 3, false);
	assert_string_equal(script_run(s),
	    "1>2 17 1006>53 2/96 0/0 0..2 4 #1\n"
	    "1>2 17 1005>53 2/96 0/0 1..3 4 #2\n");
}

static void
of_ipv6(void **state)
{
	struct script *s = *state;

	fragment6(s, 0, UDP, 3, false);
	fragment6(s, 1, UDP, 0, true);
	fragment6(s, 2, UDP, 6, true);
	assert_string_equal(script_run(s), "1>2 17 1000>53 3/216 0/0 0..2 4 #1\n");
}

/* The later ones know only that destination options begin the datagram. */
static void
of_ipv6_behind_options(void **state)
{
	struct script *s = *state;

	fragment6(s, 0, 60, 3, false);
	fragment6(s, 1, 60, 0, true);
	fragment6(s, 2, 60, 6, true);
	assert_string_equal(script_run(s), "1>2 17 1000>53 3/216 0/0 0..2 4 #1\n");
}

static void
the_first_never_comes(void **state)
{
	struct script *s = *state;

	fragment4(s, 0, 5, 3, true);
	fragment4(s, 10, 5, 6, false);
	script_udp(s, 30000, 8, 9);
	script_udp(s, 30001, 8, 9); /* now they waited too long */
	fragment4(s, 30002, 5, 0, true);
	assert_string_equal(script_run(s),
	    "1>2 17 0>0 2/96 0/0 0..10 4 #1\n"
	    "8>9 17 1008>1009 2/56 0/0 30000..30001 4 #3\n"
	    "1>2 17 1005>53 1/48 0/0 30002..30002 4 #5\n");
	assert_int_equal(s->account.orphan_fragments, 2);
}

static void
orphans_at_the_end(void **state)
{
	struct script *s = *state;

	fragment4(s, 0, 5, 3, false);
	fragment6(s, 1, UDP, 3, false);
	assert_string_equal(script_run(s),
	    "1>2 17 0>0 1/48 0/0 0..0 4 #1\n"
	    "1>2 17 0>0 1/72 0/0 1..1 4 #2\n");
	assert_int_equal(s->account.orphan_fragments, 2);
	assert_int_equal(s->account.metered.packets, 2);
}

/* More wait than may: the oldest no longer do; none is lost. */
static void
bounded_by_number(void **state)
{
	struct script *s = *state;
	struct meter_options o = script_options();

	o.max_fragments = 4;
	for (unsigned i = 0; i < 20; i++)
		fragment4(s, i, 100 + i, 3, false);
	for (unsigned i = 0; i < 20; i++)
		fragment4(s, 20 + i, 100 + i, 0, true);
	(void)script_run_batches(s, &o, 7);
	assert_int_equal(s->account.metered.packets, 40);
	assert_int_equal(s->account.emitted.packets, 40);
	assert_int_equal(s->account.emitted.flows, 21);
	assert_true(s->account.orphan_fragments >= 16);
}

/* Protocols without ports need no first: nothing waits. */
static void
without_ports_nothing_waits(void **state)
{
	struct script *s = *state;
	struct fault f = { .status = STATUS_OK };
	struct meter_options o = script_options();
	struct meter *m;

	fragment4(s, 0, 5, 3, false);
	s->data[0][23] = ICMP;
	fragment4(s, 1, 5, 3, false);
	s->data[1][23] = 50;
	assert_int_equal(meter_open(&o, script_emit, s, &m, &f), STATUS_OK);
	assert_int_equal(meter_put(m, s->packets, 2, NULL, &f), STATUS_OK);
	meter_account(m, &s->account, false);
	assert_int_equal(s->account.carried_out.flows, 2);
	assert_int_equal(s->account.orphan_fragments, 0);
	meter_free(m);
}

/* While they wait they are carried, though in no flow. */
static void
waiting_is_carried(void **state)
{
	struct script *s = *state;
	struct fault f = { .status = STATUS_OK };
	struct meter_options o = script_options();
	struct meter *m;

	fragment4(s, 0, 5, 3, false);
	fragment4(s, 1, 5, 0, true);
	assert_int_equal(meter_open(&o, script_emit, s, &m, &f), STATUS_OK);
	assert_int_equal(meter_put(m, s->packets, 1, NULL, &f), STATUS_OK);
	meter_account(m, &s->account, true);
	script_check(&s->account);
	assert_int_equal(s->account.carried_out.flows, 0);
	assert_int_equal(s->account.carried_out.packets, 1);
	assert_int_equal(s->account.carried_out.ip_bytes, 48);
	assert_int_equal(meter_put(m, s->packets + 1, 1, NULL, &f), STATUS_OK);
	assert_int_equal(meter_finish(m, &f), STATUS_OK);
	meter_account(m, &s->account, true);
	script_check(&s->account);
	assert_int_equal(s->account.emitted.packets, 2);
	assert_int_equal(s->account.emitted.flows, 1);
	meter_free(m);
}

/* An identification used again after its datagram: the new ports count. */
static void
an_identification_comes_again(void **state)
{
	struct script *s = *state;

	fragment4(s, 0, 5, 0, true);
	fragment4(s, 1, 5, 3, false);
	fragment4(s, 2, 5, 0, true);
	s->data[2][35] = 99; /* another source port: 0x0363 */
	fragment4(s, 3, 5, 3, false);
	assert_string_equal(script_run(s),
	    "1>2 17 1005>53 2/96 0/0 0..1 4 #1\n"
	    "1>2 17 867>53 2/96 0/0 2..3 4 #3\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, script_setup, script_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_order),
		TEST(in_reverse),
		TEST(two_datagrams_mixed),
		TEST(of_ipv6),
		TEST(of_ipv6_behind_options),
		TEST(the_first_never_comes),
		TEST(orphans_at_the_end),
		TEST(bounded_by_number),
		TEST(without_ports_nothing_waits),
		TEST(waiting_is_carried),
		TEST(an_identification_comes_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
