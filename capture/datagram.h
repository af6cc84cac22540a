/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_DATAGRAM_H
#define CAPTURE_DATAGRAM_H

/* An export datagram as it came: borrowed octets, and what is known of their way. */

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct datagram {
	int64_t received;     /* nanoseconds since 1970 */
	const uint8_t *data;  /* the payload of UDP */
	size_t len;
	struct address src;   /* the exporter */
	struct address dst;
	uint16_t src_port;
	uint16_t dst_port;
	uint64_t number;      /* of the segment's datagrams, from 1; 0: is not kept */
	uint16_t input;       /* of one that came out of a capture: index of the input */
	uint64_t frame;       /* and its frame, from 1; 0: received */
};

#endif
