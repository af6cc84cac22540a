/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/syslog_header.h"

#include "unit.h"

static void
assert_header(enum syslog_form form, const struct table *t, bool tagged, const char *expected)
{
	struct buf out;

	buf_init(&out, 0);
	syslog_header(&out, form, t, 0, "here", tagged);
	assert_string_equal(buf_cstr(&out), expected);
	buf_free(&out);
}

static void
the_flow_is_the_event(void **state)
{
	struct table *t = NULL;
	struct address a;

	(void)state;
	assert_int_equal(table_open(1, &t, NULL), STATUS_OK);
	table_add_row(t);
	assert_header(SYSLOG_5424, t, true, "<134>1 - here nfseal - flow - ");
	assert_header(SYSLOG_3164, t, true, "<134>Jan  1 00:00:00 here nfseal: ");
	table_set_i64(t, COLUMN_RECEIVED, 0, INT64_C(1795420800123456));
	assert_header(SYSLOG_5424, t, true, "<134>1 2026-11-23T08:00:00.123456Z here nfseal - flow - ");
	assert_header(SYSLOG_3164, t, false, "<134>Nov 23 08:00:00 here ");
	table_set_i64(t, COLUMN_FLOW_END, 0, INT64_C(1799020800000000));
	assert_true(text_parse_address("2001:db8::7", &a));
	table_set_address(t, COLUMN_EXPORTER_IP, 0, &a);
	assert_header(SYSLOG_3164, t, true, "<134>Jan  4 00:00:00 2001:db8::7 nfseal: ");
	/* a year that neither form can write */
	table_set_i64(t, COLUMN_FLOW_END, 0, INT64_MAX);
	assert_header(SYSLOG_5424, t, true, "<134>1 - 2001:db8::7 nfseal - flow - ");
	assert_header(SYSLOG_3164, t, false, "<134>Jan  1 00:00:00 2001:db8::7 ");
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_flow_is_the_event) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
