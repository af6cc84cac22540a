/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_SOCKET_H
#define BASE_SOCKET_H

/* Sockets for the senders: connected UDP (and later TCP) by "udp://host:port". */

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
	SOCKET_HOST_MAX = 256,
	SOCKET_ADDRESS_MAX = 80, /* "[address%zone]:port" */
	SOCKET_PAYLOAD_MAX = 65507 /* of UDP: what 65535 octets leave behind both headers of IPv4 */
};

struct endpoint {
	char scheme[8]; /* "udp" */
	char host[SOCKET_HOST_MAX];
	char port[8];
};

/* "udp://[2001:db8::1]:2055", "udp://host:2055". */
MUST_USE enum status endpoint_parse(const char *url, struct endpoint *out, struct fault *f);
/* A connected, close-on-exec datagram socket. */
MUST_USE enum status socket_connect_udp(const struct endpoint *e, int *fd, struct fault *f);
/*
 * One datagram.  STATUS_ABSENT: not sent, since the peer has refused an earlier one (ICMP);
 * STATUS_LIMIT: not sent, the system has no room just now.
 */
MUST_USE enum status socket_send(int fd, const void *data, size_t len, struct fault *f);
/* The peer of a connected socket, "192.0.2.1:4739" or "[2001:db8::1]:4739"; "" if unknown. */
void socket_address(int fd, char out[SOCKET_ADDRESS_MAX]);
void socket_close(int fd);

#endif
