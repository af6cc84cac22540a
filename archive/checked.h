/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_CHECKED_H
#define ARCHIVE_CHECKED_H

/*
 * A sealed file of which only checked bytes come out: each chunk that a read touches is read
 * whole and compared with the manifest's hash first.  checked_open, checked_read..., checked_free.
 */

#include "archive/manifest.h"
#include "base/file.h"

struct checked;

/* Copies what it needs of the manifest's entry. */
MUST_USE enum status checked_open(const char *path, const struct manifest_file *file,
    struct checked **out, struct fault *f);
/* parquet_input's read_at: STATUS_DIFFERS, at the chunk's offset, where a hash does not hold. */
MUST_USE enum status checked_read(void *ctx, void *data, size_t len, uint64_t offset,
    struct fault *f);
/*
 * From here on a chunk that differs is told, and read all the same: what comes out is then no
 * evidence.
 */
void checked_tolerate(struct checked *c, void (*told)(void *ctx, const struct fault *why), void *ctx);
void checked_free(struct checked *c);

#endif
