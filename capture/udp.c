/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/udp.h"

#include <string.h>

#include "base/cursor.h"
#include "capture/dissect.h"
#include "flow/protocol.h"
#include "flow/sflow.h"

enum {
	UDP_HEADER = 8,
	FIRST_SET_MIN = 256,
	SFLOW_OLD_LEAST = 24,   /* header of versions 2 and 4 */
	SFLOW_SAMPLE_LEAST = 8, /* of version 5 */
	SFLOW_FORMAT_LAST = 5   /* of samples that sflow.org defined */
};

/* Of the fixed versions: header, record, and a count that the length bears out. */
static bool
is_fixed(const uint8_t *data, size_t len, size_t header, size_t record)
{
	size_t count;

	if (len < header + record)
		return false;
	count = load_be16(data + 2);
	return count > 0 && (len - header) / record >= 1 && load_be32(data + 8) != 0;
}

/* A first set whose id is possible, and which lies within the message. */
static bool
is_set(const uint8_t *data, size_t len, unsigned template_ids)
{
	unsigned id = load_be16(data), size = load_be16(data + 2);

	return size >= 4 && size <= len &&
	    (id >= FIRST_SET_MIN || id == template_ids || id == template_ids + 1);
}

/*
 * Version 5 with a first sample that is a known kind and lies within the datagram, or none; of the
 * older ones the agent's address alone is looked at.
 */
static bool
is_sflow(const uint8_t *data, size_t len)
{
	struct cursor c = cursor_over(data, len);
	uint32_t count, format, size;

	if (sflow_version(data, len) != 5)
		return sflow_version(data, len) != 0 && len >= SFLOW_OLD_LEAST;
	cursor_skip(&c, 4);
	(void)sflow_address(&c);
	cursor_skip(&c, 12);
	count = cursor_be32(&c);
	if (!cursor_ok(&c)) /* all that is there agrees */
		return true;
	if (count == 0)
		return cursor_done(&c);
	format = cursor_be32(&c);
	size = cursor_be32(&c);
	return cursor_ok(&c) && count <= len / SFLOW_SAMPLE_LEAST && size % 4 == 0 && size <= UINT16_MAX &&
	    ((format > 0 && format <= SFLOW_FORMAT_LAST) || format >> 12 != 0);
}

bool
udp_is_export(const uint8_t *data, size_t len)
{
	if (len < 4)
		return false;
	switch (load_be16(data)) {
	case 0:
		return is_sflow(data, len);
	case 1:
		return is_fixed(data, len, 16, 52);
	case 5:
		return is_fixed(data, len, 24, 48);
	case 7:
		return is_fixed(data, len, 24, 52);
	case 9:
		return len >= 24 && is_set(data + 20, len - 20, 0);
	case 10:
		return len >= 16 && load_be16(data + 2) >= 16 && load_be16(data + 2) <= len &&
		    (len < 20 || is_set(data + 16, len - 16, 2));
	default:
		return false;
	}
}

static struct address
address_of(const uint64_t *words, unsigned version)
{
	struct address a = { .family = (uint8_t)version };

	memcpy(a.octets, words, sizeof a.octets);
	return a;
}

enum udp_result
udp_take(const struct packet *p, struct datagram *out)
{
	struct dissected d;
	size_t there;
	size_t len;

	if (dissect(p, &d) != REJECT_NONE || KEY_PROTOCOL(d.key.w[4]) != PROTOCOL_UDP)
		return UDP_OTHER;
	if (d.marks & (DISSECT_FIRST | DISSECT_LATER))
		return UDP_FRAGMENT;
	if (d.upper == NULL || d.upper_captured < UDP_HEADER || d.upper_octets < UDP_HEADER)
		return UDP_OTHER;
	len = load_be16(d.upper + 4);
	/* 0: a datagram beyond 65535 octets (RFC 2675 section 4) */
	len = (len == 0 || len > d.upper_octets ? d.upper_octets : len) - UDP_HEADER;
	there = d.upper_captured - UDP_HEADER;
	if (len > UINT16_MAX || !udp_is_export(d.upper + UDP_HEADER, len < there ? len : there))
		return UDP_OTHER;
	*out = (struct datagram){ .received = p->time, .data = d.upper + UDP_HEADER,
		.len = len < there ? len : there,
		.src = address_of(&d.key.w[0], KEY_VERSION(d.key.w[4])),
		.dst = address_of(&d.key.w[2], KEY_VERSION(d.key.w[4])),
		.src_port = (uint16_t)KEY_SRC_PORT(d.key.w[4]),
		.dst_port = (uint16_t)KEY_DST_PORT(d.key.w[4]), .input = p->input, .frame = p->frame };
	return len <= there ? UDP_DATAGRAM : UDP_CUT;
}
