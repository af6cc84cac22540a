/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_TABLE_QUEUE_H
#define FLOW_TABLE_QUEUE_H

/*
 * Hands full tables from the thread that fills them to a consumer (an encoder), in order:
 * on a thread of its own, or directly where there is one core.  The filler owns one table at
 * any time, all others belong to the queue.  open; put...; drain; free.
 */

#include <stdbool.h>

#include "base/status.h"
#include "flow/table.h"

/* Borrows t for the call.  A failure ends the consuming; the next put or drain returns it. */
typedef enum status (*table_consume)(void *ctx, const struct table *t, struct fault *f);

struct table_queue;

/* rows: capacity of each table. */
MUST_USE enum status table_queue_open(size_t rows, bool threaded, table_consume consume, void *ctx,
    struct table_queue **out, struct fault *f);
/* Takes *t, gives an empty one of the same capacity back; waits while the consumer is behind. */
MUST_USE enum status table_queue_put(struct table_queue *q, struct table **t, struct fault *f);
/* Waits until everything that was put has been consumed. */
MUST_USE enum status table_queue_drain(struct table_queue *q, struct fault *f);
/* Waits for the consumer to end with what was put. */
void table_queue_free(struct table_queue *q);

#endif
