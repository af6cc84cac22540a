/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_DELTA_H
#define ARCHIVE_PARQUET_DELTA_H

/*
 * DELTA_BINARY_PACKED (Encodings.md): blocks of 128 differences in four miniblocks, each
 * with its own width.  The decoder takes any block size within its limits.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/status.h"

enum { DELTA_BLOCK_MAX = 1 << 16, DELTA_MINIBLOCKS_MAX = 512 };

struct delta_layout {
	bool narrow;    /* INT32: differences wrap at 32 bits */
	unsigned round; /* widths are rounded up to a multiple: 8 leaves whole bytes to zstd */
};

void delta_put(struct buf *out, const int64_t *values, size_t count, struct delta_layout layout);

struct delta_decoder {
	struct cursor c;
	uint64_t count;          /* values left */
	uint64_t last;
	bool first;              /* the first value stands in the head */
	uint64_t min;
	size_t miniblock_values;
	size_t miniblocks;
	size_t miniblock;        /* the next of this block */
	struct cursor widths;
	unsigned width;
	size_t left;             /* values left of this miniblock */
	size_t bit;
	struct cursor bytes;
};

/* False if the head breaks the format or holds another count than this. */
MUST_USE bool delta_decoder_init(struct delta_decoder *d, struct cursor c, uint64_t count);
/* The next count values, as 64 bits that have wrapped. */
MUST_USE bool delta_get(struct delta_decoder *d, int64_t *out, size_t count);
/* Skips all values left: true if they are well-formed; *rest is what follows them. */
MUST_USE bool delta_rest(const struct delta_decoder *d, struct cursor *rest);

#endif
