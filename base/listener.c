/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/binding.h"

enum { BACKLOG = 256 };

struct listener {
	int fd;
};

static enum status
make(int fd, struct listener **out, struct fault *f)
{
	struct listener *l = calloc(1, sizeof *l);

	if (l == NULL)
		return fault_memory(f);
	l->fd = fd;
	*out = l;
	return STATUS_OK;
}

/* What is to be listened at, and what came of it. */
struct opening {
	const struct endpoint *at;
	struct listener *made;
};

static enum status
bind_one(void *ctx, const struct addrinfo *a, struct fault *f)
{
	struct opening *o = ctx;
	const struct endpoint *at = o->at;
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	int zero = 0, one = 1;
	enum status st;

	if (fd < 0)
		return fault_errno(f, NULL, "no socket");
	if (a->ai_family == AF_INET6 && at->host[0] == '\0')
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		st = make(fd, &o->made, f);
	else
		st = fault_errno(f, NULL, "cannot listen on %s%sTCP port %s", at->host,
		    at->host[0] == '\0' ? "" : " ", at->port);
	if (st != STATUS_OK)
		close(fd);
	return st;
}

enum status
listener_open(const struct endpoint *at, struct listener **out, struct fault *f)
{
	struct opening o = { .at = at };
	enum status st = binding_any(at->host[0] == '\0' ? NULL : at->host, at->port, SOCK_STREAM,
	    AF_UNSPEC, bind_one, &o, f);

	if (st == STATUS_OK)
		*out = o.made;
	return st;
}

enum status
listener_adopt(int fd, struct listener **out, struct fault *f)
{
	int flags = fcntl(fd, F_GETFL), type = 0, listens = 0;
	socklen_t len = sizeof type;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0 || type != SOCK_STREAM)
		return fault_set(f, STATUS_USAGE, NULL, "descriptor %d is no stream socket", fd);
	len = sizeof listens;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0 || listens == 0)
		return fault_set(f, STATUS_USAGE, NULL, "descriptor %d does not listen", fd);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return fault_errno(f, NULL, "descriptor %d", fd);
	return make(fd, out, f);
}

int
listener_fd(const struct listener *l)
{
	return l->fd;
}

uint16_t
listener_port(const struct listener *l)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof a;
	struct address ignored;
	uint16_t port = 0;

	if (getsockname(l->fd, (struct sockaddr *)&a, &len) == 0)
		socket_read_name(&a, &ignored, &port);
	return port;
}

/* Of errors, the lack of something here; all others are the peer's, who is gone again. */
static bool
is_ours(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM;
}

enum status
listener_accept(struct listener *l, struct accepted *out, struct fault *f)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof a;
	int fd;

	do {
		len = sizeof a;
		fd = accept4(l->fd, (struct sockaddr *)&a, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	} while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd < 0)
		return is_ours(errno) ? fault_errno(f, NULL, "cannot accept a connection") : STATUS_LIMIT;
	out->fd = fd;
	socket_read_name(&a, &out->from, &out->from_port);
	memset(&a, 0, sizeof a);
	len = sizeof a;
	(void)getsockname(fd, (struct sockaddr *)&a, &len);
	socket_read_name(&a, &out->to, &out->to_port);
	return STATUS_OK;
}

void
listener_close(struct listener *l)
{
	if (l == NULL)
		return;
	close(l->fd);
	free(l);
}
