/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"

#include <string.h>

#include "base/utf8.h"

static size_t
put_u64(char *out, uint64_t v)
{
	char digits[24];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	for (size_t i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	out[n] = '\0';
	return n;
}

size_t
text_u64(char out[24], uint64_t v)
{
	return put_u64(out, v);
}

size_t
text_i64(char out[24], int64_t v)
{
	if (v >= 0)
		return put_u64(out, (uint64_t)v);
	out[0] = '-';
	return 1 + put_u64(out + 1, 0 - (uint64_t)v);
}

void
text_hex(char *out, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool
text_parse_hex(const char *s, void *out, size_t len)
{
	uint8_t *p = out;

	if (strlen(s) != 2 * len)
		return false;
	for (size_t i = 0; i < 2 * len; i++)
		if (hex_digit(s[i]) < 0)
			return false;
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(hex_digit(s[2 * i]) << 4 | hex_digit(s[2 * i + 1]));
	return true;
}

bool
text_parse_hex_typed(const char *s, void *out, size_t len)
{
	uint8_t *p = out;

	if (strlen(s) != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char pair[3] = { s[2 * i], s[2 * i + 1], '\0' };

		for (size_t k = 0; k < 2; k++)
			if (pair[k] >= 'A' && pair[k] <= 'F')
				pair[k] = (char)(pair[k] - 'A' + 'a');
		if (!text_parse_hex(pair, p + i, 1))
			return false;
	}
	return true;
}

size_t
text_mac(char out[TEXT_MAC_MAX], const uint8_t mac[6])
{
	for (size_t i = 0; i < 6; i++) {
		text_hex(out + 3 * i, mac + i, 1);
		out[3 * i + 2] = i < 5 ? ':' : '\0';
	}
	return 17;
}

bool
text_parse_u64(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		uint64_t digit = (uint64_t)(unsigned char)*s - '0';

		if (digit > 9 || v > (max - (digit <= max ? digit : max)) / 10 || digit > max - v * 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

/* Characters that move the cursor, hide text or turn its direction. */
static bool
printable(uint32_t code)
{
	if (code < 0x20 || (code >= 0x7f && code < 0xa0))
		return false;
	if ((code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e))
		return false;
	return !((code >= 0x2060 && code <= 0x206f) || code == 0xfeff || code == 0x61c ||
	    (code >= 0xe0000 && code <= 0xe0fff));
}

size_t
text_escape(char *out, size_t size, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t at = 0;

	if (size == 0)
		return 0;
	while (len > 0) {
		size_t n = utf8_length(p, len);
		bool plain = n > 0 && printable(utf8_code(p, n));
		size_t take = n > 0 ? n : 1;
		size_t need = plain ? take : 4 * take;

		if (need > size - 1 - at)
			break;
		for (size_t i = 0; i < take && !plain; i++) {
			out[at++] = '\\';
			out[at++] = 'x';
			text_hex(out + at, p + i, 1);
			at += 2;
		}
		if (plain) {
			memcpy(out + at, p, take);
			at += take;
		}
		p += take;
		len -= take;
	}
	out[at] = '\0';
	return at;
}
