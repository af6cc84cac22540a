/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_SPOOL_H
#define REPLAY_SPOOL_H

/*
 * What can be read only once (standard input, a pipe) as a file that several targets can read:
 * a temporary one in TMPDIR, which spool_remove removes.
 */

#include <stdbool.h>

#include "base/file.h"
#include "base/status.h"

struct spool {
	char path[FILE_PATH_MAX]; /* "" where there is none */
};

/* Whether the input ("-", or a path) can be read only once. */
bool spool_needed(const char *path);
/* Reads all of it; dir is where the file is made. STATUS_INTERRUPTED where interrupt says so. */
MUST_USE enum status spool_make(struct spool *s, const char *path, const char *dir,
    const volatile int *interrupt, struct fault *f);
void spool_remove(struct spool *s);

#endif
