/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/ja4.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "capture/app_stream.h"

enum {
	CODES_MAX = APP_STREAM_MAX / 2, /* a hello is no longer than what is put together */
	COUNT_MAX = 99,
	HASH_OCTETS = 6,  /* of SHA-256, as 12 digits */
	A_LENGTH = 10,
	SERVER_NAME = 0x0000,
	ALPN = 0x0010
};

struct codes {
	size_t count;
	uint16_t v[CODES_MAX];
};

static void
add(struct codes *c, uint16_t v)
{
	if (!tls_is_grease(v) && c->count < CODES_MAX)
		c->v[c->count++] = v;
}

/* Pairs of octets without GREASE. */
static void
take_codes(struct codes *out, struct cursor c)
{
	out->count = 0;
	while (cursor_left(&c) >= 2)
		add(out, cursor_be16(&c));
}

static void
take_extensions(struct codes *out, struct cursor c)
{
	out->count = 0;
	while (cursor_left(&c) > 0) {
		uint16_t type = cursor_be16(&c);

		cursor_skip(&c, cursor_be16(&c));
		if (cursor_ok(&c))
			add(out, type);
	}
}

/* The name and the protocols are in the first part already. */
static void
leave_out(struct codes *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		if (c->v[i] != SERVER_NAME && c->v[i] != ALPN)
			c->v[n++] = c->v[i];
	c->count = n;
}

static int
compare(const void *a, const void *b)
{
	uint16_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static void
sort(struct codes *c)
{
	qsort(c->v, c->count, sizeof(c->v[0]), compare);
}

/* "002f,0035" into the hash. */
static bool
hash_codes(EVP_MD_CTX *ctx, const struct codes *c)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < c->count; i++) {
		char text[5] = { ',', digits[c->v[i] >> 12], digits[c->v[i] >> 8 & 15],
			digits[c->v[i] >> 4 & 15], digits[c->v[i] & 15] };
		size_t skip = i == 0;

		if (EVP_DigestUpdate(ctx, text + skip, sizeof(text) - skip) != 1)
			return false;
	}
	return true;
}

/* Twelve digits of the hash of a list, and of another behind an underscore unless empty. */
static bool
hash_lists(const struct codes *list, const struct codes *tail, char out[2 * HASH_OCTETS + 1])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t digest[EVP_MAX_MD_SIZE];
	bool good = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	    hash_codes(ctx, list);

	if (good && tail != NULL && tail->count > 0)
		good = EVP_DigestUpdate(ctx, "_", 1) == 1 && hash_codes(ctx, tail);
	good = good && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	if (good)
		text_hex(out, digest, HASH_OCTETS);
	return good;
}

static const char *
version_text(uint16_t v)
{
	static const struct {
		uint16_t v;
		char text[3];
	} versions[] = { { 0x0304, "13" }, { 0x0303, "12" }, { 0x0302, "11" }, { 0x0301, "10" },
		{ 0x0300, "s3" }, { 0x0002, "s2" }, { 0xfeff, "d1" }, { 0xfefd, "d2" },
		{ 0xfefc, "d3" } };

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (versions[i].v == v)
			return versions[i].text;
	return "00";
}

static bool
is_alphanumeric(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* First and last character of the first protocol; of its hex where one is no letter or digit. */
static void
alpn_text(const struct client_hello *h, char out[2])
{
	static const char digits[] = "0123456789abcdef";
	struct cursor list = h->alpn, name = cursor_sub(&list, cursor_u8(&list));
	uint8_t first, last;

	out[0] = out[1] = '0';
	if (cursor_left(&name) == 0)
		return;
	first = name.at[0];
	last = name.end[-1];
	if (is_alphanumeric(first) && is_alphanumeric(last)) {
		out[0] = (char)first;
		out[1] = (char)last;
	} else {
		out[0] = digits[first >> 4];
		out[1] = digits[last & 15];
	}
}

static void
put_count(char *out, size_t n)
{
	if (n > COUNT_MAX)
		n = COUNT_MAX;
	out[0] = (char)('0' + n / 10);
	out[1] = (char)('0' + n % 10);
}

bool
ja4_text(const struct client_hello *h, char out[JA4_SIZE])
{
	static const char none[] = "000000000000";
	struct codes codes, algorithms;
	char *b = out + A_LENGTH + 1, *c = b + 2 * HASH_OCTETS + 1;
	bool good = true;

	out[0] = (char)h->kind;
	memcpy(out + 1, version_text(h->version), 2);
	out[3] = h->named ? 'd' : 'i';
	take_codes(&codes, h->ciphers);
	put_count(out + 4, codes.count);
	sort(&codes);
	memcpy(b, none, sizeof(none));
	if (codes.count > 0)
		good = hash_lists(&codes, NULL, b);
	take_extensions(&codes, h->extensions);
	put_count(out + 6, codes.count);
	alpn_text(h, out + 8);
	memcpy(c, none, sizeof(none));
	leave_out(&codes);
	sort(&codes);
	take_codes(&algorithms, h->algorithms);
	if (codes.count + algorithms.count > 0)
		good = good && hash_lists(&codes, &algorithms, c);
	out[A_LENGTH] = b[2 * HASH_OCTETS] = '_';
	return good;
}
