/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QUIC, RFC 9000 section 17: the version, and from the client's Initial packets its ClientHello,
 * in pieces and in any order.  Of Google's versions before TLS, the name in the CHLO.
 */
#include "capture/app_quic.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/app_reader.h"
#include "capture/client_hello.h"
#include "capture/quic_initial.h"

enum {
	LONG = 0x80,
	FIXED = 0x40,
	PACKETS_MAX = 8,       /* in one datagram */
	INITIAL_DATAGRAM = 1200, /* RFC 9000 section 14.1 */
	GOOGLE_VERSION_AT = 9, /* behind flags and connection id */
	GOOGLE_HEADER = 13,
	CHLO_WITHIN = 96,      /* octets before it: headers, hash, frame */
	CHLO_TAGS_MAX = 128
};

enum frame { PADDING = 0, PING = 1, ACK = 2, ACK_ECN = 3, CRYPTO = 6, CRYPTO_GOOGLE = 8 };

struct app_quic {
	struct app_stream crypto;
	struct quic_keys keys;
	bool keyed;
};

/* A packet with a long header, within its datagram. */
struct packet_at {
	const uint8_t *data;
	size_t len;      /* by its own length; what is cut is cut */
	uint32_t version;
	unsigned type;
	struct cursor cid; /* the destination's */
	size_t number;   /* offset of the packet number */
};

void
app_quic_free(struct app_quic *q, struct app_budget *b)
{
	if (q == NULL)
		return;
	app_stream_free(&q->crypto, b);
	app_budget_give(b, sizeof(*q));
	free(q);
}

static struct app_quic *
remember(const struct app_input *in)
{
	if (*in->quic != NULL || !app_budget_lend(in->budget, sizeof(**in->quic)))
		return *in->quic;
	*in->quic = calloc(1, sizeof(**in->quic));
	if (*in->quic == NULL) {
		app_budget_give(in->budget, sizeof(**in->quic));
		in->budget->refused++;
	}
	return *in->quic;
}

/* RFC 9000 section 16. */
static uint64_t
varint(struct cursor *c)
{
	uint8_t first = cursor_u8(c);
	uint64_t v = first & 0x3f;

	for (unsigned left = (1u << (first >> 6)) - 1; left > 0; left--)
		v = v << 8 | cursor_u8(c);
	return v;
}

static void
skip(struct cursor *c, uint64_t len)
{
	if (len > cursor_left(c))
		cursor_fail(c);
	else
		cursor_skip(c, (size_t)len);
}

static void
skip_ack(struct cursor *c, bool ecn)
{
	uint64_t ranges;

	(void)varint(c);
	(void)varint(c);
	ranges = varint(c);
	(void)varint(c);
	for (; ranges > 0 && cursor_ok(c); ranges--) {
		(void)varint(c);
		(void)varint(c);
	}
	for (unsigned i = 0; i < 3 && ecn; i++)
		(void)varint(c);
}

void
app_quic_frames(const uint8_t *data, size_t len, struct app_stream *crypto, struct app_budget *b)
{
	struct cursor c = cursor_over(data, len);

	while (cursor_left(&c) > 0) {
		uint64_t type = varint(&c), offset, size;
		const uint8_t *at;

		if (type == PADDING || type == PING)
			continue;
		if (type == ACK || type == ACK_ECN) {
			skip_ack(&c, type == ACK_ECN);
			continue;
		}
		if (type != CRYPTO && type != CRYPTO_GOOGLE)
			return;
		offset = varint(&c);
		size = varint(&c);
		at = c.at;
		skip(&c, size);
		if (!cursor_ok(&c) || offset >= APP_STREAM_MAX)
			return;
		if (!app_stream_put(crypto, (size_t)offset, at, (size_t)size, b))
			return;
	}
}

/* The tags of Google's handshake messages: count, then tag and end of value each. */
static void
found_chlo(const uint8_t *data, size_t len, struct app_found *found)
{
	struct cursor c = cursor_over(data, len), values;
	unsigned count = cursor_le16(&c);
	uint32_t start = 0;

	cursor_skip(&c, 2);
	if (count > CHLO_TAGS_MAX)
		return;
	values = c;
	cursor_skip(&values, (size_t)count * 8);
	for (; count > 0; count--) {
		const uint8_t *tag = cursor_bytes(&c, 4);
		uint32_t end = cursor_le32(&c);

		if (!cursor_ok(&c) || !cursor_ok(&values) || end < start || end > cursor_left(&values))
			return;
		if (memcmp(tag, "SNI", 4) == 0)
			app_found_text(found, COLUMN_TLS_SERVER_NAME, values.at + start, end - start);
		start = end;
	}
}

static bool
seek_chlo(const uint8_t *data, size_t len, struct app_found *found)
{
	for (size_t i = 0; i < CHLO_WITHIN && len >= 4 && i <= len - 4; i++) {
		if (memcmp(data + i, "CHLO", 4) == 0) {
			found_chlo(data + i + 4, len - i - 4, found);
			return true;
		}
	}
	return false;
}

static bool
is_google(uint32_t version)
{
	unsigned a = version >> 16 & 0xff, b = version >> 8 & 0xff, c = version & 0xff;

	return version >> 24 == 'Q' && a == '0' && b >= '0' && b <= '9' && c >= '0' && c <= '9';
}

/* RFC 9000 section 15: versions that nobody has, to see what a server does. */
static bool
is_reserved(uint32_t version)
{
	return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

/* Q043 and before have a header of their own, with the version behind the connection id. */
static bool
is_old_google(const uint8_t *data, size_t len)
{
	return len >= GOOGLE_HEADER && (data[0] & 0xc9) == 0x09 &&
	    is_google(load_be32(data + GOOGLE_VERSION_AT));
}

bool
app_quic_probe(const uint8_t *data, size_t len)
{
	uint32_t version;

	if (is_old_google(data, len))
		return true;
	if (len < 7 || (data[0] & LONG) == 0)
		return false;
	version = load_be32(data + 1);
	if (version == 0 || is_google(version))
		return true;
	return data[5] <= QUIC_CID_MAX && (data[0] & FIXED) != 0 &&
	    (quic_version_find(version) != NULL || is_reserved(version));
}

/* RFC 9000 section 17.2.  What is behind the connection ids is read by version and type. */
static bool
next_packet(struct cursor *c, struct packet_at *p)
{
	const struct quic_version *v;
	uint8_t first;

	p->data = c->at;
	first = cursor_u8(c);
	p->version = cursor_be32(c);
	p->cid = cursor_sub(c, cursor_u8(c));
	cursor_skip(c, cursor_u8(c));
	p->type = first >> 4 & 3;
	v = quic_version_find(p->version);
	if (!cursor_ok(c) || (first & LONG) == 0 || v == NULL || cursor_left(&p->cid) > QUIC_CID_MAX)
		return false;
	if (p->type == v->initial)
		skip(c, varint(c));
	else if (p->type == ((v->initial + 3u) & 3)) /* Retry has no length */
		return false;
	p->len = (size_t)varint(c);
	p->number = (size_t)(c->at - p->data);
	if (!cursor_ok(c))
		return false;
	if (p->len > cursor_left(c))
		p->len = cursor_left(c);
	cursor_skip(c, p->len);
	p->len += p->number;
	return true;
}

/* By the keys that opened one before, else by those of its own connection id. */
static bool
open_packet(struct app_quic *q, const struct packet_at *p, const struct quic_version *v,
    uint8_t *out, size_t *len)
{
	struct quic_keys keys;

	if (q->keyed && quic_open(&q->keys, p->data, p->len, p->number, out, len))
		return true;
	if (!quic_client_keys(v, p->cid.at, cursor_left(&p->cid), &keys) ||
	    !quic_open(&keys, p->data, p->len, p->number, out, len))
		return false;
	q->keys = keys;
	q->keyed = true;
	return true;
}

/* The client's hello, once all of it is there; or what there is of it, when no more comes. */
static bool
found_hello(const struct app_quic *q, bool last, struct app_found *found)
{
	size_t len = app_stream_ready(&q->crypto), want;
	const uint8_t *data = q->crypto.data;
	struct client_hello h;
	bool cut;

	if (len < TLS_HANDSHAKE_HEADER || data[0] != TLS_CLIENT_HELLO)
		return false;
	want = (size_t)data[1] << 16 | load_be16(data + 2);
	len -= TLS_HANDSHAKE_HEADER;
	cut = len < want;
	if (cut && !last && len < APP_STREAM_MAX - TLS_HANDSHAKE_HEADER)
		return false;
	if (!client_hello_read(&h, HELLO_QUIC, data + TLS_HANDSHAKE_HEADER, cut ? len : want, cut))
		return false;
	client_hello_found(&h, found);
	return true;
}

void
app_quic_last(const struct app_quic *q, struct app_found *found)
{
	if (q != NULL)
		(void)found_hello(q, true, found);
}

/* An Initial packet; true where it told all. */
static bool
read_initial(const struct app_input *in, const struct packet_at *p, const struct quic_version *v)
{
	uint8_t clear[QUIC_PACKET_MAX];
	struct app_quic *q = remember(in);
	size_t len;

	if (q == NULL || !open_packet(q, p, v, clear, &len))
		return false;
	app_found_number(in->found, COLUMN_QUIC_VERSION, p->version, true);
	if (v->chlo)
		return seek_chlo(clear, len, in->found);
	app_quic_frames(clear, len, &q->crypto, in->budget);
	return found_hello(q, false, in->found);
}

static enum app_verdict
read_google(const struct app_input *in, uint32_t version, size_t header)
{
	app_found_number(in->found, COLUMN_QUIC_VERSION, version, false);
	return seek_chlo(in->data + header, in->len - header, in->found) ? APP_OVER : APP_SEEN;
}

/* Of a version that we cannot open there is the version alone. */
static enum app_verdict
read_packets(const struct app_input *in)
{
	struct cursor c = cursor_over(in->data, in->len);
	struct packet_at p;
	unsigned count = 0;

	while (count < PACKETS_MAX && cursor_left(&c) > 0 && next_packet(&c, &p)) {
		const struct quic_version *v = quic_version_find(p.version);

		count++;
		app_found_number(in->found, COLUMN_QUIC_VERSION, p.version, false);
		if (p.type == v->initial && read_initial(in, &p, v))
			return APP_OVER;
	}
	return count > 0 || in->known ? APP_SEEN : APP_NO;
}

enum app_verdict
app_quic_feed(const struct app_input *in)
{
	uint32_t version;

	if (!app_quic_probe(in->data, in->len))
		return in->known ? APP_SEEN : APP_NO;
	if (is_old_google(in->data, in->len))
		return read_google(in, load_be32(in->data + GOOGLE_VERSION_AT), GOOGLE_HEADER);
	version = load_be32(in->data + 1);
	if (version == 0)
		return in->known ? APP_SEEN : APP_NO;
	if (quic_version_find(version) != NULL)
		return read_packets(in);
	if (is_google(version))
		return read_google(in, version, 5);
	if (!in->known && in->len < INITIAL_DATAGRAM)
		return APP_NO;
	app_found_number(in->found, COLUMN_QUIC_VERSION, version, false);
	return APP_SEEN;
}
