/* SPDX-License-Identifier: BSD-2-Clause */
/* Flows of both directions in protocols that know one. */
#include "flow/packs.h"

/* A biflow is two records; the second has the other side's view. */
static void
split(enum pack_format format)
{
	struct table *t = rows_table(1), *back;
	struct decode_counters counters;
	struct pack_stats stats;
	struct sent s;

	rows_tcp(t, "192.0.2.1", "198.51.100.2");
	pack_all(format, false, t, &s, &stats);
	back = unpack(&s, &counters);
	assert_int_equal(stats.flows, 1);
	assert_int_equal(stats.records, 2);
	assert_int_equal(back->rows, 2);
	assert_memory_equal(back->columns[COLUMN_SRC_IP].v.address[0].octets, "\xc0\0\x02\x01", 4);
	assert_memory_equal(back->columns[COLUMN_SRC_IP].v.address[1].octets, "\xc6\x33\x64\x02", 4);
	assert_memory_equal(back->columns[COLUMN_DST_IP].v.address[1].octets, "\xc0\0\x02\x01", 4);
	assert_int_equal(table_int(back, COLUMN_SRC_PORT, 1), 443);
	assert_int_equal(table_int(back, COLUMN_DST_PORT, 1), 51512);
	assert_int_equal(table_int(back, COLUMN_PACKETS, 0), 12);
	assert_int_equal(table_int(back, COLUMN_PACKETS, 1), 10);
	assert_int_equal(table_int(back, COLUMN_BYTES, 1), 98765);
	assert_int_equal(table_int(back, COLUMN_TCP_FLAGS, 1), 0x1a);
	assert_int_equal(table_int(back, COLUMN_TOS, 0), 8);
	assert_int_equal(table_int(back, COLUMN_TOS, 1), 16);
	for (size_t row = 0; row < 2; row++) { /* to the millisecond */
		assert_int_equal(table_int(back, COLUMN_FLOW_START, row), ROWS_START / 1000 * 1000);
		assert_int_equal(table_int(back, COLUMN_FLOW_END, row), (ROWS_START + 2500001) / 1000 * 1000);
	}
	assert_int_equal(stats.loss.columns[COLUMN_REV_PACKETS], 0);
	table_free(back);
	table_free(t);
	buf_free(&s.octets);
}

/* A flow that went on after a timeout with packets of the responder alone. */
static void
only_the_other_direction(void **state)
{
	(void)state;
	struct table *t = rows_table(1), *back;
	struct decode_counters counters;
	struct pack_stats stats;
	struct sent s;

	rows_tcp(t, "192.0.2.1", "198.51.100.2");
	table_set_i64(t, COLUMN_PACKETS, 0, 0);
	table_set_i64(t, COLUMN_BYTES, 0, 0);
	pack_all(PACK_NETFLOW9, false, t, &s, &stats);
	back = unpack(&s, &counters);
	assert_int_equal(back->rows, 1);
	assert_int_equal(table_int(back, COLUMN_PACKETS, 0), 10);
	assert_int_equal(table_int(back, COLUMN_SRC_PORT, 0), 443);
	table_free(back);
	table_free(t);
	buf_free(&s.octets);
}

/* Cisco's ASA counts the octets of both directions and packets of neither. */
static void
octets_alone_go_back(void **state)
{
	(void)state;
	static const enum pack_format split_formats[] = { PACK_NETFLOW5, PACK_NETFLOW9 };

	for (size_t i = 0; i < ARRAY_LEN(split_formats); i++) {
		struct table *t = rows_table(1), *back;
		struct decode_counters counters;
		struct pack_stats stats;
		struct sent s;

		rows_tcp(t, "192.0.2.1", "198.51.100.2");
		t->columns[COLUMN_PACKETS].present[0] = 0;
		t->columns[COLUMN_REV_PACKETS].present[0] = 0;
		pack_all(split_formats[i], false, t, &s, &stats);
		back = unpack(&s, &counters);
		assert_int_equal(back->rows, 2);
		assert_int_equal(table_int(back, COLUMN_BYTES, 0), 3456);
		assert_int_equal(table_int(back, COLUMN_BYTES, 1), 98765);
		assert_int_equal(stats.loss.columns[COLUMN_REV_BYTES], 0);
		table_free(back);
		table_free(t);
		buf_free(&s.octets);
	}
}

/* What only the record of a direction carries is lost, and said so, where that one does not go. */
static void
without_its_direction(void **state)
{
	(void)state;
	struct table *t = rows_table(2);
	struct pack_stats stats;
	struct sent s;

	rows_tcp(t, "192.0.2.1", "198.51.100.2"); /* nothing came back, but for flags and a class */
	table_set_i64(t, COLUMN_REV_PACKETS, 0, 0);
	table_set_i64(t, COLUMN_REV_BYTES, 0, 0);
	rows_tcp(t, "192.0.2.1", "198.51.100.2"); /* nothing went, but for a TTL */
	table_set_i64(t, COLUMN_PACKETS, 1, 0);
	table_set_i64(t, COLUMN_BYTES, 1, 0);
	table_set_i32(t, COLUMN_TCP_FLAGS, 1, 0);
	table_set_i32(t, COLUMN_TTL_MIN, 1, 63);
	pack_all(PACK_NETFLOW9, false, t, &s, &stats);
	assert_int_equal(stats.records, 2);
	assert_int_equal(stats.loss.columns[COLUMN_REV_PACKETS], 0);
	assert_int_equal(stats.loss.columns[COLUMN_REV_BYTES], 0);
	assert_int_equal(stats.loss.columns[COLUMN_REV_TCP_FLAGS], 1);
	assert_int_equal(stats.loss.columns[COLUMN_REV_TOS], 1);
	assert_int_equal(stats.loss.columns[COLUMN_TCP_FLAGS], 0);
	assert_int_equal(stats.loss.columns[COLUMN_TOS], 1);
	assert_int_equal(stats.loss.columns[COLUMN_TTL_MIN], 1);
	buf_free(&s.octets);
	pack_all(PACK_IPFIX, false, t, &s, &stats);
	assert_int_equal(stats.loss.columns[COLUMN_REV_TCP_FLAGS], 0);
	assert_int_equal(stats.loss.columns[COLUMN_TTL_MIN], 0);
	buf_free(&s.octets);
	table_free(t);
}

static void
biflows_are_split(void **state)
{
	(void)state;
	split(PACK_NETFLOW5);
	split(PACK_NETFLOW9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(biflows_are_split),
		cmocka_unit_test(octets_alone_go_back),
		cmocka_unit_test(without_its_direction),
		cmocka_unit_test(only_the_other_direction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
