/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/pcapng_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/pcap_file.h"

enum {
	BLOCK_IDB = 1,
	BLOCK_PB = 2,
	BLOCK_SPB = 3,
	BLOCK_EPB = 6,
	BLOCK_SHB = 0x0a0d0d0a, /* the same in both byte orders */

	BLOCK_HEAD = 8,  /* type and total length */
	BLOCK_TAIL = 4,  /* the total length again */
	EPB_FIXED = 28,  /* with BLOCK_HEAD; as much as the PB's */
	SPB_FIXED = 12,
	SHB_LEAST = 28,
	IDB_LEAST = 20,

	OPT_END = 0,
	OPT_EPB_FLAGS = 2,
	OPT_TSRESOL = 9,
	OPT_FCSLEN = 13,
	OPT_TSOFFSET = 14,

	INTERFACES_MAX = 65536,
	DECIMAL_MAX = 19, /* powers that 64 bits hold */
	BINARY_MAX = 63
};

#define BYTE_ORDER_MAGIC 0x1a2b3c4dU
#define NANOS            1000000000

struct interface {
	uint64_t units;  /* per second */
	uint64_t factor; /* nanoseconds per unit; 0 if there is less than one */
	uint64_t most;   /* with a factor: larger times overflow */
	int64_t offset;  /* nanoseconds */
	int64_t seconds; /* the same, as in the file */
	uint32_t snaplen;
	uint16_t link_type;
	uint8_t fcs;
	bool fine;
};

struct pcapng_file {
	struct feed *in;
	bool big;
	struct interface *interfaces; /* of this section */
	size_t count;
	size_t room;
	uint64_t frames;
	uint64_t skip; /* octets of a block to pass over before its tail */
	uint32_t tail; /* the total length that must stand there; 0: none is due */
	uint64_t start; /* where that block began */
	struct fault wild; /* the first time that was taken for the nearest that fits */
};

static uint32_t
load32(const struct pcapng_file *p, const uint8_t *at)
{
	return p->big ? load_be32(at) : load_le32(at);
}

static uint16_t
load16(const struct pcapng_file *p, const uint8_t *at)
{
	return p->big ? load_be16(at) : load_le16(at);
}

static enum status
cut(const struct pcapng_file *p, enum status st, struct fault *f, uint64_t needed)
{
	const struct feed *in = p->in;

	if (st == STATUS_END)
		return fault_at(f, STATUS_TRUNCATED, NULL, feed_offset(in),
		    "a block of %llu octets is cut: %zu are there", (unsigned long long)needed,
		    feed_left(in));
	return fault_at(f, st, NULL, feed_offset(in), "a block is cut: %s", in->fault.text);
}

static enum status
damage(const struct pcapng_file *p, struct fault *f, const char *rule, uint64_t value)
{
	return fault_at(f, STATUS_MALFORMED, NULL, feed_offset(p->in), "%s: %llu", rule,
	    (unsigned long long)value);
}

/* One option of a block's list; false at its end. */
static bool
option_next(const struct pcapng_file *p, struct cursor *c, unsigned *code, struct cursor *value)
{
	const uint8_t *head;
	size_t len;

	if (cursor_left(c) == 0)
		return false;
	head = cursor_bytes(c, 4);
	if (head == NULL)
		return false;
	*code = load16(p, head);
	len = load16(p, head + 2);
	*value = cursor_sub(c, len);
	cursor_skip(c, (4 - len % 4) % 4);
	return cursor_ok(c) && *code != OPT_END;
}

/* if_tsresol: the power of 10, or of 2 with the top bit, that a second is divided by. */
static bool
resolution_set(struct interface *i, uint8_t v)
{
	unsigned power = v & 0x7f;

	if ((v & 0x80) != 0) {
		if (power > BINARY_MAX)
			return false;
		i->units = (uint64_t)1 << power;
	} else {
		if (power > DECIMAL_MAX)
			return false;
		for (i->units = 1; power > 0; power--)
			i->units *= 10;
	}
	i->factor = NANOS % i->units == 0 ? NANOS / i->units : 0;
	i->fine = i->units > 1000000;
	return true;
}

/* When a multiplication and an addition are enough for a time, and when they overflow. */
static void
offset_set(struct interface *i, int64_t seconds)
{
	i->seconds = seconds;
	i->offset = 0;
	if (seconds > INT64_MAX / NANOS || seconds < INT64_MIN / NANOS)
		i->factor = 0;
	else
		i->offset = seconds * NANOS;
	if (i->factor != 0)
		i->most = (uint64_t)(INT64_MAX - (i->offset > 0 ? i->offset : 0)) / i->factor;
}

static enum status
interface_options(const struct pcapng_file *p, struct interface *i, struct cursor *c,
    struct fault *f)
{
	struct cursor value;
	int64_t seconds = 0;
	unsigned code;
	uint8_t v;

	while (option_next(p, c, &code, &value)) {
		switch (code) {
		case OPT_TSRESOL:
			v = cursor_u8(&value);
			if (!cursor_done(&value) || !resolution_set(i, v))
				return damage(p, f, "an interface's time resolution is not one", v);
			break;
		case OPT_TSOFFSET:
			seconds = (int64_t)(p->big ? cursor_be64(&value) : cursor_le64(&value));
			if (!cursor_done(&value))
				return damage(p, f, "an interface's time offset is not 8 octets",
				    code);
			break;
		case OPT_FCSLEN:
			v = cursor_u8(&value);
			i->fcs = v < 8 ? v : v / 8;
			break;
		}
	}
	offset_set(i, seconds);
	return STATUS_OK;
}

/* at: a whole interface description block of len octets. */
static enum status
interface_add(struct pcapng_file *p, const uint8_t *at, size_t len, struct fault *f)
{
	struct interface *grown;
	struct interface i = { 0 };
	struct cursor c;
	enum status st;

	if (p->count == INTERFACES_MAX)
		return damage(p, f, "more interfaces in a section than the limit", INTERFACES_MAX);
	c = cursor_over(at + 16, len - BLOCK_TAIL - 16);
	i.link_type = load16(p, at + 8);
	i.snaplen = load32(p, at + 12);
	(void)resolution_set(&i, 6);
	st = interface_options(p, &i, &c, f);
	if (st != STATUS_OK)
		return st;
	if (p->count == p->room) {
		p->room = p->room == 0 ? 8 : 2 * p->room;
		grown = reallocarray(p->interfaces, p->room, sizeof(*grown));
		if (grown == NULL)
			return fault_memory(f);
		p->interfaces = grown;
	}
	p->interfaces[p->count++] = i;
	return STATUS_OK;
}

/* Nanoseconds of a time in the interface's units; false if these are but the nearest. */
static inline bool
time_convert(const struct interface *i, uint64_t units, int64_t *out)
{
	__extension__ typedef __int128 wide;
	wide t;

	if (i->factor != 0) {
		if (units > i->most) {
			*out = INT64_MAX;
			return false;
		}
		*out = (int64_t)(units * i->factor) + i->offset;
		return true;
	}
	t = ((wide)(units / i->units) + i->seconds) * NANOS +
	    (wide)(units % i->units) * NANOS / (wide)i->units;
	/* a manifest's times are of magnitude below 2^63 */
	*out = t > INT64_MAX ? INT64_MAX : t < -INT64_MAX ? -INT64_MAX : (int64_t)t;
	return *out == t;
}

/* A packet block's own word on the frame check sequence (epb_flags, bits 5 to 8). */
static uint8_t
packet_fcs(const struct pcapng_file *p, const struct interface *i, const uint8_t *options,
    size_t len)
{
	struct cursor c = cursor_over(options, len), value;
	const uint8_t *flags;
	uint8_t fcs = 0;
	unsigned code;

	while (option_next(p, &c, &code, &value)) {
		flags = code == OPT_EPB_FLAGS ? cursor_bytes(&value, 4) : NULL;
		if (flags != NULL)
			fcs = load32(p, flags) >> 5 & 0xf;
	}
	return fcs != 0 ? fcs : i->fcs;
}

static void
lengths_fill(struct packet *k, uint32_t captured, uint32_t wire)
{
	k->captured = captured < CAPTURED_MAX ? captured : CAPTURED_MAX;
	k->wire = wire > captured ? wire : captured;
}

/* An enhanced or obsolete packet block of len octets, of which EPB_FIXED are at `at`. */
static enum status
packet_block(struct pcapng_file *p, const uint8_t *at, uint32_t len, struct packet *k,
    struct fault *f)
{
	bool obsolete = load32(p, at) == BLOCK_PB;
	uint32_t id = obsolete ? load16(p, at + 8) : load32(p, at + 8);
	uint64_t units = (uint64_t)load32(p, at + 12) << 32 | load32(p, at + 16);
	uint32_t captured = load32(p, at + 20);
	const struct interface *i;

	if (id >= p->count)
		return damage(p, f, "a packet of an interface that was not described", id);
	i = &p->interfaces[id];
	if (captured > len - EPB_FIXED - BLOCK_TAIL)
		return damage(p, f, "a packet's captured length does not fit into its block",
		    captured);
	if (captured > captured_limit(i->link_type))
		return damage(p, f, "a packet's captured length is above the limit", captured);
	if (!time_convert(i, units, &k->time)) {
		if (f == NULL) /* packets_walk: not where the offset is known */
			return STATUS_MALFORMED;
		(void)damage(p, &p->wild, "a packet's time does not fit into 64 bits of "
		    "nanoseconds; it and its like are the nearest", units);
	}
	lengths_fill(k, captured, load32(p, at + 24));
	k->data = at + EPB_FIXED;
	k->link_type = i->link_type;
	k->fcs = i->fcs;
	k->fine = i->fine;
	return STATUS_OK;
}

/* A simple packet block, of which SPB_FIXED octets are at `at`. */
static enum status
packet_simple(struct pcapng_file *p, const uint8_t *at, uint32_t len, struct packet *k,
    struct fault *f)
{
	uint32_t wire = load32(p, at + 8), captured = wire;
	const struct interface *i = p->interfaces;

	if (p->count == 0)
		return damage(p, f, "a packet of an interface that was not described", 0);
	if (i->snaplen != 0 && captured > i->snaplen)
		captured = i->snaplen;
	if (captured > len - SPB_FIXED - BLOCK_TAIL)
		return damage(p, f, "a packet's length does not fit into its block", captured);
	if (captured > captured_limit(i->link_type))
		return damage(p, f, "a packet's length is above the limit", captured);
	lengths_fill(k, captured, wire);
	k->time = 0;
	k->data = at + SPB_FIXED;
	k->link_type = i->link_type;
	k->fcs = i->fcs;
	k->fine = i->fine;
	return STATUS_OK;
}

/* Any packet block; *k is complete but for options. */
static inline enum status
packet_any(struct pcapng_file *p, const uint8_t *at, uint32_t type, uint32_t len,
    struct packet *k, struct fault *f)
{
	if (type == BLOCK_SPB)
		return packet_simple(p, at, len, k, f);
	return packet_block(p, at, len, k, f);
}

static bool
is_packet(uint32_t type)
{
	return type == BLOCK_EPB || type == BLOCK_SPB || type == BLOCK_PB;
}

/* Octets of a block that must be there before its lengths can be believed. */
static uint32_t
block_fixed(uint32_t type)
{
	switch (type) {
	case BLOCK_EPB:
	case BLOCK_PB:
		return EPB_FIXED;
	case BLOCK_SPB:
		return SPB_FIXED;
	case BLOCK_SHB:
		return SHB_LEAST - BLOCK_TAIL;
	case BLOCK_IDB:
		return IDB_LEAST - BLOCK_TAIL;
	default:
		return BLOCK_HEAD;
	}
}

/* The whole packet blocks of the window into the batch, up to anything else. */
static size_t
packets_walk(struct pcapng_file *p, struct packet *batch, size_t max)
{
	const uint8_t *at = p->in->at, *end = p->in->end;
	size_t n = 0;

	while (n < max && end - at >= EPB_FIXED + BLOCK_TAIL) {
		uint32_t type = load32(p, at), len = load32(p, at + 4), used;
		struct packet *k = &batch[n];

		if (type != BLOCK_EPB || len % 4 != 0 || len < EPB_FIXED + BLOCK_TAIL ||
		    len > (size_t)(end - at) || load32(p, at + len - BLOCK_TAIL) != len ||
		    packet_block(p, at, len, k, NULL) != STATUS_OK || k->captured == CAPTURED_MAX)
			break;
		used = EPB_FIXED + ((k->captured + 3) & ~3U);
		if (len > used + BLOCK_TAIL)
			k->fcs = packet_fcs(p, &p->interfaces[load32(p, at + 8)], at + used,
			    len - used - BLOCK_TAIL);
		k->input = 0;
		n++;
		k->frame = p->frames + n;
		at += len;
	}
	p->in->at = at;
	p->frames += n;
	return n;
}

/* The start of a section: its byte order, and no interfaces yet. */
static enum status
section_start(struct pcapng_file *p, const uint8_t *at, struct fault *f)
{
	unsigned major, minor;

	p->big = load_be32(at + 8) == BYTE_ORDER_MAGIC;
	if (!p->big && load_le32(at + 8) != BYTE_ORDER_MAGIC)
		return damage(p, f, "a section's byte order mark is none", load_be32(at + 8));
	major = load16(p, at + 12);
	minor = load16(p, at + 14);
	/* 1.2 was written by some and is 1.0 with more block types. */
	if (major != 1 || (minor != 0 && minor != 2))
		return fault_at(f, STATUS_UNSUPPORTED, NULL, feed_offset(p->in) + 12,
		    "pcapng version %u.%u is not known (1.0 is)", major, minor);
	p->count = 0;
	return STATUS_OK;
}

/* Passes over what is left of a block and checks the total length at its end. */
static enum status
block_end(struct pcapng_file *p, struct fault *f)
{
	struct feed *in = p->in;
	uint32_t seen;
	enum status st;

	st = feed_skip(in, p->skip);
	if (st == STATUS_OK)
		st = feed_need(in, BLOCK_TAIL);
	if (st == STATUS_END)
		return fault_at(f, STATUS_TRUNCATED, NULL, p->start,
		    "a block of %u octets is cut: %llu are there", p->tail,
		    (unsigned long long)(feed_offset(in) + feed_left(in) - p->start));
	if (st != STATUS_OK)
		return cut(p, st, f, p->tail);
	seen = load32(p, in->at);
	if (seen != p->tail)
		return fault_at(f, STATUS_MALFORMED, NULL, feed_offset(in),
		    "a block's length is %u at its start and %u at its end", p->tail, seen);
	in->at += BLOCK_TAIL;
	p->tail = 0;
	return STATUS_OK;
}

/* The type and total length of the block at in->at, of which its fixed part is in memory. */
static enum status
block_head(struct pcapng_file *p, uint32_t *type, uint32_t *len, struct fault *f)
{
	struct feed *in = p->in;
	enum status st = feed_need(in, BLOCK_HEAD);

	if (st == STATUS_END && feed_left(in) == 0)
		return STATUS_END;
	if (st != STATUS_OK)
		return cut(p, st, f, BLOCK_HEAD);
	*type = load32(p, in->at);
	st = feed_need(in, block_fixed(*type));
	if (st != STATUS_OK)
		return cut(p, st, f, block_fixed(*type));
	if (*type == BLOCK_SHB) {
		st = section_start(p, in->at, f);
		if (st != STATUS_OK)
			return st;
	}
	*len = load32(p, in->at + 4);
	if (*len % 4 != 0 || *len < block_fixed(*type) + BLOCK_TAIL)
		return damage(p, f, "a block's length is too small or no multiple of 4", *len);
	return STATUS_OK;
}

/* Sets p->tail and moves behind `taken` octets of the block at in->at. */
static void
block_take_part(struct pcapng_file *p, uint32_t taken, uint32_t len)
{
	p->start = feed_offset(p->in);
	p->in->at += taken;
	p->skip = len - taken - BLOCK_TAIL;
	p->tail = len;
}

/* A packet block that packets_walk leaves: one cut by the window, large, simple, or damaged. */
static enum status
block_packet(struct pcapng_file *p, uint32_t type, uint32_t len, struct packet *k,
    struct fault *f)
{
	struct feed *in = p->in;
	uint32_t fixed = block_fixed(type), taken;
	enum status st;

	st = packet_any(p, in->at, type, len, k, f);
	if (st != STATUS_OK)
		return st;
	/* Whole if it can be, so that a cut or wrongly ended block gives no packet. */
	st = feed_need(in, len <= BLOCK_HEADROOM ? len : fixed + k->captured);
	if (st != STATUS_OK)
		return cut(p, st, f, len);
	if (len <= BLOCK_HEADROOM && load32(p, in->at + len - BLOCK_TAIL) != len)
		return fault_at(f, STATUS_MALFORMED, NULL, feed_offset(in),
		    "a block's length is %u at its start and %u at its end", len,
		    load32(p, in->at + len - BLOCK_TAIL));
	k->data = in->at + fixed;
	taken = fixed + ((k->captured + 3) & ~3U);
	if (type == BLOCK_EPB && len <= BLOCK_HEADROOM && len > taken + BLOCK_TAIL)
		k->fcs = packet_fcs(p, &p->interfaces[load32(p, in->at + 8)], in->at + taken,
		    len - taken - BLOCK_TAIL);
	k->input = 0;
	k->frame = ++p->frames;
	block_take_part(p, fixed + k->captured, len);
	return STATUS_OK;
}

static enum status
block_interface(struct pcapng_file *p, uint32_t len, struct fault *f)
{
	enum status st;

	if (len > BLOCK_HEADROOM)
		return damage(p, f, "an interface description is larger than the limit", len);
	st = feed_need(p->in, len);
	if (st != STATUS_OK)
		return cut(p, st, f, len);
	return interface_add(p, p->in->at, len, f);
}

/* One block of any type; *count is 1 if it was a packet. */
static enum status
block_next(struct pcapng_file *p, struct packet *batch, size_t *count, struct fault *f)
{
	uint32_t type = 0, len = 0;
	enum status st;

	st = block_head(p, &type, &len, f);
	if (st != STATUS_OK)
		return st;
	if (is_packet(type)) {
		st = block_packet(p, type, len, batch, f);
		*count = st == STATUS_OK;
		return st;
	}
	if (type == BLOCK_IDB) {
		st = block_interface(p, len, f);
		if (st != STATUS_OK)
			return st;
	}
	block_take_part(p, BLOCK_HEAD, len);
	return STATUS_OK;
}

enum status
pcapng_file_open(struct feed *in, struct pcapng_file **out, struct fault *f)
{
	struct pcapng_file *p;
	enum status st;

	*out = NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return fault_memory(f);
	p->in = in;
	st = feed_need(in, SHB_LEAST);
	if (st != STATUS_OK)
		st = cut(p, st, f, SHB_LEAST);
	else if (load_be32(in->at) != BLOCK_SHB)
		st = fault_at(f, STATUS_MALFORMED, NULL, 0, "no section header");
	else
		st = section_start(p, in->at, f);
	if (st != STATUS_OK) {
		free(p);
		return st;
	}
	*out = p;
	return STATUS_OK;
}

enum status
pcapng_file_next(struct pcapng_file *p, struct packet *batch, size_t max, size_t *count,
    struct fault *f)
{
	enum status st;

	*count = 0;
	while (*count == 0) {
		if (p->tail != 0) {
			st = block_end(p, f);
			if (st != STATUS_OK)
				return st;
		}
		*count = packets_walk(p, batch, max);
		if (*count > 0)
			break;
		st = block_next(p, batch, count, f);
		if (st == STATUS_END && p->wild.status != STATUS_OK) {
			*f = p->wild;
			return f->status;
		}
		if (st != STATUS_OK)
			return st;
	}
	return STATUS_OK;
}

void
pcapng_file_free(struct pcapng_file *p)
{
	if (p == NULL)
		return;
	free(p->interfaces);
	free(p);
}
