/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_DECOMPRESS_H
#define CAPTURE_DECOMPRESS_H

/*
 * One compressed stream: gzip, xz, zstd or bzip2, of one or more frames, with their checks.
 * The libraries are called directly, and not by way of libarchive, because that drops what
 * it had decoded (up to 64 KiB) where the data are cut, and does not test gzip's CRC.
 * All that can be decoded before damage is handed on before the damage is told.
 * decompress_open on a feed at its start; decompress_read; decompress_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/format.h"
#include "capture/feed.h"

/* Memory that a stream may ask of its decoder; xz -9 wants 65 MiB, zstd --ultra 128. */
enum { DECOMPRESS_WINDOW_LOG = 27 };
#define DECOMPRESS_MEMORY_MAX ((uint64_t)256 << 20)

struct decompress;

MUST_USE enum status decompress_open(enum format format, struct feed *in,
    struct decompress **out, struct fault *f);
/*
 * As feed_origin's read, with a struct decompress as ctx.  STATUS_TRUNCATED,
 * STATUS_MALFORMED, STATUS_LIMIT, or what ended the feed below; f names no file and
 * says the offset in the compressed data in its text.
 */
enum status decompress_read(void *ctx, uint8_t *buf, size_t cap, size_t *got, struct fault *f);
/* All frames were read, and none was broken; what follows them is still in the stream. */
bool decompress_ended(const struct decompress *d);
void decompress_free(struct decompress *d);

#endif
