/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_READER_H
#define ARCHIVE_PARQUET_READER_H

/*
 * Reads the Parquet subset that the writer makes (and what other writers make with the
 * same encodings) into flow tables.  It trusts nothing that it reads, and names the
 * feature that it refuses (STATUS_UNSUPPORTED).  All bytes come through read_at, which an
 * archive's reader uses to check each chunk's hash first.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "flow/table.h"

struct parquet_input {
	enum status (*read_at)(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f);
	void *ctx;
	uint64_t size;
	const char *name; /* for faults; outlives the reader */
	bool checked;     /* read_at gives nothing but what a hash vouches for: CRCs would tell nothing more */
};

struct parquet_reader;

MUST_USE enum status parquet_reader_open(const struct parquet_input *in,
    struct parquet_reader **out, struct fault *f);
uint64_t parquet_reader_rows(const struct parquet_reader *r);
size_t parquet_reader_groups(const struct parquet_reader *r);
uint64_t parquet_reader_group_rows(const struct parquet_reader *r, size_t group);
/* Statistics of an INT32, INT64 or TIME column in a row group; false where there are none. */
bool parquet_reader_range(const struct parquet_reader *r, size_t group, enum column_id id,
    int64_t *min, int64_t *max);
/* A value of the key/value metadata, or NULL; borrowed. */
const char *parquet_reader_metadata(const struct parquet_reader *r, const char *key);
/*
 * The wanted columns of rows [*row, ...) of a row group into t (reset first), as many as fit
 * into its capacity; *row moves on, and STATUS_END says that the group has no more.  Columns
 * that the file lacks stay null; columns of the file that are not ours are not read.
 */
MUST_USE enum status parquet_reader_read(struct parquet_reader *r, size_t group, uint64_t *row,
    const struct column_set *wanted, struct table *t, struct fault *f);
/*
 * From here on, of those of these columns that are numbers (INT32, INT64, TIME) only whether rows have a
 * value is wanted: where the metadata tells it, the values themselves may be anything.
 */
void parquet_reader_presence(struct parquet_reader *r, const struct column_set *columns);
void parquet_reader_free(struct parquet_reader *r);

#endif
