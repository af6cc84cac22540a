/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_METADATA_H
#define ARCHIVE_PARQUET_METADATA_H

/*
 * The footer of a Parquet file (FileMetaData of parquet.thrift), both ways.  The writer
 * encodes one row group after the other and keeps only the bytes; the reader decodes a row
 * group when it needs it, from its place in the footer.  What is decoded borrows from the
 * footer's bytes, and only its form was checked: whether a number makes sense is for the
 * reader to say.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/parquet_format.h"
#include "archive/thrift.h"
#include "base/buf.h"
#include "base/status.h"

struct parquet_element {
	int32_t type;       /* enum parquet_type; PARQUET_NO_TYPE: a group */
	int32_t repetition; /* enum parquet_repetition */
	struct thrift_bytes name;
	int32_t children;
	int32_t converted; /* enum parquet_converted */
	int16_t logical;   /* enum parquet_logical, or another field number of the union */
	int16_t unit;      /* enum parquet_unit, of a time stamp */
	bool utc;
	int8_t bits; /* of an integer */
	bool is_signed;
};

struct parquet_statistics {
	bool counted; /* null_count holds */
	int64_t null_count;
	struct thrift_bytes min; /* PLAIN without a length; data is NULL where absent */
	struct thrift_bytes max;
};

/* A column of a row group. */
struct parquet_chunk {
	bool foreign;  /* in another file, or encrypted: not here */
	bool described; /* has its metadata */
	int32_t type;
	uint32_t encodings; /* set of 1 << enum parquet_encoding */
	struct thrift_bytes name; /* the first part of the path */
	int32_t codec;
	int64_t values;
	int64_t uncompressed; /* bytes, page headers included */
	int64_t compressed;
	int64_t data_offset;
	int64_t dictionary_offset; /* 0: none */
	struct parquet_statistics statistics;
};

struct parquet_group {
	int64_t rows;
	int64_t bytes; /* uncompressed */
	size_t count;
	struct parquet_chunk *chunks; /* the caller's memory */
};

struct parquet_pair {
	struct thrift_bytes key;
	struct thrift_bytes value;
};

struct parquet_footer {
	struct parquet_element *elements; /* depth first, the root first */
	size_t element_count;
	int64_t rows;
	size_t *groups; /* decoding: offset of each in the footer */
	size_t group_count;
	struct parquet_pair *pairs;
	size_t pair_count;
	struct thrift_bytes created_by;
	bool encrypted;
};

/* A row group: begin, count times parquet_chunk_put, end with the whole's bytes and rows. */
void parquet_group_begin(struct buf *out, size_t count);
void parquet_chunk_put(struct buf *out, const struct parquet_chunk *c);
void parquet_group_end(struct buf *out, int64_t bytes, int64_t rows);
/* groups: what these made, f->group_count times. */
void parquet_footer_put(struct buf *out, const struct parquet_footer *f, const struct buf *groups);

/* Allocates elements, groups and pairs: parquet_footer_free.  file is for the fault. */
MUST_USE enum status parquet_footer_get(const uint8_t *data, size_t len,
    struct parquet_footer *out, const char *file, struct fault *f);
void parquet_footer_free(struct parquet_footer *f);
/* The row group at an offset of the footer; g->chunks has room for g->count, which it must have. */
MUST_USE bool parquet_group_get(const uint8_t *data, size_t len, size_t offset,
    struct parquet_group *g);

#endif
