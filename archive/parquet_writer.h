/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_WRITER_H
#define ARCHIVE_PARQUET_WRITER_H

/*
 * A streaming Parquet writer for flow tables: each table put becomes one row group, offsets
 * only point backwards, so the sink may be a pipe.  The same tables give the same bytes;
 * nothing of the archive, the run or the clock goes into the file.  Memory is bounded by
 * the row group.  parquet_writer_open, _put..., _finish, _free.
 */

#include <stdint.h>

#include "base/sink.h"
#include "flow/table.h"

enum { PARQUET_LEVEL_DEFAULT = 1, PARQUET_LEVEL_MAX = 19 };

struct parquet_writer_options {
	int level;         /* zstd, 1 to 19; 0 takes the default */
	const char *build; /* the software's version, for created_by and the metadata */
	uint64_t seed;     /* of the hash tables, against chosen keys; the bytes do not depend on it */
};

struct parquet_writer;

MUST_USE enum status parquet_writer_open(const struct parquet_writer_options *o,
    const struct sink *sink, struct parquet_writer **out, struct fault *f);
/*
 * One row group; a table without rows writes nothing. Borrows t for the call.  A string of
 * more than 16 MiB (STATUS_LIMIT) and a text that is no UTF-8 (STATUS_MALFORMED) are refused.
 */
MUST_USE enum status parquet_writer_put(struct parquet_writer *w, const struct table *t,
    struct fault *f);
/* The footer; nothing can be put afterwards. */
MUST_USE enum status parquet_writer_finish(struct parquet_writer *w, struct fault *f);
uint64_t parquet_writer_rows(const struct parquet_writer *w);
void parquet_writer_free(struct parquet_writer *w);

#endif
