/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/rows.h"
#include "flow/sflows.h"

#include <stdio.h>

#include "capture/packets.h"
#include "capture/sflow_row.h"
#include "flow/format.h"

#define RECEIVED INT64_C(1700000000123456789)

static enum status
keep(void *ctx, const void *data, size_t len, struct fault *f)
{
	(void)f;
	buf_put(ctx, data, len);
	return STATUS_OK;
}

/* The row of a datagram's only sample, as a line of JSON without its times. */
static void
row_of(const struct buf *datagram, struct sample_counts *counts, struct decode_counters *decoded,
    struct buf *out)
{
	const struct sink sink = { keep, out };
	struct table *t = rows_table(2);
	struct sflow_rows *rows;
	struct sflow_message m;
	struct sflow_sample s;
	struct format_writer *w;

	buf_init(out, 0);
	assert_int_equal(sflow_rows_open(&rows, NULL), STATUS_OK);
	assert_true(sflow_open(&m, datagram->data, datagram->len, decoded));
	assert_true(sflow_next(&m, &s));
	sflow_rows_add(rows, &m, &s, RECEIVED, counts, t);
	assert_int_equal(t->rows, 1);
	assert_false(t->failed);
	assert_int_equal(table_int(t, COLUMN_FLOW_START, 0), RECEIVED / 1000);
	assert_int_equal(table_int(t, COLUMN_FLOW_END, 0), RECEIVED / 1000);
	t->columns[COLUMN_FLOW_START].present[0] = 0;
	t->columns[COLUMN_FLOW_END].present[0] = 0;
	assert_int_equal(format_open(format_find("ndjson"), NULL, &sink, &w, NULL), STATUS_OK);
	assert_int_equal(format_row(w, t, 0, NULL), STATUS_OK);
	assert_int_equal(format_finish(w, NULL), STATUS_OK);
	assert_true(out->len > 0);
	out->data[out->len - 1] = '\0';
	format_free(w);
	sflow_rows_free(rows);
	table_free(t);
}

/* The sample that begins at `start` ends here; its row is `want`. */
static struct sample_counts
is(struct buf *b, size_t start, const char *want)
{
	struct decode_counters decoded = { 0 };
	struct sample_counts counts = { .missed = 0 };
	struct buf out;

	sflows_end(b, start);
	row_of(b, &counts, &decoded, &out);
	assert_string_equal((const char *)out.data, want);
	buf_free(&out);
	buf_free(b);
	return counts;
}

/* A datagram with one flow sample of so many records. */
static size_t
begin(struct buf *b, uint32_t records)
{
	buf_init(b, 0);
	sflows_head(b, "192.0.2.7", 0, 1, 1000, 1);
	return sflows_flow(b, 1, records);
}

#define SAMPLE "\"agent\":\"192.0.2.7\",\"flow_sample\":{\"sequence_number\":1,\"source_id_index\":7,\"sample_pool\":1100,\"drops\":3}"
#define PORTS "\"in_if\":7,\"out_if\":8,"
#define MACS "\"src_mac\":\"02:00:00:00:00:01\",\"dst_mac\":\"02:00:00:00:00:02\","
#define UDP_ROW "\"src_ip\":\"192.0.2.1\",\"dst_ip\":\"192.0.2.2\",\"src_port\":4000,\"dst_port\":53,\"protocol\":17,"
#define IP4_ROW "\"ip_version\":4,\"tos\":0,\"ttl_min\":64,\"ttl_max\":64,"

static void
udp_frame(struct frame *f)
{
	f->len = 0;
	frame_eth(f, 0x800);
	frame_ip4(f, 1, 2, UDP, 100);
	frame_udp(f, 4000, 53, 100);
}

static void
sampled_packet(void **state)
{
	(void)state;
	struct frame f;
	struct buf b;
	size_t start = begin(&b, 1);

	udp_frame(&f);
	sflows_header(&b, 1, 138, 4, f.data, f.len);
	is(&b, start, "{" UDP_ROW "\"packets\":1,\"bytes\":120," IP4_ROW MACS PORTS
	    "\"sampling_interval\":100,\"other\":{" SAMPLE
	    ",\"sampled_header\":{\"protocol\":\"ethernet\",\"frame_length\":138,\"stripped\":4}}}");
}

/* Every protocol of a header that the dissector has. */
static void
header_protocols(void **state)
{
	(void)state;
	static const struct {
		uint32_t protocol;
		const char *before; /* the IP packet */
		const char *name;
	} cases[] = {
		{ 5, "1841 03 cc", "frame_relay" },
		{ 7, "ff03 0021", "ppp" },
		{ 7, "21", "ppp" },
		{ 9, "aaaa03 000000 0800", "aal5" },
		{ 10, "", "aal5_ip" },
		{ 11, "", "ipv4" },
		{ 13, "000641ff", "mpls" },
		{ 14, "ff03 0021", "pos" },
		{ 14, "0f00 0800", "pos" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct frame f = { .len = 0 };
		struct buf b, out;
		struct decode_counters decoded = { 0 };
		struct sample_counts counts = { .missed = 0 };
		size_t start = begin(&b, 1);
		char want[64];

		frame_hex(&f, cases[i].before);
		frame_ip4(&f, 1, 2, UDP, 8);
		frame_udp(&f, 4000, 53, 8);
		sflows_header(&b, cases[i].protocol, (uint32_t)f.len + 2, 2, f.data, f.len);
		sflows_end(&b, start);
		row_of(&b, &counts, &decoded, &out);
		assert_non_null(strstr((const char *)out.data, "{" UDP_ROW "\"packets\":1,\"bytes\":28,"));
		snprintf(want, sizeof want, "\"protocol\":\"%s\"", cases[i].name);
		assert_non_null(strstr((const char *)out.data, want));
		assert_int_equal(counts.no_packet, 0);
		buf_free(&out);
		buf_free(&b);
	}
}

static void
wireless(void **state)
{
	(void)state;
	/* data, to the DS; LLC and SNAP behind it; in an A-MPDU behind its delimiter; an A-MSDU's subframe */
	static const struct {
		uint32_t protocol;
		const char *before;
	} cases[] = {
		{ 15, "0801 0000 020000000009 020000000001 020000000002 1000 aaaa03 000000 0800" },
		{ 16, "00000000 0801 0000 020000000009 020000000001 020000000002 1000 aaaa03 000000 0800" },
		{ 17, "020000000002 020000000001 0024 aaaa03 000000 0800" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct frame f = { .len = 0 };
		struct decode_counters decoded = { 0 };
		struct sample_counts counts = { .missed = 0 };
		struct buf b, out;
		size_t start = begin(&b, 1);

		frame_hex(&f, cases[i].before);
		frame_ip4(&f, 1, 2, UDP, 8);
		frame_udp(&f, 4000, 53, 8);
		sflows_header(&b, cases[i].protocol, (uint32_t)f.len, 0, f.data, f.len);
		sflows_end(&b, start);
		row_of(&b, &counts, &decoded, &out);
		assert_non_null(strstr((const char *)out.data, "{" UDP_ROW));
		assert_non_null(strstr((const char *)out.data, MACS));
		buf_free(&out);
		buf_free(&b);
	}
}

/* A tag, IPv6, TCP; the VLAN of the header counts, not that of the port. */
static void
tagged(void **state)
{
	(void)state;
	struct frame f = { .len = 0 };
	struct buf b;
	size_t start = begin(&b, 2), record;

	frame_eth(&f, 0x8100);
	frame_vlan(&f, 0x600a, 0x86dd);
	frame_ip6(&f, 1, 2, TCP, 1000);
	frame_tcp(&f, 443, 50000, SYN | ACK);
	sflows_header(&b, 1, 1062, 4, f.data, f.len);
	record = sflows_begin(&b, 1001);
	SFLOWS_WORDS(&b, 20, 3, 30, UINT32_MAX);
	sflows_end(&b, record);
	is(&b, start, "{\"src_ip\":\"2001:db8::1\",\"dst_ip\":\"2001:db8::2\",\"src_port\":443,\"dst_port\":50000,"
	    "\"protocol\":6,\"tcp_flags\":18,\"packets\":1,\"bytes\":1040,\"ip_version\":6,\"tos\":184,"
	    "\"ttl_min\":57,\"ttl_max\":57,\"vlan\":10," MACS PORTS "\"sampling_interval\":100,\"other\":{" SAMPLE
	    ",\"sampled_header\":{\"protocol\":\"ethernet\",\"frame_length\":1062,\"stripped\":4},"
	    "\"extended_switch\":{\"src_vlan\":20,\"src_priority\":3,\"dst_vlan\":30,\"dst_priority\":null}}}");
}

/* The packet inside VXLAN is the row's, as capture meters it. */
static void
tunnel(void **state)
{
	(void)state;
	struct frame f = { .len = 0 };
	struct buf b;
	size_t start = begin(&b, 1);

	frame_eth(&f, 0x800);
	frame_ip4(&f, 101, 102, UDP, 8 + 8 + 14 + 120);
	frame_udp(&f, 9, 4789, 8 + 8 + 14 + 120);
	frame_hex(&f, "08000000 00123400");
	frame_eth(&f, 0x800);
	frame_ip4(&f, 1, 2, UDP, 100);
	frame_udp(&f, 4000, 53, 100);
	sflows_header(&b, 1, 188, 4, f.data, f.len);
	is(&b, start, "{" UDP_ROW "\"packets\":1,\"bytes\":120," IP4_ROW MACS PORTS
	    "\"tunnel_type\":\"vxlan\",\"tunnel_id\":4660,\"tunnel_src_ip\":\"192.0.2.101\","
	    "\"tunnel_dst_ip\":\"192.0.2.102\",\"sampling_interval\":100,\"other\":{" SAMPLE
	    ",\"sampled_header\":{\"protocol\":\"ethernet\",\"frame_length\":188,\"stripped\":4}}}");
}

/* Cut inside every layer: what is there is in the row, the rest is null, and why is said. */
static void
cut_anywhere(void **state)
{
	(void)state;
	struct frame f;

	udp_frame(&f);
	for (size_t len = 0; len <= f.len; len++) {
		struct decode_counters decoded = { 0 };
		struct sample_counts counts = { .missed = 0 };
		struct buf b, out;
		size_t start = begin(&b, 1);
		const char *text;

		sflows_header(&b, 1, 138, 4, f.data, len);
		sflows_end(&b, start);
		row_of(&b, &counts, &decoded, &out);
		text = (const char *)out.data;
		assert_int_equal(strstr(text, MACS) != NULL, len >= 12);
		assert_int_equal(strstr(text, "\"src_ip\":\"192.0.2.1\",\"dst_ip\":\"192.0.2.2\"") != NULL, len >= 34);
		assert_int_equal(strstr(text, "\"bytes\":120") != NULL, len >= 34);
		assert_int_equal(strstr(text, "\"src_port\":4000") != NULL, len >= 38);
		assert_int_equal(strstr(text, "\"rejected\":\"header_cut\"") != NULL, len < 38);
		assert_int_equal(counts.no_packet, len < 34);
		assert_non_null(strstr(text, "\"packets\":1"));
		buf_free(&out);
		buf_free(&b);
	}
}

/* Tags and labels that are cut are not there. */
static void
cut_tags(void **state)
{
	(void)state;
	static const char *const frames[] = { "020000000002020000000001 8100 00", "020000000002020000000001 8847 000641" };

	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		struct decode_counters decoded = { 0 };
		struct sample_counts counts = { .missed = 0 };
		struct frame f = { .len = 0 };
		struct buf b, out;
		size_t start = begin(&b, 1);

		frame_hex(&f, frames[i]);
		sflows_header(&b, 1, 138, 4, f.data, f.len);
		sflows_end(&b, start);
		row_of(&b, &counts, &decoded, &out);
		assert_null(strstr((const char *)out.data, "\"vlan\""));
		assert_null(strstr((const char *)out.data, "mpls_label"));
		assert_non_null(strstr((const char *)out.data, "\"rejected\":\"header_cut\""));
		buf_free(&out);
		buf_free(&b);
	}
}

/* ARP, and a protocol that nothing here dissects: rows of a packet all the same. */
static void
no_ip(void **state)
{
	(void)state;
	struct frame f = { .len = 0 };
	struct buf b;
	size_t start = begin(&b, 1);
	struct sample_counts counts;

	frame_eth(&f, 0x806);
	frame_hex(&f, "0001");
	sflows_header(&b, 1, 64, 4, f.data, f.len);
	counts = is(&b, start, "{\"packets\":1," MACS PORTS "\"sampling_interval\":100,\"other\":{" SAMPLE
	    ",\"sampled_header\":{\"protocol\":\"ethernet\",\"frame_length\":64,\"stripped\":4,"
	    "\"rejected\":\"not_ip\",\"header\":\"02000000000202000000000108060001\"}}}");
	assert_int_equal(counts.no_packet, 1);
	start = begin(&b, 1);
	sflows_header(&b, 6, 64, 4, "\1\2", 2);
	counts = is(&b, start, "{\"packets\":1," PORTS "\"sampling_interval\":100,\"other\":{" SAMPLE
	    ",\"sampled_header\":{\"protocol\":\"x25\",\"frame_length\":64,\"stripped\":4,"
	    "\"rejected\":\"link_type\",\"header\":\"0102\"}}}");
	assert_int_equal(counts.no_packet, 1);
}

/* The agent read the packet itself. */
static void
sampled_structures(void **state)
{
	(void)state;
	struct buf b;
	size_t start = begin(&b, 2), record;

	record = sflows_begin(&b, 2);
	SFLOWS_WORDS(&b, 138, 0x02000000, 0x00010000, 0x02000000, 0x00020000, 0x0800);
	sflows_end(&b, record);
	record = sflows_begin(&b, 3);
	SFLOWS_WORDS(&b, 120, 6);
	sflows_ip(&b, "192.0.2.1");
	sflows_ip(&b, "192.0.2.2");
	SFLOWS_WORDS(&b, 4000, 53, 24, 8);
	sflows_end(&b, record);
	is(&b, start, "{\"src_ip\":\"192.0.2.1\",\"dst_ip\":\"192.0.2.2\",\"src_port\":4000,\"dst_port\":53,\"protocol\":6,"
	    "\"tcp_flags\":24,\"packets\":1,\"bytes\":120,\"ip_version\":4,\"tos\":8," MACS PORTS
	    "\"sampling_interval\":100,\"other\":{" SAMPLE ",\"sampled_ethernet\":{\"length\":138,"
	    "\"src_mac\":\"02:00:00:00:00:01\",\"dst_mac\":\"02:00:00:00:00:02\",\"type\":2048}}}");
	start = begin(&b, 1);
	record = sflows_begin(&b, 4);
	SFLOWS_WORDS(&b, 140, 17);
	sflows_ip(&b, "2001:db8::1");
	sflows_ip(&b, "2001:db8::2");
	SFLOWS_WORDS(&b, 4000, 53, 0, 184);
	sflows_end(&b, record);
	is(&b, start, "{\"src_ip\":\"2001:db8::1\",\"dst_ip\":\"2001:db8::2\",\"src_port\":4000,\"dst_port\":53,"
	    "\"protocol\":17,\"packets\":1,\"bytes\":140,\"ip_version\":6,\"tos\":184," PORTS
	    "\"sampling_interval\":100,\"other\":{" SAMPLE "}}");
}

/* What a router knows goes into the columns; what has none stands in other. */
static void
extended(void **state)
{
	(void)state;
	struct frame f;
	struct buf b;
	size_t start = begin(&b, 5), record;

	udp_frame(&f);
	sflows_header(&b, 1, 138, 4, f.data, f.len);
	record = sflows_begin(&b, 1002);
	sflows_address(&b, "198.51.100.1");
	SFLOWS_WORDS(&b, 24, 16);
	sflows_end(&b, record);
	record = sflows_begin(&b, 1003);
	sflows_address(&b, "198.51.100.2");
	SFLOWS_WORDS(&b, 65000, 65001, 65002, 1, 2, 2, 65010, 65011, 0, 100);
	sflows_end(&b, record);
	record = sflows_begin(&b, 1007);
	sflows_address(&b, "203.0.113.1");
	sflows_address(&b, "192.0.2.2");
	sflows_end(&b, record);
	record = sflows_begin(&b, 1020);
	SFLOWS_WORDS(&b, 1024, 53);
	sflows_end(&b, record);
	is(&b, start, "{" UDP_ROW "\"packets\":1,\"bytes\":120," IP4_ROW MACS PORTS
	    "\"src_as\":65001,\"dst_as\":65011,\"src_mask\":24,\"dst_mask\":16,\"next_hop\":\"198.51.100.1\","
	    "\"bgp_next_hop\":\"198.51.100.2\",\"nat_src_ip\":\"203.0.113.1\",\"nat_dst_ip\":\"192.0.2.2\","
	    "\"nat_src_port\":1024,\"nat_dst_port\":53,\"sampling_interval\":100,\"other\":{" SAMPLE
	    ",\"sampled_header\":{\"protocol\":\"ethernet\",\"frame_length\":138,\"stripped\":4},"
	    "\"extended_gateway\":{\"nexthop\":\"198.51.100.2\",\"as\":65000,\"src_as\":65001,\"src_peer_as\":65002,"
	    "\"dst_as_path\":[{\"sequence\":[65010,65011]}],\"communities\":[],\"localpref\":100}}}");
}

/* A tunnel that ended before the sample, and one that begins behind it: the way in has the columns. */
static void
tunnels_beside(void **state)
{
	(void)state;
	struct frame f;
	struct buf b;
	size_t start = begin(&b, 5), record;

	udp_frame(&f);
	sflows_header(&b, 1, 138, 4, f.data, f.len);
	record = sflows_begin(&b, 1029);
	SFLOWS_WORDS(&b, 77);
	sflows_end(&b, record);
	record = sflows_begin(&b, 1030);
	SFLOWS_WORDS(&b, 42);
	sflows_end(&b, record);
	for (uint32_t format = 1023; format <= 1024; format++) {
		record = sflows_begin(&b, format);
		SFLOWS_WORDS(&b, 170, 17);
		sflows_ip(&b, format == 1024 ? "198.51.100.1" : "198.51.100.2");
		sflows_ip(&b, format == 1024 ? "198.51.100.2" : "198.51.100.3");
		SFLOWS_WORDS(&b, 60000, 4789, 0, 0);
		sflows_end(&b, record);
	}
	is(&b, start, "{" UDP_ROW "\"packets\":1,\"bytes\":120," IP4_ROW MACS PORTS
	    "\"tunnel_type\":\"vxlan\",\"tunnel_id\":42,\"tunnel_src_ip\":\"198.51.100.1\","
	    "\"tunnel_dst_ip\":\"198.51.100.2\",\"sampling_interval\":100,\"other\":{" SAMPLE
	    ",\"sampled_header\":{\"protocol\":\"ethernet\",\"frame_length\":138,\"stripped\":4},"
	    "\"extended_vni_egress\":{\"vni\":77},\"extended_vni_ingress\":{\"vni\":42},"
	    "\"extended_ipv4_tunnel_egress\":{\"length\":170,\"protocol\":17,\"src_ip\":\"198.51.100.2\","
	    "\"dst_ip\":\"198.51.100.3\",\"src_port\":60000,\"dst_port\":4789,\"tcp_flags\":0,\"tos\":0},"
	    "\"extended_ipv4_tunnel_ingress\":{\"length\":170,\"protocol\":17,\"src_ip\":\"198.51.100.1\","
	    "\"dst_ip\":\"198.51.100.2\",\"src_port\":60000,\"dst_port\":4789,\"tcp_flags\":0,\"tos\":0}}}");
}

/* Unknown records are hex by their number; those that come again are arrays. */
static void
unknown_and_again(void **state)
{
	(void)state;
	struct buf b;
	size_t start = begin(&b, 5), record;
	struct sample_counts counts;

	for (uint32_t i = 1; i <= 2; i++) {
		record = sflows_begin(&b, SFLOW_FORMAT(8800, 7));
		SFLOWS_WORDS(&b, i);
		sflows_end(&b, record);
		record = sflows_begin(&b, 1039);
		SFLOWS_WORDS(&b, 100 * i);
		sflows_end(&b, record);
	}
	record = sflows_begin(&b, 1040);
	sflows_end(&b, record);
	counts = is(&b, start, "{\"packets\":1," PORTS "\"sampling_interval\":100,\"other\":{" SAMPLE
	    ",\"8800/7\":[\"00000001\",\"00000002\"],\"extended_transit\":[{\"delay\":100},{\"delay\":200}],"
	    "\"extended_queue\":{}}}");
	assert_int_equal(counts.unknown_records, 2);
}

/* Interfaces that are none, and a packet that was thrown away. */
static void
interfaces(void **state)
{
	(void)state;
	struct buf b;
	size_t start;

	buf_init(&b, 0);
	sflows_head(&b, "2001:db8::7", 5, 1, 1000, 1);
	start = sflows_begin(&b, 1);
	SFLOWS_WORDS(&b, 1, 0x02000003, 10, 20, 0, SFLOW_ALL_ONES_PORT, 0x80000003, 0);
	is(&b, start, "{\"packets\":1,\"sampling_interval\":10,\"other\":{\"agent\":\"2001:db8::7\",\"flow_sample\":"
	    "{\"sequence_number\":1,\"source_id_class\":2,\"source_id_index\":3,\"sample_pool\":20,\"drops\":0,"
	    "\"input\":\"internal\",\"output\":\"interfaces: 3\"}}}");
	buf_init(&b, 0);
	sflows_head(&b, NULL, 5, 1, 1000, 1);
	start = sflows_begin(&b, 3);
	SFLOWS_WORDS(&b, 1, 0, 3, 10, 20, 0, 0, 0, 1, 258, 0);
	is(&b, start, "{\"packets\":1,\"in_if\":0,\"sampling_interval\":10,\"other\":{\"flow_sample\":"
	    "{\"sequence_number\":1,\"source_id_index\":3,\"sample_pool\":20,\"drops\":0,\"output\":\"discarded: acl\"}}}");
	buf_init(&b, 0);
	sflows_head(&b, "192.0.2.7", 5, 1, 1000, 1);
	start = sflows_begin(&b, 5);
	SFLOWS_WORDS(&b, 9, 0, 3, 4, 7, 0, 269, 0);
	is(&b, start, "{\"packets\":1,\"in_if\":7,\"out_if\":0,\"other\":{\"agent\":\"192.0.2.7\",\"discarded_packet\":"
	    "{\"sequence_number\":9,\"source_id_index\":3,\"drops\":4,\"reason\":269,\"reason_name\":\"blackhole_route\"}}}");
}

/* More records than anybody sends: the first ones count. */
static void
too_many_records(void **state)
{
	(void)state;
	struct decode_counters decoded = { 0 };
	struct sample_counts counts = { .missed = 0 };
	struct buf b, out;
	size_t start = begin(&b, SFLOW_RECORDS_MAX + 1);

	for (unsigned i = 0; i <= SFLOW_RECORDS_MAX; i++)
		sflows_end(&b, sflows_begin(&b, SFLOW_FORMAT(8800, i)));
	sflows_end(&b, start);
	row_of(&b, &counts, &decoded, &out);
	assert_int_equal(decoded.malformed[MALFORMED_RECORD_LIMIT], 1);
	assert_int_equal(counts.unknown_records, SFLOW_RECORDS_MAX);
	assert_non_null(strstr((const char *)out.data, "\"8800/127\":\"\""));
	assert_null(strstr((const char *)out.data, "\"8800/128\""));
	buf_free(&out);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sampled_packet),
		cmocka_unit_test(header_protocols),
		cmocka_unit_test(wireless),
		cmocka_unit_test(tagged),
		cmocka_unit_test(tunnel),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(cut_tags),
		cmocka_unit_test(no_ip),
		cmocka_unit_test(sampled_structures),
		cmocka_unit_test(extended),
		cmocka_unit_test(tunnels_beside),
		cmocka_unit_test(unknown_and_again),
		cmocka_unit_test(interfaces),
		cmocka_unit_test(too_many_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
