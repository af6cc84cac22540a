/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_DAEMON_H
#define BASE_DAEMON_H

/*
 * A process in the background whose start is waited for: what goes wrong until it is ready is
 * printed where it was called, and is the exit status there.  daemon_fork before anything is
 * opened or locked; daemon_ready; daemon_close.
 */

#include <stdbool.h>

#include "base/status.h"

struct daemon {
	int report; /* where the child tells that it is ready; -1: nobody waits */
};

/*
 * In the child, a session of its own: *parent is false.  In the parent, once the child is ready
 * or has ended: *parent is true and *status is what to exit with.
 */
MUST_USE enum status daemon_fork(struct daemon *d, bool *parent, int *status, struct fault *f);
/* The parent ends with 0; standard input, output and error lead nowhere from now on. */
MUST_USE enum status daemon_ready(struct daemon *d, struct fault *f);
void daemon_close(struct daemon *d);

#endif
