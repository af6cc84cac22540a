/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/transmit.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/socket.h"

#if defined(__linux__) || defined(__FreeBSD__)
#define HAVE_SENDMMSG 1
#endif

enum { SEGMENTS_LEAST = 2 };

#ifdef HAVE_SENDMMSG
/* How many the system took; *err where it took none. */
static size_t
send_many(int fd, const struct transmit *v, size_t n, int *err)
{
	struct mmsghdr messages[TRANSMIT_BATCH];
	struct iovec parts[TRANSMIT_BATCH];
	int sent;

	memset(messages, 0, n * sizeof *messages);
	for (size_t i = 0; i < n; i++) {
		memcpy(&parts[i].iov_base, &v[i].data, sizeof parts[i].iov_base);
		parts[i].iov_len = v[i].len;
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	sent = sendmmsg(fd, messages, (unsigned)n, 0);
	*err = sent < 0 ? errno : 0;
	return sent > 0 ? (size_t)sent : 0;
}
#endif

#ifdef UDP_SEGMENT
/* How many of them one call can send: all have the first one's length, but the last may be shorter. */
static size_t
segments(const struct transmit *v, size_t n)
{
	size_t total = v[0].len, i = 1;

	while (i < n && v[i - 1].len == v[0].len && v[i].len <= v[0].len && v[i].len > 0 &&
	    total + v[i].len <= SOCKET_PAYLOAD_MAX)
		total += v[i++].len;
	return i;
}

/* One message that the system cuts into datagrams (udp(7)); 0 and *err where it does not. */
static size_t
send_segments(struct transmitter *t, const struct transmit *v, size_t n, int *err)
{
	union {
		char octets[CMSG_SPACE(sizeof(uint16_t))];
		struct cmsghdr aligned;
	} control = { { 0 } };
	uint16_t size = (uint16_t)v[0].len;
	struct iovec parts[TRANSMIT_BATCH];
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = n, .msg_control = control.octets,
		.msg_controllen = sizeof control.octets };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	ssize_t sent;

	for (size_t i = 0; i < n; i++) {
		memcpy(&parts[i].iov_base, &v[i].data, sizeof parts[i].iov_base);
		parts[i].iov_len = v[i].len;
	}
	c->cmsg_level = SOL_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof size);
	memcpy(CMSG_DATA(c), &size, sizeof size);
	sent = sendmsg(t->fd, &m, 0);
	*err = sent < 0 ? errno : 0;
	/* anything else has to do with the receiver, or with room */
	t->no_segments = *err == EINVAL || *err == EIO || *err == EOPNOTSUPP || *err == EMSGSIZE ||
	    *err == ENOPROTOOPT;
	return sent > 0 ? n : 0;
}

/* Runs of one length, as far as the system takes them. */
static size_t
send_runs(struct transmitter *t, const struct transmit *v, size_t n, int *err)
{
	size_t done = 0;

	while (done < n && !t->no_segments) {
		size_t run = segments(v + done, n - done);

		if (run < SEGMENTS_LEAST || send_segments(t, v + done, run, err) == 0)
			break;
		done += run;
	}
	return done;
}
#endif

enum status
transmit_batch(struct transmitter *t, const struct transmit *v, size_t n, size_t *sent,
    struct fault *f)
{
	enum status st = STATUS_OK;
	size_t i = 0;
	int err = 0;

	if (n > TRANSMIT_BATCH)
		n = TRANSMIT_BATCH;
#ifdef UDP_SEGMENT
	i = send_runs(t, v, n, &err);
#endif
#ifdef HAVE_SENDMMSG
	if (n - i > 1 && (err == 0 || t->no_segments))
		i += send_many(t->fd, v + i, n - i, &err);
#endif
	/* what a call has told of an earlier datagram is not told again: it must not be lost */
	if (err != 0 && socket_send_status(err) != STATUS_IO) {
		errno = err;
		(void)fault_errno(f, NULL, "cannot send %zu datagrams", n - i);
		st = socket_send_status(err);
	}
	for (; i < n && st == STATUS_OK; i += st == STATUS_OK)
		st = socket_send(t->fd, v[i].data, v[i].len, f);
	*sent = i;
	return st;
}
