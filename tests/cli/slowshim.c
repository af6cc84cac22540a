/* SPDX-License-Identifier: BSD-2-Clause */
/* For LD_PRELOAD: a disk that needs a second for each fsync while the file SLOWSHIM is there. */
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

int
fsync(int fd)
{
	int (*real)(int);
	const char *path = getenv("SLOWSHIM");

	*(void **)&real = dlsym(RTLD_NEXT, "fsync");
	if (path != NULL && access(path, F_OK) == 0)
		sleep(1);
	return real(fd);
}
