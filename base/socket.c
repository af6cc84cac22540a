/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/socket.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

static enum status
bad_url(const char *url, const char *why, struct fault *f)
{
	return fault_set(f, STATUS_USAGE, NULL, "destination %s: %s; the form is udp://HOST:PORT", url,
	    why);
}

static bool
copy_part(char *out, size_t size, const char *from, size_t len)
{
	if (len == 0 || len >= size)
		return false;
	memcpy(out, from, len);
	out[len] = '\0';
	return true;
}

enum status
endpoint_parse(const char *url, struct endpoint *out, struct fault *f)
{
	struct endpoint e;
	const char *rest = strstr(url, "://");
	const char *colon, *host, *end;
	uint64_t port;

	if (rest == NULL || !copy_part(e.scheme, sizeof e.scheme, url, (size_t)(rest - url)))
		return bad_url(url, "no scheme", f);
	if (strcasecmp(e.scheme, "udp") != 0) /* RFC 3986 section 3.1: in either case */
		return bad_url(url, "the scheme is not udp", f);
	strcpy(e.scheme, "udp");
	host = rest + 3;
	colon = strrchr(host, ':');
	if (colon == NULL || !text_parse_u64(colon + 1, 65535, &port) || port == 0)
		return bad_url(url, "no port from 1 to 65535", f);
	end = colon;
	if (*host == '[') {
		host++;
		if (end == host || end[-1] != ']')
			return bad_url(url, "no ] behind the IPv6 address", f);
		end--;
	} else if (memchr(host, ':', (size_t)(end - host)) != NULL) {
		return bad_url(url, "an IPv6 address stands in [ ]", f);
	}
	if (!copy_part(e.host, sizeof e.host, host, (size_t)(end - host)) ||
	    !copy_part(e.port, sizeof e.port, colon + 1, strlen(colon + 1)))
		return bad_url(url, "no host", f);
	*out = e;
	return STATUS_OK;
}

static int
connect_one(const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, ai->ai_protocol);

	if (fd >= 0 && connect(fd, ai->ai_addr, ai->ai_addrlen) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

enum status
socket_connect_udp(const struct endpoint *e, int *fd, struct fault *f)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list = NULL;
	int got = -1;
	int rc = getaddrinfo(e->host, e->port, &hints, &list);

	if (rc != 0)
		return fault_set(f, STATUS_IO, NULL, "%s: %s", e->host, gai_strerror(rc));
	for (const struct addrinfo *ai = list; ai != NULL && got < 0; ai = ai->ai_next)
		got = connect_one(ai);
	freeaddrinfo(list);
	if (got < 0)
		return fault_errno(f, NULL, "cannot open a socket to %s port %s", e->host, e->port);
	*fd = got;
	return STATUS_OK;
}

static enum status
send_status(int err)
{
	if (err == ECONNREFUSED || err == EHOSTUNREACH || err == ENETUNREACH)
		return STATUS_ABSENT;
	if (err == EAGAIN || err == EWOULDBLOCK || err == ENOBUFS)
		return STATUS_LIMIT;
	return STATUS_IO;
}

enum status
socket_send(int fd, const void *data, size_t len, struct fault *f)
{
	enum status st;
	ssize_t n;

	do {
		n = send(fd, data, len, 0);
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)len)
		return STATUS_OK;
	st = send_status(n < 0 ? errno : 0);
	(void)fault_errno(f, NULL, "cannot send a datagram of %zu octets", len);
	return st;
}

void
socket_address(int fd, char out[SOCKET_ADDRESS_MAX])
{
	char host[SOCKET_ADDRESS_MAX - 10], port[8];
	struct sockaddr_storage a;
	socklen_t len = sizeof a;

	out[0] = '\0';
	if (getpeername(fd, (struct sockaddr *)&a, &len) == 0 &&
	    getnameinfo((struct sockaddr *)&a, len, host, sizeof host, port, sizeof port,
		NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		snprintf(out, SOCKET_ADDRESS_MAX, a.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
		    port);
}

void
socket_close(int fd)
{
	if (fd >= 0)
		close(fd);
}
