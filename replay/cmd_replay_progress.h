/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_CMD_REPLAY_PROGRESS_H
#define REPLAY_CMD_REPLAY_PROGRESS_H

/* How far a replay is: one line on a terminal, or a line of JSON for each look. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/target.h"

struct progress {
	bool terminal; /* shown on and on, over itself */
	bool json;     /* lines of JSON */
	bool quiet;    /* only when asked */
	int64_t began; /* monotonic, nanoseconds */
	int64_t shown;
};

/* Whether it is time for the next line without being asked. */
bool progress_due(const struct progress *p, int64_t now);
/* Of the target that is furthest behind. */
void progress_show(struct progress *p, struct target *const *targets, size_t count, int64_t now);

#endif
