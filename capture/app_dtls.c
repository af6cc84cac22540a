/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DTLS, RFC 6347 and RFC 9147: the ClientHello and ServerHello of the epoch without protection, each
 * as far as it stands in one datagram.
 */
#include "base/cursor.h"
#include "capture/app_reader.h"
#include "capture/client_hello.h"

enum {
	RECORD_HANDSHAKE = 22,
	VERSION_MAJOR = 0xfe,
	VERSION_MINOR_MIN = 0xfc, /* they count down */
	SEQUENCE = 6,
	HELLO_VERIFY_REQUEST = 3
};

struct handshake {
	unsigned type;
	struct cursor body; /* as much as this fragment has */
	bool cut;
};

bool
app_dtls_probe(const uint8_t *data, size_t len)
{
	return len >= 5 && data[0] == RECORD_HANDSHAKE && data[1] == VERSION_MAJOR &&
	    data[2] >= VERSION_MINOR_MIN && data[3] == 0 && data[4] == 0;
}

static uint32_t
be24(struct cursor *c)
{
	return (uint32_t)cursor_uint(c, 3);
}

/* RFC 6347 sections 4.1 and 4.2.2: record, message header, and the fragment that begins it. */
static bool
read_handshake(const struct app_input *in, struct handshake *h)
{
	struct cursor c = cursor_over(in->data, in->len);
	uint32_t length, offset, fragment;
	uint16_t record;

	cursor_skip(&c, 3 + 2 + SEQUENCE);
	record = cursor_be16(&c);
	h->type = cursor_u8(&c);
	length = be24(&c);
	cursor_skip(&c, 2);
	offset = be24(&c);
	fragment = be24(&c);
	if (!cursor_ok(&c) || offset != 0 || fragment > length || record < 12 || fragment > record - 12u)
		return false;
	h->cut = fragment < length || fragment > cursor_left(&c);
	if (fragment > cursor_left(&c) && !in->cut)
		return false;
	h->body = cursor_sub(&c, fragment > cursor_left(&c) ? cursor_left(&c) : fragment);
	return true;
}

static enum app_verdict
read_client_hello(const struct app_input *in, const struct handshake *m)
{
	struct client_hello h;

	if (!client_hello_read(&h, HELLO_DTLS, m->body.at, cursor_left(&m->body), m->cut))
		return APP_NO;
	client_hello_found(&h, in->found);
	return APP_DONE;
}

enum app_verdict
app_dtls_feed(const struct app_input *in)
{
	struct handshake m;
	uint16_t version;

	if (!app_dtls_probe(in->data, in->len) || !read_handshake(in, &m))
		return in->known ? APP_SEEN : APP_NO;
	switch (m.type) {
	case TLS_CLIENT_HELLO:
		return read_client_hello(in, &m);
	case TLS_SERVER_HELLO:
		if (!server_hello_version(HELLO_DTLS, m.body.at, cursor_left(&m.body), m.cut, &version))
			return APP_NO;
		if (version != 0)
			app_found_number(in->found, COLUMN_TLS_VERSION, version, true);
		return APP_DONE;
	case HELLO_VERIFY_REQUEST:
		return APP_SEEN;
	default:
		return in->known ? APP_SEEN : APP_NO;
	}
}
