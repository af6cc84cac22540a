/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_SOCKET_H
#define BASE_SOCKET_H

/* Sockets for the senders: connected UDP (and later TCP) by "udp://host:port". */

#include <stdint.h>

#include "base/status.h"

enum { SOCKET_HOST_MAX = 256 };

struct endpoint {
	char scheme[8]; /* "udp" */
	char host[SOCKET_HOST_MAX];
	char port[8];
};

/* "udp://[2001:db8::1]:2055", "udp://host:2055". */
MUST_USE enum status endpoint_parse(const char *url, struct endpoint *out, struct fault *f);
/* A connected, close-on-exec datagram socket. */
MUST_USE enum status socket_connect_udp(const struct endpoint *e, int *fd, struct fault *f);

#endif
