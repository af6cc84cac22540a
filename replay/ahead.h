/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_AHEAD_H
#define REPLAY_AHEAD_H

/*
 * Reads an input's tables, or its datagrams in batches, on a thread of its own, a few of them ahead
 * of whoever sends them.  ahead_open or ahead_open_datagrams; ahead_next or ahead_next_batch until it
 * is not STATUS_OK; ahead_free.  The input is the thread's until then.
 */

#include "base/status.h"
#include "flow/place.h"
#include "flow/table.h"
#include "replay/datagram_batch.h"
#include "replay/input.h"

struct ahead;

/* rows: of each table. */
MUST_USE enum status ahead_open(struct input *in, size_t rows, struct ahead **out, struct fault *f);
MUST_USE enum status ahead_open_datagrams(struct input *in, struct ahead **out, struct fault *f);
/*
 * The next table, the caller's until the next call; the place is that of its first row, archive ""
 * where nothing names it.  Otherwise what input_next said behind the last.
 */
MUST_USE enum status ahead_next(struct ahead *a, struct table **t, struct flow_place *place,
    struct fault *f);
/* The same with datagrams. */
MUST_USE enum status ahead_next_batch(struct ahead *a, const struct datagram_batch **batch,
    struct fault *f);
/* Waits for the thread to see that nobody wants more. */
void ahead_free(struct ahead *a);

#endif
