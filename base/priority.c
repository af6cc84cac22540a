/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/priority.h"

#ifdef __linux__

#include <errno.h>
#include <sys/resource.h>

enum { RAISE = -10, LOWER = 5, MOST = -20, LEAST = 19 };

/* By so much from what the process was started with; 0 is the calling thread (setpriority(2)). */
static void
change(int by)
{
	int before, after;

	errno = 0;
	before = getpriority(PRIO_PROCESS, 0);
	if (before == -1 && errno != 0)
		return;
	after = before + by < MOST ? MOST : before + by > LEAST ? LEAST : before + by;
	(void)setpriority(PRIO_PROCESS, 0, after);
}

void
priority_raise(void)
{
	change(RAISE);
}

void
priority_lower(void)
{
	change(LOWER);
}

/* The limit counts the other way round: 20 - nice (getrlimit(2)). */
void
priority_reserve(void)
{
	struct rlimit limit;
	rlim_t want = LEAST + 1 - RAISE;

	if (getrlimit(RLIMIT_NICE, &limit) != 0 || limit.rlim_cur >= want)
		return;
	limit.rlim_cur = want;
	limit.rlim_max = limit.rlim_max > want ? limit.rlim_max : want;
	(void)setrlimit(RLIMIT_NICE, &limit);
}

#else

void
priority_raise(void)
{
}

void
priority_lower(void)
{
}

void
priority_reserve(void)
{
}

#endif
