/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FLOW_ROWS_H
#define TESTS_FLOW_ROWS_H

/* Rows for the codecs' tests, and what an encoder emitted, message by message. */

#include <string.h>

#include "unit.h"

#include "base/buf.h"
#include "flow/pack.h"
#include "flow/table.h"

enum { SENT_MAX = 64 };

struct sent {
	struct buf octets;
	size_t lens[SENT_MAX];
	size_t records[SENT_MAX];
	size_t count;
};

static inline enum status
sent_emit(void *ctx, const uint8_t *data, size_t len, size_t records, struct fault *f)
{
	struct sent *s = ctx;

	(void)f;
	assert_true(s->count < SENT_MAX);
	buf_put(&s->octets, data, len);
	s->lens[s->count] = len;
	s->records[s->count++] = records;
	return STATUS_OK;
}

static inline const uint8_t *
sent_message(const struct sent *s, size_t index)
{
	size_t at = 0;

	for (size_t i = 0; i < index; i++)
		at += s->lens[i];
	return s->octets.data + at;
}

static inline struct table *
rows_table(size_t capacity)
{
	struct table *t = NULL;

	assert_int_equal(table_open(capacity, &t, NULL), STATUS_OK);
	return t;
}

static inline void
rows_address(struct table *t, enum column_id column, size_t row, const char *text)
{
	struct address a;

	assert_true(text_parse_address(text, &a));
	table_set_address(t, column, row, &a);
}

/* 2026-11-23T07:44:00Z and some; times in microseconds */
#define ROWS_START INT64_C(1795419840123456)

/* A finished TCP connection, as the meter writes it. */
static inline size_t
rows_tcp(struct table *t, const char *src, const char *dst)
{
	size_t row = table_add_row(t);

	table_set_i64(t, COLUMN_FLOW_START, row, ROWS_START);
	table_set_i64(t, COLUMN_FLOW_END, row, ROWS_START + 2500001);
	rows_address(t, COLUMN_SRC_IP, row, src);
	rows_address(t, COLUMN_DST_IP, row, dst);
	table_set_i32(t, COLUMN_SRC_PORT, row, 51512);
	table_set_i32(t, COLUMN_DST_PORT, row, 443);
	table_set_i32(t, COLUMN_PROTOCOL, row, 6);
	table_set_i32(t, COLUMN_TCP_FLAGS, row, 0x1b);
	table_set_i64(t, COLUMN_PACKETS, row, 12);
	table_set_i64(t, COLUMN_BYTES, row, 3456);
	table_set_i64(t, COLUMN_REV_PACKETS, row, 10);
	table_set_i64(t, COLUMN_REV_BYTES, row, 98765);
	table_set_i32(t, COLUMN_REV_TCP_FLAGS, row, 0x1a);
	table_set_i32(t, COLUMN_TOS, row, 8);
	table_set_i32(t, COLUMN_REV_TOS, row, 16);
	table_set_mac(t, COLUMN_SRC_MAC, row, 0x020000000001);
	table_set_mac(t, COLUMN_DST_MAC, row, 0x020000000002);
	return row;
}

/* Every column that both have says the same, but those in the set. */
static inline void
rows_same(const struct table *a, size_t row, const struct table *b, size_t other,
    const struct column_set *but)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		enum column_id c = (enum column_id)i;
		size_t la = 0, lb = 0;
		const uint8_t *pa, *pb;

		if (column_set_has(but, c))
			continue;
		if (table_has(a, c, row) != table_has(b, c, other))
			fail_msg("column %s is in one only", column_infos[c].name);
		if (!table_has(a, c, row))
			continue;
		if (column_infos[c].type == COLUMN_TYPE_ADDRESS) {
			assert_memory_equal(&a->columns[c].v.address[row], &b->columns[c].v.address[other],
			    sizeof(struct address));
			continue;
		}
		if (table_int(a, c, row) != table_int(b, c, other))
			fail_msg("column %s: %lld, %lld", column_infos[c].name,
			    (long long)table_int(a, c, row), (long long)table_int(b, c, other));
		if (column_infos[c].type != COLUMN_TYPE_TEXT && column_infos[c].type != COLUMN_TYPE_OCTETS)
			continue;
		pa = table_bytes(a, c, row, &la);
		pb = table_bytes(b, c, other, &lb);
		assert_int_equal(la, lb);
		if (la > 0)
			assert_memory_equal(pa, pb, la);
	}
}

#endif
