/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/reassemble.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

enum { WHOLE = 100 }; /* octets of the datagrams, in pieces of 40, 40 and 20 */

static uint8_t octets[REASSEMBLE_DATAGRAM_MAX + 1];

static struct reassembler *
open_reassembler(void)
{
	struct reassembler *r = NULL;

	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)(i * 7 + i / 251);
	assert_int_equal(reassembler_open(5, &r, NULL), STATUS_OK);
	return r;
}

static struct fragment_piece
piece(uint64_t id, uint32_t offset, uint32_t len, bool more)
{
	return (struct fragment_piece){ .key = { id }, .data = octets + offset, .len = len, .captured = len,
		.offset = offset, .more = more, .time = SECOND, .frame = 100 + offset };
}

/* True if the datagram is whole with it; its octets are looked at. */
static bool
put(struct reassembler *r, const struct fragment_piece *p)
{
	struct reassembled out = { .len = 0 };

	if (!reassembler_put(r, p, &out))
		return false;
	assert_int_equal(memcmp(out.data, octets, out.len), 0);
	return true;
}

static bool
put_third(struct reassembler *r, uint64_t id, unsigned which)
{
	struct fragment_piece p = piece(id, which * 40, which == 2 ? 20 : 40, which != 2);

	return put(r, &p);
}

/* read = used + copies + other + lost, once nothing waits any more. */
static struct reassemble_counts
done(struct reassembler *r)
{
	struct reassemble_counts c;

	reassembler_finish(r);
	c = *reassembler_counts(r);
	assert_int_equal(c.read, c.used + c.copies + c.other + reassemble_lost(&c));
	reassembler_free(r);
	return c;
}

static void
every_order(void **state)
{
	(void)state;
	static const unsigned orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	struct reassembler *r = open_reassembler();
	struct reassemble_counts c;

	for (uint64_t i = 0; i < ARRAY_LEN(orders); i++) {
		struct fragment_piece last = piece(i, orders[i][2] * 40, orders[i][2] == 2 ? 20 : 40, orders[i][2] != 2);
		struct reassembled out = { .len = 0 };

		assert_false(put_third(r, i, orders[i][0]));
		assert_false(put_third(r, i, orders[i][1]));
		assert_true(reassembler_put(r, &last, &out));
		assert_int_equal(out.len, WHOLE);
		assert_int_equal(memcmp(out.data, octets, WHOLE), 0);
		/* the frame of the one that came first */
		assert_int_equal(out.frame, 100 + orders[i][0] * 40);
		memset(out.data - REASSEMBLE_ROOM, 0, REASSEMBLE_ROOM);
	}
	c = done(r);
	assert_int_equal(c.datagrams, 6);
	assert_int_equal(c.used, 18);
	assert_int_equal(reassemble_lost(&c), 0);
}

static void
interleaved(void **state)
{
	(void)state;
	struct reassembler *r = open_reassembler();
	struct reassemble_counts c;

	assert_false(put_third(r, 1, 0));
	assert_false(put_third(r, 2, 2));
	assert_false(put_third(r, 1, 1));
	assert_false(put_third(r, 2, 0));
	assert_true(put_third(r, 1, 2));
	assert_true(put_third(r, 2, 1));
	c = done(r);
	assert_int_equal(c.datagrams, 2);
}

/* Copies that a port mirror makes, before and after the datagram is whole. */
static void
copies(void **state)
{
	(void)state;
	struct reassembler *r = open_reassembler();
	struct reassemble_counts c;

	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(put_third(r, 1, i), i == 2);
		assert_false(put_third(r, 1, i));
	}
	assert_false(put_third(r, 1, 0));
	c = done(r);
	assert_int_equal(c.datagrams, 1);
	assert_int_equal(c.copies, 4);
	assert_int_equal(reassemble_lost(&c), 0);
}

/* Identifications are used again: other octets at the same place are another datagram. */
static void
same_identification(void **state)
{
	(void)state;
	struct reassembler *r = open_reassembler();
	struct fragment_piece p = piece(1, 0, 40, true), q = piece(1, 40, 20, false);
	struct reassembled out = { .len = 0 };
	struct reassemble_counts c;

	for (unsigned i = 0; i < 3; i++)
		(void)put_third(r, 1, i);
	p.data = octets + 1000;
	q.data = octets + 1040;
	assert_false(reassembler_put(r, &p, &out));
	assert_true(reassembler_put(r, &q, &out));
	assert_int_equal(out.len, 60);
	assert_int_equal(memcmp(out.data, octets + 1000, 60), 0);
	c = done(r);
	assert_int_equal(c.datagrams, 2);
	assert_int_equal(c.copies, 0);
}

/* RFC 5722: no octet of a datagram with an overlap is believed, nor what comes of it later. */
static void
overlap(void **state)
{
	(void)state;
	static const struct {
		uint32_t offset, len;
	} cases[] = { { 32, 16 }, { 0, 48 }, { 40, 8 }, { 72, 16 }, { 8, 8 }, { 0, 40 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reassembler *r = open_reassembler();
		struct fragment_piece p = piece(1, cases[i].offset, cases[i].len, true);
		struct reassemble_counts c;
		uint8_t other[48];

		memset(other, 0xee, sizeof other);
		p.data = other;
		assert_false(put_third(r, 1, 0));
		assert_false(put_third(r, 1, 1));
		assert_false(put(r, &p));
		assert_false(put_third(r, 1, 2));
		c = done(r);
		assert_int_equal(c.lost[REASSEMBLE_OVERLAP], 4);
		assert_int_equal(c.datagrams, 0);
	}
}

static void
malformed(void **state)
{
	(void)state;
	static const struct {
		uint32_t offset, len;
		bool more;
	} cases[] = {
		{ 40, 0, true },      /* of nothing */
		{ 40, 41, true },     /* no multiple of eight, and not the last */
		{ 65528, 16, false }, /* beyond what a datagram can be */
		{ 80, 21, false },    /* another end */
		{ 104, 8, true },     /* behind the end */
		{ 64, 8, false }      /* an end before the end */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reassembler *r = open_reassembler();
		struct fragment_piece p = piece(1, cases[i].offset, cases[i].len, cases[i].more);
		struct reassemble_counts c;

		p.captured = p.len;
		p.data = octets;
		assert_false(put_third(r, 1, 2));
		assert_false(put(r, &p));
		assert_false(put_third(r, 1, 0));
		c = done(r);
		assert_int_equal(c.lost[REASSEMBLE_MALFORMED], 3);
	}
}

/* The end comes last, and something lay behind it. */
static void
end_before_another(void **state)
{
	(void)state;
	struct reassembler *r = open_reassembler();
	struct fragment_piece p = piece(1, 16, 8, false);
	struct reassemble_counts c;

	assert_false(put_third(r, 1, 1));
	assert_false(put(r, &p));
	c = done(r);
	assert_int_equal(c.lost[REASSEMBLE_MALFORMED], 2);
}

static void
time_is_over(void **state)
{
	(void)state;
	struct reassembler *r = open_reassembler();
	struct fragment_piece late = piece(1, 80, 20, false), on_time = piece(2, 80, 20, false);
	struct reassemble_counts c;

	for (uint64_t id = 1; id <= 2; id++) {
		assert_false(put_third(r, id, 0));
		assert_false(put_third(r, id, 1));
	}
	on_time.time = SECOND + REASSEMBLE_WAIT;
	assert_true(put(r, &on_time));
	late.time = on_time.time + 1;
	assert_false(put(r, &late));
	assert_int_equal(reassembler_counts(r)->lost[REASSEMBLE_INCOMPLETE], 2);
	c = done(r);
	assert_int_equal(c.lost[REASSEMBLE_INCOMPLETE], 3);
	assert_int_equal(c.datagrams, 1);
}

static void
cut(void **state)
{
	(void)state;
	struct reassembler *r = open_reassembler();
	struct fragment_piece p = piece(1, 40, 40, true);
	struct reassemble_counts c;

	p.captured = 39;
	assert_false(put_third(r, 1, 0));
	assert_false(put(r, &p));
	assert_false(put_third(r, 1, 2));
	c = done(r);
	assert_int_equal(c.lost[REASSEMBLE_CUT], 3);
}

/* What the caller does not want costs no memory and is no loss, whenever its first fragment comes. */
static void
other(void **state)
{
	(void)state;
	struct reassembler *r = open_reassembler();
	struct fragment_piece p = piece(1, 0, 40, true);
	struct reassemble_counts c;

	p.other = true;
	assert_false(put_third(r, 1, 1));
	assert_false(put(r, &p));
	assert_false(put_third(r, 1, 2));
	assert_int_equal(reassembler_counts(r)->other, 3);
	/* the next with this identification is wanted */
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(put_third(r, 1, i), i == 2);
	c = done(r);
	assert_int_equal(c.other, 3);
	assert_int_equal(c.datagrams, 1);
}

/* The largest there is, in small pieces from behind; one piece more than are kept. */
static void
limits(void **state)
{
	(void)state;
	struct reassembler *r = open_reassembler();
	struct reassemble_counts c;
	uint32_t size = 128, n = REASSEMBLE_DATAGRAM_MAX / size;

	for (uint32_t i = n; i > 0; i--) {
		struct fragment_piece p = piece(1, i * size, i == n ? REASSEMBLE_DATAGRAM_MAX - n * size : size, i != n);

		assert_false(put(r, &p));
	}
	assert_int_equal(n + 1, REASSEMBLE_FRAGMENTS);
	assert_true(put(r, &(struct fragment_piece){ .key = { 1 }, .data = octets, .len = size, .captured = size,
	                       .more = true, .time = SECOND }));
	for (uint32_t i = 0; i <= REASSEMBLE_FRAGMENTS; i++) {
		struct fragment_piece p = piece(2, i * 8, 8, true);

		assert_false(put(r, &p));
	}
	c = done(r);
	assert_int_equal(c.datagrams, 1);
	assert_int_equal(c.lost[REASSEMBLE_LIMIT], REASSEMBLE_FRAGMENTS + 1);
}

/* A flood: the oldest give way, memory stays bounded, and all is counted. */
static void
flood(void **state)
{
	(void)state;
	struct reassembler *r = open_reassembler();
	struct reassemble_counts c;

	for (uint64_t id = 0; id < 3 * REASSEMBLE_DATAGRAMS; id++) {
		struct fragment_piece p = piece(id, 65000, 400, true);

		assert_false(put(r, &p));
	}
	c = *reassembler_counts(r);
	/* 64 KiB each: so many fit */
	assert_int_equal(c.read - c.lost[REASSEMBLE_LIMIT], REASSEMBLE_OCTETS / 65536);
	c = done(r);
	assert_int_equal(c.read, 3 * REASSEMBLE_DATAGRAMS);
	r = open_reassembler();
	for (uint64_t id = 0; id < REASSEMBLE_DATAGRAMS + 10; id++)
		assert_false(put_third(r, id, 0));
	assert_int_equal(reassembler_counts(r)->lost[REASSEMBLE_LIMIT], 10);
	(void)done(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order),
		cmocka_unit_test(interleaved),
		cmocka_unit_test(copies),
		cmocka_unit_test(same_identification),
		cmocka_unit_test(overlap),
		cmocka_unit_test(malformed),
		cmocka_unit_test(end_before_another),
		cmocka_unit_test(time_is_over),
		cmocka_unit_test(cut),
		cmocka_unit_test(other),
		cmocka_unit_test(limits),
		cmocka_unit_test(flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
