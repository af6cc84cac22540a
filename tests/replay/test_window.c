/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay/window.h"

#define DAY INT64_C(1795392000000000) /* 2026-11-23T00:00:00Z */
#define SECOND INT64_C(1000000)

static void
test_spans(void **state)
{
	static const struct {
		const char *text;
		int64_t from, to;
	} spans[] = {
		{ "2026/11/23", DAY, DAY + 86400 * SECOND },
		{ "2026/11/23.07", DAY + 7 * 3600 * SECOND, DAY + 8 * 3600 * SECOND },
		{ "2026/11/23.07:44", DAY + 27840 * SECOND, DAY + 27900 * SECOND },
		{ "2026/11/23.07:44:01", DAY + 27841 * SECOND, DAY + 27842 * SECOND },
		{ "2026/11/23.07:44:00-2026/11/23.07:45:00", DAY + 27840 * SECOND, DAY + 27901 * SECOND },
		{ "2026/11/23-2026/11/24", DAY, DAY + 2 * 86400 * SECOND },
		{ "2026/11/23.07:44:00.500-2026/11/23.07:44:00.750", DAY + 27840500000,
		    DAY + 27840751000 },
		{ "2026-11-23T00:00:00Z..2026-11-24T00:00:00Z", DAY, DAY + 86400 * SECOND },
		{ "2026-11-23..", DAY, INT64_MAX },
		{ "..2026-11-23T01:00:00+01:00", INT64_MIN, DAY },
		{ "@1795392000..@1795392001.5", DAY, DAY + 1500000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		struct window w;

		assert_int_equal(window_parse(spans[i].text, &w, NULL), STATUS_OK);
		assert_true(w.from == spans[i].from);
		assert_true(w.to == spans[i].to);
	}
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} bad[] = {
		{ "", "-t : a span is written 2026/11/23.07:44:00-2026/11/23.08:00:00, or A..B" },
		{ "yesterday",
		    "-t yesterday: a span is written 2026/11/23.07:44:00-2026/11/23.08:00:00, or A..B" },
		{ "2026/13/23",
		    "-t 2026/13/23: a span is written 2026/11/23.07:44:00-2026/11/23.08:00:00, or A..B" },
		{ "2026/11/23-x", "-t 2026/11/23-x: x is no time as in 2026/11/23.08:00:00" },
		{ "2026/11/23-2026/11/22", "-t 2026/11/23-2026/11/22: ends before it begins" },
		{ "2026-11-23..2026-11-23", "-t 2026-11-23..2026-11-23: ends before it begins" },
		{ "2026-11-23..then", "then is no time (2026-11-23T07:44:00Z, 2026/11/23.07:44:00, "
		    "@1700000000)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fault fault = { 0 };
		struct window w;

		assert_int_equal(window_parse(bad[i].text, &w, &fault), STATUS_USAGE);
		assert_string_equal(fault.text, bad[i].message);
	}
}

/* Flows of two seconds that begin at 0, 1, ... 4, and one without times. */
static void
test_rows(void **state)
{
	static const struct window middle = { 3 * SECOND, 4 * SECOND };
	static const struct window open_end = { 4 * SECOND, INT64_MAX };
	uint8_t matched[6] = { 1, 1, 1, 0, 1, 1 };
	struct table *t;

	(void)state;
	assert_int_equal(table_open(6, &t, NULL), STATUS_OK);
	for (size_t i = 0; i < 5; i++) {
		(void)table_add_row(t);
		table_set_i64(t, COLUMN_FLOW_START, i, (int64_t)i * SECOND);
		table_set_i64(t, COLUMN_FLOW_END, i, (int64_t)(i + 2) * SECOND);
	}
	(void)table_add_row(t);
	assert_int_equal(window_rows(&WINDOW_ALL, t, matched), 5);
	assert_int_equal(window_rows(&middle, t, matched), 2);
	assert_memory_equal(matched, ((uint8_t[]){ 0, 1, 1, 0, 0, 0 }), 6);
	for (size_t i = 0; i < 6; i++)
		matched[i] = 1;
	assert_int_equal(window_rows(&open_end, t, matched), 3);
	assert_memory_equal(matched, ((uint8_t[]){ 0, 0, 1, 1, 1, 0 }), 6);
	table_free(t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
