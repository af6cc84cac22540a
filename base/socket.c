/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

static const struct scheme {
	const char *name;
	const char *port; /* IPFIX's own */
	enum endpoint_scheme scheme;
} schemes[] = {
	{ "udp", "4739", ENDPOINT_UDP },
	{ "tcp", "4739", ENDPOINT_TCP },
	{ "tls", "4740", ENDPOINT_TLS },
	{ "sctp", "4739", ENDPOINT_SCTP },
};

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, UDP_HEADER = 8 };

enum { SCHEMES = sizeof schemes / sizeof *schemes };

const char *
endpoint_scheme_name(enum endpoint_scheme scheme)
{
	for (size_t i = 0; i < SCHEMES; i++)
		if (schemes[i].scheme == scheme)
			return schemes[i].name;
	return "";
}

static enum status
bad_url(const char *url, int allowed, const char *why, struct fault *f)
{
	char forms[96] = "";
	size_t at = 0;

	for (size_t i = 0; i < SCHEMES; i++)
		if (allowed & (int)schemes[i].scheme)
			at += (size_t)snprintf(forms + at, sizeof forms - at, "%s%s://HOST:PORT",
			    at > 0 ? ", " : "", schemes[i].name);
	return fault_set(f, STATUS_USAGE, NULL, "%s %s: %s; the form is %s",
	    allowed & ENDPOINT_LISTEN ? "listener" : "destination", url, why, forms);
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

/* RFC 3986 section 3.1: in either case. */
static const struct scheme *
find_scheme(const char *url, size_t len, int allowed)
{
	for (size_t i = 0; i < SCHEMES; i++)
		if ((allowed & (int)schemes[i].scheme) != 0 && strlen(schemes[i].name) == len &&
		    strncasecmp(url, schemes[i].name, len) == 0)
			return &schemes[i];
	return NULL;
}

/* Brackets off; NULL or what is wrong. */
static const char *
take_host(const char *host, const char *end, bool may_lack, struct endpoint *e)
{
	if (may_lack && (host == end || (end - host == 1 && *host == '*')))
		return NULL;
	if (host != end && *host == '[') {
		host++;
		if (end == host || end[-1] != ']')
			return "no ] behind the IPv6 address";
		end--;
	} else if (memchr(host, ':', (size_t)(end - host)) != NULL) {
		return "an IPv6 address stands in [ ]";
	}
	return copy_part(e->host, sizeof e->host, host, (size_t)(end - host)) ? NULL : "no host";
}

/* "HOST:PORT" as the scheme wants it; NULL or what is wrong. */
static const char *
take_place(const char *host, const struct scheme *scheme, bool listen, struct endpoint *e)
{
	const char *colon = strrchr(host, ':'), *bracket = strrchr(host, ']');
	uint64_t port;

	if (listen && (colon == NULL || (bracket != NULL && colon < bracket))) {
		strcpy(e->port, scheme->port);
		return take_host(host, host + strlen(host), listen, e);
	}
	if (colon == NULL || !text_parse_u64(colon + 1, 65535, &port) || port == 0 ||
	    !copy_part(e->port, sizeof e->port, colon + 1, strlen(colon + 1)))
		return "no port from 1 to 65535";
	return take_host(host, colon, listen, e);
}

enum status
endpoint_parse_any(const char *url, int allowed, struct endpoint *out, struct fault *f)
{
	struct endpoint e = { .host = "" };
	const char *rest = strstr(url, "://"), *wrong;
	const struct scheme *scheme;

	if (rest == NULL || rest == url)
		return bad_url(url, allowed, "no scheme", f);
	scheme = find_scheme(url, (size_t)(rest - url), allowed);
	if (scheme == NULL)
		return bad_url(url, allowed,
		    (allowed & ENDPOINT_ANY) == ENDPOINT_UDP ? "the scheme is not udp" : "no such scheme", f);
	e.scheme = scheme->scheme;
	wrong = take_place(rest + 3, scheme, (allowed & ENDPOINT_LISTEN) != 0, &e);
	if (wrong != NULL)
		return bad_url(url, allowed, wrong, f);
	*out = e;
	return STATUS_OK;
}

enum status
endpoint_parse(const char *url, struct endpoint *out, struct fault *f)
{
	return endpoint_parse_any(url, ENDPOINT_UDP, out, f);
}

static bool
bind_to(int fd, int family, const struct address *from)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if ((family == AF_INET) != (from->family == 4)) {
		errno = EADDRNOTAVAIL;
		return false;
	}
	memcpy(&in.sin_addr, from->octets, 4);
	memcpy(&in6.sin6_addr, from->octets, 16);
	return family == AF_INET ? bind(fd, (struct sockaddr *)&in, sizeof in) == 0 :
	    bind(fd, (struct sockaddr *)&in6, sizeof in6) == 0;
}

static int
connect_one(const struct addrinfo *ai, const struct address *from)
{
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, ai->ai_protocol);

	if (fd >= 0 && ((from != NULL && !bind_to(fd, ai->ai_family, from)) ||
	    connect(fd, ai->ai_addr, ai->ai_addrlen) != 0)) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

static enum status
connect_udp(const struct endpoint *e, const struct address *from, int *fd, struct fault *f)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list = NULL;
	int got = -1, err = 0;
	int rc = getaddrinfo(e->host, e->port, &hints, &list);

	if (rc != 0)
		return fault_set(f, STATUS_IO, NULL, "%s: %s", e->host, gai_strerror(rc));
	for (const struct addrinfo *ai = list; ai != NULL && got < 0; ai = ai->ai_next) {
		got = connect_one(ai, from);
		err = errno;
	}
	freeaddrinfo(list);
	if (got >= 0) {
		*fd = got;
		return STATUS_OK;
	}
	errno = err;
	(void)fault_errno(f, NULL, "cannot open a socket to %s port %s", e->host, e->port);
	return err == EADDRNOTAVAIL ? STATUS_ABSENT : STATUS_IO;
}

enum status
socket_connect_udp(const struct endpoint *e, int *fd, struct fault *f)
{
	enum status st = connect_udp(e, NULL, fd, f);

	return st == STATUS_ABSENT ? STATUS_IO : st;
}

enum status
socket_connect_udp_from(const struct endpoint *e, const struct address *from, int *fd,
    struct fault *f)
{
	return connect_udp(e, from, fd, f);
}

size_t
socket_path_payload(int fd)
{
	int mtu = 0, headers = 0;
	socklen_t len = sizeof mtu;

#ifdef IPV6_MTU
	if (getsockopt(fd, IPPROTO_IPV6, IPV6_MTU, &mtu, &len) == 0)
		headers = IPV6_HEADER + UDP_HEADER;
#endif
#ifdef IP_MTU
	len = sizeof mtu;
	if (headers == 0 && getsockopt(fd, IPPROTO_IP, IP_MTU, &mtu, &len) == 0)
		headers = IPV4_HEADER + UDP_HEADER;
#endif
	return headers != 0 && mtu > headers ? (size_t)(mtu - headers) : 0;
}

int
socket_complaint(int fd, int millis)
{
	struct pollfd p = { .fd = fd }; /* errors are always told */
	socklen_t len = sizeof(int);
	int err = 0;

	if (poll(&p, 1, millis) <= 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
		return 0;
	return err;
}

enum status
socket_send_status(int err)
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
	st = socket_send_status(n < 0 ? errno : 0);
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

void
socket_unmap(struct address *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	if (a->family != 6 || memcmp(a->octets, prefix, sizeof prefix) != 0)
		return;
	memmove(a->octets, a->octets + 12, 4);
	memset(a->octets + 4, 0, 12);
	a->family = 4;
}

void
socket_read_name(const struct sockaddr_storage *from, struct address *out, uint16_t *port)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	memset(out, 0, sizeof *out);
	*port = 0;
	if (from->ss_family == AF_INET) {
		memcpy(&in, from, sizeof in);
		memcpy(out->octets, &in.sin_addr, 4);
		out->family = 4;
		*port = ntohs(in.sin_port);
	} else if (from->ss_family == AF_INET6) {
		memcpy(&in6, from, sizeof in6);
		memcpy(out->octets, &in6.sin6_addr, 16);
		out->family = 6;
		*port = ntohs(in6.sin6_port);
		socket_unmap(out);
	}
}
