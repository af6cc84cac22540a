/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_COMMUNITY_ID_H
#define FLOW_COMMUNITY_ID_H

/*
 * Community ID version 1 (github.com/corelight/community-id-spec): the name by which other tools
 * know a flow, whichever of its directions they saw.  "1:" and the Base64 of SHA-1 over seed,
 * addresses, protocol and ports, the lower address and port first.  ICMP has its type and that
 * of the answer for ports; a type without an answer has its code, and keeps its direction.
 * Protocols other than TCP, UDP, SCTP and ICMP have no ports in it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/table.h"

enum { COMMUNITY_ID_SIZE = 31 }; /* with the NUL */

struct community_tuple {
	uint8_t version;    /* 4 or 6 */
	uint8_t protocol;
	uint8_t src[16];    /* 4 octets of it in version 4 */
	uint8_t dst[16];
	uint16_t src_port;  /* ICMP: the type */
	uint16_t dst_port;  /* ICMP: the code */
};

bool community_id_has_ports(uint8_t protocol);
bool community_id_is_icmp(uint8_t protocol);
void community_id_text(uint16_t seed, const struct community_tuple *t, char text[COMMUNITY_ID_SIZE]);
/*
 * Of a flow's columns, with seed 0.  False where addresses or protocol are not known, for ICMP without
 * a type, and where the ports of TCP, UDP or SCTP are not known.
 */
bool community_id_of_row(const struct table *t, size_t row, char text[COMMUNITY_ID_SIZE]);

#endif
