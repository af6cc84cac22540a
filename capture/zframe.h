/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_ZFRAME_H
#define CAPTURE_ZFRAME_H

/*
 * Independent zstd frames (RFC 8878 section 3.1) with checksums: a file of them can be read up to
 * any of them.  zframe_open; zframe_put per frame; zframe_free.
 */

#include "base/buf.h"

struct zframe;

MUST_USE enum status zframe_open(int level, struct zframe **out, struct fault *f);
/* Appends one frame of all that is in `from`, which is empty then; nothing of nothing. */
MUST_USE enum status zframe_put(struct zframe *z, struct buf *from, struct buf *out,
    struct fault *f);
void zframe_free(struct zframe *z);

#endif
