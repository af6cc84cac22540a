/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

/*
 * Tells the service manager how a service is, as sd_notify(3) does and without its library:
 * datagrams of lines VARIABLE=VALUE to the socket that it named.  Without one nothing is sent,
 * and a manager that is not there is no failure.  notify_open; notify_send...; notify_close.
 */

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/status.h"

struct notify {
	int fd; /* -1: nobody wants to know */
	struct sockaddr_un to;
	socklen_t to_len;
	int64_t watchdog; /* nanoseconds within which WATCHDOG=1 is expected; 0: never */
};

/*
 * The values of NOTIFY_SOCKET (a path, or @NAME), WATCHDOG_USEC and WATCHDOG_PID; each may be
 * NULL.  STATUS_USAGE for a socket's name that cannot be one.
 */
MUST_USE enum status notify_open(struct notify *n, const char *socket_name,
    const char *watchdog_usec, const char *watchdog_pid, struct fault *f);
/* "READY=1", "STATUS=...", "STOPPING=1", "WATCHDOG=1"; lines in one go with \n between. */
void notify_send(const struct notify *n, const char *fmt, ...) PRINTF_LIKE(2, 3);
void notify_close(struct notify *n);

#endif
