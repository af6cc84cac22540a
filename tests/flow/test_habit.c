/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/habit.h"

#include "flow/ledger.h"
#include "unit.h"

/* Messages of an exporter, with records of flows and of options. */
static const struct {
	uint32_t records;
	uint32_t options;
} messages[] = { { 20, 1 }, { 28, 0 }, { 32, 0 }, { 28, 0 }, { 28, 2 }, { 30, 0 }, { 30, 0 }, { 12, 0 },
	{ 25, 1 }, { 27, 0 }, { 1, 0 }, { 30, 0 }, { 30, 0 }, { 30, 0 }, { 7, 0 } };

enum { MESSAGES = sizeof messages / sizeof messages[0] };

/* What the ledger says of an exporter that counts that way, when the messages of a mask are lost. */
static struct ledger_counts
told(unsigned way, unsigned lost)
{
	struct ledger ledger = { .started = false };
	struct habit habit = { .started = false };
	uint32_t sent = UINT32_MAX - 100; /* it wraps */

	for (unsigned i = 0; i < MESSAGES; i++) {
		uint32_t units = messages[i].records + (way & HABIT_NO_OPTIONS ? 0 : messages[i].options);
		struct habit_message m = { sent + (way & HABIT_WITH_OWN ? units : 0), messages[i].records,
			messages[i].options };

		sent += units;
		if (lost & 1u << i)
			continue;
		if (habit_take(&habit, &m))
			ledger_expect(&ledger, habit_number(&habit, &m));
		(void)ledger_take(&ledger, &(struct ledger_message){ .number = habit_number(&habit, &m),
			.units = habit_units(&habit, &m), .received = i, .digest = i });
	}
	return ledger_cut(&ledger);
}

/* Whichever way it counts, nothing is lost that was not. */
static void
every_way(void **state)
{
	(void)state;
	for (unsigned way = 0; way < HABIT_WAYS; way++) {
		const struct ledger_counts c = told(way, 0);

		assert_int_equal(c.gaps, 0);
		assert_int_equal(c.missed, 0);
		assert_int_equal(c.late, 0);
		assert_int_equal(c.restarts, 0);
		assert_int_equal(c.twice, 0);
	}
}

/*
 * And what was lost is told to the record, once the way is known: at the third message, or, of who
 * counts its own and no options, at the first with options behind that.
 */
static void
losses(void **state)
{
	(void)state;
	for (unsigned way = 0; way < HABIT_WAYS; way++) {
		for (unsigned i = way == (HABIT_WITH_OWN | HABIT_NO_OPTIONS) ? 5 : 3; i + 1 < MESSAGES; i++) {
			const struct ledger_counts c = told(way, 1u << i);

			assert_int_equal(c.gaps, 1);
			assert_int_equal(c.missed,
			    messages[i].records + (way & HABIT_NO_OPTIONS ? 0 : messages[i].options));
			assert_int_equal(c.restarts, 0);
		}
	}
}

/* A loss that another way of counting would explain is one all the same, for who counts by the RFC. */
static void
chance(void **state)
{
	static const uint32_t records[] = { 10, 12, 9, 10, 15 }; /* 5 lost before the last */
	struct habit habit = { .started = false };
	uint32_t number = 0;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		const struct habit_message m = { number + (i == 4 ? 5 : 0), records[i], 0 };

		assert_false(habit_take(&habit, &m));
		number += records[i];
	}
	assert_int_equal(habit.way, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way),
		cmocka_unit_test(losses),
		cmocka_unit_test(chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
