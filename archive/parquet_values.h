/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_VALUES_H
#define ARCHIVE_PARQUET_VALUES_H

/*
 * The values of a page, in each encoding that we read, as the values of a column: a number
 * that the column cannot hold, a string that is no UTF-8 or an address that is none are
 * faults, never other values.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/parquet_delta.h"
#include "archive/parquet_rle.h"
#include "archive/parquet_schema.h"
#include "archive/parquet_stream.h"
#include "base/buf.h"
#include "base/cursor.h"

struct values_dictionary {
	size_t count;
	struct buf bytes; /* the page that it was made of */
	int64_t *ints;
	struct address *addresses;
	struct thrift_bytes *strings;
};

/* The decoder of one page. */
struct values {
	const struct parquet_leaf *leaf;
	int32_t encoding;
	struct cursor plain; /* what is left of it: PLAIN values, or the bytes behind the lengths */
	struct rle_decoder indexes;
	struct delta_decoder delta; /* integers, or the lengths of strings */
};

/* Whether the encoding can hold this leaf. */
bool values_known(const struct parquet_leaf *leaf, int32_t encoding);
/* count: of the values that are there; each is read once. */
MUST_USE bool values_open(struct values *v, const struct parquet_leaf *leaf, int32_t encoding,
    struct cursor bytes, uint64_t count);
/* Whether the page has indexes into a dictionary. */
bool values_indexed(const struct values *v);
/* The next count (at most STREAM_BATCH) into b->ints, addresses or bytes by the leaf's type; b->narrow is
 * for indexed values alone. */
MUST_USE bool values_get(struct values *v, const struct values_dictionary *d, size_t count,
    struct stream_batch *b);
/* Nothing is left behind the last value. */
bool values_done(const struct values *v);

/* From d->bytes, `count` PLAIN values at the cursor; false if they break the format. */
MUST_USE bool values_dictionary_fill(struct values_dictionary *d, const struct parquet_leaf *leaf,
    struct cursor bytes, size_t count, struct stream_batch *b, bool *memory);
void values_dictionary_free(struct values_dictionary *d);

#endif
