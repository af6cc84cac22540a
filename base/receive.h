/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_RECEIVE_H
#define BASE_RECEIVE_H

/*
 * UDP sockets that receive: with the kernel's receive time, the address that the datagram was
 * sent to, and the count of those that the kernel dropped, where the system tells them.
 * receive_open; poll its descriptor; receive_batch; receive_close.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

enum {
	RECEIVE_BATCH = 64,        /* datagrams at a time */
	/* of one, its headers too; no power of two, or all of a batch shared a few lines of the caches */
	RECEIVE_OCTETS_MAX = 65536 + 2112
};

struct receive_options {
	const char *host;      /* address or name to bind to; NULL: all, IPv4 and IPv6 */
	const char *port;
	const char *group;     /* multicast group to join, or NULL */
	const char *interface; /* where to join it, or NULL: the system's choice */
	int family;            /* 4 or 6 alone; 0: both */
	uint64_t buffer;       /* octets that the kernel may hold, 0: the system's default */
};

/* One datagram; its octets stand in the batch's buffer. */
struct received {
	int64_t time; /* nanoseconds since 1970; the kernel's, else the caller's `now` */
	struct address from;
	struct address to; /* family 0 where the system does not tell */
	uint16_t from_port;
	bool cut;          /* it was longer than the buffer */
	size_t len;
	const uint8_t *data;
};

struct receiver;

MUST_USE enum status receive_open(const struct receive_options *o, struct receiver **out,
    struct fault *f);
/*
 * A socket that is bound already, of a service manager; the receiver owns it from now on.
 * STATUS_USAGE for what is no UDP socket.  buffer: as in receive_options.
 */
MUST_USE enum status receive_adopt(int fd, uint64_t buffer, struct receiver **out, struct fault *f);
int receive_fd(const struct receiver *r);
/* The port that it is bound to. */
uint16_t receive_port(const struct receiver *r);
/* Octets that the kernel may hold: what was asked for, or less. */
uint64_t receive_buffer(const struct receiver *r);
/*
 * What is there, at most max and RECEIVE_BATCH, without waiting: octets go into buf, each into
 * RECEIVE_OCTETS_MAX of it.  *count may be 0.
 */
MUST_USE enum status receive_batch(struct receiver *r, int64_t now, uint8_t *buf, size_t size,
    size_t max, struct received *out, size_t *count, struct fault *f);
/* Datagrams that the kernel dropped at this socket since it was opened, as the last one told. */
uint64_t receive_dropped(const struct receiver *r);
/*
 * The same by the socket's own counter, modulo 2^32, which knows of those behind the last datagram
 * as well; false where the system has none.  Any thread may ask.
 */
bool receive_drop_counter(const struct receiver *r, uint32_t *out);
void receive_close(struct receiver *r);

#endif
