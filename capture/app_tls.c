/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS on a stream: the first handshake message of each side, over any number of records. */
#include <string.h>

#include "base/cursor.h"
#include "capture/app_reader.h"
#include "capture/app_stream.h"
#include "capture/client_hello.h"

enum {
	RECORD_HEADER = 5,
	RECORD_MAX = 16384, /* RFC 8446 section 5.1 */
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	MAJOR = 3,
	MINOR_MAX = 4
};

/* The handshake message, from its header on. */
struct message {
	const uint8_t *data;
	size_t len;
};

static bool
is_record(const uint8_t *data, size_t len)
{
	if (len > 1 && data[1] != MAJOR)
		return false;
	if (len > 2 && data[2] > MINOR_MAX)
		return false;
	return len < RECORD_HEADER ||
	    (load_be16(data + 3) > 0 && load_be16(data + 3) <= RECORD_MAX);
}

bool
app_tls_probe(const uint8_t *data, size_t len)
{
	if ((data[0] != RECORD_HANDSHAKE && data[0] != RECORD_ALERT) || !is_record(data, len))
		return false;
	if (data[0] == RECORD_ALERT)
		return len < RECORD_HEADER || load_be16(data + 3) == 2;
	return len <= RECORD_HEADER || data[RECORD_HEADER] == TLS_CLIENT_HELLO ||
	    data[RECORD_HEADER] == TLS_SERVER_HELLO;
}

/*
 * What the records hold of the message, which lies in the stream where one record holds all,
 * else is put together in `room`.
 */
static struct message
gather(const struct app_input *in, uint8_t room[APP_STREAM_MAX])
{
	struct cursor c = cursor_over(in->data, in->len < APP_STREAM_MAX ? in->len : APP_STREAM_MAX);
	struct message m = { .len = 0 };

	while (cursor_left(&c) >= RECORD_HEADER && c.at[0] == RECORD_HANDSHAKE &&
	    is_record(c.at, cursor_left(&c))) {
		size_t len = load_be16(c.at + 3);

		cursor_skip(&c, RECORD_HEADER);
		if (len > cursor_left(&c))
			len = cursor_left(&c);
		if (m.data == NULL) {
			m = (struct message){ c.at, len };
		} else {
			if (m.data != room)
				memcpy(room, m.data, m.len);
			m.data = room;
			memcpy(room + m.len, c.at, len);
			m.len += len;
		}
		cursor_skip(&c, len);
	}
	return m;
}

static enum app_verdict
read_hello(const struct app_input *in, const struct message *m)
{
	size_t want = (size_t)m->data[1] << 16 | load_be16(m->data + 2);
	size_t here = m->len - TLS_HANDSHAKE_HEADER;
	const uint8_t *body = m->data + TLS_HANDSHAKE_HEADER;
	struct client_hello h;
	uint16_t version;
	bool cut = here < want;

	if (here > want)
		here = want;
	if (cut && !in->cut)
		return in->known ? APP_SEEN : APP_MORE;
	if (m->data[0] == TLS_CLIENT_HELLO) {
		if (!client_hello_read(&h, HELLO_TLS, body, here, cut))
			return APP_NO;
		client_hello_found(&h, in->found);
		return APP_DONE;
	}
	if (m->data[0] != TLS_SERVER_HELLO ||
	    !server_hello_version(HELLO_TLS, body, here, cut, &version))
		return APP_NO;
	if (version != 0)
		app_found_number(in->found, COLUMN_TLS_VERSION, version, true);
	return APP_DONE;
}

enum app_verdict
app_tls_feed(const struct app_input *in)
{
	uint8_t room[APP_STREAM_MAX];
	struct message m;

	if (!app_tls_probe(in->data, in->len))
		return APP_NO;
	if (in->len < RECORD_HEADER)
		return APP_MORE;
	if (in->data[0] == RECORD_ALERT)
		return in->known ? APP_DONE : APP_NO;
	m = gather(in, room);
	if (m.len < TLS_HANDSHAKE_HEADER)
		return in->known ? APP_SEEN : APP_MORE;
	return read_hello(in, &m);
}
