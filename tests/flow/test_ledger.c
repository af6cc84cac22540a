/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "flow/ledger.h"

static int64_t now;

/* A message whose octets are those of its number. */
static enum ledger_verdict
take(struct ledger *s, uint32_t number, uint32_t units)
{
	return ledger_take(s,
	    &(struct ledger_message){ .number = number, .units = units, .received = ++now,
		.digest = number * UINT64_C(31) + units });
}

static void
in_order(void **state)
{
	(void)state;
	struct ledger s = { 0 };
	struct ledger_counts c;

	assert_int_equal(take(&s, UINT32_MAX - 29, 30), LEDGER_FIRST);
	assert_int_equal(take(&s, 0, 30), LEDGER_NEXT); /* the number wraps */
	assert_int_equal(take(&s, 30, 0), LEDGER_NEXT); /* templates alone */
	assert_int_equal(take(&s, 30, 7), LEDGER_NEXT);
	assert_int_equal(take(&s, 37, 1), LEDGER_NEXT);
	c = ledger_cut(&s);
	assert_int_equal(c.missed + c.gaps + c.late + c.twice + c.restarts + c.uncounted, 0);
}

static void
gaps_and_those_that_come_late(void **state)
{
	(void)state;
	struct ledger s = { 0 };
	struct ledger_counts c;

	now = 100;
	assert_int_equal(take(&s, 0, 10), LEDGER_FIRST);
	assert_int_equal(take(&s, 40, 10), LEDGER_GAP); /* 10 to 39 */
	assert_int_equal(take(&s, 20, 10), LEDGER_LATE);
	assert_int_equal(take(&s, 50, 10), LEDGER_NEXT);
	assert_int_equal(take(&s, 10, 10), LEDGER_LATE);
	assert_int_equal(take(&s, 10, 10), LEDGER_TWICE);
	assert_int_equal(take(&s, 50, 10), LEDGER_TWICE);
	c = ledger_cut(&s);
	assert_int_equal(c.gaps, 1);
	assert_int_equal(c.missed, 30);
	assert_int_equal(c.filled, 20);
	assert_int_equal(c.late, 2);
	assert_int_equal(c.twice, 2);
	assert_int_equal(c.restarts, 0);
	assert_int_equal(c.missed_from, 101);
	assert_int_equal(c.missed_to, 102);
	/* the rest comes in the next segment */
	assert_int_equal(take(&s, 30, 10), LEDGER_LATE);
	c = ledger_cut(&s);
	assert_int_equal(c.missed, 0);
	assert_int_equal(c.filled, 10);
}

static void
a_reset_is_no_loss(void **state)
{
	(void)state;
	struct ledger s = { 0 };
	struct ledger_counts c;

	assert_int_equal(take(&s, 4000000000U, 30), LEDGER_FIRST);
	assert_int_equal(take(&s, 0, 30), LEDGER_RESTART);
	assert_int_equal(take(&s, 30, 30), LEDGER_NEXT);
	/* a small step back, too: nothing is known to be missing there */
	assert_int_equal(take(&s, 5, 30), LEDGER_RESTART);
	assert_int_equal(take(&s, 35 + LEDGER_GAP_MAX + 1, 1), LEDGER_RESTART);
	c = ledger_cut(&s);
	assert_int_equal(c.restarts, 3);
	assert_int_equal(c.missed, 0);
	assert_int_equal(c.gaps, 0);
}

/* The exporter says by its uptime that it began anew: a number ahead is no gap. */
static void
told_by_the_clock(void **state)
{
	(void)state;
	struct ledger s = { 0 };
	struct ledger_message m = { .number = 500, .units = 1, .restarted = true };

	assert_int_equal(take(&s, 100, 10), LEDGER_FIRST);
	assert_int_equal(take(&s, 130, 10), LEDGER_GAP);
	assert_int_equal(ledger_take(&s, &m), LEDGER_RESTART);
	m.number = 115; /* lies in what was a gap before the restart */
	m.restarted = false;
	assert_int_equal(ledger_take(&s, &m), LEDGER_RESTART);
	assert_int_equal(ledger_cut(&s).missed, 20);
}

static void
what_nobody_could_count(void **state)
{
	(void)state;
	struct ledger s = { 0 };
	struct ledger_message m = { .number = 10, .units = 2, .slack = 1400 };
	struct ledger_counts c;

	assert_int_equal(take(&s, 0, 10), LEDGER_FIRST);
	assert_int_equal(ledger_take(&s, &m), LEDGER_NEXT);
	assert_int_equal(take(&s, 40, 1), LEDGER_NEXT);
	assert_int_equal(take(&s, 42, 1), LEDGER_GAP);
	c = ledger_cut(&s);
	assert_int_equal(c.uncounted, 28);
	assert_int_equal(c.missed, 1);
}

/* A message that is far from everything, and behind which all goes on: late, and no restart. */
static void
strays(void **state)
{
	static const uint32_t numbers[] = { 5, 4000000000U, 70001 + LEDGER_NEAR, 70000 + LEDGER_GAP_MAX };
	struct ledger_counts c;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		struct ledger s = { 0 };

		assert_int_equal(take(&s, 69000, 300), LEDGER_FIRST);
		assert_int_equal(take(&s, 69400, 600), LEDGER_GAP);
		(void)take(&s, numbers[i], 9);
		assert_int_equal(take(&s, 70003, 10), LEDGER_GAP);
		assert_int_equal(take(&s, 69300, 100), LEDGER_LATE); /* what was known is known again */
		assert_int_equal(take(&s, 70013, 10), LEDGER_NEXT);
		assert_int_equal(take(&s, 70003, 10), LEDGER_TWICE);
		c = ledger_cut(&s);
		assert_int_equal(c.missed, 103);
		assert_int_equal(c.filled, 100);
		assert_int_equal(c.gaps, 2);
		assert_int_equal(c.late, 2);
		assert_int_equal(c.restarts, 0);
		assert_int_equal(c.twice, 1);
	}
}

/* Two messages are no stray: this is what a reset looks like. */
static void
no_strays(void **state)
{
	struct ledger s = { 0 };
	struct ledger_counts c;

	(void)state;
	assert_int_equal(take(&s, 5000, 10), LEDGER_FIRST);
	assert_int_equal(take(&s, 0, 10), LEDGER_RESTART);
	assert_int_equal(take(&s, 12, 10), LEDGER_GAP);
	assert_int_equal(take(&s, 5010, 10), LEDGER_GAP); /* nobody can know */
	c = ledger_cut(&s);
	assert_int_equal(c.restarts, 1);
	assert_int_equal(c.missed, 2 + 5010 - 22);
	/* a gap that is far is one when the next message follows it */
	assert_int_equal(take(&s, 100000, 10), LEDGER_GAP);
	assert_int_equal(take(&s, 100010, 10), LEDGER_NEXT);
	c = ledger_cut(&s);
	assert_int_equal(c.missed, 100000 - 5020);
	assert_int_equal(c.late, 0);
	/* what a segment said of a stray stays said, and no loss is made of it */
	assert_int_equal(take(&s, 7, 10), LEDGER_RESTART);
	assert_int_equal(ledger_cut(&s).restarts, 1);
	assert_int_equal(take(&s, 100020, 10), LEDGER_NEXT);
	c = ledger_cut(&s);
	assert_int_equal(c.missed + c.restarts + c.late, 0);
}

/* Of a message that was cut the next number tells how much was cut off, and no more than that. */
static void
cut_off(void **state)
{
	struct ledger s = { 0 };
	struct ledger_message m = { .number = 10, .units = 4, .slack = 6 };
	struct ledger_counts c;

	(void)state;
	assert_int_equal(take(&s, 0, 10), LEDGER_FIRST);
	assert_int_equal(ledger_take(&s, &m), LEDGER_NEXT);
	assert_int_equal(take(&s, 20, 10), LEDGER_NEXT);
	m.number = 30;
	assert_int_equal(ledger_take(&s, &m), LEDGER_NEXT);
	assert_int_equal(take(&s, 47, 10), LEDGER_GAP);
	c = ledger_cut(&s);
	assert_int_equal(c.uncounted, 12);
	assert_int_equal(c.missed, 7);
	m.number = 57; /* an exporter whose header counts wrongly */
	assert_int_equal(ledger_take(&s, &m), LEDGER_NEXT);
	assert_int_equal(take(&s, 61, 10), LEDGER_NEXT);
	c = ledger_cut(&s);
	assert_int_equal(c.uncounted + c.missed, 0);
}

/* Of many gaps the oldest are forgotten, and stay missed. */
static void
gaps_are_bounded(void **state)
{
	(void)state;
	struct ledger s = { 0 };
	struct ledger_counts c;

	assert_int_equal(take(&s, 0, 1), LEDGER_FIRST);
	for (uint32_t i = 1; i <= LEDGER_GAPS + 1; i++)
		assert_int_equal(take(&s, i * 2, 1), LEDGER_GAP);
	assert_int_equal(take(&s, 3, 1), LEDGER_LATE);
	assert_int_equal(take(&s, 1, 1), LEDGER_RESTART);
	c = ledger_cut(&s);
	assert_int_equal(c.missed, LEDGER_GAPS + 1);
	assert_int_equal(c.filled, 1);
}

/* Whatever is lost, late and double: the ledger says exactly that. */
static void
adds_up(void **state)
{
	(void)state;
	enum { MESSAGES = 5000, UNITS = 3 };
	struct ledger s = { 0 };
	struct ledger_counts c;
	uint32_t random = 1, lost = 0, twice = 0, held = UINT32_MAX;
	unsigned late = 0;

	for (uint32_t i = 0; i < MESSAGES; i++) {
		unsigned what = (random = random * 1664525 + 1013904223) >> 24;

		if (i == 0 || i == MESSAGES - 1 || what < 200) {
			take(&s, i * UNITS, UNITS);
			if (held != UINT32_MAX) {
				assert_int_equal(take(&s, held * UNITS, UNITS), LEDGER_LATE);
				held = UINT32_MAX;
				late++;
			}
		} else if (what < 215) {
			lost++;
		} else if (what < 235 && held == UINT32_MAX) {
			held = i; /* comes behind the next one */
		} else {
			take(&s, i * UNITS, UNITS);
			assert_int_equal(take(&s, i * UNITS, UNITS), LEDGER_TWICE);
			twice++;
		}
	}
	c = ledger_cut(&s);
	assert_true(lost > 100 && late > 100 && twice > 100);
	assert_int_equal(c.missed - c.filled, lost * UNITS);
	assert_int_equal(c.late, late);
	assert_int_equal(c.twice, twice);
	assert_int_equal(c.restarts, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(gaps_and_those_that_come_late),
		cmocka_unit_test(a_reset_is_no_loss),
		cmocka_unit_test(told_by_the_clock),
		cmocka_unit_test(what_nobody_could_count),
		cmocka_unit_test(strays),
		cmocka_unit_test(no_strays),
		cmocka_unit_test(cut_off),
		cmocka_unit_test(gaps_are_bounded),
		cmocka_unit_test(adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
