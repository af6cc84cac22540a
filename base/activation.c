/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/activation.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

enum status
activation_sockets(const char *listen_pid, const char *listen_fds, size_t *count, struct fault *f)
{
	uint64_t pid, n;

	*count = 0;
	if (listen_pid == NULL || listen_fds == NULL || !text_parse_u64(listen_pid, INT64_MAX, &pid) ||
	    (pid_t)pid != getpid())
		return STATUS_OK;
	if (!text_parse_u64(listen_fds, ACTIVATION_MAX, &n))
		return fault_set(f, STATUS_USAGE, NULL, "LISTEN_FDS: a number up to %d is expected",
		    ACTIVATION_MAX);
	for (int fd = ACTIVATION_FIRST; fd < ACTIVATION_FIRST + (int)n; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
			return fault_set(f, STATUS_USAGE, NULL, "LISTEN_FDS names descriptor %d, which is not open",
			    fd);
	*count = (size_t)n;
	return STATUS_OK;
}

bool
activation_is_stream(int fd)
{
	int type = 0;
	socklen_t len = sizeof type;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
}
