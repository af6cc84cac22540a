/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_CAPTURE_HELLO_H
#define TESTS_CAPTURE_HELLO_H

/* TLS hellos written by hand: handshake messages, records, and FoxIO's example for JA4. */

#include <string.h>

#include "base/buf.h"

struct hello {
	uint16_t legacy;
	const uint16_t *ciphers, *extensions, *algorithms, *versions; /* each ends with 0 */
	const char *name; /* NULL: no extension */
	const char *alpn; /* as on the wire: "\2h2\10http/1.1"; NULL: no extension */
};

static const uint16_t hello_ciphers[] = { 0x5a5a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c,
	0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035, 0 };
static const uint16_t hello_extensions[] = { 0x0a0a, 0x0005, 0x000a, 0x000b, 0x0012, 0x0015, 0x0017,
	0x001b, 0x0023, 0x002d, 0x0033, 0x4469, 0xff01, 0xdada, 0 };
static const uint16_t hello_algorithms[] = { 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806,
	0x0601, 0 };
static const uint16_t hello_versions[] = { 0xfafa, 0x0303, 0x0304, 0 };

/* The list from the text of JA4, with GREASE strewn in. */
#define HELLO_JA4 "13d1516h2_8daaf6152771_e5627efa2ab1"

static const struct hello hello_example = { .legacy = 0x0303, .ciphers = hello_ciphers,
	.extensions = hello_extensions, .algorithms = hello_algorithms,
	.versions = hello_versions, .name = "www.example.com", .alpn = "\2h2\10http/1.1" };

static inline size_t
hello_count(const uint16_t *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != 0)
		n++;
	return n;
}

static inline void
hello_list(struct buf *b, const uint16_t *list)
{
	for (size_t i = 0; i < hello_count(list); i++)
		buf_be16(b, list[i]);
}

static inline void
hello_put_extensions(struct buf *b, const struct hello *h)
{
	size_t n;

	for (size_t i = 0; i < hello_count(h->extensions); i++) {
		buf_be16(b, h->extensions[i]);
		buf_be16(b, 0);
	}
	if (h->name != NULL) {
		n = strlen(h->name);
		buf_be16(b, 0);
		buf_be16(b, (uint16_t)(n + 5));
		buf_be16(b, (uint16_t)(n + 3));
		buf_u8(b, 0);
		buf_be16(b, (uint16_t)n);
		buf_put(b, h->name, n);
	}
	if (h->alpn != NULL) {
		n = strlen(h->alpn);
		buf_be16(b, 16);
		buf_be16(b, (uint16_t)(n + 2));
		buf_be16(b, (uint16_t)n);
		buf_put(b, h->alpn, n);
	}
	if (h->algorithms != NULL) {
		n = 2 * hello_count(h->algorithms);
		buf_be16(b, 13);
		buf_be16(b, (uint16_t)(n + 2));
		buf_be16(b, (uint16_t)n);
		hello_list(b, h->algorithms);
	}
	if (h->versions != NULL) {
		n = 2 * hello_count(h->versions);
		buf_be16(b, 43);
		buf_be16(b, (uint16_t)(n + 1));
		buf_u8(b, (uint8_t)n);
		hello_list(b, h->versions);
	}
}

/* The ClientHello as a handshake message. */
static inline void
hello_put(struct buf *b, const struct hello *h)
{
	size_t start = b->len, extensions;

	buf_u8(b, 1);
	buf_u8(b, 0);
	buf_be16(b, 0);
	buf_be16(b, h->legacy);
	for (unsigned i = 0; i < 32; i++)
		buf_u8(b, 0x77);
	buf_u8(b, 1); /* session id */
	buf_u8(b, 0x99);
	buf_be16(b, (uint16_t)(2 * hello_count(h->ciphers)));
	hello_list(b, h->ciphers);
	buf_be16(b, 0x0100); /* one compression method, none */
	extensions = b->len;
	buf_be16(b, 0);
	hello_put_extensions(b, h);
	buf_set_be16(b, extensions, (uint16_t)(b->len - extensions - 2));
	buf_set_be16(b, start + 2, (uint16_t)(b->len - start - 4));
}

/* A ServerHello; chosen: what supported_versions says, 0: there is none. */
static inline void
hello_put_server(struct buf *b, uint16_t legacy, uint16_t chosen)
{
	size_t start = b->len;

	buf_u8(b, 2);
	buf_u8(b, 0);
	buf_be16(b, 0);
	buf_be16(b, legacy);
	for (unsigned i = 0; i < 32; i++)
		buf_u8(b, 0x55);
	buf_u8(b, 0);
	buf_be16(b, 0x1301);
	buf_u8(b, 0);
	if (chosen != 0) {
		buf_be16(b, 6);
		buf_be16(b, 43);
		buf_be16(b, 2);
		buf_be16(b, chosen);
	}
	buf_set_be16(b, start + 2, (uint16_t)(b->len - start - 4));
}

/* A message in records of at most `size` octets. */
static inline void
hello_records(struct buf *b, const struct buf *message, size_t size)
{
	for (size_t at = 0; at < message->len; at += size) {
		size_t n = message->len - at < size ? message->len - at : size;

		buf_u8(b, 22);
		buf_be16(b, 0x0301);
		buf_be16(b, (uint16_t)n);
		buf_put(b, message->data + at, n);
	}
}

#endif
