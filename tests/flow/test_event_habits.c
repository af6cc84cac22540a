/* SPDX-License-Identifier: BSD-2-Clause */
/* Flows as real exporters leave them, in the formats for events. */
#include "flow/event.h"

#include "flow/format.h"
#include "flow/rows.h"
#include "flow/sflow.h"

static enum status
gather(void *ctx, const void *data, size_t len, struct fault *f)
{
	(void)f;
	buf_put(ctx, data, len);
	return STATUS_OK;
}

/* The one row of t in that format. */
static void
written(struct buf *out, const char *name, const struct table *t)
{
	const struct sink sink = { gather, out };
	struct format_writer *w = NULL;

	buf_init(out, 0);
	assert_int_equal(format_open(format_find(name), NULL, &sink, &w, NULL), STATUS_OK);
	assert_int_equal(format_row(w, t, 0, NULL), STATUS_OK);
	assert_int_equal(format_finish(w, NULL), STATUS_OK);
	format_free(w);
}

/* Protocol buffers have zeros. */
static bool
contains(const struct buf *text, const char *part)
{
	size_t len = strlen(part);

	for (size_t at = 0; at + len <= text->len; at++)
		if (memcmp(text->data + at, part, len) == 0)
			return true;
	return false;
}

static void
assert_in(const char *name, const struct table *t, bool there, const char *part)
{
	struct buf text;

	written(&text, name, t);
	if (contains(&text, part) != there)
		fail_msg("%s %s \"%s\": %s", name, there ? "lacks" : "has", part, buf_cstr(&text));
	buf_free(&text);
}

static void
has(const char *name, const struct table *t, const char *part)
{
	assert_in(name, t, true, part);
}

static void
lacks(const char *name, const struct table *t, const char *part)
{
	assert_in(name, t, false, part);
}

static struct table *
one_row(int32_t protocol, int32_t src_port, int32_t dst_port)
{
	struct table *t = rows_table(1);
	size_t row = table_add_row(t);

	rows_address(t, COLUMN_SRC_IP, row, "192.0.2.1");
	rows_address(t, COLUMN_DST_IP, row, "198.51.100.2");
	table_set_i32(t, COLUMN_PROTOCOL, row, protocol);
	table_set_i32(t, COLUMN_SRC_PORT, row, src_port);
	table_set_i32(t, COLUMN_DST_PORT, row, dst_port);
	table_set_i64(t, COLUMN_PACKETS, row, 3);
	table_set_i64(t, COLUMN_BYTES, row, 180);
	table_set_i64(t, COLUMN_FLOW_START, row, ROWS_START);
	table_set_i64(t, COLUMN_FLOW_END, row, ROWS_START + 2000000);
	return t;
}

/* Cisco sends a type of 0 with flows that are no ICMP: the port is still the port. */
static void
an_icmp_type_of_tcp(void **state)
{
	struct table *t = one_row(6, 51512, 443);

	(void)state;
	table_set_i32(t, COLUMN_ICMP_TYPE, 0, 0);
	table_set_i32(t, COLUMN_ICMP_CODE, 0, 0);
	has("sof-elk", t, " 443 51512 ");
	lacks("hec", t, "icmp_type");
	lacks("goflow2-json", t, "icmp_type");
	table_free(t);
}

/* NetFlow 5 has ICMP's type and code in the destination port. */
static void
an_icmp_type_in_the_port(void **state)
{
	struct table *t = one_row(1, 0, 0x0803);

	(void)state;
	has("sof-elk", t, " 8.3 0 ");
	has("hec", t, "\"icmp_type\":8,\"icmp_code\":3");
	has("goflow2-json", t, "\"icmp_type\":8,\"icmp_code\":3");
	has("goflow2-pb", t, "\xf8\x01\x08\x80\x02\x03");
	table_set_i32(t, COLUMN_ICMP_TYPE, 0, 11);
	has("sof-elk", t, " 11.0 0 ");
	table_free(t);
}

static void
names_of_icmpv6(void **state)
{
	struct table *t = one_row(58, 0, 0x8000);

	(void)state;
	has("ecs", t, "\"transport\":\"ipv6-icmp\"");
	has("goflow2-json", t, "\"proto\":\"ICMPv6\"");
	has("cef", t, "proto=ICMPV6");
	table_free(t);
}

static void
sflow_has_its_type(void **state)
{
	struct table *t = one_row(17, 5, 6);

	(void)state;
	table_set_i32(t, COLUMN_EXPORT_PROTOCOL, 0, SFLOW_PROTOCOL);
	has("goflow2-json", t, "\"type\":\"SFLOW_5\"");
	has("goflow2-pb", t, "\x08\x01"); /* field 1 */
	table_free(t);
}

/* Directions that are none, names without letters, masks beyond the address. */
static void
values_that_say_nothing(void **state)
{
	struct table *t = one_row(6, 51512, 443);

	(void)state;
	table_set_i32(t, COLUMN_DIRECTION, 0, 255);
	table_set_bytes(t, COLUMN_APP_NAME, 0, "", 0);
	table_set_i32(t, COLUMN_SRC_MASK, 0, 199);
	table_set_i32(t, COLUMN_DST_MASK, 0, 32);
	lacks("cef", t, "deviceDirection");
	lacks("cef", t, "app=");
	lacks("ecs", t, "application");
	lacks("ecs", t, "direction");
	lacks("goflow2-json", t, "src_net");
	has("goflow2-json", t, "\"dst_net\":\"198.51.100.2/32\"");
	table_set_i32(t, COLUMN_DIRECTION, 0, 0);
	has("cef", t, " deviceDirection=0 ");
	table_free(t);
}

/* A sample has the time at which it was received, not that of 1970; an event has one time. */
static void
times_that_are_absent(void **state)
{
	struct table *t = one_row(6, 51512, 443);

	(void)state;
	table_set_i64(t, COLUMN_RECEIVED, 0, INT64_C(1795420800123000));
	t->columns[COLUMN_FLOW_START].present[0] = 0;
	table_set_i64(t, COLUMN_FLOW_END, 0, INT64_C(1795420700456000));
	has("sof-elk", t, " 2026-11-23 07:58:20.456 1 0 180 ");
	t->columns[COLUMN_FLOW_END].present[0] = 0;
	has("sof-elk", t, " 2026-11-23 08:00:00.123 1 0 180 ");
	lacks("sof-elk", t, "1970");
	table_free(t);
}

static void
nanoseconds_of_a_duration(void **state)
{
	struct table *t = one_row(6, 51512, 443);

	(void)state;
	has("ecs", t, "\"duration\":2000000000}");
	table_set_i64(t, COLUMN_FLOW_START_NS, 0, ROWS_START * 1000 + 1);
	table_set_i64(t, COLUMN_FLOW_END_NS, 0, ROWS_START * 1000 + 2000000008);
	has("ecs", t, "\"duration\":2000000007}");
	table_free(t);
}

/* Cisco's ASA counts octets of both directions and packets of neither. */
static void
octets_alone_are_a_direction(void **state)
{
	struct table *t = one_row(6, 51512, 443);

	(void)state;
	t->columns[COLUMN_PACKETS].present[0] = 0;
	table_set_i64(t, COLUMN_REV_BYTES, 0, 7890);
	has("sof-elk", t, " 180 0 ");
	has("sof-elk", t, " 7890 0 ");
	has("goflow2-json", t, "\"bytes\":7890,\"src_addr\":\"198.51.100.2\"");
	table_set_i64(t, COLUMN_BYTES, 0, 0); /* only the other one went */
	lacks("sof-elk", t, "\n192.0.2.1");
	lacks("goflow2-json", t, "\"bytes\":0");
	table_free(t);
}

#define COMMUNITY "1:wCb3OG7yAFWelaUydu0D+125CLM="

/* Made of the flow where the archive has none, so that Zeek's and Suricata's events are found by it. */
static void
community_ids(void **state)
{
	struct table *t = one_row(6, 1122, 3344);

	(void)state;
	rows_address(t, COLUMN_SRC_IP, 0, "1.2.3.4");
	rows_address(t, COLUMN_DST_IP, 0, "5.6.7.8");
	has("ecs", t, "\"community_id\":\"" COMMUNITY "\"");
	has("hec", t, "\"flow_id\":\"" COMMUNITY "\"");
	has("leef", t, "communityId=" COMMUNITY);
	has("cef", t, "cs1Label=communityId cs1=1:wCb3OG7yAFWelaUydu0D+125CLM\\= ");
	table_set_bytes(t, COLUMN_COMMUNITY_ID, 0, "1:HhA1B+6CoLbiKPEs5nhNYN4XWfk=", 30);
	has("ecs", t, "\"community_id\":\"1:HhA1B+6CoLbiKPEs5nhNYN4XWfk=\""); /* has a seed */
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_icmp_type_of_tcp),
		cmocka_unit_test(an_icmp_type_in_the_port),
		cmocka_unit_test(names_of_icmpv6),
		cmocka_unit_test(sflow_has_its_type),
		cmocka_unit_test(values_that_say_nothing),
		cmocka_unit_test(times_that_are_absent),
		cmocka_unit_test(nanoseconds_of_a_duration),
		cmocka_unit_test(octets_alone_are_a_direction),
		cmocka_unit_test(community_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
