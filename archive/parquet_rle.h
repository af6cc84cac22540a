/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_RLE_H
#define ARCHIVE_PARQUET_RLE_H

/*
 * Parquet's hybrid of run lengths and bit packing (Encodings.md, "RLE"): dictionary indexes
 * and definition levels.  The length or width in front of the runs is the caller's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/status.h"

enum { RLE_WIDTH_MAX = 32 };

/* Each value below 2^width. */
void rle_put(struct buf *out, const uint32_t *values, size_t count, unsigned width);
/* Levels of one bit, from bytes that are 0 or 1. */
void rle_put_levels(struct buf *out, const uint8_t *levels, size_t count);

struct rle_decoder {
	struct cursor c;
	unsigned width;
	uint32_t repeat; /* values left of a run */
	uint32_t value;
	size_t packed; /* values left of a packed run, its bytes and the next one's bit */
	size_t bit;
	struct cursor bytes;
};

/* Borrows the bytes behind the cursor. */
void rle_decoder_init(struct rle_decoder *d, struct cursor c, unsigned width);
/* The next count (> 0) values if they are one run: then *value is all of them. */
MUST_USE bool rle_get_run(struct rle_decoder *d, size_t count, uint32_t *value);
/* The next count values; false when the bytes end before, or break the format. */
MUST_USE bool rle_get(struct rle_decoder *d, uint32_t *out, size_t count);

#endif
