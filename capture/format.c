/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/format.h"

#include <stdbool.h>
#include <string.h>

#include "base/cursor.h"

static const struct format_info infos[FORMAT_COUNT] = {
	[FORMAT_NONE] = { "unknown", FORMAT_CAPTURE },
	[FORMAT_PCAP] = { "pcap", FORMAT_CAPTURE },
	[FORMAT_PCAPNG] = { "pcapng", FORMAT_CAPTURE },
	[FORMAT_GZIP] = { "gzip", FORMAT_COMPRESSED },
	[FORMAT_XZ] = { "xz", FORMAT_COMPRESSED },
	[FORMAT_ZSTD] = { "zstd", FORMAT_COMPRESSED },
	[FORMAT_BZIP2] = { "bzip2", FORMAT_COMPRESSED },
	[FORMAT_LZ4] = { "lz4", FORMAT_ARCHIVE },
	[FORMAT_COMPRESS] = { "compress", FORMAT_ARCHIVE },
	[FORMAT_ZIP] = { "zip", FORMAT_ARCHIVE },
	[FORMAT_7ZIP] = { "7z", FORMAT_ARCHIVE },
	[FORMAT_TAR] = { "tar", FORMAT_ARCHIVE },
	[FORMAT_CPIO] = { "cpio", FORMAT_ARCHIVE },
	[FORMAT_IPFIX] = { "ipfix", FORMAT_CAPTURE },
};

struct magic {
	enum format format;
	uint8_t offset;
	uint8_t len;
	uint8_t octets[8];
};

/* Both byte orders where a format has two. */
static const struct magic magics[] = {
	{ FORMAT_PCAP, 0, 4, { 0xa1, 0xb2, 0xc3, 0xd4 } },
	{ FORMAT_PCAP, 0, 4, { 0xd4, 0xc3, 0xb2, 0xa1 } },
	{ FORMAT_PCAP, 0, 4, { 0xa1, 0xb2, 0x3c, 0x4d } },
	{ FORMAT_PCAP, 0, 4, { 0x4d, 0x3c, 0xb2, 0xa1 } },
	{ FORMAT_PCAP, 0, 4, { 0xa1, 0xb2, 0xcd, 0x34 } },
	{ FORMAT_PCAP, 0, 4, { 0x34, 0xcd, 0xb2, 0xa1 } },
	{ FORMAT_PCAPNG, 0, 4, { 0x0a, 0x0d, 0x0d, 0x0a } },
	{ FORMAT_GZIP, 0, 3, { 0x1f, 0x8b, 0x08 } },
	{ FORMAT_XZ, 0, 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
	{ FORMAT_ZSTD, 0, 4, { 0x28, 0xb5, 0x2f, 0xfd } },
	{ FORMAT_ZSTD, 1, 3, { 0x2a, 0x4d, 0x18 } }, /* a skippable frame: 0x50 to 0x5f first */
	{ FORMAT_BZIP2, 0, 3, { 'B', 'Z', 'h' } },
	{ FORMAT_LZ4, 0, 4, { 0x04, 0x22, 0x4d, 0x18 } },
	{ FORMAT_LZ4, 0, 4, { 0x02, 0x21, 0x4c, 0x18 } }, /* the legacy frame */
	{ FORMAT_COMPRESS, 0, 2, { 0x1f, 0x9d } },
	{ FORMAT_ZIP, 0, 4, { 'P', 'K', 3, 4 } },
	{ FORMAT_ZIP, 0, 4, { 'P', 'K', 5, 6 } }, /* without members */
	{ FORMAT_7ZIP, 0, 6, { '7', 'z', 0xbc, 0xaf, 0x27, 0x1c } },
	{ FORMAT_CPIO, 0, 6, { '0', '7', '0', '7', '0', '1' } },
	{ FORMAT_CPIO, 0, 6, { '0', '7', '0', '7', '0', '2' } },
	{ FORMAT_CPIO, 0, 6, { '0', '7', '0', '7', '0', '7' } },
	{ FORMAT_CPIO, 0, 2, { 0xc7, 0x71 } },
	{ FORMAT_CPIO, 0, 2, { 0x71, 0xc7 } },
};

enum { TAR_HEADER = 512, TAR_SUM = 148, TAR_SUM_LEN = 8 };

/* A tar header by its checksum, which the oldest have too: the field counts as blanks. */
static bool
is_tar(const uint8_t *data, size_t len)
{
	uint32_t sum = 0, said = 0;
	size_t i;

	if (len < TAR_HEADER || data[0] == 0)
		return false;
	for (i = 0; i < TAR_HEADER; i++)
		sum += i >= TAR_SUM && i < TAR_SUM + TAR_SUM_LEN ? ' ' : data[i];
	for (i = TAR_SUM; i < TAR_SUM + TAR_SUM_LEN && data[i] == ' '; i++)
		;
	for (; i < TAR_SUM + TAR_SUM_LEN && data[i] >= '0' && data[i] <= '7'; i++)
		said = said * 8 + (uint32_t)(data[i] - '0');
	return said == sum;
}

static bool
magic_matches(const struct magic *m, const uint8_t *data, size_t len)
{
	if (len < (size_t)m->offset + m->len ||
	    memcmp(data + m->offset, m->octets, m->len) != 0)
		return false;
	return m->offset == 0 || (data[0] & 0xf0) == 0x50;
}

enum format
format_of(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (magic_matches(&magics[i], data, len))
			return magics[i].format;
	}
	return is_tar(data, len) ? FORMAT_TAR : FORMAT_NONE;
}

const struct format_info *
format_info(enum format f)
{
	return &infos[f];
}
