/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_CMD_SHOW_OPEN_H
#define REPLAY_CMD_SHOW_OPEN_H

/*
 * The flows of the segments that are open, as far as they are durable: those of a collector are
 * decoded out of its datagrams, others stand in the journal.  Reads only, beside a writer at work,
 * and needs no state; nothing is checked.  Each row's column other has "unsealed":true.
 */

#include "base/status.h"
#include "flow/place.h"
#include "flow/table.h"

/* Takes a table of at most TABLE_ROWS rows, borrowed for the call. */
typedef enum status (*show_open_take)(void *ctx, struct table *t, struct fault *f);

struct show_open_result {
	size_t segments;
	uint64_t first, last; /* their sequences */
	int64_t made;         /* the newest statement, nanoseconds since 1970 */
	uint64_t damaged;     /* files that end in what cannot be read, which was told by `notice` */
};

typedef void (*show_open_notice)(void *ctx, const struct fault *f);

MUST_USE enum status show_open(const char *archive, show_open_take take, show_open_notice notice,
    void *ctx, struct show_open_result *out, struct fault *f);

#endif
