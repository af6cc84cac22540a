/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "replay/top_text.h"

static void
add(struct table *t, const char *src, const char *dst, int dst_port, int64_t bytes,
    int64_t rev_bytes, int64_t start)
{
	struct address a = { 0 }, b = { 0 };
	size_t row = table_add_row(t);

	assert_true(text_parse_address(src, &a));
	assert_true(text_parse_address(dst, &b));
	table_set_address(t, COLUMN_SRC_IP, row, &a);
	table_set_address(t, COLUMN_DST_IP, row, &b);
	table_set_i32(t, COLUMN_DST_PORT, row, dst_port);
	table_set_i32(t, COLUMN_PROTOCOL, row, 6);
	table_set_i64(t, COLUMN_PACKETS, row, bytes / 100);
	table_set_i64(t, COLUMN_BYTES, row, bytes);
	if (rev_bytes != 0) {
		table_set_i64(t, COLUMN_REV_PACKETS, row, rev_bytes / 100);
		table_set_i64(t, COLUMN_REV_BYTES, row, rev_bytes);
	}
	table_set_i64(t, COLUMN_FLOW_START, row, start * 1000000);
	table_set_i64(t, COLUMN_FLOW_END, row, start * 1000000 + 500000);
}

static struct table *
biflows(void)
{
	struct table *t;

	assert_int_equal(table_open(8, &t, NULL), STATUS_OK);
	add(t, "10.0.0.1", "10.0.0.9", 443, 1000, 5000, 0);
	add(t, "10.0.0.2", "10.0.0.9", 443, 2000, 0, 10);
	add(t, "10.0.0.9", "2001:db8::1", 80, 300, 300, 5);
	add(t, "10.0.0.9", "10.0.0.9", 80, 100, 0, 1);
	return t;
}

/* The same traffic with one flow per direction. */
static struct table *
uniflows(void)
{
	struct table *t;

	assert_int_equal(table_open(8, &t, NULL), STATUS_OK);
	add(t, "10.0.0.1", "10.0.0.9", 443, 1000, 0, 0);
	add(t, "10.0.0.9", "10.0.0.1", 40000, 5000, 0, 0);
	add(t, "10.0.0.2", "10.0.0.9", 443, 2000, 0, 10);
	add(t, "10.0.0.9", "2001:db8::1", 80, 300, 0, 5);
	add(t, "2001:db8::1", "10.0.0.9", 40001, 300, 0, 5);
	add(t, "10.0.0.9", "10.0.0.9", 80, 100, 0, 1);
	return t;
}

static void
check(struct table *t, const char *statistic, const char *want)
{
	static const uint8_t all[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	struct top *top;
	struct buf out;
	size_t keys;

	buf_init(&out, 0);
	assert_int_equal(top_open(statistic, 0, 42, &top, NULL), STATUS_OK);
	assert_int_equal(top_add(top, t, all, NULL), STATUS_OK);
	assert_int_equal(top_rank(top, &keys, NULL), STATUS_OK);
	top_print(top, keys, 10, TOP_CSV, &out);
	assert_string_equal(buf_cstr(&out), want);
	buf_free(&out);
	top_free(top);
	table_free(t);
}

#define T(s) "1970-01-01T00:00:" s "Z"

static void
test_who_sent(void **state)
{
	(void)state;
	check(biflows(), "src_ip/bytes",
	    "src_ip,flows,packets,bytes,first,last\n"
	    "10.0.0.9,3,54,5400," T("00.000000") "," T("05.500000") "\n"
	    "10.0.0.2,1,20,2000," T("10.000000") "," T("10.500000") "\n"
	    "10.0.0.1,1,10,1000," T("00.000000") "," T("00.500000") "\n"
	    "2001:db8::1,1,3,300," T("05.000000") "," T("05.500000") "\n");
	check(uniflows(), "srcip/bytes",
	    "src_ip,flows,packets,bytes,first,last\n"
	    "10.0.0.9,3,54,5400," T("00.000000") "," T("05.500000") "\n"
	    "10.0.0.2,1,20,2000," T("10.000000") "," T("10.500000") "\n"
	    "10.0.0.1,1,10,1000," T("00.000000") "," T("00.500000") "\n"
	    "2001:db8::1,1,3,300," T("05.000000") "," T("05.500000") "\n");
	check(biflows(), "dst_ip/packets",
	    "dst_ip,flows,packets,bytes,first,last\n"
	    "10.0.0.1,1,50,5000," T("00.000000") "," T("00.500000") "\n"
	    "10.0.0.9,4,34,3400," T("00.000000") "," T("10.500000") "\n"
	    "2001:db8::1,1,3,300," T("05.000000") "," T("05.500000") "\n");
}

/* Equals come in the order of their keys; a flow of an address with itself counts once. */
static void
test_either_end(void **state)
{
	(void)state;
	check(biflows(), "ip",
	    "ip,flows,packets,bytes,first,last\n"
	    "10.0.0.9,4,87,8700," T("00.000000") "," T("10.500000") "\n"
	    "10.0.0.1,1,60,6000," T("00.000000") "," T("00.500000") "\n"
	    "10.0.0.2,1,20,2000," T("10.000000") "," T("10.500000") "\n"
	    "2001:db8::1,1,6,600," T("05.000000") "," T("05.500000") "\n");
	check(biflows(), "dst_port/flows",
	    "dst_port,flows,packets,bytes,first,last\n"
	    "80,2,7,700," T("01.000000") "," T("05.500000") "\n"
	    "443,2,80,8000," T("00.000000") "," T("10.500000") "\n");
	check(biflows(), "vlan", "vlan,flows,packets,bytes,first,last\n");
}

static void
test_texts(void **state)
{
	static const uint8_t some[8] = { 1, 1, 0, 0, 0, 0, 0, 0 };
	struct table *t = biflows();
	struct top *top;
	struct buf out;
	size_t keys;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(top_open("proto/bytes", 0, 1, &top, NULL), STATUS_OK);
	assert_int_equal(top_add(top, t, some, NULL), STATUS_OK);
	assert_int_equal(top_rank(top, &keys, NULL), STATUS_OK);
	top_print(top, keys, 10, TOP_NDJSON, &out);
	assert_string_equal(buf_cstr(&out),
	    "{\"protocol\":6,\"flows\":2,\"packets\":80,\"bytes\":8000,"
	    "\"first\":\"1970-01-01T00:00:00.000000Z\",\"last\":\"1970-01-01T00:00:10.500000Z\"}\n");
	buf_reset(&out);
	top_print(top, keys, 10, TOP_TABLE, &out);
	assert_string_equal(buf_cstr(&out),
	    "protocol             Flows             Packets                   Bytes         First"
	    "                       Last\n"
	    "TCP                      2 100.0%           80 100.0%             8000 100.0%  "
	    "1970-01-01T00:00:00.000000Z 1970-01-01T00:00:10.500000Z\n");
	assert_int_equal(top_total(top)->flows, 2);
	assert_int_equal(top_total(top)->bytes, 8000);
	buf_free(&out);
	top_free(top);
	table_free(t);
}

/* More keys than the table begins with, and a limit. */
static void
test_many(void **state)
{
	static const uint8_t all[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	struct table *t;
	struct top *top, *few;
	struct top_entry e;
	size_t keys;

	(void)state;
	assert_int_equal(top_open("first_frame", 0, 7, &top, NULL), STATUS_OK);
	assert_int_equal(top_open("first_frame", 100, 7, &few, NULL), STATUS_OK);
	assert_int_equal(table_open(1, &t, NULL), STATUS_OK);
	for (int64_t i = 0; i < 20000; i++) {
		table_reset(t);
		(void)table_add_row(t);
		table_set_i64(t, COLUMN_FIRST_FRAME, 0, i % 10000);
		table_set_i64(t, COLUMN_PACKETS, 0, 1);
		assert_int_equal(top_add(top, t, all, NULL), STATUS_OK);
		assert_int_equal(top_add(few, t, all, NULL), STATUS_OK);
	}
	assert_int_equal(top_rank(top, &keys, NULL), STATUS_OK);
	assert_int_equal(keys, 10000);
	for (size_t i = 0; i < keys; i++) {
		top_entry(top, i, &e);
		assert_int_equal(e.number, i);
		assert_int_equal(e.counts.flows, 2);
		assert_false(e.counts.timed);
	}
	assert_int_equal(top_left_out(top), 0);
	assert_int_equal(top_rank(few, &keys, NULL), STATUS_OK);
	assert_int_equal(keys, 100);
	assert_int_equal(top_left_out(few), 2 * 9900);
	top_free(top);
	top_free(few);
	table_free(t);
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *statistic;
		const char *message;
	} bad[] = {
		{ "nothing", "-s nothing: no statistic and no column" },
		{ "src_ip/size", "-s src_ip/size: the order is flows, packets or bytes" },
		{ "app_name", "-s app_name: only columns of numbers and addresses can be ranked" },
		{ "flow_start/bytes",
		    "-s flow_start: only columns of numbers and addresses can be ranked" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fault fault = { 0 };
		struct top *top = NULL;

		assert_int_equal(top_open(bad[i].statistic, 0, 0, &top, &fault), STATUS_USAGE);
		assert_string_equal(fault.text, bad[i].message);
		assert_null(top);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_sent),
		cmocka_unit_test(test_either_end),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
