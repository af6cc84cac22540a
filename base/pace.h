/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_PACE_H
#define BASE_PACE_H

/*
 * When the next units may go: an absolute schedule of so many per second on a clock that
 * the caller gives, so that short delays are made good and nothing drifts.  A delay longer
 * than PACE_BACKLOG is not: it would overrun the receiver.
 */

#include <stdint.h>

#define PACE_BACKLOG INT64_C(10000000) /* nanoseconds */
#define PACE_SLACK   INT64_C(1000000)  /* this much ahead of time is not worth a sleep */

struct pace {
	uint64_t rate;  /* units per second, 0: no limit */
	int64_t start;  /* nanoseconds, of the present second of the schedule */
	uint64_t done;  /* units since then */
};

void pace_init(struct pace *p, uint64_t rate, int64_t now);
/* Counts the units; returns the time at which they may go, now or before if at once. */
int64_t pace_take(struct pace *p, uint64_t units, int64_t now);

#endif
