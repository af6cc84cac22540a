/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For LD_PRELOAD, where the kernel has no SCTP: a socket of SCTP is one of TCP, and how long each
 * message is that is sent over it stands in the file SCTPSHIM, a line each.
 */
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static int ours = -1;

int
socket(int domain, int type, int protocol)
{
	int (*real)(int, int, int);
	int fd;

	*(void **)&real = dlsym(RTLD_NEXT, "socket");
	fd = real(domain, type, protocol == IPPROTO_SCTP ? 0 : protocol);
	if (protocol == IPPROTO_SCTP)
		ours = fd;
	return fd;
}

ssize_t
send(int fd, const void *data, size_t len, int flags)
{
	ssize_t (*real)(int, const void *, size_t, int);
	const char *path = getenv("SCTPSHIM");
	ssize_t n;
	FILE *f;

	*(void **)&real = dlsym(RTLD_NEXT, "send");
	n = real(fd, data, len, flags);
	if (n < 0 || fd != ours || path == NULL || (f = fopen(path, "a")) == NULL)
		return n;
	(void)fprintf(f, "%zd\n", n);
	(void)fclose(f);
	return n;
}
