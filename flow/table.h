/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_TABLE_H
#define FLOW_TABLE_H

/*
 * A batch of flows as typed columns: at most `capacity` rows, which is also what makes
 * one Parquet row group.  A column's memory is allocated when its first value is set; a
 * column without any stays NULL and is all null.  table_open; then per row
 * table_add_row and the setters; table_reset to use it again; table_free.
 *
 * A failed allocation sticks in `failed`; test it once per batch.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/text.h"
#include "flow/column.h"

enum {
	TABLE_ROWS = 122880,      /* a row group, as DuckDB's own */
	TABLE_OCTETS = 32 << 20   /* of strings, beyond which it is handed over before it is full */
};

struct table_span {
	uint32_t offset; /* into the column's heap */
	uint32_t len;
};

struct table_column {
	uint8_t *present; /* capacity bytes, 1 where the row has a value; NULL: all null */
	union {
		void *any;
		int32_t *i32;
		int64_t *i64; /* INT64 and TIME */
		struct address *address;
		uint64_t *mac;
		struct table_span *span; /* TEXT and OCTETS */
	} v;
	struct buf heap; /* the bytes of TEXT and OCTETS; at most 1 GiB */
};

struct table {
	size_t rows;
	size_t capacity;
	bool failed;
	uint64_t clamped; /* unsigned values above 2^63-1 (or 2^31-1) that were cut to it */
	struct table_column columns[COLUMN_COUNT];
};

/* capacity 1 to TABLE_ROWS. */
MUST_USE enum status table_open(size_t capacity, struct table **out, struct fault *f);
void table_free(struct table *t);
void table_reset(struct table *t); /* no rows; the columns' memory is kept */

static inline bool
table_full(const struct table *t)
{
	return t->rows == t->capacity;
}

/* The new row, all null.  The caller has made sure that the table is not full. */
static inline size_t
table_add_row(struct table *t)
{
	return t->rows++;
}

/* Allocates the column's memory; false and t->failed where there is none. */
bool table_column_open(struct table *t, enum column_id id);

static inline bool
table_ready(struct table *t, enum column_id id)
{
	return __builtin_expect(t->columns[id].present != NULL, 1) || table_column_open(t, id);
}

static inline void
table_set_i32(struct table *t, enum column_id id, size_t row, int32_t v)
{
	if (table_ready(t, id)) {
		t->columns[id].present[row] = 1;
		t->columns[id].v.i32[row] = v;
	}
}

static inline void
table_set_i64(struct table *t, enum column_id id, size_t row, int64_t v)
{
	if (table_ready(t, id)) {
		t->columns[id].present[row] = 1;
		t->columns[id].v.i64[row] = v;
	}
}

static inline void
table_set_address(struct table *t, enum column_id id, size_t row, const struct address *v)
{
	if (table_ready(t, id)) {
		t->columns[id].present[row] = 1;
		t->columns[id].v.address[row] = *v;
	}
}

static inline void
table_set_mac(struct table *t, enum column_id id, size_t row, uint64_t v)
{
	if (table_ready(t, id)) {
		t->columns[id].present[row] = 1;
		t->columns[id].v.mac[row] = v;
	}
}

/* The same value into rows from `row` on. */
void table_fill_i32(struct table *t, enum column_id id, size_t row, size_t count, int32_t v);
void table_fill_i64(struct table *t, enum column_id id, size_t row, size_t count, int64_t v);
void table_fill_address(struct table *t, enum column_id id, size_t row, size_t count,
    const struct address *v);
/* TEXT and OCTETS; copies. */
void table_set_bytes(struct table *t, enum column_id id, size_t row, const void *data, size_t len);
/* An unsigned value into an INT32, INT64 or TIME column, clamped and counted if too large. */
void table_set_u64(struct table *t, enum column_id id, size_t row, uint64_t v);

static inline bool
table_has(const struct table *t, enum column_id id, size_t row)
{
	return t->columns[id].present != NULL && t->columns[id].present[row] != 0;
}

/* The value of an INT64 or TIME column; 0 where null. */
static inline int64_t
table_i64(const struct table *t, enum column_id id, size_t row)
{
	return table_has(t, id, row) ? t->columns[id].v.i64[row] : 0;
}

/* Something went the other way, too; and whether there is anything of the flow's own direction beside
 * that: a continued flow may have packets in its other direction only. */
static inline bool
table_goes_back(const struct table *t, size_t row)
{
	return table_i64(t, COLUMN_REV_PACKETS, row) > 0 || table_i64(t, COLUMN_REV_BYTES, row) > 0;
}

static inline bool
table_goes_forth(const struct table *t, size_t row)
{
	return !table_goes_back(t, row) || table_i64(t, COLUMN_PACKETS, row) > 0 ||
	    table_i64(t, COLUMN_BYTES, row) > 0;
}

/* Octets of all its strings. */
size_t table_octets(const struct table *t);
/* The value of an INT32, INT64, TIME or MAC column as int64; 0 where null. */
int64_t table_int(const struct table *t, enum column_id id, size_t row);
/* The bytes of a TEXT or OCTETS value; NULL and 0 where null. */
const uint8_t *table_bytes(const struct table *t, enum column_id id, size_t row, size_t *len);

#endif
