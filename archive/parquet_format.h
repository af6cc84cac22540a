/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_FORMAT_H
#define ARCHIVE_PARQUET_FORMAT_H

/*
 * The numbers of the Parquet format (apache/parquet-format, parquet.thrift) that this
 * project knows, and the limits that its reader sets to everything a file may claim.
 */

#include <stdint.h>

#define PARQUET_MAGIC "PAR1"

enum { PARQUET_MAGIC_SIZE = 4, PARQUET_TAIL_SIZE = 8 }; /* footer length and magic */

enum parquet_type {
	PARQUET_BOOLEAN = 0,
	PARQUET_INT32 = 1,
	PARQUET_INT64 = 2,
	PARQUET_INT96 = 3,
	PARQUET_FLOAT = 4,
	PARQUET_DOUBLE = 5,
	PARQUET_BYTE_ARRAY = 6,
	PARQUET_FIXED_LEN_BYTE_ARRAY = 7,
	PARQUET_NO_TYPE = -1 /* a group of the schema */
};

enum parquet_repetition { PARQUET_REQUIRED = 0, PARQUET_OPTIONAL = 1, PARQUET_REPEATED = 2 };

enum parquet_converted {
	PARQUET_CONVERTED_NONE = -1,
	PARQUET_UTF8 = 0,
	PARQUET_TIMESTAMP_MILLIS = 9,
	PARQUET_TIMESTAMP_MICROS = 10,
	PARQUET_UINT_8 = 11,
	PARQUET_UINT_16 = 12,
	PARQUET_UINT_32 = 13,
	PARQUET_UINT_64 = 14,
	PARQUET_INT_8 = 15,
	PARQUET_INT_16 = 16,
	PARQUET_INT_32 = 17,
	PARQUET_INT_64 = 18,
	PARQUET_JSON = 19
};

/* Field numbers of the union LogicalType. */
enum parquet_logical {
	PARQUET_LOGICAL_NONE = 0,
	PARQUET_LOGICAL_STRING = 1,
	PARQUET_LOGICAL_TIMESTAMP = 8,
	PARQUET_LOGICAL_INTEGER = 10,
	PARQUET_LOGICAL_JSON = 12
};

/* Field numbers of the union TimeUnit. */
enum parquet_unit { PARQUET_MILLIS = 1, PARQUET_MICROS = 2, PARQUET_NANOS = 3 };

enum parquet_encoding {
	PARQUET_PLAIN = 0,
	PARQUET_PLAIN_DICTIONARY = 2,
	PARQUET_RLE = 3,
	PARQUET_BIT_PACKED = 4,
	PARQUET_DELTA_BINARY_PACKED = 5,
	PARQUET_DELTA_LENGTH_BYTE_ARRAY = 6,
	PARQUET_DELTA_BYTE_ARRAY = 7,
	PARQUET_RLE_DICTIONARY = 8,
	PARQUET_BYTE_STREAM_SPLIT = 9
};

enum parquet_codec { PARQUET_UNCOMPRESSED = 0, PARQUET_ZSTD = 6 };

enum parquet_page_type {
	PARQUET_DATA_PAGE = 0,
	PARQUET_INDEX_PAGE = 1,
	PARQUET_DICTIONARY_PAGE = 2,
	PARQUET_DATA_PAGE_V2 = 3
};

enum {
	PARQUET_FOOTER_MAX = 64 << 20,
	PARQUET_SCHEMA_MAX = 4096,       /* elements, the root among them */
	PARQUET_GROUPS_MAX = 1 << 17,
	PARQUET_GROUP_ROWS_MAX = 1 << 24,
	PARQUET_METADATA_MAX = 1024,     /* keys */
	PARQUET_PAGE_HEADER_MAX = 64 << 10,
	PARQUET_PAGE_MAX = 64 << 20,     /* bytes, compressed or not */
	PARQUET_DICTIONARY_MAX = 1 << 22 /* entries */
};

/* Names for messages; "unknown" for numbers that the format does not have. */
const char *parquet_type_name(int32_t type);
const char *parquet_encoding_name(int32_t encoding);
const char *parquet_codec_name(int32_t codec);

#endif
