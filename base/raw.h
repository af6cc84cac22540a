/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_RAW_H
#define BASE_RAW_H

/*
 * UDP datagrams with a source address that is not ours, out of a raw socket: the headers are made
 * here.  That needs CAP_NET_RAW (or root), and a network that does not filter what is sent so.  An
 * answer, also that nobody listens, goes to the address that was named, and is not seen here.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

struct raw_end {
	struct address address;
	uint16_t port;
};

/* family 4 or 6.  STATUS_UNSUPPORTED where the system has no such sockets. */
MUST_USE enum status raw_open(uint8_t family, int *fd, struct fault *f);
/* Both ends have the socket's family.  As socket_send; what exceeds the path's MTU is refused. */
MUST_USE enum status raw_send(int fd, const struct raw_end *from, const struct raw_end *to,
    const void *data, size_t len, struct fault *f);

#endif
