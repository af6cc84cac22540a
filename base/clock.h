/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* The clocks of the machine; only the command files call these, all else gets times passed in. */

#include <stdint.h>

int64_t clock_wall_nanos(void);      /* since 1970, UTC */
int64_t clock_monotonic_nanos(void); /* for pacing and progress */
/* "synchronised", "unsynchronised" or "unknown" (adjtimex and its like). */
const char *clock_state(void);
void clock_sleep_until(int64_t monotonic_nanos);

#endif
