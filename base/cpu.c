/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/cpu.h"

#include <sched.h>
#include <unistd.h>

unsigned
cpu_usable(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
#ifdef __linux__
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		online = CPU_COUNT(&set);
#endif
	return online > 0 ? (unsigned)online : 1;
}
