/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "replay/retime.h"

static const uint8_t all[] = { 1, 1 };

static struct table *
rows(const int64_t starts[], const int64_t ends[], size_t count)
{
	struct table *t = NULL;

	assert_int_equal(table_open(count, &t, NULL), STATUS_OK);
	for (size_t i = 0; i < count; i++) {
		size_t row = table_add_row(t);

		table_set_i64(t, COLUMN_FLOW_START, row, starts[i]);
		table_set_i64(t, COLUMN_FLOW_END, row, ends[i]);
	}
	return t;
}

static void
parses(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "+", "-", "3x", "+-3d", "--3d", "now" };
	struct retime r = { .policy = RETIME_NOW };

	assert_int_equal(retime_parse_shift("+3d", &r, NULL), STATUS_OK);
	assert_int_equal(r.policy, RETIME_SHIFT);
	assert_int_equal(r.shift, INT64_C(3) * 86400 * 1000000);
	assert_int_equal(retime_parse_shift("-90s", &r, NULL), STATUS_OK);
	assert_int_equal(r.shift, -90000000);
	assert_int_equal(retime_parse_shift("1h", &r, NULL), STATUS_OK);
	assert_int_equal(r.shift, INT64_C(3600000000));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(retime_parse_shift(bad[i], &r, NULL), STATUS_USAGE);
	assert_int_equal(retime_parse("now", &r, NULL), STATUS_OK);
	assert_int_equal(r.policy, RETIME_NOW);
	assert_int_equal(retime_parse("original", &r, NULL), STATUS_OK);
	assert_int_equal(r.policy, RETIME_ORIGINAL);
	assert_int_equal(retime_parse("then", &r, NULL), STATUS_USAGE);
}

static void
shifts_all_times_alike(void **state)
{
	(void)state;
	const struct retime r = { RETIME_SHIFT, -10 };
	struct table *t = rows((int64_t[]){ 100, 200 }, (int64_t[]){ 150, 260 }, 2);

	table_set_i64(t, COLUMN_FLOW_START_NS, 1, 200123);
	table_set_i64(t, COLUMN_RECEIVED, 1, 300);
	table_set_i64(t, COLUMN_EXPORT_TIME, 1, 290);
	assert_int_equal(retime_rows(&r, t, 1, 2, all, 0), 0);
	assert_int_equal(table_int(t, COLUMN_FLOW_START, 0), 100);
	assert_int_equal(table_int(t, COLUMN_FLOW_START, 1), 190);
	assert_int_equal(table_int(t, COLUMN_FLOW_END, 1), 250);
	assert_int_equal(table_int(t, COLUMN_FLOW_START_NS, 1), 190123);
	assert_int_equal(table_int(t, COLUMN_RECEIVED, 1), 290);
	assert_int_equal(table_int(t, COLUMN_EXPORT_TIME, 1), 280);
	assert_false(table_has(t, COLUMN_FLOW_END_NS, 1));
	assert_int_equal(retime_rows(&r, t, 0, 2, (const uint8_t[]){ 0, 0 }, 0), 0);
	assert_int_equal(table_int(t, COLUMN_FLOW_START, 0), 100);
	table_free(t);
}

static void
ends_now(void **state)
{
	(void)state;
	const struct retime r = { .policy = RETIME_NOW };
	struct table *t = rows((int64_t[]){ 100, 200 }, (int64_t[]){ 150, 260 }, 2);

	assert_int_equal(retime_rows(&r, t, 0, 2, all, 1000), 0);
	assert_int_equal(table_int(t, COLUMN_FLOW_START, 0), 950);
	assert_int_equal(table_int(t, COLUMN_FLOW_END, 0), 1000);
	assert_int_equal(table_int(t, COLUMN_FLOW_START, 1), 940);
	assert_int_equal(table_int(t, COLUMN_FLOW_END, 1), 1000);
	table_free(t);
}

/* None of its times moves where one of them cannot. */
static void
stays_where_it_cannot_go(void **state)
{
	(void)state;
	const struct retime far = { RETIME_SHIFT, INT64_MAX - 50 }, now = { .policy = RETIME_NOW };
	struct table *t = rows((int64_t[]){ 10, 10 }, (int64_t[]){ 90, 20 }, 2);

	assert_int_equal(retime_rows(&far, t, 0, 2, all, 0), 1);
	assert_int_equal(table_int(t, COLUMN_FLOW_START, 0), 10);
	assert_int_equal(table_int(t, COLUMN_FLOW_END, 0), 90);
	assert_int_equal(table_int(t, COLUMN_FLOW_END, 1), INT64_MAX - 30);
	table_reset(t);
	(void)table_add_row(t);
	table_set_i64(t, COLUMN_RECEIVED, 0, 7);
	assert_int_equal(retime_rows(&now, t, 0, 1, all, 1000), 1);
	assert_int_equal(table_int(t, COLUMN_RECEIVED, 0), 7);
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(shifts_all_times_alike),
		cmocka_unit_test(ends_now),
		cmocka_unit_test(stays_where_it_cannot_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
