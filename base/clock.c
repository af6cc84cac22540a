/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"

#include <errno.h>
#include <time.h>

#if defined(__linux__) || defined(__FreeBSD__)
#include <sys/timex.h>
#define HAVE_ADJTIME_STATE 1
#endif

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts = { 0, 0 };

	if (clock_gettime(id, &ts) != 0)
		return 0;
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
clock_wall_nanos(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_monotonic_nanos(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

const char *
clock_state(void)
{
#ifdef HAVE_ADJTIME_STATE
	struct timex tx = { 0 };
#ifdef __linux__
	int state = adjtimex(&tx);
#else
	int state = ntp_adjtime(&tx);
#endif

	if (state >= 0)
		return state == TIME_ERROR ? "unsynchronised" : "synchronised";
#endif
	return "unknown";
}

void
clock_sleep_until(int64_t monotonic_nanos)
{
	struct timespec ts = { (time_t)(monotonic_nanos / 1000000000), monotonic_nanos % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		continue;
}
