/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/receive.h"

#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/sock_diag.h>
#endif

#include "base/binding.h"
#include "base/socket.h"

enum { CONTROL_OCTETS = 256, BUFFER_LEAST = 1 << 16 };

struct receiver {
	int fd;
	int family;
	uint32_t dropped_last; /* as the kernel counts, modulo 2^32 */
	uint64_t dropped;
	uint16_t port;
	char name[80];         /* for faults */
};

static void
set_flag(int fd, int level, int option)
{
	int one = 1;

	(void)setsockopt(fd, level, option, &one, sizeof one); /* told by the lack of what it gives */
}

/* What each system calls the things that we want to know of a datagram. */
static void
ask_for_all(int fd, int family)
{
#ifdef SO_TIMESTAMPNS
	set_flag(fd, SOL_SOCKET, SO_TIMESTAMPNS);
#else
	set_flag(fd, SOL_SOCKET, SO_TIMESTAMP);
#ifdef SO_TS_CLOCK
	int clock = SO_TS_REALTIME;

	(void)setsockopt(fd, SOL_SOCKET, SO_TS_CLOCK, &clock, sizeof clock);
#endif
#endif
#ifdef SO_RXQ_OVFL
	set_flag(fd, SOL_SOCKET, SO_RXQ_OVFL);
#endif
	if (family == AF_INET6) {
		set_flag(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
		return;
	}
#ifdef IP_PKTINFO
	set_flag(fd, IPPROTO_IP, IP_PKTINFO);
#elif defined(IP_RECVDSTADDR)
	set_flag(fd, IPPROTO_IP, IP_RECVDSTADDR);
#endif
}

/* As much as the system allows, where it does not allow all: half of it, and so on. */
static void
set_buffer(int fd, uint64_t octets)
{
	int want = octets > INT32_MAX / 2 ? INT32_MAX / 2 : (int)octets;

#ifdef SO_RCVBUFFORCE
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof want) == 0)
		return;
#endif
	while (want >= BUFFER_LEAST && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof want) != 0)
		want /= 2;
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof a;
	struct address ignored;
	uint16_t port = 0;

	if (getsockname(fd, (struct sockaddr *)&a, &len) == 0)
		socket_read_name(&a, &ignored, &port);
	return port;
}

static struct receiver *
make(int fd, int family, const char *name)
{
	struct receiver *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->fd = fd;
	r->family = family;
	r->port = port_of(fd);
	strncpy(r->name, name, sizeof r->name - 1);
	ask_for_all(fd, family);
	return r;
}

static enum status
join_group(struct receiver *r, const struct receive_options *o, struct fault *f)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *group;
	struct group_req request;
	unsigned interface = o->interface == NULL ? 0 : if_nametoindex(o->interface);
	int level, failed;

	if (o->interface != NULL && interface == 0)
		return fault_errno(f, o->interface, "no such interface");
	failed = getaddrinfo(o->group, NULL, &hints, &group);
	if (failed != 0)
		return fault_set(f, STATUS_USAGE, NULL, "multicast group %s: %s", o->group,
		    gai_strerror(failed));
	memset(&request, 0, sizeof request);
	request.gr_interface = interface;
	memcpy(&request.gr_group, group->ai_addr, group->ai_addrlen);
	level = group->ai_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
	failed = setsockopt(r->fd, level, MCAST_JOIN_GROUP, &request, sizeof request);
	freeaddrinfo(group);
	return failed == 0 ? STATUS_OK : fault_errno(f, NULL, "cannot join group %s", o->group);
}

/* What is to be received, and what came of it. */
struct opening {
	const struct receive_options *o;
	struct receiver *made;
};

static enum status
bind_one(void *ctx, const struct addrinfo *a, struct fault *f)
{
	struct opening *opening = ctx;
	const struct receive_options *o = opening->o;
	int fd = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
	int alone = o->family == 6;

	if (fd < 0)
		return fault_errno(f, NULL, "no socket");
	if (a->ai_family == AF_INET6 && o->host == NULL)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &alone, sizeof alone);
	if (o->group != NULL)
		set_flag(fd, SOL_SOCKET, SO_REUSEADDR); /* others may listen to the group, too */
	if (o->buffer > 0)
		set_buffer(fd, o->buffer);
	if (bind(fd, a->ai_addr, a->ai_addrlen) != 0) {
		(void)fault_errno(f, NULL, "cannot listen on %s%sport %s", o->host == NULL ? "" : o->host,
		    o->host == NULL ? "" : " ", o->port);
		close(fd);
		return STATUS_IO;
	}
	opening->made = make(fd, a->ai_family, o->port);
	if (opening->made == NULL) {
		close(fd);
		return fault_memory(f);
	}
	return STATUS_OK;
}

enum status
receive_open(const struct receive_options *o, struct receiver **out, struct fault *f)
{
	int family = o->family == 4 ? AF_INET : o->family == 6 ? AF_INET6 : AF_UNSPEC;
	struct opening opening = { .o = o };
	enum status st = binding_any(o->host, o->port, SOCK_DGRAM, family, bind_one, &opening, f);

	if (st == STATUS_OK && o->group != NULL)
		st = join_group(opening.made, o, f);
	if (st != STATUS_OK) {
		receive_close(opening.made);
		return st;
	}
	*out = opening.made;
	return STATUS_OK;
}

enum status
receive_adopt(int fd, uint64_t buffer, struct receiver **out, struct fault *f)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof a;
	int type = 0;
	socklen_t type_len = sizeof type;

	if (getsockname(fd, (struct sockaddr *)&a, &len) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0 || type != SOCK_DGRAM ||
	    (a.ss_family != AF_INET && a.ss_family != AF_INET6))
		return fault_set(f, STATUS_USAGE, NULL, "descriptor %d is no UDP socket", fd);
	if (buffer > 0)
		set_buffer(fd, buffer);
	*out = make(fd, a.ss_family, "inherited socket");
	if (*out == NULL)
		return fault_memory(f);
	(void)receive_drop_counter(*out, &(*out)->dropped_last); /* what was before is not ours */
	return STATUS_OK;
}

int
receive_fd(const struct receiver *r)
{
	return r->fd;
}

uint16_t
receive_port(const struct receiver *r)
{
	return r->port;
}

uint64_t
receive_buffer(const struct receiver *r)
{
	int octets = 0;
	socklen_t len = sizeof octets;

	(void)getsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &octets, &len);
	return octets < 0 ? 0 : (uint64_t)octets;
}

uint64_t
receive_dropped(const struct receiver *r)
{
	return r->dropped;
}

bool
receive_drop_counter(const struct receiver *r, uint32_t *out)
{
#if defined(__linux__) && defined(SO_MEMINFO)
	uint32_t values[SK_MEMINFO_VARS];
	socklen_t len = sizeof values;

	if (getsockopt(r->fd, SOL_SOCKET, SO_MEMINFO, values, &len) != 0 ||
	    len <= SK_MEMINFO_DROPS * sizeof values[0])
		return false;
	*out = values[SK_MEMINFO_DROPS];
	return true;
#else
	(void)r;
	(void)out;
	return false;
#endif
}

static void
read_time(const struct cmsghdr *c, int64_t *out)
{
	struct timespec ts;

	memcpy(&ts, CMSG_DATA(c), sizeof ts);
	*out = (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
read_socket_control(struct receiver *r, const struct cmsghdr *c, struct received *out)
{
#ifdef SCM_TIMESTAMPNS
	if (c->cmsg_type == SCM_TIMESTAMPNS)
		read_time(c, &out->time);
#elif defined(SCM_REALTIME)
	if (c->cmsg_type == SCM_REALTIME)
		read_time(c, &out->time);
#endif
#ifdef SO_RXQ_OVFL
	if (c->cmsg_type == SO_RXQ_OVFL) {
		uint32_t now;

		memcpy(&now, CMSG_DATA(c), sizeof now);
		r->dropped += (uint32_t)(now - r->dropped_last);
		r->dropped_last = now;
	}
#endif
	(void)r;
	(void)out;
}

static void
read_control(struct receiver *r, struct msghdr *m, struct received *out)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == SOL_SOCKET)
			read_socket_control(r, c, out);
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof info);
			memcpy(out->to.octets, &info.ipi6_addr, 16);
			out->to.family = 6;
		}
#ifdef IP_PKTINFO
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof info);
			memcpy(out->to.octets, &info.ipi_addr, 4);
			out->to.family = 4;
		}
#elif defined(IP_RECVDSTADDR)
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVDSTADDR) {
			memcpy(out->to.octets, CMSG_DATA(c), 4);
			out->to.family = 4;
		}
#endif
	}
	socket_unmap(&out->to);
}

/* The kernel's memory for one call. */
struct slots {
	struct mmsghdr messages[RECEIVE_BATCH];
	struct iovec parts[RECEIVE_BATCH];
	struct sockaddr_storage names[RECEIVE_BATCH];
	_Alignas(struct cmsghdr) uint8_t control[RECEIVE_BATCH][CONTROL_OCTETS];
};

static void
prepare(struct slots *s, uint8_t *buf, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		s->parts[i] = (struct iovec){ buf + i * RECEIVE_OCTETS_MAX, RECEIVE_OCTETS_MAX };
		s->messages[i].msg_hdr = (struct msghdr){ .msg_name = &s->names[i],
			.msg_namelen = sizeof s->names[i], .msg_iov = &s->parts[i], .msg_iovlen = 1,
			.msg_control = s->control[i], .msg_controllen = CONTROL_OCTETS };
		s->messages[i].msg_len = 0;
	}
}

static void
take(struct receiver *r, struct slots *s, size_t i, int64_t now, struct received *out)
{
	struct msghdr *m = &s->messages[i].msg_hdr;

	*out = (struct received){ .time = now, .len = s->messages[i].msg_len,
		.data = s->parts[i].iov_base, .cut = (m->msg_flags & MSG_TRUNC) != 0 };
	socket_read_name(&s->names[i], &out->from, &out->from_port);
	read_control(r, m, out);
}

enum status
receive_batch(struct receiver *r, int64_t now, uint8_t *buf, size_t size, size_t max,
    struct received *out, size_t *count, struct fault *f)
{
	struct slots s;
	size_t want = size / RECEIVE_OCTETS_MAX;
	int got;

	if (want > max)
		want = max;
	if (want > RECEIVE_BATCH)
		want = RECEIVE_BATCH;
	prepare(&s, buf, want);
	got = want == 0 ? 0 : recvmmsg(r->fd, s.messages, (unsigned)want, MSG_DONTWAIT, NULL);
	*count = 0;
	/* ECONNREFUSED and the like tell of datagrams that somebody sent from this port */
	if (got < 0)
		return errno == ENOMEM || errno == EBADF ? fault_errno(f, r->name, "cannot receive")
		                                         : STATUS_OK;
	for (size_t i = 0; i < (size_t)got; i++)
		take(r, &s, i, now, &out[i]);
	*count = (size_t)got;
	return STATUS_OK;
}

void
receive_close(struct receiver *r)
{
	if (r == NULL)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r);
}
