/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_SAMPLED_H
#define CAPTURE_SAMPLED_H

/* sFlow's sampled_header: the beginning of a packet, as a frame to dissect. */

#include "base/cursor.h"
#include "capture/packet.h"

struct sampled {
	uint32_t protocol;     /* header_protocol */
	uint32_t frame_length; /* of the packet, before sampling */
	uint32_t stripped;     /* octets of it that the agent took away */
	struct packet packet;  /* link type 65535 where nothing here dissects the protocol */
	struct cursor header;
};

/* False if the body is too short. */
bool sampled_read(struct cursor body, struct sampled *out);
/* "ethernet", ...; NULL where the number has no name. */
const char *sampled_protocol_name(uint32_t protocol);

#endif
