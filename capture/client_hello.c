/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/client_hello.h"

#include "capture/ja4.h"

enum {
	TLS_RANDOM = 32,
	TLS_SESSION_MAX = 32,
	TLS_MAJOR = 3, /* of SSL 3.0 and every TLS since */
	DTLS_MAJOR = 0xfe,
	TLS_LEGACY_LAST = 0x303, /* of 1.2, and of 1.3 for those who do not know it */
	DTLS_LEGACY_LAST = 0xfefd,
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_SIGNATURE_ALGORITHMS = 13,
	EXTENSION_ALPN = 16,
	EXTENSION_SUPPORTED_VERSIONS = 43,
	NAME_HOST = 0
};

/* RFC 6066 section 3: the first host name of the list. */
static struct cursor
host_name(struct cursor body)
{
	struct cursor list = cursor_sub(&body, cursor_be16(&body));

	while (cursor_left(&list) > 0) {
		uint8_t type = cursor_u8(&list);
		struct cursor name = cursor_sub(&list, cursor_be16(&list));

		if (type == NAME_HOST)
			return name;
	}
	return cursor_over(NULL, 0);
}

static unsigned
major_of(enum hello_kind kind)
{
	return kind == HELLO_DTLS ? DTLS_MAJOR : TLS_MAJOR;
}

/* Whether the old field may stand for a version that extensions tell. */
static bool
is_last_legacy(enum hello_kind kind, uint16_t version)
{
	return version == (kind == HELLO_DTLS ? DTLS_LEGACY_LAST : TLS_LEGACY_LAST);
}

/* DTLS counts down. */
static bool
is_higher(enum hello_kind kind, uint16_t v, uint16_t than)
{
	return than == 0 || (kind == HELLO_DTLS ? v < than : v > than);
}

static uint16_t
highest_version(enum hello_kind kind, struct cursor body)
{
	struct cursor list = cursor_sub(&body, cursor_u8(&body));
	uint16_t best = 0;

	while (cursor_left(&list) >= 2) {
		uint16_t v = cursor_be16(&list);

		if (!tls_is_grease(v) && is_higher(kind, v, best))
			best = v;
	}
	return best;
}

static void
read_extension(struct client_hello *h, unsigned type, struct cursor body)
{
	uint16_t version;

	switch (type) {
	case EXTENSION_SERVER_NAME:
		h->named = true;
		h->name = host_name(body);
		break;
	case EXTENSION_SIGNATURE_ALGORITHMS:
		h->algorithms = cursor_sub(&body, cursor_be16(&body));
		break;
	case EXTENSION_ALPN:
		h->alpn = cursor_sub(&body, cursor_be16(&body));
		break;
	case EXTENSION_SUPPORTED_VERSIONS:
		version = highest_version(h->kind, body);
		if (version != 0)
			h->version = version;
		break;
	default:
		break;
	}
}

/* Up to the octet where they are cut; whole tells whether that is their end. */
static void
read_extensions(struct client_hello *h, struct cursor c)
{
	while (cursor_left(&c) > 0) {
		unsigned type = cursor_be16(&c);
		struct cursor body = cursor_sub(&c, cursor_be16(&c));

		if (!cursor_ok(&c)) {
			h->whole = false;
			return;
		}
		read_extension(h, type, body);
	}
}

/* As much of the next `len` octets as there is. */
static struct cursor
some_of(struct cursor *c, size_t len, bool *whole)
{
	if (len > cursor_left(c)) {
		len = cursor_left(c);
		*whole = false;
	}
	return cursor_sub(c, len);
}

bool
client_hello_read(struct client_hello *h, enum hello_kind kind, const uint8_t *body, size_t len,
    bool cut)
{
	struct cursor c = cursor_over(body, len);
	size_t session, ciphers;

	*h = (struct client_hello){ .kind = kind, .whole = !cut };
	h->legacy_version = cursor_be16(&c);
	cursor_skip(&c, TLS_RANDOM);
	session = cursor_u8(&c);
	cursor_skip(&c, session);
	if (kind == HELLO_DTLS)
		cursor_skip(&c, cursor_u8(&c)); /* cookie, RFC 6347 section 4.2.1 */
	ciphers = cursor_be16(&c);
	if (!cut || !is_last_legacy(kind, h->legacy_version))
		h->version = h->legacy_version;
	if (!cursor_ok(&c)) {
		h->whole = false;
		return cut && len >= 2 && h->legacy_version >> 8 == major_of(kind);
	}
	if (h->legacy_version >> 8 != major_of(kind) || session > TLS_SESSION_MAX || ciphers % 2 != 0)
		return false;
	h->ciphers = some_of(&c, ciphers, &h->whole);
	cursor_skip(&c, cursor_u8(&c));
	if (cursor_left(&c) > 0)
		h->extensions = some_of(&c, cursor_be16(&c), &h->whole);
	h->whole = h->whole && cursor_ok(&c);
	read_extensions(h, h->extensions);
	return h->whole || cut;
}

/* Names joined by commas, as many as fit whole; a comma or backslash in one is escaped as \DDD. */
static void
found_alpn(const struct client_hello *h, struct app_found *f)
{
	struct cursor c = h->alpn;
	char text[APP_TEXT_MAX], name[APP_TEXT_MAX];
	size_t len = 0;

	while (cursor_left(&c) > 0) {
		struct cursor one = cursor_sub(&c, cursor_u8(&c));
		size_t n;

		if (!cursor_ok(&c))
			break;
		n = app_escape(name, one.at, cursor_left(&one));
		if (n + 1 > APP_VALUE_MAX - len)
			break;
		if (len > 0)
			text[len++] = ',';
		for (size_t i = 0; i < n; i++)
			text[len++] = name[i];
	}
	app_found_plain(f, COLUMN_TLS_ALPN, text, len);
}

void
client_hello_found(const struct client_hello *h, struct app_found *f)
{
	char text[JA4_SIZE];

	if (cursor_left(&h->name) > 0)
		app_found_text(f, COLUMN_TLS_SERVER_NAME, h->name.at, cursor_left(&h->name));
	if (h->version != 0)
		app_found_number(f, COLUMN_TLS_VERSION, h->version, false);
	found_alpn(h, f);
	if (h->whole && ja4_text(h, text))
		app_found_plain(f, COLUMN_JA4, text, JA4_SIZE - 1);
}

/* RFC 8446 section 4.2.1: in supported_versions stands the one chosen; 0: in none of these. */
static uint16_t
chosen_version(struct cursor c)
{
	while (cursor_left(&c) > 0) {
		unsigned type = cursor_be16(&c);
		struct cursor one = cursor_sub(&c, cursor_be16(&c));

		if (cursor_ok(&one) && type == EXTENSION_SUPPORTED_VERSIONS && cursor_left(&one) == 2)
			return cursor_be16(&one);
	}
	return 0;
}

bool
server_hello_version(enum hello_kind kind, const uint8_t *body, size_t len, bool cut,
    uint16_t *version)
{
	struct cursor c = cursor_over(body, len), extensions = cursor_over(NULL, 0);
	bool whole = !cut;
	size_t session;
	uint16_t legacy = cursor_be16(&c), chosen;

	cursor_skip(&c, TLS_RANDOM);
	session = cursor_u8(&c);
	cursor_skip(&c, session);
	cursor_skip(&c, 3); /* cipher, compression */
	if (legacy >> 8 != major_of(kind) || session > TLS_SESSION_MAX || (!cursor_ok(&c) && !cut))
		return false;
	if (cursor_left(&c) > 0)
		extensions = some_of(&c, cursor_be16(&c), &whole);
	chosen = chosen_version(extensions);
	if (chosen != 0)
		*version = chosen;
	else
		*version = whole || !is_last_legacy(kind, legacy) ? legacy : 0;
	return true;
}
