/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/event.h"

#include <string.h>

#include "flow/format.h"
#include "unit.h"

#define MICROS INT64_C(1795420800123456) /* 2026-11-23T08:00:00.123456Z */

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static const uint8_t manifest[32];
static const struct flow_place place = { .archive = "00112233445566778899aabbccddeeff",
	.sequence = 7, .manifest = manifest, .row = 40 };

struct text {
	struct buf buf;
};

static enum status
gather(void *ctx, const void *data, size_t len, struct fault *f)
{
	(void)f;
	buf_put(&((struct text *)ctx)->buf, data, len);
	return STATUS_OK;
}

static void
set_ip(struct table *t, enum column_id id, size_t row, const char *text)
{
	struct address a;

	assert_true(text_parse_address(text, &a));
	table_set_address(t, id, row, &a);
}

/* Row 0 is empty; row 1 is a biflow of TCP with everything that the formats name. */
static struct table *
two_rows(void)
{
	struct table *t = NULL;

	assert_int_equal(table_open(2, &t, NULL), STATUS_OK);
	table_add_row(t);
	table_add_row(t);
	table_set_i64(t, COLUMN_FLOW_START, 1, MICROS);
	table_set_i64(t, COLUMN_FLOW_END, 1, MICROS + 2500000);
	set_ip(t, COLUMN_SRC_IP, 1, "192.0.2.1");
	set_ip(t, COLUMN_DST_IP, 1, "2001:db8::2");
	table_set_i32(t, COLUMN_SRC_PORT, 1, 50123);
	table_set_i32(t, COLUMN_DST_PORT, 1, 443);
	table_set_i32(t, COLUMN_PROTOCOL, 1, 6);
	table_set_i32(t, COLUMN_IP_VERSION, 1, 4);
	table_set_i32(t, COLUMN_TCP_FLAGS, 1, 0x1b);
	table_set_i64(t, COLUMN_BYTES, 1, 3456);
	table_set_i64(t, COLUMN_PACKETS, 1, 12);
	table_set_i64(t, COLUMN_REV_BYTES, 1, 7890);
	table_set_i64(t, COLUMN_REV_PACKETS, 1, 10);
	table_set_i32(t, COLUMN_REV_TCP_FLAGS, 1, 2);
	table_set_mac(t, COLUMN_SRC_MAC, 1, 0x02005e1000ff);
	table_set_i64(t, COLUMN_IN_IF, 1, 3);
	table_set_i32(t, COLUMN_SRC_MASK, 1, 20);
	table_set_i32(t, COLUMN_END_REASON, 1, 3);
	table_set_i32(t, COLUMN_DIRECTION, 1, 1);
	table_set_i32(t, COLUMN_FIREWALL_EVENT, 1, 3);
	table_set_i32(t, COLUMN_EXPORT_PROTOCOL, 1, 9);
	set_ip(t, COLUMN_EXPORTER_IP, 1, "198.51.100.7");
	table_set_bytes(t, COLUMN_APP_NAME, 1, "a=b\\c\nd\te|f", 11);
	return t;
}

static void
assert_row(const char *name, size_t row, const struct flow_place *where, const char *expected)
{
	struct table *t = two_rows();
	struct text text = { .buf = { .data = NULL } };
	const struct sink sink = { gather, &text };
	struct format_writer *w = NULL;

	buf_init(&text.buf, 0);
	assert_int_equal(format_open(format_find(name), NULL, &sink, &w, NULL), STATUS_OK);
	format_place(w, where);
	assert_int_equal(format_row(w, t, row, NULL), STATUS_OK);
	assert_int_equal(format_finish(w, NULL), STATUS_OK);
	format_free(w);
	assert_string_equal(buf_cstr(&text.buf), expected);
	buf_free(&text.buf);
	table_free(t);
}

#define ECS                                                                                     \
	"{\"@timestamp\":\"2026-11-23T08:00:02.623456Z\",\"ecs\":{\"version\":\"8.17.0\"},\"event\":{"    \
	"\"kind\":\"event\",\"category\":[\"network\"],\"type\":[\"connection\"],"                        \
	"\"action\":\"netflow_flow\",\"id\":\"" ZEROS ":41\",\"start\":\"2026-11-23T08:00:00.123456Z\","  \
	"\"end\":\"2026-11-23T08:00:02.623456Z\",\"duration\":2500000000,"                                \
	"\"reason\":\"end of flow detected\"},\"source\":{\"ip\":\"192.0.2.1\",\"port\":50123,"           \
	"\"bytes\":3456,\"packets\":12,\"mac\":\"02-00-5E-10-00-FF\"},\"destination\":{"                  \
	"\"ip\":\"2001:db8::2\",\"port\":443,\"bytes\":7890,\"packets\":10},\"network\":{"                \
	"\"iana_number\":\"6\",\"transport\":\"tcp\",\"type\":\"ipv4\",\"bytes\":11346,\"packets\":22,"   \
	"\"application\":\"a=b\\\\c\\nd\\te|f\",\"direction\":\"egress\"},"                               \
	"\"related\":{\"ip\":[\"192.0.2.1\",\"2001:db8::2\"]},\"observer\":{\"ip\":\"198.51.100.7\","     \
	"\"type\":\"netflow\",\"ingress\":{\"interface\":{\"id\":\"3\"}}},\"netflow\":{"                  \
	"\"tcp_control_bits\":27,\"reverse_tcp_control_bits\":2,\"exporter\":{\"version\":9}},"           \
	"\"nfseal\":{\"archive\":\"00112233445566778899aabbccddeeff\",\"segment\":7}}\n"

static void
ecs_nests_its_names(void **state)
{
	(void)state;
	assert_row("ecs", 1, &place, ECS);
	assert_row("ecs-bulk", 1, &place, "{\"create\":{\"_id\":\"" ZEROS ":41\"}}\n" ECS);
}

/* What is null is left out; without a place there is no id to be refused by. */
static void
an_empty_row_has_the_constants(void **state)
{
	(void)state;
	assert_row("ecs-bulk", 0, NULL, "{\"create\":{}}\n{\"ecs\":{\"version\":\"8.17.0\"},\"event\":{"
	    "\"kind\":\"event\",\"category\":[\"network\"],\"type\":[\"connection\"],"
	    "\"action\":\"netflow_flow\"},\"observer\":{\"type\":\"netflow\"}}\n");
	assert_row("goflow2-json", 0, NULL, "{}\n");
	assert_row("cef", 0, NULL, "CEF:0|nfseal|nfseal|0.1.0|100|Flow|1|\n");
	assert_row("leef", 0, NULL, "LEEF:2.0|nfseal|nfseal|0.1.0|Flow|x09|cat=flow\tsev=1\n");
}

static void
hec_has_times_as_numbers(void **state)
{
	(void)state;
	assert_row("hec", 1, &place, "{\"time\":1795420800.123456,\"host\":\"198.51.100.7\","
	    "\"source\":\"00112233445566778899aabbccddeeff\",\"sourcetype\":\"nfseal:flow\",\"event\":{"
	    "\"vendor_product\":\"nfseal\",\"record_id\":\"" ZEROS ":41\",\"action\":\"blocked\","
	    "\"dvc\":\"198.51.100.7\",\"dvc_ip\":\"198.51.100.7\",\"src\":\"192.0.2.1\","
	    "\"src_ip\":\"192.0.2.1\",\"src_port\":50123,\"src_mac\":\"02:00:5e:10:00:ff\","
	    "\"src_interface\":\"3\",\"dest\":\"2001:db8::2\",\"dest_ip\":\"2001:db8::2\","
	    "\"dest_port\":443,\"transport\":\"tcp\",\"protocol\":\"ip\",\"protocol_version\":\"ipv4\","
	    "\"app\":\"a=b\\\\c\\nd\\te|f\",\"bytes\":11346,\"bytes_out\":3456,\"bytes_in\":7890,"
	    "\"packets\":22,\"packets_out\":12,\"packets_in\":10,\"duration\":2.500000,"
	    "\"end_time\":1795420802.623456,\"tcp_flag\":\"FIN,SYN,PSH,ACK\",\"direction\":\"egress\","
	    "\"segment\":7}}\n");
}

/* No value ends its pair or the line: CEF escapes, LEEF has no escapes. */
static void
pairs_cannot_be_forged(void **state)
{
	(void)state;
	assert_row("cef", 1, NULL, "CEF:0|nfseal|nfseal|0.1.0|100|Flow|1|start=1795420800123 "
	    "end=1795420802623 src=192.0.2.1 spt=50123 c6a3Label=Destination IPv6 Address "
	    "c6a3=2001:db8::2 dpt=443 proto=TCP app=a\\=b\\\\c\\nd e|f out=3456 in=7890 "
	    "deviceInboundInterface=3 deviceDirection=1 smac=02:00:5e:10:00:ff dvc=198.51.100.7 "
	    "cs3Label=tcpFlags cs3=FIN,SYN,PSH,ACK cn1Label=packets cn1=12 cn2Label=reversePackets "
	    "cn2=10\n");
	assert_row("leef", 1, &place, "LEEF:2.0|nfseal|nfseal|0.1.0|Flow|x09|cat=flow\t"
	    "devTime=1795420800123\tflowEnd=1795420802623\tsrc=192.0.2.1\tdst=2001:db8::2\tsrcPort=50123\t"
	    "dstPort=443\tproto=6\tsrcBytes=3456\tdstBytes=7890\tsrcPackets=12\tdstPackets=10\t"
	    "srcMAC=02:00:5e:10:00:ff\ttcpFlags=FIN,SYN,PSH,ACK\texporter=198.51.100.7\t"
	    "recordId=" ZEROS ":41\tsev=1\n");
}

#define GOFLOW2_TIMES                                                                           \
	"\"time_flow_start_ns\":1795420800123456000,\"time_flow_end_ns\":1795420802623456000,"

static void
goflow2_has_a_message_for_each_direction(void **state)
{
	(void)state;
	assert_row("goflow2-json", 1, NULL, "{\"type\":\"NETFLOW_V9\",\"sampler_address\":\"198.51.100.7\","
	    GOFLOW2_TIMES "\"bytes\":3456,\"packets\":12,\"src_addr\":\"192.0.2.1\","
	    "\"dst_addr\":\"2001:db8::2\",\"etype\":\"IPv4\",\"proto\":\"TCP\",\"src_port\":50123,"
	    "\"dst_port\":443,\"in_if\":3,\"src_mac\":\"02:00:5e:10:00:ff\",\"tcp_flags\":27,"
	    "\"src_net\":\"192.0.0.0/20\"}\n"
	    "{\"type\":\"NETFLOW_V9\",\"sampler_address\":\"198.51.100.7\"," GOFLOW2_TIMES
	    "\"bytes\":7890,\"packets\":10,\"src_addr\":\"2001:db8::2\",\"dst_addr\":\"192.0.2.1\","
	    "\"etype\":\"IPv4\",\"proto\":\"TCP\",\"src_port\":443,\"dst_port\":50123,\"out_if\":3,"
	    "\"dst_mac\":\"02:00:5e:10:00:ff\",\"tcp_flags\":2,\"dst_net\":\"192.0.0.0/20\"}\n");
}

/* A field of protocol buffers: its number, and its value or the length of its octets. */
static size_t
take_varint(const uint8_t *p, uint64_t *v)
{
	size_t n = 0;

	*v = 0;
	do
		*v |= (uint64_t)(p[n] & 0x7f) << (7 * n);
	while ((p[n++] & 0x80) != 0);
	return n;
}

static void
protobuf_is_what_flow_proto_says(void **state)
{
	struct table *t = two_rows();
	struct text text = { .buf = { .data = NULL } };
	const struct sink sink = { gather, &text };
	struct format_writer *w = NULL;
	uint64_t seen[1024] = { 0 }, length, tag, v;
	const uint8_t *p, *end;

	(void)state;
	buf_init(&text.buf, 0);
	assert_int_equal(format_open(format_find("goflow2-pb"), NULL, &sink, &w, NULL), STATUS_OK);
	format_place(w, &place);
	assert_int_equal(format_row(w, t, 1, NULL), STATUS_OK);
	assert_int_equal(format_finish(w, NULL), STATUS_OK);
	p = text.buf.data;
	p += take_varint(p, &length);
	end = p + length;
	while (p < end) {
		p += take_varint(p, &tag);
		assert_true(tag >> 3 < ARRAY_LEN(seen));
		p += take_varint(p, &v);
		seen[tag >> 3] = v;
		if ((tag & 7) == 2) {
			if (tag >> 3 == 6)
				assert_memory_equal(p, "\xc0\x00\x02\x01", 4);
			if (tag >> 3 == 1000)
				assert_memory_equal(p, ZEROS ":41", 67);
			p += v;
		} else {
			assert_int_equal(tag & 7, 0);
		}
	}
	assert_ptr_equal(p, end);
	assert_true(seen[1] == 3 && seen[111] == 1795420800123456000 && seen[112] == 1795420802623456000);
	assert_true(seen[9] == 3456 && seen[10] == 12 && seen[6] == 4 && seen[7] == 16);
	assert_true(seen[30] == 0x0800 && seen[20] == 6 && seen[21] == 50123 && seen[22] == 443);
	assert_true(seen[18] == 3 && seen[27] == 0x02005e1000ff && seen[26] == 27 && seen[16] == 20);
	assert_true(seen[11] == 4 && seen[1000] == 67);
	p += take_varint(p, &length); /* the way back */
	assert_ptr_equal(p + length, text.buf.data + text.buf.len);
	format_free(w);
	buf_free(&text.buf);
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ecs_nests_its_names),
		cmocka_unit_test(an_empty_row_has_the_constants),
		cmocka_unit_test(hec_has_times_as_numbers),
		cmocka_unit_test(pairs_cannot_be_forged),
		cmocka_unit_test(goflow2_has_a_message_for_each_direction),
		cmocka_unit_test(protobuf_is_what_flow_proto_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
