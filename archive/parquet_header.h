/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_HEADER_H
#define ARCHIVE_PARQUET_HEADER_H

/* The header in front of each page (PageHeader of parquet.thrift), both ways. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/parquet_format.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/status.h"

struct parquet_header {
	int32_t type;         /* enum parquet_page_type */
	int32_t uncompressed; /* bytes behind the header */
	int32_t compressed;
	bool has_crc;
	uint32_t crc; /* of the bytes behind the header, as they are in the file */
	int32_t values;
	int32_t encoding;
	bool described; /* has the part that belongs to its type */
	int32_t definition_encoding; /* data page v1 */
	int32_t nulls;               /* data page v2, up to is_compressed */
	int32_t rows;
	int32_t definition_bytes;
	int32_t repetition_bytes;
	bool is_compressed;
};

/* Data pages v1 and dictionary pages. */
void parquet_header_put(struct buf *out, const struct parquet_header *h);
/* False if the bytes break the format; the cursor moves behind the header. */
MUST_USE bool parquet_header_get(struct cursor *c, struct parquet_header *h);

#endif
