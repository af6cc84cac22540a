/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_COMMUNITY_ID_H
#define CAPTURE_COMMUNITY_ID_H

/*
 * Community ID version 1 (github.com/corelight/community-id-spec): the name by which other tools
 * know a flow, whichever of its directions they saw.  "1:" and the Base64 of SHA-1 over seed,
 * addresses, protocol and ports, the lower address and port first.  ICMP has its type and that
 * of the answer for ports; a type without an answer has its code, and keeps its direction.
 * Protocols other than TCP, UDP, SCTP and ICMP have no ports in it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/depth.h"

enum { COMMUNITY_ID_SIZE = 31 }; /* with the NUL */

struct community_tuple {
	uint8_t version;    /* 4 or 6 */
	uint8_t protocol;
	uint8_t src[16];    /* 4 octets of it in version 4 */
	uint8_t dst[16];
	uint16_t src_port;  /* ICMP: the type */
	uint16_t dst_port;  /* ICMP: the code */
};

struct community_id;

/* STATUS_UNSUPPORTED where OpenSSL has no SHA-1. */
MUST_USE enum status community_id_open(uint16_t seed, struct community_id **out, struct fault *f);
void community_id_free(struct community_id *c);
/* False: OpenSSL failed. */
bool community_id_text(struct community_id *c, const struct community_tuple *t,
    char text[COMMUNITY_ID_SIZE]);

/*
 * METER_DEPTH_COMMUNITY_ID.  Null for ICMP of which no type was captured, and where the ports of
 * TCP, UDP or SCTP are not known: not in the key, or in a fragment that never came.
 */
extern const struct depth_part community_id_part;

#endif
