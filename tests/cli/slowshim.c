/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For LD_PRELOAD: a disk that needs a second for each fsync while the file SLOWSHIM is there; that of
 * the same name with .seen is made when somebody waits for it.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int
fsync(int fd)
{
	int (*real)(int);
	const char *path = getenv("SLOWSHIM");

	*(void **)&real = dlsym(RTLD_NEXT, "fsync");
	if (path != NULL && access(path, F_OK) == 0) {
		char seen[4096];

		snprintf(seen, sizeof seen, "%s.seen", path);
		close(open(seen, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		sleep(1);
	}
	return real(fd);
}
