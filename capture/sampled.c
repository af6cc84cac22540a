/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/sampled.h"

enum {
	NO_LINKTYPE = UINT16_MAX,
	AMPDU_DELIMITER = 4 /* IEEE 802.11-2012 section 8.6.1 */
};

/* header_protocol of sflow_version_5.txt and sflow_80211.txt, and the link type of each. */
static const struct {
	const char *name;
	uint16_t linktype;
	uint8_t skip; /* octets before what that link type begins with */
} protocols[] = {
	[1] = { "ethernet", 1, 0 },
	[2] = { "token_bus", NO_LINKTYPE, 0 },
	[3] = { "token_ring", NO_LINKTYPE, 0 },
	[4] = { "fddi", 10, 0 },
	[5] = { "frame_relay", 107, 0 },
	[6] = { "x25", NO_LINKTYPE, 0 },
	[7] = { "ppp", 9, 0 },
	[8] = { "smds", NO_LINKTYPE, 0 },
	[9] = { "aal5", 100, 0 },
	[10] = { "aal5_ip", 101, 0 },
	[11] = { "ipv4", 228, 0 },
	[12] = { "ipv6", 229, 0 },
	[13] = { "mpls", 219, 0 },
	[14] = { "pos", 50, 0 },
	[15] = { "80211_mac", 105, 0 },
	[16] = { "80211_ampdu", 105, AMPDU_DELIMITER },
	[17] = { "80211_amsdu_subframe", 1, 0 }, /* DA, SA and length, as Ethernet has them */
};

enum { PROTOCOLS = sizeof protocols / sizeof protocols[0] };

const char *
sampled_protocol_name(uint32_t protocol)
{
	return protocol < PROTOCOLS ? protocols[protocol].name : NULL;
}

/*
 * frame_length has all that was received, FCS as well; what was stripped of it, at either end,
 * is not in the frame that the header begins.
 */
static void
make_packet(struct sampled *s)
{
	bool known = s->protocol < PROTOCOLS && protocols[s->protocol].name != NULL;
	size_t skip = known ? protocols[s->protocol].skip : 0;
	uint32_t captured = (uint32_t)cursor_left(&s->header);
	uint32_t wire = s->frame_length > s->stripped ? s->frame_length - s->stripped : 0;

	if (skip > captured)
		skip = captured;
	if (wire < captured)
		wire = captured;
	s->packet = (struct packet){ .data = s->header.at + skip, .captured = captured - (uint32_t)skip,
		.wire = wire - (uint32_t)skip,
		.link_type = known ? protocols[s->protocol].linktype : NO_LINKTYPE };
}

bool
sampled_read(struct cursor body, struct sampled *out)
{
	uint32_t length;

	out->protocol = cursor_be32(&body);
	out->frame_length = cursor_be32(&body);
	out->stripped = cursor_be32(&body);
	length = cursor_be32(&body);
	out->header = cursor_sub(&body, length);
	if (!cursor_ok(&body))
		return false;
	make_packet(out);
	return true;
}
