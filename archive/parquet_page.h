/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_PAGE_H
#define ARCHIVE_PARQUET_PAGE_H

/* A page on its way into the file: compressed, with its CRC and its header. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/parquet_header.h"
#include "base/buf.h"
#include "base/crc32.h"
#include "base/status.h"

struct ZSTD_CCtx_s;

struct page_packer {
	struct ZSTD_CCtx_s *zstd;
	struct ZSTD_CCtx_s *sorted; /* tuned for strings in order */
	struct crc32 crc;
	struct buf packed; /* the last page's bytes behind the header */
	bool failed;       /* sticks: there was no memory */
};

MUST_USE enum status page_packer_open(struct page_packer *p, int level, struct fault *f);
void page_packer_free(struct page_packer *p);
enum page_kind {
	PAGE_STORED, /* not compressed */
	PAGE_VALUES,
	PAGE_SORTED /* a dictionary of strings in order: what repeats stands just before */
};

/* What zstd makes of these bytes; 0 where it fails. */
size_t page_packed_size(struct page_packer *p, enum page_kind kind, const void *data, size_t len);
/*
 * Appends header and page to out, and what the page has without compression, header
 * included, to *uncompressed.  h says type, values and encoding.
 */
MUST_USE enum status page_put(struct page_packer *p, struct buf *out, struct parquet_header *h,
    const struct buf *raw, enum page_kind kind, int64_t *uncompressed, struct fault *f);

#endif
