/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_BINDING_H
#define BASE_BINDING_H

/* To which of a host's addresses a socket that waits for others is bound. */

#include "base/status.h"

struct addrinfo;

/* Makes and binds a socket for one address; a fault has the errno. */
typedef enum status (*binding_try)(void *ctx, const struct addrinfo *a, struct fault *f);

/*
 * Tries them until one is bound: those of IPv6 first, since one that takes both families is best;
 * a system without IPv6 has the others.  host NULL: all addresses; type SOCK_STREAM or SOCK_DGRAM;
 * family AF_UNSPEC or one.  STATUS_USAGE where there is no such host, else the last failure.
 */
MUST_USE enum status binding_any(const char *host, const char *port, int type, int family,
    binding_try bind_one, void *ctx, struct fault *f);

#endif
