/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_PROTOCOL_H
#define FLOW_PROTOCOL_H

/*
 * The names of IP protocols, as IANA's registry "Assigned Internet Protocol Numbers" has
 * them, but without spaces, and ICMPv6 and OSPF for what it calls IPv6-ICMP and OSPFIGP.
 * Nothing is asked of the machine's /etc/protocols, so that output is the same everywhere.
 */

#include <stdbool.h>
#include <stdint.h>

enum { PROTOCOL_NAME_MAX = 16 }; /* with the NUL */

enum {
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_ICMPV6 = 58
};

/* NULL where it has none. */
const char *protocol_name(unsigned number);
/* A name, in any case ("icmp6" and IANA's own as well), or a number from 0 to 255. */
bool protocol_parse(const char *s, uint8_t *out);

#endif
