/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For LD_PRELOAD: the wall clock is set by as many seconds as the file named by CLOCKSHIM says, as
 * soon as it is there.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	static int (*real)(clockid_t, struct timespec *);
	const char *path = getenv("CLOCKSHIM");
	FILE *f;
	long seconds = 0;
	int rc;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	rc = real(id, ts);
	if (rc != 0 || id != CLOCK_REALTIME || path == NULL || (f = fopen(path, "r")) == NULL)
		return rc;
	if (fscanf(f, "%ld", &seconds) == 1)
		ts->tv_sec += seconds;
	fclose(f);
	return rc;
}
