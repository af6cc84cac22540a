/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_ACTIVATION_H
#define BASE_ACTIVATION_H

/*
 * Sockets that a service manager has opened and hands over (sd_listen_fds(3), without its
 * library): descriptors from 3 on, so many as LISTEN_FDS says, meant for the process that
 * LISTEN_PID names.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

enum { ACTIVATION_FIRST = 3, ACTIVATION_MAX = 64 };

/*
 * The values of LISTEN_PID and LISTEN_FDS, each may be NULL.  *count is 0 where nothing is meant for
 * this process; the descriptors are close-on-exec afterwards.  STATUS_USAGE for a number that is
 * none, or too large, or of a descriptor that is not open.
 */
MUST_USE enum status activation_sockets(const char *listen_pid, const char *listen_fds,
    size_t *count, struct fault *f);

/* Whether a descriptor is a stream socket: one for connections, and none for datagrams. */
bool activation_is_stream(int fd);

#endif
