/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_SOCKET_H
#define BASE_SOCKET_H

/*
 * What sockets are called, "udp://host:port", and the senders' connected UDP.  Connections are
 * in base/stream.h.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

struct sockaddr_storage;

enum {
	SOCKET_HOST_MAX = 256,
	SOCKET_ADDRESS_MAX = 80, /* "[address%zone]:port" */
	SOCKET_PAYLOAD_MAX = 65507 /* of UDP: what 65535 octets leave behind both headers of IPv4 */
};

enum endpoint_scheme { ENDPOINT_UDP = 1, ENDPOINT_TCP = 2, ENDPOINT_TLS = 4, ENDPOINT_SCTP = 16 };

enum {
	ENDPOINT_ANY = ENDPOINT_UDP | ENDPOINT_TCP | ENDPOINT_TLS, /* to be sent to, and listened at */
	ENDPOINT_SEND = ENDPOINT_ANY | ENDPOINT_SCTP,
	ENDPOINT_LISTEN = 8 /* to be listened at: host and port may be left out */
};

struct endpoint {
	enum endpoint_scheme scheme;
	char host[SOCKET_HOST_MAX]; /* "" only with ENDPOINT_LISTEN: all addresses */
	char port[8];
};

/* "udp://[2001:db8::1]:2055", "udp://host:2055"; no other scheme. */
MUST_USE enum status endpoint_parse(const char *url, struct endpoint *out, struct fault *f);
/*
 * With one of the schemes in `allowed`: "tcp://host:4739", "tls://host:4740".  With
 * ENDPOINT_LISTEN an absent or "*" host means all addresses, and an absent port IPFIX's own
 * (RFC 7011 section 10.3.4: 4739, with TLS 4740): "tcp://", "tls://:4740".
 */
MUST_USE enum status endpoint_parse_any(const char *url, int allowed, struct endpoint *out,
    struct fault *f);
const char *endpoint_scheme_name(enum endpoint_scheme scheme);
/* A connected, close-on-exec datagram socket. */
MUST_USE enum status socket_connect_udp(const struct endpoint *e, int *fd, struct fault *f);
/* The same from an address of this host.  STATUS_ABSENT where it has none such. */
MUST_USE enum status socket_connect_udp_from(const struct endpoint *e, const struct address *from,
    int *fd, struct fault *f);
/*
 * One datagram.  STATUS_ABSENT: not sent, since the peer has refused an earlier one (ICMP);
 * STATUS_LIMIT: not sent, the system has no room just now.
 */
MUST_USE enum status socket_send(int fd, const void *data, size_t len, struct fault *f);
/* The octets of UDP payload that go to the peer in one packet, as far as the system knows; 0: it does not. */
size_t socket_path_payload(int fd);
/* The errno that the peer's host tells of what was sent (ICMP), waited for that long; 0: nothing came. */
int socket_complaint(int fd, int millis);
/* What an errno of sending means, as socket_send tells it. */
enum status socket_send_status(int err);
/* The peer of a connected socket, "192.0.2.1:4739" or "[2001:db8::1]:4739"; "" if unknown. */
void socket_address(int fd, char out[SOCKET_ADDRESS_MAX]);
void socket_close(int fd);
/* The address and port of any socket's name, unmapped; family 0 and port 0 of another kind. */
void socket_read_name(const struct sockaddr_storage *from, struct address *out, uint16_t *port);
/* An IPv4 address on a socket of both families is IPv4 (RFC 4291 section 2.5.5.2). */
void socket_unmap(struct address *a);

#endif
