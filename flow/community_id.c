/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/community_id.h"

#include <string.h>

#include "base/sha1.h"
#include "flow/icmp.h"
#include "flow/protocol.h"

enum { INPUT_MAX = 2 + 16 + 16 + 2 + 4, PROTOCOL_SCTP = 132 };

struct pair {
	uint8_t request;
	uint8_t reply;
};

/* RFC 792, 950, 1256. */
static const struct pair icmp_pairs[] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 10, 9 }, { 17, 18 } };

/* RFC 4443, 2710, 4861, 4620, 6275. */
static const struct pair icmpv6_pairs[] = { { 128, 129 }, { 130, 131 }, { 133, 134 }, { 135, 136 },
	{ 139, 140 }, { 144, 145 } };

/* The type of what answers this type, or of what it answers; -1 if there is none. */
static int
counterpart(const struct community_tuple *t)
{
	const struct pair *pairs = t->protocol == PROTOCOL_ICMP ? icmp_pairs : icmpv6_pairs;
	size_t count = t->protocol == PROTOCOL_ICMP ? sizeof icmp_pairs / sizeof *icmp_pairs
	                                            : sizeof icmpv6_pairs / sizeof *icmpv6_pairs;

	for (size_t i = 0; i < count; i++) {
		if (pairs[i].request == t->src_port)
			return pairs[i].reply;
		if (pairs[i].reply == t->src_port)
			return pairs[i].request;
	}
	return -1;
}

bool
community_id_has_ports(uint8_t protocol)
{
	return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP || protocol == PROTOCOL_SCTP;
}

bool
community_id_is_icmp(uint8_t protocol)
{
	return protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6;
}

static void
swap_sides(struct community_tuple *t)
{
	struct community_tuple old = *t;

	memcpy(t->src, old.dst, sizeof t->src);
	memcpy(t->dst, old.src, sizeof t->dst);
	t->src_port = old.dst_port;
	t->dst_port = old.src_port;
}

/* The tuple in the order in which it is hashed. */
static struct community_tuple
ordered(const struct community_tuple *tuple)
{
	struct community_tuple t = *tuple;
	int order, answer = community_id_is_icmp(t.protocol) ? counterpart(&t) : 0;

	if (answer < 0)
		return t; /* it goes one way */
	if (community_id_is_icmp(t.protocol))
		t.dst_port = (uint16_t)answer;
	order = memcmp(t.src, t.dst, t.version == 4 ? 4 : 16);
	if (order > 0 || (order == 0 && t.src_port > t.dst_port))
		swap_sides(&t);
	return t;
}

static uint8_t *
put_be16(uint8_t *at, uint16_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
	return at + 2;
}

/* RFC 4648 section 4, of 20 octets: 28 characters, the last of which fills up. */
static void
put_base64(char *out, const uint8_t digest[SHA1_SIZE])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < SHA1_SIZE; i += 3) {
		uint32_t three = (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 1] << 8 |
		    (i + 2 < SHA1_SIZE ? digest[i + 2] : 0u);

		for (unsigned shift = 24; shift > 0; shift -= 6)
			*out++ = letters[three >> (shift - 6) & 63];
	}
	out[-1] = '=';
	*out = '\0';
}

void
community_id_text(uint16_t seed, const struct community_tuple *tuple, char text[COMMUNITY_ID_SIZE])
{
	struct community_tuple t = ordered(tuple);
	size_t len = t.version == 4 ? 4 : 16;
	uint8_t input[INPUT_MAX], digest[SHA1_SIZE], *at = put_be16(input, seed);

	memcpy(at, t.src, len);
	memcpy(at + len, t.dst, len);
	at += 2 * len;
	*at++ = t.protocol;
	*at++ = 0;
	if (community_id_has_ports(t.protocol) || community_id_is_icmp(t.protocol))
		at = put_be16(put_be16(at, t.src_port), t.dst_port);
	sha1(input, (size_t)(at - input), digest);
	memcpy(text, "1:", 2);
	put_base64(text + 2, digest);
}

static bool
take_addresses(const struct table *table, size_t row, struct community_tuple *t)
{
	const struct address *src, *dst;

	if (!table_has(table, COLUMN_SRC_IP, row) || !table_has(table, COLUMN_DST_IP, row) ||
	    !table_has(table, COLUMN_PROTOCOL, row))
		return false;
	src = &table->columns[COLUMN_SRC_IP].v.address[row];
	dst = &table->columns[COLUMN_DST_IP].v.address[row];
	t->version = src->family;
	t->protocol = (uint8_t)table_int(table, COLUMN_PROTOCOL, row);
	memcpy(t->src, src->octets, sizeof t->src);
	memcpy(t->dst, dst->octets, sizeof t->dst);
	return src->family == dst->family;
}

bool
community_id_of_row(const struct table *table, size_t row, char text[COMMUNITY_ID_SIZE])
{
	struct community_tuple t = { .version = 0 };
	uint8_t type, code;

	if (!take_addresses(table, row, &t))
		return false;
	if (community_id_is_icmp(t.protocol)) {
		if (!icmp_of_row(table, row, &type, &code))
			return false;
		t.src_port = type;
		t.dst_port = code;
	} else if (community_id_has_ports(t.protocol)) {
		t.src_port = (uint16_t)table_int(table, COLUMN_SRC_PORT, row);
		t.dst_port = (uint16_t)table_int(table, COLUMN_DST_PORT, row);
		if (t.src_port == 0 && t.dst_port == 0)
			return false;
	}
	community_id_text(0, &t, text);
	return true;
}
