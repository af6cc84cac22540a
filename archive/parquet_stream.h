/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_STREAM_H
#define ARCHIVE_PARQUET_STREAM_H

/*
 * A column chunk as a stream of values, decoded page after page into a table's column.
 * Memory is bounded by a page and a dictionary.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/parquet_metadata.h"
#include "archive/parquet_schema.h"
#include "archive/parquet_unpacker.h"
#include "base/status.h"
#include "flow/table.h"

enum { STREAM_BATCH = 1024 };

/* What a column's values are while they are decoded; one for all streams of a reader. */
struct stream_batch {
	uint32_t levels[STREAM_BATCH];
	uint32_t indexes[STREAM_BATCH];
	struct thrift_bytes bytes[STREAM_BATCH];
	int64_t *ints;             /* INT32, INT64, TIME, MAC: into what follows, or where they belong */
	struct address *addresses; /* the same */
	int32_t *narrow;           /* not NULL: into it instead of ints */
	int64_t own_ints[STREAM_BATCH + 1];
	struct address own_addresses[STREAM_BATCH];
};

struct stream;

/* footer_at: where the chunks must end. The unpacker and the batch are borrowed. */
MUST_USE enum status parquet_stream_open(struct page_unpacker *u, struct stream_batch *batch,
    const struct parquet_leaf *leaf, const struct parquet_chunk *chunk, int64_t rows,
    uint64_t footer_at, struct stream **out, struct fault *f);
void parquet_stream_free(struct stream *s);
/* Rows that were read. */
uint64_t parquet_stream_row(const struct stream *s);
/* The next `rows` rows into the column from row 0 on; t NULL skips them. */
MUST_USE enum status parquet_stream_read(struct stream *s, size_t rows, struct table *t, struct fault *f);

#endif
