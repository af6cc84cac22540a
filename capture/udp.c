/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/udp.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/dissect.h"
#include "capture/flowtunnel.h"
#include "capture/heard.h"
#include "flow/protocol.h"
#include "flow/sflow.h"

enum {
	UDP_HEADER = 8,
	FIRST_SET_MIN = 256,
	FIXED_RECORDS_MAX = 30, /* in a datagram of Ethernet's size */
	STUN_COOKIE = 0x2112a442,
	SFLOW_OLD_LEAST = 24,   /* header of versions 2 and 4 */
	IPFIX_HEADER = 16,
	YEAR_2000 = 946684800,
	V9_HEADER = 20,
	V9_RECORDS_MAX = 4096,  /* that the header of a cut one may announce */
	SFLOW_SAMPLE_LEAST = 8, /* of version 5 */
	SFLOW_FORMAT_LAST = 5,  /* of samples that sflow.org defined */
	LOOK = 64,              /* octets within which all is that tells a message */
	DEPTH_MAX = 2,          /* datagrams put together inside others */
	LINKTYPE_IPV4 = 228,
	LINKTYPE_IPV6 = 229,
	IPV4_OCTETS = 20,
	IPV4_PAYLOAD_MAX = 65535 - IPV4_OCTETS,
	IPV6_OCTETS = 40,
	EXTENSIONS_MAX = 8,
	HOP_BY_HOP = 0,
	ROUTING = 43,
	FRAGMENT = 44,
	AUTHENTICATION = 51,
	OPTIONS = 60
};

struct udp_reader {
	struct dissector dissector;
	struct reassembler *fragments;
	struct heard heard;
	uint64_t seed;
};

/* Of a message that is longer than its datagram, which somebody cut, the time must be one. */
static bool
is_dated(uint32_t seconds)
{
	return seconds >= YEAR_2000;
}

/*
 * Of the fixed versions: a count of records that are there, or nothing but records, since some
 * exporters announce what they like, or what may have been cut.  STUN's requests begin as version
 * 1 does (RFC 5389 section 6).
 */
static bool
is_fixed(const uint8_t *data, size_t len, size_t header, size_t record)
{
	size_t count;

	if (len < header + record)
		return false;
	count = load_be16(data + 2);
	if (count == 0 || load_be32(data + 4) == STUN_COOKIE || load_be32(data + 8) == 0)
		return false;
	return count <= (len - header) / record || (len - header) % record == 0 ||
	    (count <= FIXED_RECORDS_MAX && is_dated(load_be32(data + 8)));
}

/* A first set whose id is possible, and which lies within the message. */
static bool
is_set(const uint8_t *data, size_t len, unsigned template_ids)
{
	unsigned id = load_be16(data), size = load_be16(data + 2);

	return size >= 4 && size <= len &&
	    (id >= FIRST_SET_MIN || id == template_ids || id == template_ids + 1);
}

/* NetFlow 9 does not say how long it is: one whose first set goes on behind it may be cut. */
static bool
is_v9(const uint8_t *data, size_t len)
{
	unsigned count = load_be16(data + 2);

	if (len < V9_HEADER + 4)
		return false;
	return is_set(data + V9_HEADER, len - V9_HEADER, 0) ||
	    (count > 0 && count <= V9_RECORDS_MAX && is_dated(load_be32(data + 8)) &&
	        is_set(data + V9_HEADER, UINT16_MAX, 0));
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
		return is_v9(data, len);
	case 10:
		return len >= IPFIX_HEADER && load_be16(data + 2) >= IPFIX_HEADER &&
		    (load_be16(data + 2) <= len || is_dated(load_be32(data + 4))) &&
		    (len < IPFIX_HEADER + 4 || is_set(data + IPFIX_HEADER,
		        load_be16(data + 2) - IPFIX_HEADER, 2));
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

enum status
udp_reader_open(uint64_t seed, struct udp_reader **out, struct fault *f)
{
	struct udp_reader *r = calloc(1, sizeof *r);
	struct tunnel_ports ports;
	enum status st;

	if (r == NULL)
		return fault_memory(f);
	tunnel_ports_default(&ports);
	dissector_init(&r->dissector, true, &ports);
	r->seed = seed;
	r->heard.seed = seed;
	st = reassembler_open(seed, &r->fragments, f);
	if (st != STATUS_OK) {
		free(r);
		return st;
	}
	*out = r;
	return STATUS_OK;
}

void
udp_reader_free(struct udp_reader *r)
{
	if (r == NULL)
		return;
	reassembler_free(r->fragments);
	heard_free(&r->heard);
	free(r);
}

void
udp_reader_finish(struct udp_reader *r)
{
	reassembler_finish(r->fragments);
}

const struct reassemble_counts *
udp_reader_counts(const struct udp_reader *r)
{
	return reassembler_counts(r->fragments);
}

/*
 * The message at `data`, of which so many octets are there; what tells one stands at its
 * beginning, so that of a cut one with as many octets the length is believed.
 */
static bool
looks_like_export(const uint8_t *data, size_t there, size_t len)
{
	return udp_is_export(data, there >= LOOK || there >= len ? len : there);
}

/* An export message, or what else comes from where one came: one that was cut before its first set. */
static bool
is_exporters(struct udp_reader *r, const struct dissected *d, size_t there, size_t len)
{
	struct heard_key key = { { 0, 0, 0, 0, KEY_VERSION(d->key.w[4]) |
	    (uint64_t)KEY_SRC_PORT(d->key.w[4]) << 16 | (uint64_t)KEY_DST_PORT(d->key.w[4]) << 32 } };

	memcpy(key.words, d->key.w, 4 * sizeof key.words[0]);
	if (looks_like_export(d->upper + UDP_HEADER, there, len)) {
		heard_add(&r->heard, &key);
		return true;
	}
	return heard_has(&r->heard, &key);
}

/* A datagram that is no fragment. */
static enum udp_result
take_datagram(struct udp_reader *r, const struct packet *p, const struct dissected *d, struct datagram *out)
{
	size_t there, len;

	if (d->upper == NULL || d->upper_captured < UDP_HEADER || d->upper_octets < UDP_HEADER)
		return UDP_OTHER;
	len = load_be16(d->upper + 4);
	/* 0: a datagram beyond 65535 octets (RFC 2675 section 4) */
	len = (len == 0 || len > d->upper_octets ? d->upper_octets : len) - UDP_HEADER;
	there = d->upper_captured - UDP_HEADER;
	if (len > UINT16_MAX || !is_exporters(r, d, there, len))
		return UDP_OTHER;
	*out = (struct datagram){ .received = p->time, .data = d->upper + UDP_HEADER,
		.len = len < there ? len : there,
		.src = address_of(&d->key.w[0], KEY_VERSION(d->key.w[4])),
		.dst = address_of(&d->key.w[2], KEY_VERSION(d->key.w[4])),
		.src_port = (uint16_t)KEY_SRC_PORT(d->key.w[4]),
		.dst_port = (uint16_t)KEY_DST_PORT(d->key.w[4]), .input = p->input, .frame = p->frame };
	return there < len ? UDP_CUT : UDP_DATAGRAM;
}

/* A header that may stand before or behind that of fragments (RFC 8200 section 4.1). */
static bool
is_extension(unsigned next)
{
	return next == HOP_BY_HOP || next == ROUTING || next == AUTHENTICATION || next == OPTIONS;
}

/* The fragment's place, and what follows its header; false where that is not all there. */
static bool
read_ipv4(struct cursor c, struct fragment_piece *piece, uint8_t *next)
{
	unsigned header = (cursor_u8(&c) & 15) * 4, fragment;

	cursor_skip(&c, 5);
	fragment = cursor_be16(&c);
	cursor_skip(&c, 1);
	*next = cursor_u8(&c);
	cursor_skip(&c, 10);
	if (header >= IPV4_OCTETS)
		cursor_skip(&c, header - IPV4_OCTETS);
	piece->offset = (fragment & 0x1fff) * 8;
	piece->more = (fragment & 0x2000) != 0;
	piece->data = c.at;
	return cursor_ok(&c) && header >= IPV4_OCTETS;
}

static bool
read_ipv6(struct cursor c, struct fragment_piece *piece, uint8_t *next)
{
	unsigned fragment, header;

	cursor_skip(&c, 6);
	header = cursor_u8(&c);
	cursor_skip(&c, 33);
	for (unsigned i = 0; i < EXTENSIONS_MAX && is_extension(header); i++) {
		unsigned kind = header, size;

		header = cursor_u8(&c);
		size = cursor_u8(&c);
		cursor_skip(&c, kind == AUTHENTICATION ? size * 4 + 6 : size * 8 + 6);
	}
	if (header != FRAGMENT)
		return false;
	*next = cursor_u8(&c);
	cursor_skip(&c, 1);
	fragment = cursor_be16(&c);
	cursor_skip(&c, 4);
	piece->offset = fragment & 0xfff8;
	piece->more = (fragment & 1) != 0;
	piece->data = c.at;
	return cursor_ok(&c);
}

/* Fragments with the same key are of the same datagram. */
static void
make_key(const struct udp_reader *r, const struct dissected *d, const struct tunnelled *t, uint8_t next,
    struct fragment_piece *piece)
{
	memcpy(piece->key, d->key.w, 32);
	piece->key[4] = KEY_VERSION(d->key.w[4]) | (uint64_t)KEY_VLAN(d->key.w[4]) << 8 |
	    (uint64_t)d->inner_vlan << 24;
	/* of IPv6 the identification is enough (RFC 8200 section 4.5) */
	if (KEY_VERSION(d->key.w[4]) == 4)
		piece->key[4] |= (uint64_t)next << 40;
	piece->key[5] = d->fragment_id;
	piece->key[6] = t == NULL ? 0 : tunnel_path_hash(&t->path, r->seed);
}

/*
 * Of the first fragment: it cannot be the beginning of what is looked for.  inner: what it carries
 * is read, a packet inside a tunnel; else NULL.
 */
static bool
is_other(const struct udp_reader *r, const struct dissected *d, const struct dissected *inner)
{
	size_t there, len;

	if (inner != NULL && !(inner->marks & (DISSECT_FIRST | DISSECT_LATER)) &&
	    KEY_PROTOCOL(inner->key.w[4]) != PROTOCOL_UDP)
		return true;
	if (!(d->marks & DISSECT_FIRST))
		return false;
	if (KEY_PROTOCOL(d->key.w[4]) != PROTOCOL_UDP)
		return true;
	if (d->upper == NULL || d->upper_captured < UDP_HEADER + LOOK)
		return false;
	if (dissector_may_tunnel(&r->dissector, KEY_SRC_PORT(d->key.w[4]), KEY_DST_PORT(d->key.w[4])))
		return false;
	len = load_be16(d->upper + 4);
	there = d->upper_captured - UDP_HEADER;
	return len >= UDP_HEADER && !looks_like_export(d->upper + UDP_HEADER, there, len - UDP_HEADER);
}

/* The whole datagram as a packet of its own, behind a header that says so. */
static struct packet
make_packet(const struct packet *p, const struct dissected *d, uint8_t next, const struct reassembled *w)
{
	bool v4 = KEY_VERSION(d->key.w[4]) == 4;
	size_t header = v4 ? IPV4_OCTETS : IPV6_OCTETS;
	uint8_t *ip = w->data - header;

	memset(ip, 0, header);
	if (v4) {
		ip[0] = 0x45;
		store_be16(ip + 2, (uint16_t)(header + w->len));
		ip[8] = d->ttl;
		ip[9] = next;
		memcpy(ip + 12, &d->key.w[0], 4);
		memcpy(ip + 16, &d->key.w[2], 4);
	} else {
		ip[0] = 6 << 4;
		store_be16(ip + 4, (uint16_t)w->len);
		ip[6] = next;
		ip[7] = d->ttl;
		memcpy(ip + 8, &d->key.w[0], 16);
		memcpy(ip + 24, &d->key.w[2], 16);
	}
	return (struct packet){ .time = p->time, .data = ip, .captured = (uint32_t)(header + w->len),
		.wire = (uint32_t)(header + w->len), .link_type = v4 ? LINKTYPE_IPV4 : LINKTYPE_IPV6,
		.input = w->input, .fine = p->fine, .frame = w->frame };
}

/* Where a packet stands: the tunnels around it, and what was read inside of it; or NULL. */
struct way {
	const struct tunnelled *around;
	const struct dissected *inner;
};

static enum udp_result take(struct udp_reader *r, const struct packet *p, unsigned depth,
    struct datagram *out);

/* A fragment, which may make its datagram whole. */
static enum udp_result
take_fragment(struct udp_reader *r, const struct packet *p, const struct dissected *d,
    const struct way *way, unsigned depth, struct datagram *out)
{
	const uint8_t *end = p->data + p->captured;
	struct cursor c = cursor_over(d->ip, (size_t)(end - d->ip));
	struct fragment_piece piece = { .time = p->time, .input = p->input, .frame = p->frame };
	struct reassembled whole;
	struct packet made;
	uint64_t headers;
	uint8_t next;
	bool v4 = KEY_VERSION(d->key.w[4]) == 4;

	if (!(v4 ? read_ipv4(c, &piece, &next) : read_ipv6(c, &piece, &next)))
		return UDP_OTHER;
	if (next != PROTOCOL_UDP && (v4 || !is_extension(next)))
		return UDP_OTHER;
	headers = (uint64_t)(piece.data - d->ip);
	if (d->ip_bytes < headers || d->ip_bytes - headers > UINT32_MAX)
		return UDP_OTHER;
	piece.len = (uint32_t)(d->ip_bytes - headers);
	piece.captured = (uint32_t)(end - piece.data);
	piece.other = is_other(r, d, way->inner);
	make_key(r, d, way->around, next, &piece);
	if (v4 && piece.len <= REASSEMBLE_DATAGRAM_MAX && piece.offset + piece.len > IPV4_PAYLOAD_MAX)
		piece.len = REASSEMBLE_DATAGRAM_MAX + 1; /* IP's length could not say it: malformed */
	if (!reassembler_put(r->fragments, &piece, &whole))
		return UDP_FRAGMENT;
	made = make_packet(p, d, next, &whole);
	return depth == DEPTH_MAX ? UDP_OTHER : take(r, &made, depth + 1, out);
}

/* UDP of IPv4, or what may become UDP when an IPv6 datagram is whole. */
static enum udp_result
take_ip(struct udp_reader *r, const struct packet *p, const struct dissected *d,
    const struct way *way, unsigned depth, struct datagram *out)
{
	if (d->marks & (DISSECT_FIRST | DISSECT_LATER))
		return take_fragment(r, p, d, way, depth, out);
	return KEY_PROTOCOL(d->key.w[4]) == PROTOCOL_UDP ? take_datagram(r, p, d, out) : UDP_OTHER;
}

/* The outermost packet first: what an exporter sends to a tunnel's port is no tunnel. */
static enum udp_result
take(struct udp_reader *r, const struct packet *p, unsigned depth, struct datagram *out)
{
	const struct way plain = { NULL, NULL };
	enum udp_result result = UDP_OTHER;
	struct tunnelled t;
	struct dissected d;

	if (dissect_inside(&r->dissector, p, &d, &t) != REJECT_NONE)
		return UDP_OTHER;
	if (!(d.marks & DISSECT_TUNNEL))
		return take_ip(r, p, &d, &plain, depth, out);
	if (t.has_outer)
		result = take_ip(r, p, &t.outer, &(const struct way){ NULL, &d }, depth, out);
	return result == UDP_OTHER ? take_ip(r, p, &d, &(const struct way){ &t, NULL }, depth, out)
	                           : result;
}

enum udp_result
udp_reader_take(struct udp_reader *r, const struct packet *p, struct datagram *out)
{
	return take(r, p, 0, out);
}
