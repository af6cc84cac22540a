/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_PIDFILE_H
#define BASE_PIDFILE_H

/*
 * A file with this process's number, locked as long as it lives: a second one is refused, and a
 * file that a killed process left is taken over.  pidfile_open; pidfile_close.
 */

#include "base/file.h"

struct pidfile {
	int fd; /* -1: none */
	char path[FILE_PATH_MAX];
};

/* STATUS_LOCKED, with the other's number in the text, where it runs. */
MUST_USE enum status pidfile_open(struct pidfile *p, const char *path, struct fault *f);
/* Removes it, or empties it where its directory is no longer ours to write. */
void pidfile_close(struct pidfile *p);

#endif
