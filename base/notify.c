/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum { NOTIFY_TEXT_MAX = 1024 };

#ifndef SOCK_CLOEXEC
#define SOCK_CLOEXEC 0
#endif

static int64_t
watchdog_nanos(const char *usec, const char *pid)
{
	uint64_t value;

	if (pid != NULL && (!text_parse_u64(pid, INT64_MAX, &value) || (pid_t)value != getpid()))
		return 0; /* meant for another process */
	if (usec == NULL || !text_parse_u64(usec, INT64_MAX / 1000, &value))
		return 0;
	return (int64_t)value * 1000;
}

enum status
notify_open(struct notify *n, const char *socket_name, const char *watchdog_usec,
    const char *watchdog_pid, struct fault *f)
{
	size_t len = socket_name == NULL ? 0 : strlen(socket_name);

	*n = (struct notify) { .fd = -1, .to.sun_family = AF_UNIX };
	if (len == 0)
		return STATUS_OK;
	if ((socket_name[0] != '/' && socket_name[0] != '@') || len >= sizeof n->to.sun_path)
		return fault_set(f, STATUS_USAGE, socket_name, "NOTIFY_SOCKET names no socket");
	memcpy(n->to.sun_path, socket_name, len);
	if (socket_name[0] == '@')
		n->to.sun_path[0] = '\0'; /* Linux's abstract names */
	n->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len +
	    (socket_name[0] == '/'));
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (n->fd < 0)
		return fault_errno(f, socket_name, "cannot open a socket");
	n->watchdog = watchdog_nanos(watchdog_usec, watchdog_pid);
	return STATUS_OK;
}

void
notify_send(const struct notify *n, const char *fmt, ...)
{
	char text[NOTIFY_TEXT_MAX];
	va_list ap;
	int len;

	if (n->fd < 0)
		return;
	va_start(ap, fmt);
	len = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (len >= (int)sizeof text)
		len = (int)sizeof text - 1;
	if (len > 0)
		(void)sendto(n->fd, text, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL,
		    (const struct sockaddr *)(const void *)&n->to, n->to_len);
}

void
notify_close(struct notify *n)
{
	if (n->fd >= 0)
		(void)close(n->fd);
	n->fd = -1;
}
