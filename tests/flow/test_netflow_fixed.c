/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "flow/netflow5.h"
#include "flow/netflow_fixed.h"
#include "flow/row_decode.h"

/* A header with this count and so many records of zeros behind it. */
static size_t
message(uint8_t out[2048], unsigned count, size_t records)
{
	struct buf b;
	size_t len;

	buf_init(&b, 0);
	netflow5_header_put(&b,
	    &(struct export_header){ .count = (uint16_t)count, .uptime = 1, .seconds = 2, .nanos = 3,
		.sequence = 4, .domain = 0x0506, .sampling = 0x4007 });
	assert_true(buf_ok(&b));
	assert_int_equal(b.len, NETFLOW5_HEADER_SIZE);
	memset(out, 0, 2048);
	memcpy(out, b.data, b.len);
	len = b.len + records * NETFLOW5_RECORD_SIZE;
	buf_free(&b);
	return len;
}

static size_t
records(const void *data, size_t len, struct decode_counters *counters, size_t *rest)
{
	struct netflow_fixed n;
	struct netflow_fixed_message m;
	struct record r;
	size_t count = 0;

	memset(counters, 0, sizeof *counters);
	assert_int_equal(netflow_fixed_open(&n, NULL), STATUS_OK);
	if (netflow_fixed_message(&m, data, len, &n, counters)) {
		while (netflow_fixed_next(&m, &r)) {
			assert_int_equal(r.len, m.template->min_length);
			count++;
		}
		*rest = cursor_left(&m.rest);
	}
	netflow_fixed_close(&n);
	return count;
}

/* A row of the first record of a datagram. */
static struct table *
first_row(const uint8_t *data, size_t len, struct export_header *header)
{
	struct decode_counters counters = { 0 };
	struct netflow_fixed n;
	struct netflow_fixed_message m;
	struct row_origin origin = { .header = &m.header };
	struct row_decoder *d = NULL;
	struct table *t = NULL;
	struct record r;

	assert_int_equal(netflow_fixed_open(&n, NULL), STATUS_OK);
	assert_int_equal(table_open(1, &t, NULL), STATUS_OK);
	assert_int_equal(row_decoder_open(&d, NULL), STATUS_OK);
	assert_true(netflow_fixed_message(&m, data, len, &n, &counters));
	assert_true(netflow_fixed_next(&m, &r));
	row_decode(d, &r, &origin, t);
	assert_int_equal(decode_malformed(&counters), 0);
	*header = m.header;
	row_decoder_free(d);
	netflow_fixed_close(&n);
	return t;
}

static void
assert_flow(const struct table *t)
{
	assert_int_equal(t->columns[COLUMN_SRC_IP].v.address[0].octets[3], 1);
	assert_int_equal(t->columns[COLUMN_DST_IP].v.address[0].octets[3], 2);
	assert_int_equal(t->columns[COLUMN_NEXT_HOP].v.address[0].octets[3], 3);
	assert_int_equal(table_int(t, COLUMN_IN_IF, 0), 4);
	assert_int_equal(table_int(t, COLUMN_OUT_IF, 0), 5);
	assert_int_equal(table_int(t, COLUMN_PACKETS, 0), 6);
	assert_int_equal(table_int(t, COLUMN_BYTES, 0), 700);
	assert_int_equal(table_int(t, COLUMN_SRC_PORT, 0), 443);
	assert_int_equal(table_int(t, COLUMN_DST_PORT, 0), 50000);
	assert_int_equal(table_int(t, COLUMN_PROTOCOL, 0), 6);
	assert_int_equal(table_int(t, COLUMN_TOS, 0), 0x28);
	assert_int_equal(table_int(t, COLUMN_TCP_FLAGS, 0), 0x1b);
	/* the header's 1000000000.5 s are the uptime's 10 s */
	assert_int_equal(table_int(t, COLUMN_FLOW_START, 0), 999999991500000);
	assert_int_equal(table_int(t, COLUMN_FLOW_END, 0), 999999992500000);
}

/* The octets that all versions have in common: the header, and 36 of a record. */
static void
put_head(struct buf *b, unsigned version)
{
	buf_be16(b, (uint16_t)version);
	buf_be16(b, 1);
	buf_be32(b, 10000);
	buf_be32(b, 1000000000);
	buf_be32(b, 500000000);
}

static void
put_record(struct buf *b)
{
	buf_be32(b, 0x0a000001);
	buf_be32(b, 0x0a000002);
	buf_be32(b, 0x0a000003);
	buf_be16(b, 4);
	buf_be16(b, 5);
	buf_be32(b, 6);
	buf_be32(b, 700);
	buf_be32(b, 1000);
	buf_be32(b, 2000);
	buf_be16(b, 443);
	buf_be16(b, 50000);
}

static void
version_1(void **state)
{
	(void)state;
	static const uint8_t tail[16] = { 0, 0, 6, 0x28, 0x1b };
	struct export_header h;
	struct table *t;
	struct buf b;

	buf_init(&b, 0);
	put_head(&b, 1);
	put_record(&b);
	buf_put(&b, tail, sizeof tail);
	assert_int_equal(b.len, 16 + 52);
	t = first_row(b.data, b.len, &h);
	assert_flow(t);
	assert_int_equal(table_int(t, COLUMN_EXPORT_PROTOCOL, 0), 1);
	assert_false(table_has(t, COLUMN_OTHER, 0));
	table_free(t);
	buf_free(&b);
}

static void
version_7(void **state)
{
	(void)state;
	static const uint8_t tail[16] = { 0, 0x1b, 6, 0x28, 0xfd, 0xe8, 0xfd, 0xe9, 24, 16, 0, 0,
		192, 0, 2, 9 };
	static const char wanted[] = "{\"ipv4RouterSc\":\"c0000209\"}";
	const uint8_t *other;
	size_t len;
	struct export_header h;
	struct table *t;
	struct buf b;

	buf_init(&b, 0);
	put_head(&b, 7);
	buf_be32(&b, 77);
	buf_be32(&b, 0);
	put_record(&b);
	buf_put(&b, tail, sizeof tail);
	assert_int_equal(b.len, 24 + 52);
	t = first_row(b.data, b.len, &h);
	assert_int_equal(h.sequence, 77);
	assert_int_equal(h.domain, 0);
	assert_int_equal(h.sampling, 0);
	assert_flow(t);
	assert_int_equal(table_int(t, COLUMN_SRC_AS, 0), 0xfde8);
	assert_int_equal(table_int(t, COLUMN_DST_AS, 0), 0xfde9);
	assert_int_equal(table_int(t, COLUMN_SRC_MASK, 0), 24);
	assert_int_equal(table_int(t, COLUMN_DST_MASK, 0), 16);
	assert_int_equal(table_int(t, COLUMN_EXPORT_PROTOCOL, 0), 7);
	other = table_bytes(t, COLUMN_OTHER, 0, &len);
	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(other, wanted, len);
	table_free(t);
	buf_free(&b);
}

static void
header(void **state)
{
	(void)state;
	uint8_t data[2048];
	struct export_header h;
	size_t len = message(data, 1, 1);

	table_free(first_row(data, len, &h));
	assert_int_equal(h.version, 5);
	assert_int_equal(h.uptime, 1);
	assert_int_equal(h.seconds, 2);
	assert_int_equal(h.nanos, 3);
	assert_int_equal(h.sequence, 4);
	assert_int_equal(h.domain, 0x0506);
	assert_int_equal(h.sampling, 0x4007);
}

static void
counts_are_not_believed(void **state)
{
	(void)state;
	uint8_t data[2048];
	struct decode_counters counters;
	size_t rest = 0;

	assert_int_equal(records(data, message(data, 55582, 30), &counters, &rest), 30);
	assert_int_equal(counters.malformed[MALFORMED_COUNT], 1);
	assert_int_equal(counters.records, 30);
	/* half a record at the end */
	assert_int_equal(records(data, message(data, 3, 2) + 24, &counters, &rest), 2);
	assert_int_equal(counters.malformed[MALFORMED_COUNT], 1);
	assert_int_equal(rest, 24);
	/* what is behind the announced ones is left to the caller */
	assert_int_equal(records(data, message(data, 2, 3), &counters, &rest), 2);
	assert_int_equal(decode_malformed(&counters), 0);
	assert_int_equal(rest, NETFLOW5_RECORD_SIZE);
}

static void
no_message(void **state)
{
	(void)state;
	uint8_t data[2048];
	struct decode_counters counters;
	size_t len = message(data, 0, 0), rest = 77;

	for (size_t cut = 0; cut < len; cut++) {
		assert_int_equal(records(data, cut, &counters, &rest), 0);
		assert_int_equal(counters.malformed[MALFORMED_HEADER], 1);
		assert_int_equal(counters.messages, 0);
	}
	data[1] = 6;
	assert_int_equal(records(data, len, &counters, &rest), 0);
	assert_int_equal(counters.malformed[MALFORMED_VERSION], 1);
	assert_int_equal(rest, 77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header),
		cmocka_unit_test(version_1),
		cmocka_unit_test(version_7),
		cmocka_unit_test(counts_are_not_believed),
		cmocka_unit_test(no_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
