/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/packs.h"

#include <stdlib.h>

#include "flow/announce.h"
#include "flow/instant.h"
#include "flow/netflow5.h"
#include "flow/row_encode.h"

static struct column_set
provenance(void)
{
	struct column_set s = { { 0 } };

	column_set_add(&s, COLUMN_OBSERVATION_DOMAIN);
	column_set_add(&s, COLUMN_EXPORT_PROTOCOL);
	column_set_add(&s, COLUMN_EXPORT_TIME);
	return s;
}

/* A template and a record, octet by octet. */
static void
ipfix_octets(void **state)
{
	(void)state;
	static const uint8_t expected[] = {
		0, 10, 0, 64, 0x6b, 0x03, 0xee, 0xc3, 0, 0, 0, 0, 0, 0, 0, 3, /* header */
		0, 2, 0, 24, 1, 0, 0, 3,                                      /* template 256 */
		0, 8, 0, 4,                                                   /* source address */
		0x80, 2, 0, 8, 0, 0, 0x72, 0x79,                              /* reverse packets */
		0, 153, 0, 8,                                                 /* end */
		1, 0, 0, 24, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 10,
		0, 0, 0x01, 0xa2, 0x07, 0x5c, 0xa8, 0x3c,
	};
	struct table *t = rows_table(1);
	struct sent s;
	struct pack_stats stats;
	size_t row = table_add_row(t);

	rows_address(t, COLUMN_SRC_IP, row, "192.0.2.1");
	table_set_i64(t, COLUMN_REV_PACKETS, row, 10);
	table_set_i64(t, COLUMN_FLOW_END, row, INT64_C(1795419842620000));
	pack_all(PACK_IPFIX, false, t, &s, &stats);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.lens[0], sizeof expected);
	assert_memory_equal(s.octets.data, expected, sizeof expected);
	assert_int_equal(stats.records, 1);
	assert_int_equal(stats.templates, 1);
	assert_int_equal(stats.loss.rounded, 0);
	buf_free(&s.octets);
	table_free(t);
}

static void
netflow9_octets(void **state)
{
	(void)state;
	static const uint8_t expected[] = {
		0, 9, 0, 2, 0x05, 0x26, 0x5f, 0xe8, 0x6b, 0x03, 0xee, 0xc3, 0, 0, 0, 0, 0, 0, 0, 3,
		0, 0, 0, 20, 1, 0, 0, 3, 0, 8, 0, 4, 0, 4, 0, 1, 0, 21, 0, 4, /* flowset 0 */
		1, 0, 0, 16, 192, 0, 2, 1, 17, 0x05, 0x26, 0x5e, 0x6c, 0, 0, 0,
	};
	struct table *t = rows_table(1);
	struct sent s;
	struct pack_stats stats;
	size_t row = table_add_row(t);

	rows_address(t, COLUMN_SRC_IP, row, "192.0.2.1");
	table_set_i32(t, COLUMN_PROTOCOL, row, 17);
	table_set_i64(t, COLUMN_FLOW_END, row, INT64_C(1795419842620999));
	pack_all(PACK_NETFLOW9, false, t, &s, &stats);
	assert_int_equal(s.lens[0], sizeof expected);
	assert_memory_equal(s.octets.data, expected, sizeof expected);
	assert_int_equal(stats.loss.rounded, 1);
	buf_free(&s.octets);
	table_free(t);
}

static void
netflow5_octets(void **state)
{
	(void)state;
	static const uint8_t expected[] = {
		0, 5, 0, 1, 0x05, 0x26, 0x67, 0xb8, 0x6b, 0x03, 0xee, 0xc3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0,
		192, 0, 2, 1, 192, 0, 2, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 12, 0, 0, 0x0d, 0x80,
		0x05, 0x26, 0x5c, 0x7b, 0x05, 0x26, 0x66, 0x3f, 0xc9, 0x38, 0x01, 0xbb,
		0, 0x1b, 6, 8, 0x5b, 0xa0, 0, 9, 24, 0, 0, 0,
	};
	struct table *t = rows_table(1);
	struct sent s;
	struct pack_stats stats;
	size_t row = rows_tcp(t, "192.0.2.1", "192.0.2.2");

	table_set_i64(t, COLUMN_REV_PACKETS, row, 0);
	table_set_i64(t, COLUMN_REV_BYTES, row, 0);
	table_set_i64(t, COLUMN_IN_IF, row, 7);
	table_set_i64(t, COLUMN_OUT_IF, row, 70000);
	table_set_i64(t, COLUMN_SRC_AS, row, 4200000000);
	table_set_i64(t, COLUMN_DST_AS, row, 9);
	table_set_i32(t, COLUMN_SRC_MASK, row, 24);
	pack_all(PACK_NETFLOW5, false, t, &s, &stats);
	assert_int_equal(s.lens[0], sizeof expected);
	assert_memory_equal(s.octets.data, expected, sizeof expected);
	assert_int_equal(stats.loss.columns[COLUMN_OUT_IF], 1);
	assert_int_equal(stats.loss.columns[COLUMN_SRC_AS], 1);
	assert_int_equal(stats.loss.columns[COLUMN_SRC_MAC], 1);
	assert_int_equal(stats.loss.columns[COLUMN_DST_AS], 0);
	assert_int_equal(stats.loss.rounded, 1);
	buf_free(&s.octets);
	table_free(t);
}

/* Every column that has an element comes back, IPv4 and IPv6, ICMP and text. */
static void
ipfix_round_trip(void **state)
{
	(void)state;
	struct table *t = rows_table(8), *back;
	struct column_set but = provenance();
	struct decode_counters counters;
	struct pack_stats stats;
	struct sent s;
	size_t row;

	rows_tcp(t, "192.0.2.1", "198.51.100.2");
	row = rows_tcp(t, "2001:db8::1", "2001:db8::2");
	table_set_i64(t, COLUMN_FLOW_START_NS, row, ROWS_START * 1000 + 789);
	table_set_i64(t, COLUMN_FLOW_END_NS, row, ROWS_START * 1000 + 2500001999);
	table_set_i32(t, COLUMN_VLAN, row, 42);
	table_set_i32(t, COLUMN_INNER_VLAN, row, 43);
	table_set_i32(t, COLUMN_MPLS_LABEL, row, 1048575);
	table_set_i32(t, COLUMN_SRC_MASK, row, 64);
	rows_address(t, COLUMN_NEXT_HOP, row, "fe80::1");
	table_set_i32(t, COLUMN_TCP_FLAGS, row, 0x1c2);
	row = table_add_row(t);
	rows_address(t, COLUMN_SRC_IP, row, "192.0.2.9");
	table_set_i32(t, COLUMN_PROTOCOL, row, 1);
	table_set_i32(t, COLUMN_ICMP_TYPE, row, 8);
	table_set_i32(t, COLUMN_ICMP_CODE, row, 0);
	row = table_add_row(t);
	rows_address(t, COLUMN_SRC_IP, row, "2001:db8::9");
	table_set_i32(t, COLUMN_PROTOCOL, row, 58);
	table_set_i32(t, COLUMN_ICMP_TYPE, row, 135);
	table_set_i32(t, COLUMN_ICMP_CODE, row, 0);
	table_set_bytes(t, COLUMN_APP_NAME, row, "dns", 3);
	table_set_bytes(t, COLUMN_APP_ID, row, "\x0d\0\0\x35", 4);
	table_set_i64(t, COLUMN_RECEIVED, row, INT64_C(1795419840123000));
	row = table_add_row(t); /* nothing but extremes */
	table_set_i64(t, COLUMN_PACKETS, row, INT64_MAX);
	table_set_i64(t, COLUMN_BYTES, row, INT64_MAX);
	table_set_i64(t, COLUMN_FLOW_START, row, 0);
	table_set_i64(t, COLUMN_FLOW_END, row, INT64_C(4294967295000001)); /* 2106 */
	pack_all(PACK_IPFIX, true, t, &s, &stats);
	back = unpack(&s, &counters);
	assert_int_equal(back->rows, t->rows);
	for (row = 0; row < t->rows; row++)
		rows_same(t, row, back, row, &but);
	assert_int_equal(stats.flows, 5);
	assert_int_equal(stats.templates, 5);
	assert_int_equal(loss_refused(&stats.loss), 0);
	assert_int_equal(stats.loss.rounded, 0);
	table_free(back);
	table_free(t);
	buf_free(&s.octets);
}

static void
set_something(struct table *t, enum column_id column, size_t row, const char *address)
{
	switch (column_infos[column].type) {
	case COLUMN_TYPE_ADDRESS:
		rows_address(t, column, row, address);
		break;
	case COLUMN_TYPE_MAC:
		table_set_mac(t, column, row, 0xfedcba987654);
		break;
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		table_set_bytes(t, column, row, "abc", 3);
		break;
	case COLUMN_TYPE_TIME:
		table_set_i64(t, column, row, ROWS_START / 1000 * 1000);
		break;
	default:
		table_set_u64(t, column, row, 100 + (uint64_t)column % 100);
	}
}

/* Each column that IPFIX carries alone in its flow, in both families: nothing else comes. */
static void
each_column_alone(void **state)
{
	(void)state;
	struct table *t = rows_table(2 * COLUMN_COUNT), *back;
	struct column_set carried = { { 0 } }, but = provenance();
	struct row_encoder *e = NULL;
	struct decode_counters counters;
	struct pack_stats stats;
	struct sent s;
	unsigned lost = 0;

	assert_int_equal(row_encoder_open(DIALECT_IPFIX, true, &e, NULL), STATUS_OK);
	row_encoder_carried(e, 0, &carried);
	row_encoder_free(e);
	for (unsigned i = 0; i < 2 * COLUMN_COUNT; i++) {
		enum column_id c = (enum column_id)(i / 2);
		size_t row = table_add_row(t);

		set_something(t, c, row, i % 2 ? "2001:db8::5" : "192.0.2.5");
		lost += !column_set_has(&carried, c);
		/* those that come in pairs on the wire */
		if (c == COLUMN_FLOW_START_NS || c == COLUMN_FLOW_END_NS)
			table_set_i64(t, c == COLUMN_FLOW_START_NS ? COLUMN_FLOW_START : COLUMN_FLOW_END, row, 0);
		if (c == COLUMN_ICMP_TYPE || c == COLUMN_ICMP_CODE) {
			table_set_i32(t, COLUMN_ICMP_TYPE, row, 3);
			table_set_i32(t, COLUMN_ICMP_CODE, row, 4);
		}
	}
	pack_all(PACK_IPFIX, true, t, &s, &stats);
	back = unpack(&s, &counters);
	assert_int_equal(back->rows, t->rows - lost);
	assert_int_equal(stats.loss.refused[REFUSAL_EMPTY], lost); /* nothing is left of these */
	for (size_t row = 0, other = 0; row < t->rows; row++)
		if (column_set_has(&carried, (enum column_id)(row / 2)))
			rows_same(t, row, back, other++, &but);
	table_free(back);
	table_free(t);
	buf_free(&s.octets);
}

/* Two hundred flows of two families: sizes, counts and sequence numbers of each protocol. */
static void
sequence(enum pack_format format, size_t max, size_t header)
{
	struct table *t = rows_table(200);
	struct packer *p;
	struct sent s;
	uint32_t flows = 0;

	for (size_t i = 0; i < 200; i++) {
		rows_tcp(t, i % 3 == 2 ? "2001:db8::1" : "192.0.2.1", i % 3 == 2 ? "::1" : "192.0.2.2");
		table_set_i64(t, COLUMN_REV_PACKETS, i, 0);
		table_set_i64(t, COLUMN_REV_BYTES, i, 0);
	}
	p = open_packer(format, max, 4, false, &s);
	assert_int_equal(pack_put(p, t, NULL, NULL), STATUS_OK);
	assert_int_equal(pack_flush(p, NULL), STATUS_OK);
	for (size_t i = 0; i < s.count; i++) {
		const uint8_t *m = sent_message(&s, i);
		uint32_t sequence = load_be32(m + (format == PACK_NETFLOW5 ? 16 : format == PACK_NETFLOW9 ? 12 : 8));

		assert_true(s.lens[i] <= max && s.lens[i] > header);
		assert_int_equal(sequence, format == PACK_NETFLOW9 ? i : flows);
		if (format == PACK_IPFIX)
			assert_int_equal(load_be16(m + 2), s.lens[i]);
		if (format == PACK_NETFLOW5)
			assert_int_equal(load_be16(m + 2), s.records[i]);
		if (format != PACK_NETFLOW5 && i % 4 == 0) /* the first, and then every fourth */
			assert_true(load_be16(m + header) < 4);
		flows += (uint32_t)s.records[i];
	}
	assert_int_equal(flows, pack_stats(p)->records);
	assert_int_equal(pack_stats(p)->flows, 200);
	assert_int_equal(pack_stats(p)->octets, s.octets.len);
	assert_int_equal(pack_stats(p)->loss.refused[REFUSAL_FAMILY], format == PACK_NETFLOW5 ? 66 : 0);
	assert_int_equal(pack_stats(p)->records, format == PACK_NETFLOW5 ? 134 : 200);
	pack_free(p);
	table_free(t);
	buf_free(&s.octets);
}

static void
sequence_numbers(void **state)
{
	(void)state;
	sequence(PACK_NETFLOW5, 1400, NETFLOW5_HEADER_SIZE);
	sequence(PACK_NETFLOW9, 1400, NETFLOW9_HEADER_SIZE);
	sequence(PACK_IPFIX, 1400, IPFIX_HEADER_SIZE);
	sequence(PACK_IPFIX, PACK_MESSAGE_LEAST, IPFIX_HEADER_SIZE);
}

/* Flows years apart, back and forth: each datagram has a clock that fits. */
static void
clocks_that_jump(void **state)
{
	(void)state;
	static const int64_t starts[] = { ROWS_START, 0, INT64_C(4294967000000000), ROWS_START + 1000,
		ROWS_START - INT64_C(4000000000000) };
	static const enum pack_format formats[] = { PACK_NETFLOW5, PACK_NETFLOW9 };
	struct table *t = rows_table(8), *back;
	struct decode_counters counters;
	struct pack_stats stats;
	struct sent s;

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		size_t row = rows_tcp(t, "192.0.2.1", "192.0.2.2");

		table_set_i64(t, COLUMN_REV_PACKETS, row, 0);
		table_set_i64(t, COLUMN_REV_BYTES, row, 0);
		table_set_i64(t, COLUMN_FLOW_START, row, starts[i]);
		table_set_i64(t, COLUMN_FLOW_END, row, starts[i] + 1234000);
	}
	/* 49 days fit, 50 do not; nor does an end before its start */
	table_set_i64(t, COLUMN_FLOW_END, 3, ROWS_START + INT64_C(49) * 86400 * 1000000);
	rows_tcp(t, "192.0.2.1", "192.0.2.2");
	table_set_i64(t, COLUMN_FLOW_END, 5, ROWS_START + INT64_C(50) * 86400 * 1000000);
	rows_tcp(t, "192.0.2.1", "192.0.2.2");
	table_set_i64(t, COLUMN_FLOW_END, 6, ROWS_START - 1000);
	rows_tcp(t, "192.0.2.1", "192.0.2.2");
	table_set_i64(t, COLUMN_FLOW_START, 7, -1000000);
	for (size_t k = 0; k < ARRAY_LEN(formats); k++) {
		pack_all(formats[k], false, t, &s, &stats);
		back = unpack(&s, &counters);
		assert_int_equal(back->rows, 5);
		for (size_t row = 0; row < 5; row++) {
			assert_int_equal(table_int(back, COLUMN_FLOW_START, row),
			    floor_div(table_int(t, COLUMN_FLOW_START, row), 1000) * 1000);
			assert_int_equal(table_int(back, COLUMN_FLOW_END, row),
			    floor_div(table_int(t, COLUMN_FLOW_END, row), 1000) * 1000);
		}
		assert_int_equal(stats.loss.refused[REFUSAL_DURATION], 1);
		assert_int_equal(stats.loss.refused[REFUSAL_TIME], 2);
		table_free(back);
		buf_free(&s.octets);
	}
	table_free(t);
}

static void
what_netflow5_cannot_carry(void **state)
{
	(void)state;
	struct table *t = rows_table(4);
	struct pack_stats stats;
	struct sent s;

	rows_tcp(t, "192.0.2.1", "192.0.2.2");
	table_set_i64(t, COLUMN_BYTES, 0, INT64_C(1) << 32);
	rows_tcp(t, "192.0.2.1", "192.0.2.2");
	table_set_i64(t, COLUMN_REV_PACKETS, 1, INT64_C(1) << 32);
	rows_tcp(t, "2001:db8::1", "192.0.2.2");
	table_add_row(t);
	pack_all(PACK_NETFLOW5, false, t, &s, &stats);
	assert_int_equal(s.count, 0);
	assert_int_equal(stats.flows, 4);
	assert_int_equal(stats.loss.refused[REFUSAL_COUNTER], 2);
	assert_int_equal(stats.loss.refused[REFUSAL_FAMILY], 2);
	assert_int_equal(loss_refused(&stats.loss), 4);
	table_free(t);
	buf_free(&s.octets);
}

static void
icmp_in_the_port(void **state)
{
	(void)state;
	struct table *t = rows_table(1), *back;
	struct decode_counters counters;
	struct pack_stats stats;
	struct sent s;
	size_t row = rows_tcp(t, "192.0.2.1", "192.0.2.2");

	table_set_i32(t, COLUMN_PROTOCOL, row, 1);
	table_set_i32(t, COLUMN_SRC_PORT, row, 0);
	table_set_i32(t, COLUMN_DST_PORT, row, 0);
	table_set_i32(t, COLUMN_ICMP_TYPE, row, 3);
	table_set_i32(t, COLUMN_ICMP_CODE, row, 13);
	pack_all(PACK_NETFLOW5, false, t, &s, &stats);
	back = unpack(&s, &counters);
	assert_int_equal(table_int(back, COLUMN_DST_PORT, 0), 3 * 256 + 13);
	/* of the other direction we know no type */
	assert_int_equal(table_int(back, COLUMN_DST_PORT, 1), 0);
	assert_int_equal(stats.loss.columns[COLUMN_ICMP_TYPE], 0);
	table_free(back);
	table_free(t);
	buf_free(&s.octets);
}

static void
only_the_matched(void **state)
{
	(void)state;
	static const uint8_t matched[3] = { 0, 1, 0 };
	struct table *t = rows_table(3);
	struct sent s;
	struct packer *p = open_packer(PACK_IPFIX, 1400, 0, false, &s);

	for (int i = 0; i < 3; i++)
		rows_tcp(t, "192.0.2.1", "192.0.2.2");
	assert_int_equal(pack_put(p, t, matched, NULL), STATUS_OK);
	assert_int_equal(pack_flush(p, NULL), STATUS_OK);
	assert_int_equal(pack_flush(p, NULL), STATUS_OK);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.records[0], 1);
	pack_free(p);
	table_free(t);
	buf_free(&s.octets);
}

/* More sets of present columns than templates: the rest is sent with zeros, and counted. */
static void
templates_are_bounded(void **state)
{
	(void)state;
	static const enum column_id columns[] = { COLUMN_TOS, COLUMN_TTL_MIN, COLUMN_TTL_MAX, COLUMN_VLAN,
		COLUMN_IN_IF, COLUMN_OUT_IF, COLUMN_DIRECTION, COLUMN_SRC_AS, COLUMN_DST_AS, COLUMN_END_REASON };
	struct table *t = rows_table(1024);
	struct pack_stats stats;
	struct packer *p;
	struct sent s;

	for (unsigned i = 0; i < 1024; i++) {
		size_t row = table_add_row(t);

		rows_address(t, COLUMN_SRC_IP, row, "192.0.2.1");
		for (unsigned k = 0; k < 10; k++)
			if (i >> k & 1)
				table_set_u64(t, columns[k], row, 1);
	}
	p = open_packer(PACK_IPFIX, PACK_MESSAGE_MAX, 0, false, &s);
	assert_int_equal(pack_put(p, t, NULL, NULL), STATUS_OK);
	assert_int_equal(pack_flush(p, NULL), STATUS_OK);
	stats = *pack_stats(p);
	assert_int_equal(stats.records, 1024);
	assert_int_equal(stats.templates, 513);
	assert_int_equal(stats.loss.padded, 512);
	pack_free(p);
	table_free(t);
	buf_free(&s.octets);
}

static void
refused_options(void **state)
{
	(void)state;
	struct packer *p = NULL;
	struct fault f = { 0 };
	struct pack_options o = { .format = PACK_IPFIX, .max_octets = 100 };
	enum pack_format format;

	assert_int_equal(pack_open(&o, sent_emit, NULL, &p, &f), STATUS_USAGE);
	o.max_octets = 65536;
	assert_int_equal(pack_open(&o, sent_emit, NULL, &p, &f), STATUS_USAGE);
	assert_null(p);
	assert_true(pack_format_find("netflow9", &format));
	assert_int_equal(format, PACK_NETFLOW9);
	assert_string_equal(pack_format_name(PACK_NETFLOW5), "netflow5");
	assert_false(pack_format_find("netflow", &format));
}

/* A receiver that knows nothing any more is told all again; the sequence counts these records. */
static void
options_again(void **state)
{
	const struct pack_options o = { .format = PACK_IPFIX, .max_octets = 512, .domain = 3,
		.announce = ANNOUNCE_ALL };
	struct table *t = rows_table(8), *back;
	struct decode_counters counters;
	struct sent first = { .count = 0 }, second = { .count = 0 };
	struct packer *p = NULL;

	(void)state;
	for (size_t row = 0; row < 8; row++) {
		char name[] = "interface 0";

		name[10] = (char)('0' + row);
		rows_tcp(t, "192.0.2.1", "198.51.100.2");
		rows_address(t, COLUMN_EXPORTER_IP, row, "192.0.2.77");
		table_set_i64(t, COLUMN_SAMPLING_INTERVAL, row, 100);
		table_set_i64(t, COLUMN_IN_IF, row, (int64_t)row);
		table_set_bytes(t, COLUMN_IN_IF_NAME, row, name, strlen(name));
	}
	assert_int_equal(pack_open(&o, sent_emit, &first, &p, NULL), STATUS_OK);
	assert_int_equal(pack_put(p, t, NULL, NULL), STATUS_OK);
	assert_int_equal(pack_flush(p, NULL), STATUS_OK);
	assert_int_equal(pack_stats(p)->options, 10);
	assert_int_equal(pack_stats(p)->records, 8);
	assert_int_equal(pack_stats(p)->loss.columns[COLUMN_IN_IF_NAME], 0);
	assert_true(first.count > 2);
	assert_int_equal(pack_restart(p, sent_emit, &second, NULL), STATUS_OK);
	assert_int_equal(pack_put_rows(p, t, 0, 1, NULL, NULL), STATUS_OK);
	assert_int_equal(pack_flush(p, NULL), STATUS_OK);
	assert_int_equal(pack_stats(p)->options, 10); /* nothing is due a second time */
	back = unpack(&first, &counters);
	assert_int_equal(counters.records, 9);
	assert_int_equal(first.records[first.count - 1], 1);
	/* 18 data records stand in 10 + 8; behind the restart 10 */
	assert_memory_equal(sent_message(&first, first.count - 1) + 8, "\0\0\0\x0a", 4);
	assert_true(second.count > 1);
	assert_memory_equal(sent_message(&second, 0) + 8, "\0\0\0\0", 4);
	for (size_t i = 0; i < second.count; i++)
		assert_true(second.lens[i] <= 512);
	table_free(back);
	table_free(t);
	pack_free(p);
	buf_free(&first.octets);
	buf_free(&second.octets);
}

/* The header of NetFlow 5 says how all flows behind it were sampled. */
static void
netflow5_sampling_in_its_header(void **state)
{
	static const int64_t intervals[] = { 100, 100, 200, 0, 0x3fff, 0x4000 };
	static const uint16_t expected[] = { 0x4064, 0x40c8, 0, 0x7fff, 0 };
	const struct pack_options o = { .format = PACK_NETFLOW5, .max_octets = 1400, .announce = ANNOUNCE_ALL };
	struct table *t = rows_table(8);
	struct sent s = { .count = 0 };
	struct packer *p = NULL;

	(void)state;
	for (size_t row = 0; row < ARRAY_LEN(intervals); row++) {
		rows_tcp(t, "192.0.2.1", "198.51.100.2");
		table_set_i64(t, COLUMN_REV_BYTES, row, 0);
		table_set_i64(t, COLUMN_REV_PACKETS, row, 0);
		table_set_i64(t, COLUMN_SAMPLING_INTERVAL, row, intervals[row]);
	}
	assert_int_equal(pack_open(&o, sent_emit, &s, &p, NULL), STATUS_OK);
	assert_int_equal(pack_put(p, t, NULL, NULL), STATUS_OK);
	assert_int_equal(pack_flush(p, NULL), STATUS_OK);
	assert_int_equal(s.count, ARRAY_LEN(expected));
	for (size_t i = 0; i < s.count; i++) {
		const uint8_t *h = sent_message(&s, i);

		assert_int_equal(h[22] << 8 | h[23], expected[i]);
	}
	assert_int_equal(s.records[0], 2);
	assert_int_equal(pack_stats(p)->loss.columns[COLUMN_SAMPLING_INTERVAL], 1);
	table_free(t);
	pack_free(p);
	buf_free(&s.octets);
}

/* Templates that lead their records are not dated 1970. */
static void
prepared_templates_have_a_time(void **state)
{
	(void)state;
	for (unsigned format = PACK_NETFLOW9; format <= PACK_IPFIX; format++) {
		struct table *t = rows_table(1);
		struct sent s;
		struct packer *p = open_packer((enum pack_format)format, 1400, 0, false, &s);
		bool made = false;

		rows_tcp(t, "192.0.2.1", "198.51.100.2");
		assert_int_equal(pack_prepare(p, t, 0, 1, NULL, &made, NULL), STATUS_OK);
		assert_true(made);
		assert_int_equal(s.count, 1);
		assert_memory_equal(sent_message(&s, 0) + (format == PACK_IPFIX ? 4 : 8), "\x6b\x03\xee\xc3", 4);
		pack_free(p);
		table_free(t);
		buf_free(&s.octets);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipfix_octets),
		cmocka_unit_test(netflow9_octets),
		cmocka_unit_test(netflow5_octets),
		cmocka_unit_test(ipfix_round_trip),
		cmocka_unit_test(each_column_alone),
		cmocka_unit_test(sequence_numbers),
		cmocka_unit_test(clocks_that_jump),
		cmocka_unit_test(what_netflow5_cannot_carry),
		cmocka_unit_test(icmp_in_the_port),
		cmocka_unit_test(only_the_matched),
		cmocka_unit_test(templates_are_bounded),
		cmocka_unit_test(refused_options),
		cmocka_unit_test(options_again),
		cmocka_unit_test(netflow5_sampling_in_its_header),
		cmocka_unit_test(prepared_templates_have_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
