/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_RETIME_H
#define REPLAY_RETIME_H

/*
 * Moves flows in time before they are sent again: by a fixed shift, or so that each ends
 * when it is sent.  All of a flow's times move together (flow_start, flow_end, both in
 * nanoseconds, export_time, received), so that its duration and their order stay.
 */

#include <stdint.h>

#include "base/status.h"
#include "flow/table.h"

enum retime_policy { RETIME_ORIGINAL, RETIME_SHIFT, RETIME_NOW };

struct retime {
	enum retime_policy policy;
	int64_t shift; /* microseconds, RETIME_SHIFT's */
};

/* "original" or "now". */
MUST_USE enum status retime_parse(const char *s, struct retime *out, struct fault *f);
/* "+3d", "-90s", "1.5h": a duration with or without a sign. */
MUST_USE enum status retime_parse_shift(const char *s, struct retime *out, struct fault *f);
/*
 * Rows from to to - 1, those with matched[row] != 0; `now` is microseconds since 1970.  A flow
 * without start and end stays where RETIME_NOW asks for its end, and any does that would move
 * beyond what its columns hold.  Returns how many stayed though they had to move.
 */
size_t retime_rows(const struct retime *r, struct table *t, size_t from, size_t to,
    const uint8_t *matched, int64_t now);

#endif
