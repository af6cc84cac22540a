/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_WHEEL_H
#define CAPTURE_WHEEL_H

/*
 * A timer wheel of small numbers: WHEEL_BUCKETS queues, one per tick, each first in first
 * out.  It knows nothing of the time or of what the numbers mean; whoever takes a number
 * out finds that it is due, puts it in again further on, or drops it because it was queued
 * elsewhere in the meantime.  Ticks are 16 bits and wrap.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { WHEEL_BUCKETS = 128 };

struct wheel;

MUST_USE enum status wheel_open(struct wheel **out, struct fault *f);
void wheel_free(struct wheel *w);
/* At most WHEEL_BUCKETS - 1 ticks ahead.  False: no memory. */
MUST_USE bool wheel_put(struct wheel *w, uint16_t tick, uint32_t number);
/* The next number of that tick's queue; false if it is empty. */
bool wheel_take(struct wheel *w, uint16_t tick, uint32_t *number);
/* Numbers in all queues. */
size_t wheel_count(const struct wheel *w);
/*
 * Every number once, queue by queue (tick % WHEEL_BUCKETS) and in its order; those that `keep`
 * refuses are dropped.  False: no memory, and some may be lost.
 */
typedef bool (*wheel_keep)(void *ctx, unsigned bucket, uint32_t number);
MUST_USE bool wheel_sweep(struct wheel *w, wheel_keep keep, void *ctx);
/* The nearest tick, `from` or later, that has numbers; false if none has. */
bool wheel_nearest(const struct wheel *w, uint16_t from, uint16_t *tick);
/* The number that wheel_take() would give `ahead` calls later, as a hint. */
bool wheel_peek(const struct wheel *w, uint16_t tick, uint32_t ahead, uint32_t *number);

#endif
