/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/pcap_file.h"

#include <string.h>

#include "base/cursor.h"

enum {
	FILE_HEADER = 24,
	RECORD_HEADER = 16,
	RECORD_HEADER_KUZNETZOV = 24, /* and interface, protocol, packet type, a pad */
	VERSION_MAJOR = 2,
	VERSION_DGUX = 543
};

/* draft-ietf-opsawg-pcap section 4: link type, reserved bits, P, and the FCS length. */
#define LINK_TYPE_BITS 0x0000ffffU
#define LINK_RESERVED  0x03ff0000U
#define LINK_FCS_GIVEN 0x04000000U
#define LINK_FCS_SHIFT 28 /* in units of 16 bits */

struct magic {
	uint32_t value;
	bool nanos;
	size_t header;
};

static const struct magic magics[] = {
	{ 0xa1b2c3d4, false, RECORD_HEADER },
	{ 0xa1b23c4d, true, RECORD_HEADER },
	{ 0xa1b2cd34, false, RECORD_HEADER_KUZNETZOV },
};

/* libpcap's max_snaplen_for_dlt(): the link types whose records may be larger. */
static const struct {
	uint16_t link_type;
	uint32_t limit;
} limits[] = {
	{ 231, 128 * 1024 * 1024 }, /* DBUS */
	{ 220, 128 * 1024 * 1024 }, /* USB_LINUX_MMAPPED */
	{ 249, 128 * 1024 * 1024 }, /* USBPCAP */
	{ 279, 8 * 1024 * 1024 },   /* EBHSCR */
};

uint32_t
captured_limit(uint16_t link_type)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (limits[i].link_type == link_type)
			return limits[i].limit;
	}
	return CAPTURED_MAX;
}

static const struct magic *
magic_find(const uint8_t *at, bool *big)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		*big = load_be32(at) == magics[i].value;
		if (*big || load_le32(at) == magics[i].value)
			return &magics[i];
	}
	return NULL;
}

static uint16_t
get16(struct cursor *c, bool big)
{
	return big ? cursor_be16(c) : cursor_le16(c);
}

static uint32_t
get32(struct cursor *c, bool big)
{
	return big ? cursor_be32(c) : cursor_le32(c);
}

/* What the feed says when it has not what a reader needs. */
static enum status
cut(const struct pcap_file *p, enum status st, struct fault *f, size_t needed, const char *what)
{
	const struct feed *in = p->in;

	if (st == STATUS_END)
		return fault_at(f, STATUS_TRUNCATED, NULL, feed_offset(in),
		    "%s of %zu octets is cut: %zu are there", what, needed, feed_left(in));
	return fault_at(f, st, NULL, feed_offset(in), "%s is cut: %s", what, in->fault.text);
}

static enum status
version_check(struct pcap_file *p, unsigned major, unsigned minor, struct fault *f)
{
	if (major == VERSION_DGUX && minor == 0) {
		p->lengths = LENGTHS_SWAPPED;
		return STATUS_OK;
	}
	if (major != VERSION_MAJOR)
		return fault_at(f, STATUS_UNSUPPORTED, NULL, 4,
		    "pcap version %u.%u is not known (2.x is)", major, minor);
	/* 2.3 exchanged the two lengths, but some wrote 2.3 and did not. */
	p->lengths = minor < 3 ? LENGTHS_SWAPPED : minor == 3 ? LENGTHS_GUESSED : LENGTHS_PLAIN;
	return STATUS_OK;
}

static enum status
link_check(struct pcap_file *p, uint32_t network, struct fault *f)
{
	if ((network & LINK_RESERVED) != 0)
		return fault_at(f, STATUS_UNSUPPORTED, NULL, 20,
		    "reserved bits of the link type are set: 0x%08x", network);
	p->link_type = (uint16_t)(network & LINK_TYPE_BITS);
	if ((network & LINK_FCS_GIVEN) != 0)
		p->fcs = (uint8_t)(2 * (network >> LINK_FCS_SHIFT));
	return STATUS_OK;
}

enum status
pcap_file_open(struct pcap_file *p, struct feed *in, struct fault *f)
{
	enum status st = feed_need(in, FILE_HEADER);
	const struct magic *m;
	unsigned major, minor;
	struct cursor c;
	uint32_t network;

	memset(p, 0, sizeof(*p));
	p->in = in;
	if (st != STATUS_OK)
		return cut(p, st, f, FILE_HEADER, "the file header");
	m = magic_find(in->at, &p->big);
	if (m == NULL)
		return fault_at(f, STATUS_MALFORMED, NULL, 0, "no pcap magic number");
	p->nanos = m->nanos;
	p->header = m->header;
	c = cursor_over(in->at + 4, FILE_HEADER - 4);
	major = get16(&c, p->big);
	minor = get16(&c, p->big);
	cursor_skip(&c, 12); /* zone, accuracy, snap length: none of them says anything */
	network = get32(&c, p->big);
	st = version_check(p, major, minor, f);
	if (st == STATUS_OK)
		st = link_check(p, network, f);
	if (st == STATUS_OK)
		in->at += FILE_HEADER;
	return st;
}

struct record {
	uint32_t seconds;
	uint32_t fraction;
	uint32_t captured;
	uint32_t wire;
};

/* at has a record's header, whose length was tested. */
static inline struct record
record_load(const struct pcap_file *p, const uint8_t *at, bool big)
{
	struct record r;
	uint32_t a, b;

	r.seconds = big ? load_be32(at) : load_le32(at);
	r.fraction = big ? load_be32(at + 4) : load_le32(at + 4);
	a = big ? load_be32(at + 8) : load_le32(at + 8);
	b = big ? load_be32(at + 12) : load_le32(at + 12);
	if (p->lengths == LENGTHS_PLAIN || (p->lengths == LENGTHS_GUESSED && a <= b)) {
		r.captured = a;
		r.wire = b;
	} else {
		r.captured = b;
		r.wire = a;
	}
	return r;
}

static inline void
packet_fill(struct packet *k, const struct pcap_file *p, const struct record *r, int64_t unit,
    const uint8_t *data, uint32_t captured)
{
	k->time = (int64_t)r->seconds * 1000000000 + (int64_t)r->fraction * unit;
	k->data = data;
	k->captured = captured;
	k->wire = r->wire > captured ? r->wire : captured;
	k->link_type = p->link_type;
	k->input = 0;
	k->fcs = p->fcs;
	k->fine = p->nanos;
}

/*
 * The loop that all speed hangs on: whole records of the window into the batch, until one
 * is cut, too large, or the batch is full.  `big` is a constant where this is inlined.
 */
static inline size_t
records_walk(struct pcap_file *p, struct packet *batch, size_t max, bool big)
{
	const uint8_t *at = p->in->at, *end = p->in->end;
	const size_t header = p->header;
	const int64_t unit = p->nanos ? 1 : 1000;
	size_t n = 0;

	while (n < max && (size_t)(end - at) >= header) {
		struct record r = record_load(p, at, big);

		if (r.captured > CAPTURED_MAX || r.captured > (size_t)(end - at) - header)
			break;
		packet_fill(&batch[n], p, &r, unit, at + header, r.captured);
		n++;
		batch[n - 1].frame = p->frames + n;
		at += header + r.captured;
	}
	p->in->at = at;
	p->frames += n;
	return n;
}

/* A packet above CAPTURED_MAX of a link type that may have such: its first octets. */
static enum status
record_large(struct pcap_file *p, const struct record *r, struct packet *k, struct fault *f)
{
	struct feed *in = p->in;
	uint32_t limit = captured_limit(p->link_type);
	enum status st;

	if (r->captured > limit)
		return fault_at(f, STATUS_MALFORMED, NULL, feed_offset(in),
		    "a record's captured length is %u, the limit is %u", r->captured, limit);
	st = feed_need(in, p->header + CAPTURED_MAX);
	if (st != STATUS_OK)
		return cut(p, st, f, p->header + r->captured, "a record");
	packet_fill(k, p, r, p->nanos ? 1 : 1000, in->at + p->header, CAPTURED_MAX);
	if (k->wire < r->captured)
		k->wire = r->captured;
	k->frame = ++p->frames;
	in->at += p->header + CAPTURED_MAX;
	p->skip = r->captured - CAPTURED_MAX;
	return STATUS_OK;
}

/* Makes the next record whole in memory; *count is 1 if it was one for record_large. */
static enum status
record_need(struct pcap_file *p, struct packet *batch, size_t *count, struct fault *f)
{
	struct feed *in = p->in;
	enum status st = feed_need(in, p->header);
	struct record r;

	if (st == STATUS_END && feed_left(in) == 0)
		return STATUS_END;
	if (st != STATUS_OK)
		return cut(p, st, f, p->header, "a record's header");
	r = record_load(p, in->at, p->big);
	if (r.captured > CAPTURED_MAX) {
		st = record_large(p, &r, batch, f);
		*count = st == STATUS_OK;
		return st;
	}
	st = feed_need(in, p->header + r.captured);
	if (st != STATUS_OK)
		return cut(p, st, f, p->header + r.captured, "a record");
	return STATUS_OK;
}

enum status
pcap_file_next(struct pcap_file *p, struct packet *batch, size_t max, size_t *count,
    struct fault *f)
{
	enum status st;

	*count = 0;
	if (p->skip > 0) {
		st = feed_skip(p->in, p->skip);
		if (st != STATUS_OK)
			return cut(p, st, f, p->skip, "the rest of a record");
		p->skip = 0;
	}
	st = record_need(p, batch, count, f);
	if (st != STATUS_OK || *count > 0)
		return st;
	*count = p->big ? records_walk(p, batch, max, true) : records_walk(p, batch, max, false);
	return STATUS_OK;
}
