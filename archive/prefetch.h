/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PREFETCH_H
#define ARCHIVE_PREFETCH_H

/*
 * Loads the chunk that will be wanted next on a thread of its own.  prefetch_open; prefetch_ask and
 * prefetch_take from one thread; prefetch_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Fills a chunk's memory, which belongs to the prefetch; called on its thread, one at a time. */
typedef enum status (*prefetch_load)(void *ctx, uint64_t chunk, uint8_t *data, struct fault *f);

struct prefetch;

/* size: octets of the memory. */
MUST_USE enum status prefetch_open(size_t size, prefetch_load load, void *ctx, struct prefetch **out,
    struct fault *f);
/* Begins with that chunk, unless another is still being loaded. */
void prefetch_ask(struct prefetch *p, uint64_t chunk);
/*
 * Where that chunk was asked for last: waits until it is loaded, gives its memory in exchange for the
 * caller's, *data, of the same size, and in *st and *f what loading it said.
 */
bool prefetch_take(struct prefetch *p, uint64_t chunk, uint8_t **data, enum status *st, struct fault *f);
/* Waits for what is being loaded. */
void prefetch_free(struct prefetch *p);

#endif
