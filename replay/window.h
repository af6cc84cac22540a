/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_WINDOW_H
#define REPLAY_WINDOW_H

/*
 * A span of time: a flow is in it if any moment of the flow is (flow_end >= from and
 * flow_start < to).  Both in microseconds since 1970; INT64_MIN and INT64_MAX are open ends.
 */

#include <stdint.h>

#include "base/status.h"
#include "flow/table.h"

struct window {
	int64_t from;
	int64_t to; /* does not belong to it */
};

#define WINDOW_ALL ((struct window){ INT64_MIN, INT64_MAX })

/*
 * nfdump's -t: "2026/11/23.07:44:00-2026/11/23.08:00:00", where what is left out of a time
 * stands for all of it: "2026/11/23.07" is an hour, "2026/11/23" a day, and an end includes
 * its last second, hour, day.  Also "A..B" and "A.." and "..B" with any form of
 * text_parse_time, where B does not belong to it.
 */
MUST_USE enum status window_parse(const char *s, struct window *out, struct fault *f);
/* --since and --until: one time, microseconds, rounded down. */
MUST_USE enum status window_parse_time(const char *s, int64_t *out, struct fault *f);
/* Clears matched[row] where the flow is outside; returns how many are still set. */
size_t window_rows(const struct window *w, const struct table *t, uint8_t *matched);

#endif
