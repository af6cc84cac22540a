/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/dedup.h"

#include "tests/capture/script.h"

enum { SEED = 7 };

static struct dedup_look
look_of(const struct frame *b, size_t captured)
{
	struct packet p = frame_packet(b, ETH);
	struct dissected d;

	p.captured = (uint32_t)captured;
	assert_int_equal(dissect(&p, &d), REJECT_NONE);
	return dedup_look(&p, &d, SEED);
}

static uint64_t
key_of(const struct frame *b, size_t captured)
{
	return look_of(b, captured).content;
}

/* A TCP segment with 30 octets of payload. */
static struct frame
segment(unsigned version, unsigned id, unsigned vlan)
{
	struct frame b = { .len = 0 };

	frame_eth(&b, vlan != 0 ? 0x8100 : version == 4 ? 0x800 : 0x86dd);
	if (vlan != 0)
		frame_vlan(&b, vlan, version == 4 ? 0x800 : 0x86dd);
	if (version == 4)
		frame_ip4_full(&b, 1, 2, TCP, 70, id, 0x4000);
	else
		frame_ip6(&b, 1, 2, TCP, 50);
	frame_tcp(&b, 1001, 1002, ACK);
	frame_hex(&b, "000102030405060708090a0b0c0d0e0f 000102030405060708090a0b0c0d");
	return b;
}

/* What a forwarder changes, and where the packet was seen, make no other packet of it. */
static void
a_copy_is_the_same_below_and_beside_ip(void **state)
{
	(void)state;
	for (unsigned version = 4; version <= 6; version += 2) {
		struct frame a = segment(version, 5, 0), b = segment(version, 5, 7);
		size_t ip = 14, tagged = 18;

		b.data[5] ^= 1; /* MAC */
		if (version == 4) {
			b.data[tagged + 1] ^= 0xb8; /* ToS */
			b.data[tagged + 8]--;       /* TTL */
			b.data[tagged + 10] ^= 1;   /* checksum */
		} else {
			b.data[tagged] ^= 4;  /* traffic class */
			b.data[tagged + 3]++; /* flow label */
			b.data[tagged + 7]--; /* hop limit */
		}
		frame_zeros(&b, 4); /* the link layer's padding */
		assert_int_equal(key_of(&a, a.len), key_of(&b, b.len));
		assert_int_not_equal(look_of(&a, a.len).place, look_of(&b, b.len).place);
		assert_int_equal(look_of(&a, a.len).numbered, version == 4);
		/* every other octet is in it: identification, lengths, addresses, data */
		for (size_t i = ip; i < a.len; i++) {
			struct frame c = a;
			size_t at = i - ip;
			struct packet p;
			struct dissected d;

			c.data[i] ^= 1;
			p = frame_packet(&c, ETH);
			if (dissect(&p, &d) != REJECT_NONE)
				continue;
			if (version == 4 ? at == 1 || at == 8 || at == 10 || at == 11
			                 : (at >= 1 && at <= 3) || at == 7)
				assert_int_equal(dedup_look(&p, &d, SEED).content, key_of(&a, a.len));
			else if (at != 0)
				assert_int_not_equal(dedup_look(&p, &d, SEED).content, key_of(&a, a.len));
		}
	}
}

/* The same snap length leaves fewer octets of the copy with a tag. */
static void
a_cut_packet_is_compared_by_its_headers(void **state)
{
	struct frame a = segment(4, 5, 0), b = segment(4, 5, 7), c = segment(4, 6, 7);

	(void)state;
	assert_int_equal(key_of(&a, 70), key_of(&b, 70));
	assert_int_not_equal(key_of(&a, 70), key_of(&c, 70));
	b.data[18 + 20 + 16] ^= 1; /* TCP's checksum: other data */
	assert_int_not_equal(key_of(&a, 70), key_of(&b, 70));
}

static void
later_fragments_differ_by_their_offset(void **state)
{
	struct frame frames[3] = { { .len = 0 } };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		frame_eth(&frames[i], 0x800);
		frame_ip4_full(&frames[i], 1, 2, UDP, 44, 0, 0x2000 | i * 3);
		frame_zeros(&frames[i], 24);
		assert_true(look_of(&frames[i], frames[i].len).numbered);
		assert_int_equal(key_of(&frames[i], 14 + 41), key_of(&frames[i], 14 + 43));
	}
	assert_int_not_equal(key_of(&frames[1], 58), key_of(&frames[2], 58));
	assert_int_not_equal(key_of(&frames[0], 58), key_of(&frames[1], 58));
}

/* Where a packet was seen: its TTL, its link's addresses, its tags. */
static void
another_place(void **state)
{
	struct frame a = segment(6, 0, 7);
	static const size_t differing[] = { 0, 11, 15, 18 + 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(differing); i++) {
		struct frame b = a;

		b.data[differing[i]] ^= 1;
		assert_int_equal(key_of(&a, a.len), key_of(&b, b.len));
		assert_int_not_equal(look_of(&a, a.len).place, look_of(&b, b.len).place);
	}
	assert_int_equal(look_of(&a, a.len).place, look_of(&a, a.len).place);
}

static void
what_has_no_number_in_tcp_is_mute(void **state)
{
	static const struct {
		unsigned flags;
		unsigned data;
		size_t captured;
		bool mute;
	} cases[] = { { ACK, 0, 54, true }, { ACK, 1, 55, false }, { SYN, 0, 54, false },
		{ FIN | ACK, 0, 54, false }, { RST, 0, 54, true }, { RST, 1, 55, true },
		{ ACK, 1, 54, false }, { ACK, 0, 46, false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct frame b = { .len = 0 };

		frame_eth(&b, 0x800);
		frame_ip4_full(&b, 1, 2, TCP, 40 + cases[i].data, 0, 0x4000);
		frame_tcp(&b, 1, 2, cases[i].flags);
		frame_zeros(&b, cases[i].data);
		assert_int_equal(look_of(&b, cases[i].captured).mute, cases[i].mute);
		assert_false(look_of(&b, cases[i].captured).numbered);
	}
}

/* Of a packet: N numbered, U unnumbered, M mute and unnumbered; its place; microseconds. */
struct step {
	uint64_t content;
	char kind;
	uint32_t place;
	int64_t micros;
	bool seen;
};

static void
play(int64_t window_micros, const struct step *steps, size_t count)
{
	struct fault f = { .status = STATUS_OK };
	struct dedup *s;

	assert_int_equal(dedup_open(window_micros * 1000, &s, &f), STATUS_OK);
	for (size_t i = 0; i < count; i++) {
		struct dedup_look look = { .content = steps[i].content, .place = steps[i].place,
			.numbered = steps[i].kind == 'N', .mute = steps[i].kind == 'M' };
		bool seen;

		assert_int_equal(dedup_seen(s, &look, BASE + steps[i].micros * 1000, &seen, &f),
		    STATUS_OK);
		if (seen != steps[i].seen)
			fail_msg("step %zu", i);
	}
	dedup_free(s);
}

static void
the_window(void **state)
{
	static const struct step steps[] = {
		{ 1, 'N', 0, 0, false }, { 1, 'N', 0, 0, true }, { 3, 'N', 0, 1, false },
		{ 1, 'N', 0, 10000, true },
		{ 1, 'N', 0, 10001, false }, /* it counts from the packet, not from its copies */
		{ 1, 'N', 0, 20001, true }, { 3, 'N', 0, 1, false }, /* was forgotten */
		{ 5, 'N', 0, 20001, false }, { 5, 'N', 0, 10001, true }, { 5, 'N', 0, 10000, false },
	};

	(void)state;
	play(10000, steps, ARRAY_LEN(steps));
}

static void
what_ip_does_not_number(void **state)
{
	static const struct step steps[] = {
		{ 2, 'U', 0, 0, false }, { 2, 'U', 0, 200, true }, { 2, 'U', 1, 1000, true },
		{ 2, 'U', 0, 201, false }, { 2, 'U', 1, 1202, false },
		{ 4, 'M', 0, 1202, false }, { 4, 'M', 0, 1202, false }, /* the same acknowledgement */
		{ 4, 'M', 1, 1203, true }, { 4, 'M', 1, 2202, true }, { 4, 'M', 1, 2203, false },
	};
	static const struct step narrow[] = {
		{ 2, 'U', 0, 0, false }, { 2, 'U', 0, 100, true }, { 2, 'U', 1, 100, true },
		{ 2, 'U', 0, 101, false },
	};

	(void)state;
	play(10000, steps, ARRAY_LEN(steps));
	play(100, narrow, ARRAY_LEN(narrow));
}

static bool
seen(struct dedup *s, uint64_t content, int64_t time)
{
	struct fault f = { .status = STATUS_OK };
	struct dedup_look look = { .content = content, .numbered = true };
	bool found;

	assert_int_equal(dedup_seen(s, &look, time, &found, &f), STATUS_OK);
	return found;
}

/* Many packets in the window: the room grows, and all are found. */
static void
many_packets(void **state)
{
	enum { MANY = 100000 };
	struct fault f = { .status = STATUS_OK };
	struct dedup *s;

	(void)state;
	assert_int_equal(dedup_open(MS * 10, &s, &f), STATUS_OK);
	for (uint64_t i = 0; i < 2 * MANY; i++)
		assert_int_equal(seen(s, i % MANY * 0x9e3779b97f4a7c15u, BASE + (int64_t)i), i >= MANY);
	dedup_free(s);
}

/* The oldest is forgotten when there are too many. */
static void
too_many_packets(void **state)
{
	struct fault f = { .status = STATUS_OK };
	struct dedup *s;

	(void)state;
	assert_int_equal(dedup_open(MS * 10, &s, &f), STATUS_OK);
	for (uint64_t i = 0; i <= DEDUP_MAX; i++)
		assert_false(seen(s, i, BASE));
	assert_true(seen(s, 1, BASE));
	assert_false(seen(s, 0, BASE));
	assert_false(seen(s, 1, BASE));
	dedup_free(s);
}

/* Through the meter: the copy is counted apart, and in no flow. */
static void
a_duplicate_is_rejected(void **state)
{
	struct script *s = script_new();
	struct meter_options o = script_options();
	struct frame a = segment(4, 5, 0), b = segment(4, 6, 0), c = segment(4, 5, 7);

	(void)state;
	script_frame(s, &a, 0);
	script_frame(s, &c, 1);
	script_frame(s, &b, 2); /* sent again */
	script_frame(s, &a, 11);
	assert_string_equal(script_run(s), "1>2 6 1001>1002 3/210 0/0 0..11 4 #1\n"
	    "1>2 6 1001>1002 1/70 0/0 1..1 4 #2\n");
	o.dedup = 10 * MS;
	for (size_t batch = 1; batch <= 4; batch++) {
		assert_string_equal(script_run_batches(s, &o, batch),
		    "1>2 6 1001>1002 3/210 0/0 0..11 4 #1\n");
		assert_int_equal(s->account.rejected[REJECT_DUPLICATE].packets, 1);
		assert_int_equal(s->account.rejected[REJECT_DUPLICATE].wire_bytes, c.len);
	}
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_the_same_below_and_beside_ip),
		cmocka_unit_test(a_cut_packet_is_compared_by_its_headers),
		cmocka_unit_test(later_fragments_differ_by_their_offset),
		cmocka_unit_test(another_place),
		cmocka_unit_test(what_has_no_number_in_tcp_is_mute),
		cmocka_unit_test(the_window),
		cmocka_unit_test(what_ip_does_not_number),
		cmocka_unit_test(many_packets),
		cmocka_unit_test(too_many_packets),
		cmocka_unit_test(a_duplicate_is_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
