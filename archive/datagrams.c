/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/datagrams.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"

enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	BLOCK_LEAST = 12,
	BLOCK_HEAD = 8,
	BLOCK_MAX = 1 << 18, /* a datagram has 65535 octets at most, and some options */
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	LINKTYPE_RAW = 101,
	OPTION_COMMENT = 1,
	OPTION_IF_RESOLUTION = 9,
	NANOSECONDS = 9,
	RECORDS_MAX = 8192, /* of a carried datagram that count */
	UDP = 17,
	UDP_OCTETS = 8
};

struct datagrams {
	struct frames *frames;
	uint64_t number;
	bool has_interface;
	uint32_t records[RECORDS_MAX];
};

enum status
datagrams_open(const struct frames_input *in, struct datagrams **out, struct fault *f)
{
	struct datagrams *d = calloc(1, sizeof *d);
	enum status st;

	if (d == NULL)
		return fault_memory(f);
	st = frames_open(in, &d->frames, f);
	if (st != STATUS_OK) {
		datagrams_free(d);
		return st;
	}
	*out = d;
	return STATUS_OK;
}

void
datagrams_free(struct datagrams *d)
{
	if (d == NULL)
		return;
	frames_free(d->frames);
	free(d);
}

static enum status
malformed(const struct datagrams *d, const char *rule, struct fault *f)
{
	return frames_malformed(d->frames, rule, f);
}

static enum status
need(struct datagrams *d, size_t len, struct fault *f)
{
	return frames_need(d->frames, len, "block", f);
}

/* The next block's type and body; its length stands at both ends (pcapng, section 3.1). */
static enum status
next_block(struct datagrams *d, uint32_t *type, struct cursor *body, struct fault *f)
{
	enum status st = need(d, BLOCK_HEAD, f);
	uint32_t len;

	if (st != STATUS_OK)
		return st;
	*type = load_le32(frames_at(d->frames));
	len = load_le32(frames_at(d->frames) + 4);
	if (len < BLOCK_LEAST || len > BLOCK_MAX || len % 4 != 0)
		return malformed(d, "no length of a block", f);
	st = need(d, len, f);
	if (st == STATUS_END)
		return malformed(d, "it ends within a block", f);
	if (st != STATUS_OK)
		return st;
	if (load_le32(frames_at(d->frames) + len - 4) != len)
		return malformed(d, "the lengths of a block differ", f);
	*body = cursor_over(frames_at(d->frames) + BLOCK_HEAD, len - BLOCK_LEAST);
	frames_take(d->frames, len);
	return STATUS_OK;
}

/* The value of an option, an empty cursor where it is not there. */
static struct cursor
find_option(struct cursor options, uint16_t code)
{
	while (cursor_ok(&options) && cursor_left(&options) >= 4) {
		uint16_t seen = cursor_le16(&options), len = cursor_le16(&options);
		struct cursor value = cursor_sub(&options, len);

		if (seen == 0 || !cursor_ok(&options))
			break;
		if (seen == code)
			return value;
		cursor_skip(&options, (4u - len % 4u) % 4u);
	}
	return cursor_over(NULL, 0);
}

static enum status
take_section(struct datagrams *d, struct cursor b, struct fault *f)
{
	return cursor_le32(&b) == BYTE_ORDER_MAGIC && cursor_le16(&b) == 1 ? STATUS_OK :
	    malformed(d, "no little-endian section of version 1", f);
}

static enum status
take_interface(struct datagrams *d, struct cursor b, struct fault *f)
{
	uint16_t link = cursor_le16(&b);
	struct cursor resolution;

	cursor_skip(&b, 6);
	resolution = find_option(b, OPTION_IF_RESOLUTION);
	if (d->has_interface || link != LINKTYPE_RAW || cursor_u8(&resolution) != NANOSECONDS)
		return malformed(d, "not one interface of raw IP in nanoseconds", f);
	d->has_interface = true;
	return STATUS_OK;
}

static void
take_address(struct cursor *c, uint8_t family, struct address *out)
{
	*out = (struct address){ .family = family };
	cursor_copy(c, out->octets, family == 4 ? 4 : 16);
}

/* The headers that the collector made; out's octets are what they enclose. */
static bool
take_packet(struct cursor c, struct reader_datagram *out)
{
	uint8_t first = cursor_u8(&c), protocol;
	uint8_t family = first >> 4;
	uint16_t len;

	if (family != 4 && family != 6)
		return false;
	cursor_skip(&c, family == 4 ? 8 : 5);
	protocol = cursor_u8(&c);
	cursor_skip(&c, family == 4 ? 2 : 1);
	take_address(&c, family, &out->src);
	take_address(&c, family, &out->dst);
	out->src_port = cursor_be16(&c);
	out->dst_port = cursor_be16(&c);
	len = cursor_be16(&c);
	cursor_skip(&c, 2);
	if (!cursor_ok(&c) || (family == 4 && first != 0x45) || protocol != UDP || len < UDP_OCTETS ||
	    cursor_left(&c) != (size_t)len - UDP_OCTETS)
		return false;
	out->len = cursor_left(&c);
	out->data = cursor_bytes(&c, out->len);
	return true;
}

/* `before`, and a number behind it. */
static bool
take_number(struct cursor *c, const char *before, uint64_t *out)
{
	const uint8_t *text = cursor_bytes(c, strlen(before));
	size_t digits = 0;
	char number[24];

	if (text == NULL || memcmp(text, before, strlen(before)) != 0)
		return false;
	while (digits < sizeof number - 1 && cursor_left(c) > 0 && *c->at >= '0' && *c->at <= '9')
		number[digits++] = (char)cursor_u8(c);
	number[digits] = '\0';
	return text_parse_u64(number, UINT64_MAX, out);
}

/* The same, an offset in a datagram; nothing is taken where it is not there. */
static bool
maybe_number(struct cursor *c, const char *before, uint64_t *out)
{
	struct cursor at = *c;

	if (!take_number(&at, before, out) || *out > UINT16_MAX)
		return false;
	*c = at;
	return true;
}

static size_t
take_records(struct cursor *c, uint32_t records[RECORDS_MAX])
{
	size_t count = 0;
	uint64_t offset;

	while (count < RECORDS_MAX && maybe_number(c, count == 0 ? " records=" : ",", &offset))
		records[count++] = (uint32_t)offset;
	return count;
}

/* The comment of one that came in an earlier segment; false where it is another's. */
static bool
take_mark(struct datagrams *d, struct cursor options, struct reader_datagram *out)
{
	static const char inherited[] = " inherited";
	struct cursor c = find_option(options, OPTION_COMMENT);

	out->carried = out->inherited = false;
	out->came_segment = out->came_number = out->came_set = 0;
	out->record_count = 0;
	if (cursor_left(&c) == 0)
		return true;
	out->carried = take_number(&c, "carried: segment=", &out->came_segment) &&
	    take_number(&c, " datagram=", &out->came_number);
	if (!maybe_number(&c, " set=", &out->came_set))
		out->came_set = 0;
	out->records = d->records;
	out->record_count = take_records(&c, d->records);
	out->inherited = cursor_left(&c) == sizeof inherited - 1 &&
	    memcmp(c.at, inherited, sizeof inherited - 1) == 0;
	return out->carried && (out->inherited || cursor_left(&c) == 0);
}

static enum status
take_datagram(struct datagrams *d, struct cursor b, struct reader_datagram *out, struct fault *f)
{
	uint32_t interface = cursor_le32(&b);
	uint64_t high = cursor_le32(&b), low = cursor_le32(&b);
	uint32_t captured = cursor_le32(&b), original = cursor_le32(&b);
	struct cursor packet = cursor_sub(&b, captured);

	if (!cursor_ok(&b) || !d->has_interface || interface != 0 || captured != original ||
	    !take_packet(packet, out))
		return malformed(d, "no UDP datagram", f);
	out->received = (int64_t)(high << 32 | low);
	out->transport = TRANSPORT_UDP;
	out->stream = 0;
	out->ended = false;
	cursor_skip(&b, (4 - captured % 4) % 4);
	if (!take_mark(d, b, out) || (out->carried && d->number > 0))
		return malformed(d, "a comment that is no carried datagram's, or is out of its place", f);
	out->number = out->carried ? 0 : ++d->number;
	return STATUS_OK;
}

enum status
datagrams_next(struct datagrams *d, struct reader_datagram *out, struct fault *f)
{
	enum status st;

	for (;;) {
		struct cursor body;
		uint32_t type;

		st = next_block(d, &type, &body, f);
		if (st != STATUS_OK)
			return st;
		if (type == BLOCK_PACKET)
			return take_datagram(d, body, out, f);
		if (type == BLOCK_SECTION)
			st = take_section(d, body, f);
		else if (type == BLOCK_INTERFACE)
			st = take_interface(d, body, f);
		if (st != STATUS_OK)
			return st;
	}
}
