/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_LISTENER_H
#define BASE_LISTENER_H

/*
 * TCP sockets that wait for connections.  listener_open; poll its descriptor; listener_accept;
 * listener_close.
 */

#include <stdint.h>

#include "base/socket.h"
#include "base/status.h"
#include "base/text.h"

struct listener;

/* Who has connected, and to which of our addresses. */
struct accepted {
	int fd; /* close-on-exec; the caller's */
	struct address from;
	struct address to;
	uint16_t from_port;
	uint16_t to_port;
};

/* Host "": all addresses, IPv4 and IPv6.  Port "0" is one that is free. */
MUST_USE enum status listener_open(const struct endpoint *at, struct listener **out,
    struct fault *f);
/* A socket that listens already, of a service manager; the listener owns it from now on. */
MUST_USE enum status listener_adopt(int fd, struct listener **out, struct fault *f);
int listener_fd(const struct listener *l);
uint16_t listener_port(const struct listener *l);
/*
 * STATUS_LIMIT, and no fault: nobody is there any more.  Other failures are a lack of descriptors
 * or memory, which may pass.
 */
MUST_USE enum status listener_accept(struct listener *l, struct accepted *out, struct fault *f);
void listener_close(struct listener *l);

#endif
