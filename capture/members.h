/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_MEMBERS_H
#define CAPTURE_MEMBERS_H

/*
 * The members of an archive, one after the other, by libarchive: tar, cpio, zip, 7z, and
 * the streams that only it decompresses here (lz4, compress), which have one member without
 * a name.  Only the one format that the first octets say is switched on, and no external
 * program or file is ever touched.  members_open on a feed at its start; members_next,
 * members_read...; members_free.
 *
 * Where the feed can seek, a damaged member costs only itself: libarchive gives up an
 * archive after the first broken one, so that it is opened anew behind it.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/format.h"
#include "capture/feed.h"

enum { MEMBERS_REOPEN_MAX = 64 }; /* each of them reads all headers again */

/*
 * Octets that may be read for one header.  libarchive keeps in memory what a header claims
 * (a cpio name may say 4 GiB), so that this bounds the memory that an archive can fill.  The
 * directory of a zip or 7z is read with its first member.
 */
#define MEMBERS_HEADER_MAX    ((uint64_t)8 << 20)
#define MEMBERS_DIRECTORY_MAX ((uint64_t)64 << 20)

/* What members_next found. */
struct member {
	const char *name; /* as in the archive, not escaped; "" if it has none; until the next */
	bool file;        /* a regular file: has octets to read */
	bool directory;
	bool encrypted;
};

struct members;

/* size: of the feed, 0 if unknown, in which case it is only read forwards. */
MUST_USE enum status members_open(enum format format, struct feed *in, uint64_t size,
    const volatile int *interrupted, struct members **out, struct fault *f);
/* STATUS_END behind the last; after another failure there is nothing more to have. */
MUST_USE enum status members_next(struct members *m, struct member *out, struct fault *f);
/* As feed_origin's read, of the current member, with a struct members as ctx. */
enum status members_read(void *ctx, uint8_t *buf, size_t cap, size_t *got, struct fault *f);
void members_free(struct members *m);

#endif
