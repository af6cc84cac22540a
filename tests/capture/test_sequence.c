/* SPDX-License-Identifier: BSD-2-Clause */
/* What each segment is to who listens: new, retransmitted, out of order, or none of them. */
#include "capture/sequence.h"

#include "tests/capture/packets.h"
#include "tests/unit.h"

#define MS ((int64_t)1000000)

/* One segment; the numbers of direction 0 begin at `base`, those of direction 1 at 5000. */
struct step {
	unsigned way;
	uint32_t number;
	uint32_t payload;
	unsigned flags;
	uint32_t ack; /* of the other direction */
	int window;   /* -1: not captured */
	int ms;
	enum sequence_kind kind;
	uint32_t fresh; /* octets, and where they begin */
	uint32_t fresh_at;
};

static void
play(const struct step *steps, size_t count, uint32_t base)
{
	struct sequence ways[2] = { { .next = 0 } };
	struct sequence_pool pool = { .sets = NULL };
	uint32_t bases[2] = { base, 5000 };

	for (size_t i = 0; i < count; i++) {
		const struct step *x = &steps[i];
		struct sequence_segment g = { .number = bases[x->way] + x->number,
			.ack = bases[x->way ^ 1] + x->ack, .payload = x->payload,
			.time = x->ms * MS, .window = (uint16_t)(x->window < 0 ? 0 : x->window),
			.has_window = x->window >= 0, .flags = (uint8_t)x->flags };
		struct sequence_fresh fresh;
		enum sequence_kind kind;

		assert_true(sequence_put(&ways[x->way], &pool, &g, 3 * MS, &kind, &fresh));
		sequence_heard(&ways[x->way ^ 1], &g);
		if (kind != x->kind || fresh.len != x->fresh ||
		    (fresh.len > 0 && fresh.offset != x->fresh_at))
			fail_msg("step %zu at %u: kind %u, fresh %u at %u", i, base, kind, fresh.len,
			    fresh.offset);
	}
	sequence_release(&ways[0], &pool);
	sequence_release(&ways[1], &pool);
	sequence_pool_free(&pool);
}

/* The same wherever the numbers begin: also where they pass 2^32 and 2^31. */
static void
play_everywhere(const struct step *steps, size_t count)
{
	static const uint32_t bases[] = { 0, 1, 77777, 0x7fffff00, 0x7fffffff, 0x80000000, 0xfffffe00,
		0xffffff9c, 0xffffffff };

	for (size_t i = 0; i < ARRAY_LEN(bases); i++)
		play(steps, count, bases[i]);
}

#define NEW  SEQUENCE_NEW
#define AGAIN SEQUENCE_RETRANSMITTED
#define LATE SEQUENCE_OUT_OF_ORDER
#define NONE SEQUENCE_NONE

static void
in_order(void **state)
{
	static const struct step steps[] = {
		{ 0, 0, 0, SYN, 0, 100, 0, NEW, 0, 0 },
		{ 1, 0, 0, SYN | ACK, 1, 100, 1, NEW, 0, 0 },
		{ 0, 1, 0, ACK, 1, 100, 2, NONE, 0, 0 },
		{ 0, 1, 100, ACK, 1, 100, 2, NEW, 100, 0 },
		{ 0, 101, 1, ACK, 1, 100, 2, NEW, 1, 0 },
		{ 1, 1, 50, ACK, 102, 100, 3, NEW, 50, 0 },
		{ 0, 102, 7, FIN | ACK, 51, 100, 4, NEW, 7, 0 },
		{ 1, 51, 0, ACK, 110, 100, 5, NONE, 0, 0 },
		{ 1, 51, 0, FIN | ACK, 110, 100, 5, NEW, 0, 0 },
		{ 0, 110, 0, ACK, 52, 100, 6, NONE, 0, 0 },
	};

	(void)state;
	play_everywhere(steps, ARRAY_LEN(steps));
}

static void
what_was_there_before_is_retransmitted(void **state)
{
	static const struct step steps[] = {
		{ 0, 0, 0, SYN, 0, 100, 0, NEW, 0, 0 },
		{ 0, 0, 0, SYN, 0, 100, 1000, AGAIN, 0, 0 },
		{ 1, 0, 0, SYN | ACK, 1, 100, 1001, NEW, 0, 0 },
		{ 1, 0, 0, SYN | ACK, 1, 100, 1002, AGAIN, 0, 0 },
		{ 0, 1, 100, ACK, 1, 100, 1003, NEW, 100, 0 },
		{ 0, 1, 100, ACK, 1, 100, 1004, AGAIN, 0, 0 },
		{ 0, 51, 10, ACK, 1, 100, 1004, AGAIN, 0, 0 },
		{ 0, 51, 100, ACK, 1, 100, 1004, AGAIN, 50, 50 }, /* half of it is new */
		{ 0, 151, 0, FIN | ACK, 1, 100, 1005, NEW, 0, 0 },
		{ 0, 151, 0, FIN | ACK, 1, 100, 1006, AGAIN, 0, 0 },
		{ 0, 101, 50, FIN | ACK, 1, 100, 1006, AGAIN, 0, 0 },
	};

	(void)state;
	play_everywhere(steps, ARRAY_LEN(steps));
}

static void
a_hole_is_filled_in_time_or_late(void **state)
{
	static const struct step steps[] = {
		{ 0, 1, 100, ACK, 1, 100, 0, NEW, 100, 0 },
		{ 0, 201, 100, ACK, 1, 100, 0, NEW, 100, 0 },  /* 101 to 200 lacks */
		{ 0, 401, 100, ACK, 1, 100, 1, NEW, 100, 0 },  /* 301 to 400 lacks */
		{ 0, 101, 100, ACK, 1, 100, 3, LATE, 100, 0 }, /* 3 ms after it was opened */
		{ 0, 101, 100, ACK, 1, 100, 3, AGAIN, 0, 0 },
		{ 0, 301, 50, ACK, 1, 100, 3, LATE, 50, 0 },
		{ 0, 351, 50, ACK, 1, 100, 5, AGAIN, 50, 0 },  /* 4 ms: lost, and sent again */
		{ 0, 351, 50, ACK, 1, 100, 5, AGAIN, 0, 0 },
	};

	(void)state;
	play_everywhere(steps, ARRAY_LEN(steps));
}

/* From the first nanosecond that 64 bits know to the last, and back. */
static void
times_far_apart(void **state)
{
	struct sequence_pool pool = { .sets = NULL };
	struct sequence s = { .next = 0 };
	struct sequence_segment g = { .number = 1, .payload = 10, .flags = ACK, .time = INT64_MIN };
	struct sequence_fresh fresh;
	enum sequence_kind kind;

	(void)state;
	assert_true(sequence_put(&s, &pool, &g, 3 * MS, &kind, &fresh));
	g.number = 31;
	assert_true(sequence_put(&s, &pool, &g, 3 * MS, &kind, &fresh));
	g.number = 21;
	g.time = INT64_MAX;
	assert_true(sequence_put(&s, &pool, &g, 3 * MS, &kind, &fresh));
	assert_int_equal(kind, SEQUENCE_RETRANSMITTED);
	g.number = 61;
	assert_true(sequence_put(&s, &pool, &g, 3 * MS, &kind, &fresh));
	g.number = 51;
	g.time = INT64_MIN;
	assert_true(sequence_put(&s, &pool, &g, 3 * MS, &kind, &fresh));
	assert_int_equal(kind, SEQUENCE_OUT_OF_ORDER);
	sequence_release(&s, &pool);
	sequence_pool_free(&pool);
}

static void
holes_are_split(void **state)
{
	static const struct step steps[] = {
		{ 0, 1, 10, ACK, 1, 100, 0, NEW, 10, 0 },
		{ 0, 101, 10, ACK, 1, 100, 0, NEW, 10, 0 },
		{ 0, 41, 10, ACK, 1, 100, 0, LATE, 10, 0 },
		{ 0, 11, 10, ACK, 1, 100, 0, LATE, 10, 0 },
		{ 0, 91, 10, ACK, 1, 100, 0, LATE, 10, 0 },
		{ 0, 41, 10, ACK, 1, 100, 0, AGAIN, 0, 0 },
		{ 0, 35, 10, ACK, 1, 100, 0, AGAIN, 6, 0 },   /* 35 to 40 */
		{ 0, 45, 10, ACK, 1, 100, 0, AGAIN, 4, 6 },   /* 51 to 54 */
		{ 0, 21, 14, ACK, 1, 100, 0, LATE, 14, 0 },
		{ 0, 21, 14, ACK, 1, 100, 0, AGAIN, 0, 0 },
		{ 0, 50, 60, ACK, 1, 100, 0, AGAIN, 36, 5 },  /* 55 to 90 */
		{ 0, 55, 36, ACK, 1, 100, 0, AGAIN, 0, 0 },
	};

	(void)state;
	play_everywhere(steps, ARRAY_LEN(steps));
}

static void
the_lowest_of_too_many_holes_is_forgotten(void **state)
{
	static const struct step steps[] = {
		{ 0, 0, 10, ACK, 1, 100, 0, NEW, 10, 0 },
		{ 0, 20, 10, ACK, 1, 100, 0, NEW, 10, 0 },
		{ 0, 40, 10, ACK, 1, 100, 0, NEW, 10, 0 },
		{ 0, 60, 10, ACK, 1, 100, 0, NEW, 10, 0 },
		{ 0, 80, 10, ACK, 1, 100, 0, NEW, 10, 0 },
		{ 0, 100, 10, ACK, 1, 100, 0, NEW, 10, 0 },
		{ 0, 10, 10, ACK, 1, 100, 0, AGAIN, 0, 0 }, /* counts as seen */
		{ 0, 30, 10, ACK, 1, 100, 0, LATE, 10, 0 },
		{ 0, 50, 10, ACK, 1, 100, 0, LATE, 10, 0 },
		{ 0, 70, 10, ACK, 1, 100, 0, LATE, 10, 0 },
		{ 0, 90, 10, ACK, 1, 100, 0, LATE, 10, 0 },
	};

	(void)state;
	play_everywhere(steps, ARRAY_LEN(steps));
}

/* Splitting the lowest of four forgets what is below the split. */
static void
a_split_of_too_many_holes(void **state)
{
	static const struct step steps[] = {
		{ 0, 0, 10, ACK, 1, 100, 0, NEW, 10, 0 },
		{ 0, 40, 10, ACK, 1, 100, 0, NEW, 10, 0 },
		{ 0, 60, 10, ACK, 1, 100, 0, NEW, 10, 0 },
		{ 0, 80, 10, ACK, 1, 100, 0, NEW, 10, 0 },
		{ 0, 100, 10, ACK, 1, 100, 0, NEW, 10, 0 },
		{ 0, 20, 10, ACK, 1, 100, 0, LATE, 10, 0 },
		{ 0, 10, 10, ACK, 1, 100, 0, AGAIN, 0, 0 },
		{ 0, 30, 10, ACK, 1, 100, 0, LATE, 10, 0 },
		{ 0, 90, 10, ACK, 1, 100, 0, LATE, 10, 0 },
	};

	(void)state;
	play_everywhere(steps, ARRAY_LEN(steps));
}

/* An acknowledgement that overtook the data before it: that is no retransmission. */
static void
a_pure_acknowledgement_shows_how_far_it_is(void **state)
{
	static const struct step steps[] = {
		{ 0, 1, 0, ACK, 1, 100, 0, NONE, 0, 0 },
		{ 0, 101, 0, ACK, 1, 100, 0, NONE, 0, 0 },
		{ 0, 1, 100, ACK, 1, 100, 1, LATE, 100, 0 },
		{ 0, 50, 0, ACK, 1, 100, 1, NONE, 0, 0 },
	};

	(void)state;
	play_everywhere(steps, ARRAY_LEN(steps));
}

static void
a_keep_alive_is_nothing(void **state)
{
	static const struct step steps[] = {
		{ 0, 1, 100, ACK, 1, 100, 0, NEW, 100, 0 },
		{ 0, 100, 1, ACK, 1, 100, 9, NONE, 0, 0 },  /* nobody heard the other side */
		{ 1, 1, 0, ACK, 101, 100, 10, NONE, 0, 0 },
		{ 0, 100, 1, ACK, 1, 100, 900, NONE, 0, 0 },
		{ 0, 100, 0, ACK, 1, 100, 901, NONE, 0, 0 },
		{ 0, 101, 1, ACK, 1, 100, 902, NEW, 1, 0 },
		{ 0, 101, 1, ACK, 1, 100, 903, AGAIN, 0, 0 }, /* is not acknowledged yet: data */
		{ 1, 1, 0, ACK, 102, 100, 904, NONE, 0, 0 },
		{ 0, 101, 1, ACK, 1, 100, 905, NONE, 0, 0 },
		{ 0, 100, 2, ACK, 1, 100, 906, AGAIN, 0, 0 },
		{ 0, 100, 1, ACK, 1, 100, 907, AGAIN, 0, 0 },
	};

	(void)state;
	play_everywhere(steps, ARRAY_LEN(steps));
}

static void
the_probe_of_a_closed_window_is_nothing(void **state)
{
	static const struct step steps[] = {
		{ 0, 1, 100, ACK, 1, 100, 0, NEW, 100, 0 },
		{ 1, 1, 0, ACK, 101, 0, 1, NONE, 0, 0 },      /* closed */
		{ 0, 101, 1, ACK, 1, 100, 200, NEW, 1, 0 },   /* the first probe is data as well */
		{ 0, 101, 1, ACK, 1, 100, 400, NONE, 0, 0 },
		{ 1, 1, 0, ACK, 101, 0, 401, NONE, 0, 0 },
		{ 0, 101, 1, ACK, 1, 100, 800, NONE, 0, 0 },
		{ 1, 1, 0, ACK, 101, 100, 900, NONE, 0, 0 },  /* open: it goes on from there */
		{ 0, 101, 50, ACK, 1, 100, 901, NEW, 49, 1 },
		{ 0, 101, 50, ACK, 1, 100, 990, AGAIN, 0, 0 },
	};

	(void)state;
	play_everywhere(steps, ARRAY_LEN(steps));
}

/* One octet that an acknowledgement overtook fills a hole: that is no keep-alive. */
static void
a_single_octet_out_of_order(void **state)
{
	static const struct step steps[] = {
		{ 0, 1, 0, ACK, 1, 100, 0, NONE, 0, 0 },
		{ 0, 2, 0, ACK, 1, 100, 0, NONE, 0, 0 },
		{ 0, 1, 1, ACK, 1, 100, 1, LATE, 1, 0 },
		{ 0, 1, 1, ACK, 1, 100, 2, NONE, 0, 0 },
	};

	(void)state;
	play_everywhere(steps, ARRAY_LEN(steps));
}

/* A window that the snap length cut is not a closed one; nor is that of an RST. */
static void
an_unknown_window_is_open(void **state)
{
	static const struct step steps[] = {
		{ 0, 1, 100, ACK, 1, 100, 0, NEW, 100, 0 },
		{ 1, 1, 0, ACK, 101, -1, 1, NONE, 0, 0 },
		{ 1, 1, 0, RST, 0, 0, 1, NONE, 0, 0 },
		{ 0, 101, 1, ACK, 1, 100, 200, NEW, 1, 0 },
		{ 0, 101, 1, ACK, 1, 100, 400, AGAIN, 0, 0 },
		{ 0, 101, 50, ACK, 1, 100, 901, AGAIN, 49, 1 },
	};

	(void)state;
	play_everywhere(steps, ARRAY_LEN(steps));
}

static void
another_syn_begins_another_connection(void **state)
{
	static const struct step steps[] = {
		{ 0, 0, 0, SYN, 0, 100, 0, NEW, 0, 0 },
		{ 0, 1, 100, ACK, 1, 100, 0, NEW, 100, 0 },
		{ 0, 300, 100, ACK, 1, 100, 0, NEW, 100, 0 },
		{ 0, 50, 0, SYN, 0, 100, 9, NEW, 0, 0 },
		{ 0, 51, 100, ACK, 1, 100, 9, NEW, 100, 0 },
		{ 0, 151, 100, ACK, 1, 100, 9, NEW, 100, 0 },
	};

	(void)state;
	play_everywhere(steps, ARRAY_LEN(steps));
}

/* TCP Fast Open (RFC 7413): the SYN takes one number, its data the next ones. */
static void
a_syn_with_data(void **state)
{
	static const struct step steps[] = {
		{ 0, 0, 30, SYN, 0, 100, 0, NEW, 30, 0 },
		{ 0, 0, 30, SYN, 0, 100, 1000, AGAIN, 0, 0 },
		{ 0, 1, 40, ACK, 1, 100, 1001, AGAIN, 10, 30 },
		{ 0, 41, 1, ACK, 1, 100, 1001, NEW, 1, 0 },
	};

	(void)state;
	play_everywhere(steps, ARRAY_LEN(steps));
}

static void
resets_and_what_is_out_of_reach_count_as_nothing(void **state)
{
	static const struct step steps[] = {
		{ 0, 1, 100, ACK, 1, 100, 0, NEW, 100, 0 },
		{ 0, 1, 20, RST | ACK, 1, 100, 0, NONE, 0, 0 },
		{ 0, 101 + SEQUENCE_REACH, 10, ACK, 1, 100, 0, NEW, 10, 0 },     /* a hole of 1 GiB */
		{ 0, 112 + 2 * SEQUENCE_REACH, 10, ACK, 1, 100, 0, NEW, 10, 0 }, /* begins anew */
		{ 0, 112 + 2 * SEQUENCE_REACH, 10, ACK, 1, 100, 0, AGAIN, 0, 0 },
		{ 0, 50, 10, ACK, 1, 100, 0, NEW, 10, 0 },
	};

	(void)state;
	play_everywhere(steps, ARRAY_LEN(steps));
}

/* A hole that was never filled must not come back when the numbers have gone round. */
static void
an_old_hole_is_forgotten(void **state)
{
	struct step steps[8] = {
		{ 0, 0, 100, ACK, 1, 100, 0, NEW, 100, 0 },
		{ 0, 200, 100, ACK, 1, 100, 0, NEW, 100, 0 },
	};

	(void)state;
	for (uint32_t i = 1; i <= 4; i++)
		steps[i + 1] = (struct step){ 0, 300 + (i - 1) * SEQUENCE_REACH, SEQUENCE_REACH, ACK, 1,
			100, 0, NEW, SEQUENCE_REACH, 0 };
	steps[6] = (struct step){ 0, 300, 10, ACK, 1, 100, 0, NEW, 10, 0 };
	steps[7] = (struct step){ 0, 110, 10, ACK, 1, 100, 0, AGAIN, 0, 0 };
	play_everywhere(steps, ARRAY_LEN(steps));
}

static void
moved_holes_belong_to_the_new_one(void **state)
{
	struct sequence_pool pool = { .sets = NULL };
	struct sequence a = { .next = 0 }, b;
	struct sequence_segment g = { .number = 1, .payload = 10, .flags = ACK };
	struct sequence_fresh fresh;
	enum sequence_kind kind;

	(void)state;
	assert_true(sequence_put(&a, &pool, &g, 0, &kind, &fresh));
	g.number = 21;
	assert_true(sequence_put(&a, &pool, &g, 0, &kind, &fresh));
	sequence_move(&b, &a);
	sequence_release(&a, &pool);
	g.number = 11;
	assert_true(sequence_put(&b, &pool, &g, 0, &kind, &fresh));
	assert_int_equal(kind, SEQUENCE_OUT_OF_ORDER);
	sequence_release(&b, &pool);
	sequence_pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(what_was_there_before_is_retransmitted),
		cmocka_unit_test(a_hole_is_filled_in_time_or_late),
		cmocka_unit_test(times_far_apart),
		cmocka_unit_test(holes_are_split),
		cmocka_unit_test(the_lowest_of_too_many_holes_is_forgotten),
		cmocka_unit_test(a_split_of_too_many_holes),
		cmocka_unit_test(a_pure_acknowledgement_shows_how_far_it_is),
		cmocka_unit_test(a_keep_alive_is_nothing),
		cmocka_unit_test(the_probe_of_a_closed_window_is_nothing),
		cmocka_unit_test(a_single_octet_out_of_order),
		cmocka_unit_test(an_unknown_window_is_open),
		cmocka_unit_test(another_syn_begins_another_connection),
		cmocka_unit_test(a_syn_with_data),
		cmocka_unit_test(resets_and_what_is_out_of_reach_count_as_nothing),
		cmocka_unit_test(an_old_hole_is_forgotten),
		cmocka_unit_test(moved_holes_belong_to_the_new_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
