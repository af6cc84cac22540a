/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_UNPACKER_H
#define ARCHIVE_PARQUET_UNPACKER_H

/*
 * Pages on their way out of a file: header, CRC, decompression.  Every size is checked
 * against its limit and against the chunk before anything is allocated or read.
 */

#include <stdbool.h>
#include <stdint.h>

#include "archive/parquet_header.h"
#include "archive/parquet_reader.h"
#include "base/buf.h"
#include "base/crc32.h"
#include "base/status.h"

struct ZSTD_DCtx_s;

struct page_unpacker {
	struct parquet_input in;
	struct ZSTD_DCtx_s *zstd;
	struct crc32 crc;
	struct buf packed; /* as it is in the file */
};

/* A page of a chunk that lies in [at, end) of the file. */
struct page {
	struct parquet_header header;
	uint64_t offset;      /* of its header */
	uint64_t next;        /* behind it */
	struct cursor levels; /* the definition levels, without their length; failed: none */
	struct cursor values;
};

MUST_USE enum status page_unpacker_open(struct page_unpacker *u, const struct parquet_input *in,
    struct fault *f);
void page_unpacker_free(struct page_unpacker *u);
/*
 * The page at `at`; its bytes are decompressed into `bytes`, from which page borrows.
 * levels: a data page has definition levels.
 */
MUST_USE enum status page_get(struct page_unpacker *u, uint64_t at, uint64_t end, int32_t codec,
    bool levels, struct buf *bytes, struct page *page, struct fault *f);

#endif
