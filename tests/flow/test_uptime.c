/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "flow/uptime.h"

#define MAX_SECONDS INT64_C(4294967) /* that 32 bits of milliseconds hold */

static void
one_start_as_long_as_it_fits(void **state)
{
	(void)state;
	struct uptime_clock c = { 0 };
	int64_t start = INT64_C(1795419840123), end = start + 2500;

	assert_false(uptime_fits(&c, start, end));
	assert_int_equal(uptime_start(&c, start, end), REFUSAL_NONE);
	assert_int_equal(c.boot, 1795419840 - 86400);
	assert_int_equal(c.seconds, 1795419843); /* never before the flow's end */
	assert_int_equal(uptime_of(&c, start), 86400123);
	/* a day before the first flow, and not a millisecond more */
	assert_true(uptime_fits(&c, c.boot * 1000, end));
	assert_false(uptime_fits(&c, c.boot * 1000 - 1, end));
	assert_true(uptime_fits(&c, start, (c.boot + MAX_SECONDS) * 1000));
	assert_false(uptime_fits(&c, start, (c.boot + MAX_SECONDS) * 1000 + 1));
	uptime_advance(&c, end - 1000); /* the header's time never goes back */
	assert_int_equal(c.seconds, 1795419843);
	uptime_advance(&c, end + 1000);
	assert_int_equal(c.seconds, 1795419844);
}

static void
long_flows(void **state)
{
	(void)state;
	struct uptime_clock c = { 0 };
	int64_t start = INT64_C(1795419840000);

	assert_int_equal(uptime_start(&c, start, start + (MAX_SECONDS - 1) * 1000), REFUSAL_NONE);
	assert_int_equal(c.boot, 1795419839);
	assert_int_equal(uptime_start(&c, start, start + MAX_SECONDS * 1000), REFUSAL_DURATION);
	assert_int_equal(c.boot, 1795419839); /* untouched */
	assert_int_equal(uptime_start(&c, 0, 0), REFUSAL_NONE);
	assert_int_equal(c.boot, 0);
	assert_int_equal(c.seconds, 1); /* a header of zeros would be taken for none */
}

static void
times_of_rows(void **state)
{
	(void)state;
	struct table *t = NULL;
	int64_t start = 0, end = 0;

	assert_int_equal(table_open(5, &t, NULL), STATUS_OK);
	for (int i = 0; i < 5; i++)
		(void)table_add_row(t);
	assert_int_equal(uptime_times(t, 0, &start, &end), REFUSAL_TIME);
	table_set_i64(t, COLUMN_FLOW_END, 1, 1999);
	assert_int_equal(uptime_times(t, 1, &start, &end), REFUSAL_NONE);
	assert_int_equal(start, 1);
	assert_int_equal(end, 1);
	table_set_i64(t, COLUMN_FLOW_START, 2, 5000);
	table_set_i64(t, COLUMN_FLOW_END, 2, 4000);
	assert_int_equal(uptime_times(t, 2, &start, &end), REFUSAL_TIME);
	table_set_i64(t, COLUMN_FLOW_START, 3, -1);
	assert_int_equal(uptime_times(t, 3, &start, &end), REFUSAL_TIME);
	table_set_i64(t, COLUMN_FLOW_START, 4, INT64_C(4294967296000000));
	assert_int_equal(uptime_times(t, 4, &start, &end), REFUSAL_TIME);
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_start_as_long_as_it_fits),
		cmocka_unit_test(long_flows),
		cmocka_unit_test(times_of_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
