/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/format.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "unit.h"

#define MICROS 1795420800123456 /* 2026-11-23T08:00:00.123456Z */

/* A sink that gathers, and refuses once `left` writes were made. */
struct gather {
	struct buf text;
	int left;
};

static enum status
gather_write(void *ctx, const void *data, size_t len, struct fault *f)
{
	struct gather *g = ctx;

	if (g->left-- == 0)
		return fault_set(f, STATUS_IO, "out", "no more");
	buf_put(&g->text, data, len);
	return STATUS_OK;
}

static struct table *
new_table(size_t rows)
{
	struct table *t = NULL;

	assert_int_equal(table_open(rows, &t, NULL), STATUS_OK);
	for (size_t i = 0; i < rows; i++)
		table_add_row(t);
	return t;
}

static void
set_ip(struct table *t, enum column_id id, size_t row, const char *text)
{
	struct address a;

	assert_true(text_parse_address(text, &a));
	table_set_address(t, id, row, &a);
}

static void
set_text(struct table *t, enum column_id id, size_t row, const char *text)
{
	table_set_bytes(t, id, row, text, strlen(text));
}

/* A biflow with all that the table shows. */
static void
set_tcp(struct table *t, size_t row)
{
	table_set_i64(t, COLUMN_FLOW_START, row, MICROS);
	table_set_i64(t, COLUMN_FLOW_END, row, MICROS + 61234567);
	set_ip(t, COLUMN_SRC_IP, row, "192.0.2.1");
	set_ip(t, COLUMN_DST_IP, row, "198.51.100.22");
	table_set_i32(t, COLUMN_SRC_PORT, row, 50123);
	table_set_i32(t, COLUMN_DST_PORT, row, 443);
	table_set_i32(t, COLUMN_PROTOCOL, row, 6);
	table_set_i32(t, COLUMN_TCP_FLAGS, row, 0x1b);
	table_set_i64(t, COLUMN_PACKETS, row, 12);
	table_set_i64(t, COLUMN_BYTES, row, 3456);
	table_set_i64(t, COLUMN_REV_PACKETS, row, 10);
	table_set_i64(t, COLUMN_REV_BYTES, row, 7890123);
	table_set_i32(t, COLUMN_REV_TCP_FLAGS, row, 0xd2);
	table_set_i32(t, COLUMN_END_REASON, row, 3);
}

/* The format's whole output for the table; columns may be NULL. */
static struct buf
print(const char *name, const char *columns, const struct table *t)
{
	struct gather g = { .left = -1 };
	const struct sink sink = { gather_write, &g };
	struct column_list list;
	struct format_writer *w = NULL;
	struct fault f = { 0 };

	buf_init(&g.text, 0);
	if (columns != NULL)
		assert_int_equal(column_list_parse(columns, &list, &f), STATUS_OK);
	assert_int_equal(format_open(format_find(name), columns != NULL ? &list : NULL, &sink, &w,
	    &f), STATUS_OK);
	assert_int_equal(format_rows(w, t, &f), STATUS_OK);
	assert_int_equal(format_finish(w, &f), STATUS_OK);
	format_free(w);
	return g.text;
}

static void
assert_prints(const char *name, const char *columns, const struct table *t, const char *expected)
{
	struct buf text = print(name, columns, t);

	assert_string_equal(buf_cstr(&text), expected);
	buf_free(&text);
}

static void
formats_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; format_name(i) != NULL; i++) {
		assert_non_null(format_find(format_name(i)));
		assert_non_null(format_help(i));
	}
	assert_non_null(format_find("table"));
	assert_false(format_takes_columns(format_find("table")));
	assert_true(format_takes_columns(format_find("ndjson")));
	assert_true(format_takes_columns(format_find("csv")));
	assert_null(format_find("json"));
	assert_null(format_find(""));
}

static void
csv_names_all_columns(void **state)
{
	struct table *t = new_table(1);
	char expected[4096] = "";

	(void)state;
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		strcat(expected, column_infos[i].name);
		strcat(expected, i + 1 < COLUMN_COUNT ? "," : "\n");
	}
	for (unsigned i = 0; i + 1 < COLUMN_COUNT; i++)
		strcat(expected, ",");
	strcat(expected, "\n");
	assert_prints("csv", NULL, t, expected);
	table_reset(t);
	expected[strcspn(expected, "\n") + 1] = '\0';
	assert_prints("csv", NULL, t, expected);
	table_free(t);
}

static void
csv_of_each_type(void **state)
{
	struct table *t = new_table(3);

	(void)state;
	table_set_i64(t, COLUMN_FLOW_START, 0, MICROS);
	table_set_i64(t, COLUMN_FLOW_START, 1, -1);
	table_set_i64(t, COLUMN_FLOW_START_NS, 0, MICROS * 1000 + 789);
	table_set_i64(t, COLUMN_BYTES, 0, INT64_MAX);
	table_set_i64(t, COLUMN_BYTES, 1, INT64_MIN);
	table_set_i32(t, COLUMN_SRC_PORT, 0, 65535);
	table_set_i32(t, COLUMN_SRC_PORT, 1, 0);
	set_ip(t, COLUMN_SRC_IP, 0, "2001:db8::1");
	set_ip(t, COLUMN_SRC_IP, 1, "192.0.2.1");
	table_set_mac(t, COLUMN_SRC_MAC, 0, 0x00fedcba9876);
	table_set_bytes(t, COLUMN_APP_ID, 0, "\x0d\x00\xff", 3);
	table_set_bytes(t, COLUMN_APP_ID, 1, "", 0);
	assert_prints("csv", "flow_start,flow_start_ns,bytes,src_port,src_ip,src_mac,app_id", t,
	    "flow_start,flow_start_ns,bytes,src_port,src_ip,src_mac,app_id\n"
	    "2026-11-23T08:00:00.123456Z,1795420800123456789,9223372036854775807,65535,"
	    "2001:db8::1,00:fe:dc:ba:98:76,0d00ff\n"
	    "1969-12-31T23:59:59.999999Z,,-9223372036854775808,0,192.0.2.1,,\"\"\n"
	    ",,,,,,\n");
	table_free(t);
}

/* RFC 4180 section 2. */
static void
csv_quotes(void **state)
{
	static const char *const texts[] = { "plain text", "a,b", "say \"x\"", "\"", "two\nlines",
		"cr\r", "", "{\"a\":1}" };
	struct table *t = new_table(ARRAY_LEN(texts) + 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		set_text(t, COLUMN_APP_NAME, i, texts[i]);
	table_set_i32(t, COLUMN_TOS, ARRAY_LEN(texts), 1);
	assert_prints("csv", "tos,app_name", t,
	    "tos,app_name\n,plain text\n,\"a,b\"\n,\"say \"\"x\"\"\"\n,\"\"\"\"\n,\"two\nlines\"\n"
	    ",\"cr\r\"\n,\"\"\n,\"{\"\"a\"\":1}\"\n1,\n");
	table_free(t);
}

static void
csv_of_one_null_column_has_no_empty_lines(void **state)
{
	struct table *t = new_table(2);

	(void)state;
	table_set_i64(t, COLUMN_BYTES, 1, 5);
	assert_prints("csv", "bytes", t, "bytes\n\"\"\n5\n");
	table_free(t);
}

static void
ndjson_of_each_type(void **state)
{
	struct table *t = new_table(3);

	(void)state;
	table_set_i64(t, COLUMN_FLOW_START, 0, MICROS);
	table_set_i64(t, COLUMN_FLOW_START_NS, 0, MICROS * 1000 + 789);
	table_set_i32(t, COLUMN_SRC_PORT, 0, 0);
	table_set_i64(t, COLUMN_BYTES, 0, INT64_MAX);
	set_ip(t, COLUMN_SRC_IP, 0, "2001:db8::1");
	table_set_mac(t, COLUMN_SRC_MAC, 0, 0xffffffffffff);
	table_set_bytes(t, COLUMN_APP_ID, 0, "\x0d\x00\xff", 3);
	set_text(t, COLUMN_APP_NAME, 0, "web \"x\"\\\n\x01\xc3\xa9\xff");
	set_text(t, COLUMN_OTHER, 0, "{\"flowId\":7,\"9/1\":[\"00ff\",\"}\"]}");
	set_text(t, COLUMN_APP_NAME, 2, "");
	assert_prints("ndjson", NULL, t,
	    "{\"flow_start\":\"2026-11-23T08:00:00.123456Z\",\"flow_start_ns\":1795420800123456789,"
	    "\"src_ip\":\"2001:db8::1\",\"src_port\":0,\"bytes\":9223372036854775807,"
	    "\"src_mac\":\"ff:ff:ff:ff:ff:ff\",\"app_id\":\"0d00ff\","
	    "\"app_name\":\"web \\\"x\\\"\\\\\\n\\u0001\xc3\xa9\xef\xbf\xbd\","
	    "\"other\":{\"flowId\":7,\"9/1\":[\"00ff\",\"}\"]}}\n"
	    "{}\n"
	    "{\"app_name\":\"\"}\n");
	table_free(t);
}

static void
ndjson_keeps_the_order_of_the_list(void **state)
{
	struct table *t = new_table(1);

	(void)state;
	set_tcp(t, 0);
	assert_prints("ndjson", "bytes,dst_port,tos,src_ip", t,
	    "{\"bytes\":3456,\"dst_port\":443,\"src_ip\":\"192.0.2.1\"}\n");
	table_free(t);
}

static void
ndjson_prints_other_as_an_object(void **state)
{
	static const char *const good[] = { "{}", "{\"}\":[[],{}]}", "{\"a\\\"}\":1}",
		"{\"\\\\\":{\"b\":\"]\"}}" };
	char expected[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct table *t = new_table(1);

		set_text(t, COLUMN_OTHER, 0, good[i]);
		snprintf(expected, sizeof(expected), "{\"other\":%s}\n", good[i]);
		assert_prints("ndjson", NULL, t, expected);
		table_free(t);
	}
}

/* What came from a file of somebody else's must not write columns or lines of its own. */
static void
ndjson_makes_text_of_any_other_other(void **state)
{
	static const char *const bad[] = { "", "{", "}", "[]", "7", "{}{}", "{},\"bytes\":1", "{]",
		"{[}]", "{\n}", "{\"a\":\"}", "{\"a\\\"}", "{\"\xff\":1}", "{} " };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct table *t = new_table(1);
		struct buf text;

		set_text(t, COLUMN_OTHER, 0, bad[i]);
		text = print("ndjson", NULL, t);
		assert_memory_equal(text.data, "{\"other\":\"", 10);
		assert_memory_equal(text.data + text.len - 3, "\"}\n", 3);
		assert_ptr_equal(memchr(text.data, '\n', text.len), text.data + text.len - 1);
		buf_free(&text);
		table_free(t);
	}
}

#define HEADER                                                                                  \
	"Start                          Duration Protocol                Source -> Destination   "    \
	"        Flags         Packets          Bytes Rev flags Rev packets      Rev bytes End\n"

static void
table_of_flows(void **state)
{
	struct table *t = new_table(3);

	(void)state;
	set_tcp(t, 0);
	set_tcp(t, 1);
	table_set_i32(t, COLUMN_PROTOCOL, 1, 1);
	table_set_i32(t, COLUMN_ICMP_TYPE, 1, 8);
	table_set_i32(t, COLUMN_ICMP_CODE, 1, 0);
	table_set_i32(t, COLUMN_END_REASON, 1, 77);
	table_set_i64(t, COLUMN_FLOW_END, 1, MICROS - 1999);
	assert_prints("table", NULL, t, HEADER
	    "2026-11-23T08:00:00.123456Z      61.234 TCP            192.0.2.1:50123 -> "
	    "198.51.100.22:443     ...AP.SF           12           3456 CE.A..S.           10"
	    "        7890123 end\n"
	    "2026-11-23T08:00:00.123456Z      -0.001 ICMP                 192.0.2.1 -> "
	    "198.51.100.22:8.0     ...AP.SF           12           3456 CE.A..S.           10"
	    "        7890123 77\n"
	    "-                                     - -                            - -> "
	    "-                     -                   -              - -                   -"
	    "              - -\n");
	table_free(t);
}

/* Exporters that have ICMP's type in each record (Ixia, softflowd), and those that have it in the port. */
static void
table_has_a_type_of_icmp_alone(void **state)
{
	struct table *t = new_table(2);

	(void)state;
	set_tcp(t, 0);
	table_set_i32(t, COLUMN_ICMP_TYPE, 0, 0);
	table_set_i32(t, COLUMN_ICMP_CODE, 0, 0);
	set_tcp(t, 1);
	table_set_i32(t, COLUMN_PROTOCOL, 1, 1);
	table_set_i32(t, COLUMN_SRC_PORT, 1, 0);
	table_set_i32(t, COLUMN_DST_PORT, 1, 3 * 256 + 1);
	assert_prints("table", NULL, t, HEADER
	    "2026-11-23T08:00:00.123456Z      61.234 TCP            192.0.2.1:50123 -> "
	    "198.51.100.22:443     ...AP.SF           12           3456 CE.A..S.           10"
	    "        7890123 end\n"
	    "2026-11-23T08:00:00.123456Z      61.234 ICMP                 192.0.2.1 -> "
	    "198.51.100.22:3.1     ...AP.SF           12           3456 CE.A..S.           10"
	    "        7890123 end\n");
	table_free(t);
}

static void
table_widens_for_long_addresses(void **state)
{
	struct table *t = new_table(2);

	(void)state;
	set_tcp(t, 0);
	set_tcp(t, 1);
	set_ip(t, COLUMN_SRC_IP, 0, "2001:db8::1");
	set_ip(t, COLUMN_DST_IP, 0, "2001:db8:1111:2222::3");
	table_set_i32(t, COLUMN_PROTOCOL, 1, 61);
	assert_prints("table", NULL, t, HEADER
	    "2026-11-23T08:00:00.123456Z      61.234 TCP              [2001:db8::1]:50123 -> "
	    "[2001:db8:1111:2222::3]:443 ...AP.SF           12           3456 CE.A..S.           10"
	    "        7890123 end\n"
	    "2026-11-23T08:00:00.123456Z      61.234 61                   192.0.2.1:50123 -> "
	    "198.51.100.22:443           ...AP.SF           12           3456 CE.A..S.           10"
	    "        7890123 end\n");
	table_free(t);
}

static void
large_output_goes_out_in_pieces_and_errors_come_back(void **state)
{
	struct gather g = { .left = 1 };
	const struct sink sink = { gather_write, &g };
	struct table *t = new_table(6000);
	struct format_writer *w = NULL;
	struct fault f = { 0 };

	(void)state;
	buf_init(&g.text, 0);
	for (size_t i = 0; i < t->rows; i++)
		set_tcp(t, i);
	assert_int_equal(format_open(format_find("csv"), NULL, &sink, &w, &f), STATUS_OK);
	assert_int_equal(format_rows(w, t, &f), STATUS_IO);
	assert_string_equal(f.text, "no more");
	assert_true(g.text.len >= 256 << 10 && g.text.len < 260 << 10);
	format_free(w);
	format_free(NULL);
	table_free(t);
	buf_free(&g.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_found),
		cmocka_unit_test(csv_names_all_columns),
		cmocka_unit_test(csv_of_each_type),
		cmocka_unit_test(csv_quotes),
		cmocka_unit_test(csv_of_one_null_column_has_no_empty_lines),
		cmocka_unit_test(ndjson_of_each_type),
		cmocka_unit_test(ndjson_keeps_the_order_of_the_list),
		cmocka_unit_test(ndjson_prints_other_as_an_object),
		cmocka_unit_test(ndjson_makes_text_of_any_other_other),
		cmocka_unit_test(table_of_flows),
		cmocka_unit_test(table_has_a_type_of_icmp_alone),
		cmocka_unit_test(table_widens_for_long_addresses),
		cmocka_unit_test(large_output_goes_out_in_pieces_and_errors_come_back),
	};

	return cmocka_run_group_tests_name("flow/format", tests, NULL, NULL);
}
