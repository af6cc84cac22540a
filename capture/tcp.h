/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_TCP_H
#define CAPTURE_TCP_H

/* TCP's header: RFC 9293 section 3.1. */

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

/* Offsets. */
enum {
	TCP_AT_NUMBER = 4,
	TCP_AT_ACK = 8,
	TCP_AT_OFFSET = 12,
	TCP_AT_FLAGS = 13,
	TCP_AT_WINDOW = 14
};

enum { TCP_OCTETS = 20 };

#endif
