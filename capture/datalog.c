/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/datalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/zframe.h"

enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	LINKTYPE_RAW = 101,
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	OPTION_COMMENT = 1,
	OPTION_IF_NAME = 2,
	OPTION_SHB_APPLICATION = 4,
	OPTION_EPB_DROPS = 4,
	OPTION_IF_RESOLUTION = 9,
	PACKET_OCTETS = 28, /* of a packet block before its packet */
	NANOSECONDS = 9,
	IPV4_OCTETS = 20,
	IPV6_OCTETS = 40,
	UDP_OCTETS = 8,
	UDP = 17,
	HOPS = 64
};

struct datalog {
	struct zframe *frames;
	struct buf pending;
	uint64_t dropped;
	bool begun;
};

enum status
datalog_open(int level, struct datalog **out, struct fault *f)
{
	struct datalog *d = calloc(1, sizeof *d);
	enum status st;

	if (d == NULL)
		return fault_memory(f);
	st = zframe_open(level, &d->frames, f);
	if (st != STATUS_OK) {
		free(d);
		return st;
	}
	*out = d;
	return STATUS_OK;
}

void
datalog_free(struct datalog *d)
{
	if (d == NULL)
		return;
	zframe_free(d->frames);
	buf_free(&d->pending);
	free(d);
}

void
datalog_begin(struct datalog *d)
{
	d->begun = false;
}

static void
pad(struct buf *b, size_t len)
{
	for (; len % 4 != 0; len++)
		buf_u8(b, 0);
}

static void
put_option(struct buf *b, uint16_t code, const void *value, uint16_t len)
{
	buf_le16(b, code);
	buf_le16(b, len);
	buf_put(b, value, len);
	pad(b, len);
}

/* The length stands at both ends of a block (pcapng, section 3.1). */
static void
end_block(struct buf *b, size_t start)
{
	uint32_t len;

	buf_le32(b, 0); /* the end of the options */
	len = (uint32_t)(b->len - start + 4);
	buf_le32(b, len);
	if (!buf_ok(b))
		return;
	for (unsigned i = 0; i < 4; i++)
		b->data[start + 4 + i] = (uint8_t)(len >> 8 * i);
}

static void
put_headers(struct buf *b)
{
	static const char comment[] = "UDP datagrams as they were received; their IP and UDP headers "
	    "are made from the socket's addresses";
	static const uint8_t resolution = NANOSECONDS;
	size_t start = b->len;

	buf_le32(b, BLOCK_SECTION);
	buf_le32(b, 0);
	buf_le32(b, BYTE_ORDER_MAGIC);
	buf_le16(b, 1);
	buf_le16(b, 0);
	buf_le64(b, UINT64_MAX); /* the section's length is not told */
	put_option(b, OPTION_COMMENT, comment, sizeof comment - 1);
	put_option(b, OPTION_SHB_APPLICATION, "nfseal", 6);
	end_block(b, start);
	start = b->len;
	buf_le32(b, BLOCK_INTERFACE);
	buf_le32(b, 0);
	buf_le16(b, LINKTYPE_RAW);
	buf_le16(b, 0);
	buf_le32(b, 0); /* no snap length */
	put_option(b, OPTION_IF_NAME, "collector", 9);
	put_option(b, OPTION_IF_RESOLUTION, &resolution, 1);
	end_block(b, start);
}

static uint64_t
fold(uint64_t wide)
{
	while (wide > 0xffff)
		wide = (wide & 0xffff) + (wide >> 16);
	return wide;
}

/* RFC 1071; of an odd length the last octet is the higher one. */
static uint32_t
add_words(uint32_t sum, const uint8_t *p, size_t len)
{
	uint64_t swapped = 0;
	size_t at = 0;

	/* section 2 (B): in any byte order, and several words at once */
	for (; at + 8 <= len; at += 8) {
		uint64_t v = load_le64(p + at);

		swapped += (uint32_t)v + (v >> 32);
	}
	for (; at + 1 < len; at += 2)
		swapped += load_le16(p + at);
	if (at < len)
		swapped += p[at];
	swapped = fold(swapped);
	return (uint32_t)fold(sum + (swapped >> 8 | (swapped & 0xff) << 8));
}

static void
store16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* RFC 768 and RFC 8200 section 8.1: a sum of zero is sent as ones. */
static void
make_udp(uint8_t *p, const struct datagram *g, size_t size)
{
	uint32_t sum = UDP + (uint32_t)(UDP_OCTETS + g->len);

	store16(p, g->src_port);
	store16(p + 2, g->dst_port);
	store16(p + 4, (unsigned)(UDP_OCTETS + g->len));
	store16(p + 6, 0);
	sum = add_words(sum, g->src.octets, size);
	sum = add_words(sum, g->dst.octets, size);
	sum = add_words(sum, p, UDP_OCTETS);
	sum = add_words(sum, g->data, g->len);
	store16(p + 6, sum == 0xffff ? 0xffff : 0xffff - sum);
}

static size_t
make_headers(uint8_t p[IPV6_OCTETS + UDP_OCTETS], const struct datagram *g)
{
	if (g->src.family == 6) {
		memset(p, 0, 4);
		p[0] = 6 << 4;
		store16(p + 4, (unsigned)(UDP_OCTETS + g->len));
		p[6] = UDP;
		p[7] = HOPS;
		memcpy(p + 8, g->src.octets, 16);
		memcpy(p + 24, g->dst.octets, 16);
		make_udp(p + IPV6_OCTETS, g, 16);
		return IPV6_OCTETS + UDP_OCTETS;
	}
	memset(p, 0, IPV4_OCTETS);
	p[0] = 4 << 4 | IPV4_OCTETS / 4;
	store16(p + 2, (unsigned)(IPV4_OCTETS + UDP_OCTETS + g->len));
	p[8] = HOPS;
	p[9] = UDP;
	memcpy(p + 12, g->src.octets, 4);
	memcpy(p + 16, g->dst.octets, 4);
	store16(p + 10, 0xffff - add_words(0, p, IPV4_OCTETS));
	make_udp(p + IPV4_OCTETS, g, 4);
	return IPV4_OCTETS + UDP_OCTETS;
}

/* An enhanced packet block up to its options (pcapng, section 4.3); where it begins. */
static size_t
put_packet(struct datalog *d, const struct datagram *g)
{
	uint8_t headers[IPV6_OCTETS + UDP_OCTETS];
	size_t head = make_headers(headers, g), len = head + g->len, start;
	uint64_t time = (uint64_t)g->received;
	struct buf *b = &d->pending;
	uint8_t *p;

	if (!d->begun)
		put_headers(b);
	d->begun = true;
	start = b->len;
	p = buf_grow(b, PACKET_OCTETS + len);
	if (p == NULL)
		return start;
	store_le32(p, BLOCK_PACKET);
	store_le64(p + 4, 0); /* its length comes at its end; the interface */
	store_le32(p + 12, (uint32_t)(time >> 32));
	store_le32(p + 16, (uint32_t)time);
	store_le32(p + 20, (uint32_t)len);
	store_le32(p + 24, (uint32_t)len);
	memcpy(p + PACKET_OCTETS, headers, head);
	if (g->len > 0)
		memcpy(p + PACKET_OCTETS + head, g->data, g->len);
	pad(b, len);
	return start;
}

void
datalog_put(struct datalog *d, const struct datagram *g, uint64_t dropped)
{
	size_t start = put_packet(d, g);
	uint64_t lost = dropped - d->dropped;

	if (lost > 0) {
		buf_le16(&d->pending, OPTION_EPB_DROPS);
		buf_le16(&d->pending, sizeof lost);
		buf_le64(&d->pending, lost);
	}
	d->dropped = dropped;
	end_block(&d->pending, start);
}

/* nfseal-archive(5), COLLECTED SEGMENTS. */
static void
put_mark(struct buf *b, const struct carried_datagram *g)
{
	const struct datagram *d = &g->datagram;

	buf_printf(b, "carried: segment=%" PRIu64 " datagram=%" PRIu64, g->segment, d->number);
	if (d->set != 0)
		buf_printf(b, " set=%zu", d->set);
	for (size_t i = 0; i < d->record_count; i++)
		buf_printf(b, "%s%" PRIu32, i == 0 ? " records=" : ",", d->records[i]);
	if (g->inherited)
		buf_printf(b, " inherited");
}

void
datalog_put_carried(struct datalog *d, const struct carried_datagram *g)
{
	size_t start = put_packet(d, &g->datagram);
	struct buf mark = { 0 };

	put_mark(&mark, g);
	if (buf_ok(&mark) && mark.len <= UINT16_MAX)
		put_option(&d->pending, OPTION_COMMENT, mark.data, (uint16_t)mark.len);
	else
		d->pending.failed = true;
	buf_free(&mark);
	end_block(&d->pending, start);
}

size_t
datalog_pending(const struct datalog *d)
{
	return d->pending.len;
}

enum status
datalog_cut(struct datalog *d, struct buf *out, struct fault *f)
{
	if (!d->begun)
		put_headers(&d->pending);
	d->begun = true;
	return zframe_put(d->frames, &d->pending, out, f);
}
