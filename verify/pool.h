/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_POOL_H
#define VERIFY_POOL_H

/*
 * Threads that work off a short queue of jobs: pool_open, pool_put..., pool_finish.  The
 * queue is bounded, so that a million files need no memory for a million jobs.
 */

#include <stddef.h>

#include "base/status.h"

enum { POOL_THREADS_MAX = 256 };

/* Called in a thread of the pool; takes the job over. */
typedef void (*pool_work)(void *ctx, void *job);

struct pool;

/* threads: 1 to POOL_THREADS_MAX; with 1 the work is done in pool_put. */
MUST_USE enum status pool_open(size_t threads, pool_work work, void *ctx, struct pool **out,
    struct fault *f);
/* Waits while the queue is full. */
void pool_put(struct pool *p, void *job);
/* Waits until all is done and frees the pool; takes NULL. */
void pool_finish(struct pool *p);

#endif
