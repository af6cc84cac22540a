/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_ENCODER_H
#define ARCHIVE_PARQUET_ENCODER_H

/*
 * One column of a table into the pages of a column chunk.  How its values are encoded is
 * chosen by what a sample of them takes behind zstd under each candidate, in every
 * ENCODER_CHOICE_TABLES-th table, so that the same tables always give the same bytes.
 *
 * encoder_open; encoder_column per column, whose pages then stand in `out`; encoder_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/parquet_dictionary.h"
#include "archive/parquet_metadata.h"
#include "archive/parquet_page.h"
#include "archive/parquet_texts.h"
#include "base/buf.h"
#include "flow/table.h"

enum {
	ENCODER_SAMPLE = 4096,         /* values that candidates are tried on */
	ENCODER_TIME = 32,             /* octets before zstd that are as dear as one behind it */
	ENCODER_CHOICE_TABLES = 32,    /* tables that a choice holds for, unless it proves wrong */
	ENCODER_STATISTIC_MAX = 64,    /* longer extremes are left out */
	ENCODER_PAGE_BYTES = 1 << 20,  /* a page of strings ends when it has so many */
	ENCODER_DICTIONARY_BYTES = 8 << 20, /* distinct strings of more bytes make no dictionary */
	ENCODER_VALUE_MAX = 16 << 20,  /* a longer string has no place: readers bound their pages */
	ENCODER_COMPRESS_MIN = 128     /* chunks below stay as they are */
};

/* How the values of a chunk are written. */
struct encoder_plan {
	enum parquet_encoding encoding;
	unsigned round; /* bit widths are rounded up to a multiple of it */
};

/* What was chosen for a column, for so many tables more. */
struct encoder_choice {
	struct encoder_plan plan;
	unsigned tables;
};

struct encoder {
	struct page_packer packer;
	struct dictionary dictionary;
	struct texts texts;
	int64_t *ints;      /* the values that are there, of a column of integers */
	uint8_t *present;   /* where the table's own does not do */
	size_t count;       /* values that are there */
	const uint8_t *levels; /* one byte per row; NULL: no value is there */
	size_t rows;
	struct buf raw;     /* the page being made */
	struct buf dictionary_raw;
	struct buf out;     /* the chunk */
	struct encoder_choice choices[COLUMN_COUNT];
	uint8_t min[ENCODER_STATISTIC_MAX];
	uint8_t max[ENCODER_STATISTIC_MAX];
};

MUST_USE enum status encoder_open(struct encoder *e, size_t capacity, int level, uint64_t seed,
    struct fault *f);
void encoder_free(struct encoder *e);
/*
 * The chunk's pages into e->out; what is known of it into *chunk, whose offsets count from
 * the chunk's start.  The statistics borrow from e until the next call.
 */
MUST_USE enum status encoder_column(struct encoder *e, const struct table *t, enum column_id id,
    struct parquet_chunk *chunk, struct fault *f);

/* For the files that know the values: */

/* Bits of an index into so many entries, rounded; at least one. */
unsigned encoder_index_width(size_t entries, unsigned round);
/* The index part of a data page. */
void encoder_put_indexes(struct encoder *e, const uint32_t *indexes, size_t count, size_t entries,
    unsigned round);
/* What e->raw, made of `part` values, stands for if there are `whole`. */
uint64_t encoder_estimate(struct encoder *e, enum page_kind kind, size_t part, size_t whole);

/*
 * Integers (parquet_ints.c); narrow: INT32.  Where the plan is a dictionary, it is made.
 * encoder_follow_ints: with a plan of before; false if that proves wrong.
 */
struct encoder_plan encoder_plan_ints(struct encoder *e, int64_t min, int64_t max, bool narrow);
bool encoder_follow_ints(struct encoder *e, struct encoder_plan plan, int64_t min, int64_t max);
void encoder_put_ints(struct encoder *e, struct encoder_plan plan, bool narrow);
void encoder_put_int_dictionary(struct encoder *e, size_t entries, bool narrow);

/* Byte strings (parquet_strings.c). */
struct encoder_plan encoder_plan_strings(struct encoder *e);
bool encoder_follow_strings(const struct encoder *e, struct encoder_plan plan);
void encoder_put_strings(struct encoder *e, struct encoder_plan plan, size_t from, size_t count);
void encoder_put_string_dictionary(struct encoder *e, size_t from, size_t entries);

#endif
