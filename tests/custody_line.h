/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_CUSTODY_LINE_H
#define TESTS_CUSTODY_LINE_H

/* Lines of custody logs with a field that is not as it should be, signed all the same. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/custody.h"
#include "base/text.h"
#include "unit.h"

/* RFC 8032 section 7.1, TEST 2. */
#define CUSTODY_SECRET "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
#define CUSTODY_PUBLIC "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

/* The entry without its signature, its first `old` replaced. */
static inline void
custody_text(struct buf *out, unsigned sequence, const uint8_t previous[SHA256_SIZE], const char *old,
    const char *new)
{
	struct buf b = { 0 };
	char hex[SHA256_HEX];
	const char *s, *at;

	text_hex(hex, previous, SHA256_SIZE);
	buf_printf(&b, "{\"format\":\"nfseal-custody/1\",\"sequence\":%u,\"previous\":\"%s\",\"time\":\"1700000000000000001\","
	    "\"user\":\"ann\",\"host\":\"lab\",\"action\":\"replay\",\"cut\":0,\"cut_sha256\":null,"
	    "\"key\":\"" CUSTODY_PUBLIC "\",\"document\":{\"flows\":1}}\n", sequence, hex);
	buf_u8(&b, '\0');
	assert_true(buf_ok(&b));
	s = (const char *)b.data;
	at = old == NULL ? s + strlen(s) : strstr(s, old);
	assert_non_null(at);
	buf_put(out, s, (size_t)(at - s));
	if (old != NULL)
		buf_printf(out, "%s%s", new, at + strlen(old));
	assert_true(buf_ok(out));
	buf_free(&b);
}

/* That, signed: the brace and the line feed are its last two octets. */
static inline void
custody_line(struct buf *out, unsigned sequence, const uint8_t previous[SHA256_SIZE], const char *old,
    const char *new)
{
	uint8_t secret[KEY_SIZE], signature[SIGNATURE_SIZE];
	char hex[2 * SIGNATURE_SIZE + 1];

	custody_text(out, sequence, previous, old, new);
	assert_true(text_parse_hex(CUSTODY_SECRET, secret, KEY_SIZE));
	assert_int_equal(key_sign(secret, out->data, out->len, signature, NULL), STATUS_OK);
	text_hex(hex, signature, SIGNATURE_SIZE);
	out->len -= 2;
	buf_printf(out, ",\"signature\":\"%s\"}\n", hex);
	assert_true(buf_ok(out));
}

#endif
