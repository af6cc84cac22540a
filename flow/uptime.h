/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_UPTIME_H
#define FLOW_UPTIME_H

/*
 * The clock of an exporter whose protocol writes times as milliseconds since it started
 * (NetFlow 5 and 9).  We choose its start, always a whole second since version 9's header
 * has only those, such that the times of flows come out to the millisecond; it stays the
 * same as long as they fit.
 */

#include <stdbool.h>
#include <stdint.h>

#include "flow/loss.h"
#include "flow/table.h"

/* The last end, in milliseconds since 1970, whose header's time has room in 32 bits. */
#define UPTIME_END_MAX ((int64_t)UINT32_MAX * 1000 - 999)

struct uptime_clock {
	int64_t boot;     /* seconds since 1970 */
	int64_t seconds;  /* what the next header says: never before a flow's end */
	bool started;
};

/* The times of a row in milliseconds since 1970; one that is absent is taken from the other. */
enum refusal uptime_times(const struct table *t, size_t row, int64_t *start, int64_t *end);
/* Whether the clock as it runs can express them. */
bool uptime_fits(const struct uptime_clock *c, int64_t start, int64_t end);
/* Starts the clock anew; REFUSAL_DURATION if no start would do. */
enum refusal uptime_start(struct uptime_clock *c, int64_t start, int64_t end);
/* Moves the header's time on to an end that fits. */
void uptime_advance(struct uptime_clock *c, int64_t end);
/* Moves it on to a second since 1970; false if that is more than 32 bits away from the start. */
bool uptime_now(struct uptime_clock *c, int64_t seconds);

static inline uint32_t
uptime_of(const struct uptime_clock *c, int64_t millis)
{
	return (uint32_t)(millis - c->boot * 1000);
}

#endif
