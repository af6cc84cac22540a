/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_format.h"

#include <stddef.h>

static const char *const types[] = { "BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE",
	"BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY" };
static const char *const encodings[] = { "PLAIN", "GROUP_VAR_INT", "PLAIN_DICTIONARY", "RLE",
	"BIT_PACKED", "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY",
	"RLE_DICTIONARY", "BYTE_STREAM_SPLIT" };
static const char *const codecs[] = { "UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4",
	"ZSTD", "LZ4_RAW" };

static const char *
name_of(const char *const *names, size_t count, int32_t number)
{
	return number < 0 || (size_t)number >= count ? "unknown" : names[number];
}

const char *
parquet_type_name(int32_t type)
{
	return name_of(types, sizeof types / sizeof *types, type);
}

const char *
parquet_encoding_name(int32_t encoding)
{
	return name_of(encodings, sizeof encodings / sizeof *encodings, encoding);
}

const char *
parquet_codec_name(int32_t codec)
{
	return name_of(codecs, sizeof codecs / sizeof *codecs, codec);
}
