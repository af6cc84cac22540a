/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_PARQUET_MEMORY_H
#define TESTS_PARQUET_MEMORY_H

/* Parquet files in memory, for tests: made of tables, read through a buffer. */

#include "archive/parquet_reader.h"
#include "archive/parquet_writer.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "memory_file.h"

static inline enum status
memory_write(void *ctx, const void *data, size_t len, struct fault *f)
{
	buf_put(ctx, data, len);
	return buf_ok(ctx) ? STATUS_OK : fault_memory(f);
}

static inline struct parquet_input
memory_input(struct memory_file *m)
{
	return (struct parquet_input){ .read_at = memory_read, .ctx = m, .size = m->len, .name = "memory" };
}

/* Reads everything; the rows into *rows. What fails first is returned. */
static inline enum status
memory_scan(struct memory_file *m, struct table *t, uint64_t *rows, struct fault *f)
{
	struct parquet_input in = memory_input(m);
	struct column_set all = column_set_all();
	struct parquet_reader *r = NULL;
	enum status st = parquet_reader_open(&in, &r, f);
	int64_t min, max;

	*rows = 0;
	if (st != STATUS_OK)
		return st;
	for (size_t g = 0; st == STATUS_OK && g < parquet_reader_groups(r); g++) {
		uint64_t row = 0;

		for (unsigned id = 0; id < COLUMN_COUNT; id++)
			(void)parquet_reader_range(r, g, (enum column_id)id, &min, &max);
		while ((st = parquet_reader_read(r, g, &row, &all, t, f)) == STATUS_OK)
			*rows += t->rows;
		st = st == STATUS_END ? STATUS_OK : st;
	}
	parquet_reader_free(r);
	return st;
}

#endif
