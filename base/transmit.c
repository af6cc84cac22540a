/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/transmit.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/socket.h"

#if defined(__linux__) || defined(__FreeBSD__)
#define HAVE_SENDMMSG 1
#endif

#ifdef HAVE_SENDMMSG
/* How many the system took; what it said of the next one, the single call tells. */
static size_t
send_many(int fd, const struct transmit *v, size_t n)
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
	return sent > 0 ? (size_t)sent : 0;
}
#endif

enum status
transmit_batch(int fd, const struct transmit *v, size_t n, size_t *sent, struct fault *f)
{
	enum status st = STATUS_OK;
	size_t i = 0;

	if (n > TRANSMIT_BATCH)
		n = TRANSMIT_BATCH;
#ifdef HAVE_SENDMMSG
	if (n > 1)
		i = send_many(fd, v, n);
#endif
	for (; i < n && st == STATUS_OK; i += st == STATUS_OK)
		st = socket_send(fd, v[i].data, v[i].len, f);
	*sent = i;
	return st;
}
