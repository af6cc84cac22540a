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

#ifdef UDP_SEGMENT
/* What tells the system that a message is to be cut into datagrams of so many octets (udp(7)). */
struct segment_size {
	_Alignas(struct cmsghdr) char octets[CMSG_SPACE(sizeof(uint16_t))];
};

static void
ask_for_segments(struct msghdr *m, struct segment_size *control, size_t octets)
{
	uint16_t size = (uint16_t)octets;
	struct cmsghdr *c;

	m->msg_control = control->octets;
	m->msg_controllen = sizeof control->octets;
	c = CMSG_FIRSTHDR(m);
	c->cmsg_level = SOL_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof size);
	memcpy(CMSG_DATA(c), &size, sizeof size);
}

/* How many of them one message can hold: all have the first one's length, but the last may be shorter. */
static size_t
run_of(const struct transmitter *t, const struct transmit *v, size_t n)
{
	size_t total = v[0].len, i = 1;

	while (!t->no_segments && i < n && v[i - 1].len == v[0].len && v[i].len <= v[0].len &&
	    v[i].len > 0 && total + v[i].len <= SOCKET_PAYLOAD_MAX)
		total += v[i++].len;
	return i;
}

/* What the system says where it cuts none; anything else has to do with the receiver, or with room. */
static bool
is_about_segments(int err)
{
	return err == EINVAL || err == EIO || err == EOPNOTSUPP || err == EMSGSIZE || err == ENOPROTOOPT;
}
#endif

#ifdef HAVE_SENDMMSG
/* One call: runs of one length as messages that the system cuts.  How many datagrams it took; *err where none. */
static size_t
send_many(struct transmitter *t, const struct transmit *v, size_t n, int *err)
{
	struct mmsghdr messages[TRANSMIT_BATCH] = { { .msg_len = 0 } };
	struct iovec parts[TRANSMIT_BATCH];
#ifdef UDP_SEGMENT
	struct segment_size controls[TRANSMIT_BATCH];
#endif
	size_t count = 0, done = 0;
	int sent;

	for (size_t i = 0, run; i < n; i += run) {
		struct msghdr *m = &messages[count++].msg_hdr;

		run = 1;
#ifdef UDP_SEGMENT
		run = run_of(t, v + i, n - i);
		if (run > 1)
			ask_for_segments(m, &controls[count - 1], v[i].len);
#endif
		for (size_t k = i; k < i + run; k++) {
			memcpy(&parts[k].iov_base, &v[k].data, sizeof parts[k].iov_base);
			parts[k].iov_len = v[k].len;
		}
		m->msg_iov = &parts[i];
		m->msg_iovlen = run;
	}
	sent = sendmmsg(t->fd, messages, (unsigned)count, 0);
	*err = sent < 0 ? errno : 0;
#ifdef UDP_SEGMENT
	t->no_segments |= sent < 0 && messages[0].msg_hdr.msg_iovlen > 1 && is_about_segments(*err);
#endif
	for (int i = 0; i < sent; i++)
		done += messages[i].msg_hdr.msg_iovlen;
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
#ifdef HAVE_SENDMMSG
	while (n - i > 1 && err == 0) {
		bool could = !t->no_segments;

		i += send_many(t, v + i, n - i, &err);
		if (could && t->no_segments)
			err = 0; /* each as it is, then */
	}
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
