/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_FORMAT_H
#define CAPTURE_FORMAT_H

/* What an input is, by its first octets and never by its name: one table of formats. */

#include <stddef.h>
#include <stdint.h>

enum format_kind {
	FORMAT_CAPTURE,
	FORMAT_COMPRESSED, /* one stream in another (capture/decompress.h) */
	FORMAT_ARCHIVE     /* members; read by libarchive (capture/members.h) */
};

enum format {
	FORMAT_NONE,
	FORMAT_PCAP,
	FORMAT_PCAPNG,
	FORMAT_GZIP,
	FORMAT_XZ,
	FORMAT_ZSTD,
	FORMAT_BZIP2,
	FORMAT_LZ4,
	FORMAT_COMPRESS, /* compress(1), .Z */
	FORMAT_ZIP,
	FORMAT_7ZIP,
	FORMAT_TAR,
	FORMAT_CPIO,
	FORMAT_IPFIX, /* never of format_of: ipfix_stream_is says it, where it is asked for */
	FORMAT_COUNT
};

struct format_info {
	const char *name;
	enum format_kind kind;
};

enum { FORMAT_LOOK = 512 }; /* octets that format_of wants to see, if there are so many */

enum format format_of(const uint8_t *data, size_t len);
const struct format_info *format_info(enum format f);

#endif
