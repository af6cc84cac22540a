/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/jsonw.h"

#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

void
jsonw_init(struct jsonw *j, struct buf *out)
{
	memset(j, 0, sizeof *j);
	j->out = out;
}

/* The comma before a value or a key, where one is due. */
static void
separate(struct jsonw *j)
{
	if (j->after_key) {
		j->after_key = false;
		return;
	}
	if (j->comma[j->depth])
		buf_u8(j->out, ',');
	j->comma[j->depth] = true;
}

static void
open_with(struct jsonw *j, char c)
{
	separate(j);
	buf_u8(j->out, (uint8_t)c);
	if (j->depth + 1 >= JSONW_DEPTH_MAX) {
		j->out->failed = true;
		return;
	}
	j->comma[++j->depth] = false;
}

static void
close_with(struct jsonw *j, char c)
{
	if (j->depth > 0)
		j->depth--;
	buf_u8(j->out, (uint8_t)c);
}

void
jsonw_object(struct jsonw *j)
{
	open_with(j, '{');
}

void
jsonw_object_end(struct jsonw *j)
{
	close_with(j, '}');
}

void
jsonw_array(struct jsonw *j)
{
	open_with(j, '[');
}

void
jsonw_array_end(struct jsonw *j)
{
	close_with(j, ']');
}

void
jsonw_raw(struct jsonw *j, const void *s, size_t len)
{
	separate(j);
	buf_put(j->out, s, len);
}

void
jsonw_key(struct jsonw *j, const char *key)
{
	jsonw_str(j, key);
	buf_u8(j->out, ':');
	j->after_key = true;
}

static void
put_ascii(struct buf *b, uint8_t c)
{
	static const char short_form[] = "\bb\tt\nn\ff\rr\"\"\\\\";
	static const char digits[] = "0123456789abcdef";

	for (const char *s = short_form; *s != '\0'; s += 2) {
		if ((uint8_t)s[0] == c) {
			buf_put(b, (char[]) { '\\', s[1] }, 2);
			return;
		}
	}
	if (c < 0x20)
		buf_put(b, (char[]) { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] }, 6);
	else
		buf_u8(b, c);
}

/* Octets that stand for themselves, as most do: they are copied together. */
static size_t
plain_run(const uint8_t *p, size_t len)
{
	size_t n = 0;

	while (n < len && p[n] >= 0x20 && p[n] < 0x80 && p[n] != '"' && p[n] != '\\')
		n++;
	return n;
}

void
jsonw_text(struct jsonw *j, const void *s, size_t len)
{
	const uint8_t *p = s;
	const uint8_t *end = p + len;

	separate(j);
	buf_u8(j->out, '"');
	while (p < end) {
		size_t n = plain_run(p, (size_t)(end - p));

		if (n > 0) {
			buf_put(j->out, p, n);
			p += n;
			continue;
		}
		n = utf8_length(p, (size_t)(end - p));
		if (n == 1) {
			put_ascii(j->out, *p);
		} else if (n == 0) {
			buf_put(j->out, "\xef\xbf\xbd", 3);
			n = 1;
		} else {
			buf_put(j->out, p, n);
		}
		p += n;
	}
	buf_u8(j->out, '"');
}

void
jsonw_str(struct jsonw *j, const char *s)
{
	if (s == NULL)
		jsonw_null(j);
	else
		jsonw_text(j, s, strlen(s));
}

void
jsonw_u64(struct jsonw *j, uint64_t v)
{
	char digits[24];
	size_t n = text_u64(digits, v);

	if (v >= JSONW_INTEGER_LIMIT) {
		jsonw_text(j, digits, n);
		return;
	}
	separate(j);
	buf_put(j->out, digits, n);
}

void
jsonw_i64(struct jsonw *j, int64_t v)
{
	char digits[24];
	size_t n = text_i64(digits, v);

	if (v >= (int64_t)JSONW_INTEGER_LIMIT || v <= -(int64_t)JSONW_INTEGER_LIMIT) {
		jsonw_text(j, digits, n);
		return;
	}
	separate(j);
	buf_put(j->out, digits, n);
}

void
jsonw_decimal(struct jsonw *j, int64_t v)
{
	char digits[24];

	jsonw_text(j, digits, text_i64(digits, v));
}

void
jsonw_bool(struct jsonw *j, bool v)
{
	separate(j);
	buf_str(j->out, v ? "true" : "false");
}

void
jsonw_null(struct jsonw *j)
{
	separate(j);
	buf_str(j->out, "null");
}

void
jsonw_hex(struct jsonw *j, const void *data, size_t len)
{
	const uint8_t *p = data;
	static const char digits[] = "0123456789abcdef";

	separate(j);
	buf_u8(j->out, '"');
	for (size_t i = 0; i < len; i++)
		buf_put(j->out, (char[]) { digits[p[i] >> 4], digits[p[i] & 15] }, 2);
	buf_u8(j->out, '"');
}

void
jsonw_key_str(struct jsonw *j, const char *key, const char *s)
{
	jsonw_key(j, key);
	jsonw_str(j, s);
}

void
jsonw_key_u64(struct jsonw *j, const char *key, uint64_t v)
{
	jsonw_key(j, key);
	jsonw_u64(j, v);
}

void
jsonw_key_i64(struct jsonw *j, const char *key, int64_t v)
{
	jsonw_key(j, key);
	jsonw_i64(j, v);
}

void
jsonw_key_bool(struct jsonw *j, const char *key, bool v)
{
	jsonw_key(j, key);
	jsonw_bool(j, v);
}

void
jsonw_key_hex(struct jsonw *j, const char *key, const void *data, size_t len)
{
	jsonw_key(j, key);
	jsonw_hex(j, data, len);
}

void
jsonw_key_null(struct jsonw *j, const char *key)
{
	jsonw_key(j, key);
	jsonw_null(j);
}

void
jsonw_key_u64_if(struct jsonw *j, const char *key, bool known, uint64_t v)
{
	if (known)
		jsonw_key_u64(j, key, v);
	else
		jsonw_key_null(j, key);
}

void
jsonw_key_hex_if(struct jsonw *j, const char *key, bool known, const void *data, size_t len)
{
	if (known)
		jsonw_key_hex(j, key, data, len);
	else
		jsonw_key_null(j, key);
}

void
jsonw_key_decimal_if(struct jsonw *j, const char *key, bool known, int64_t nanos)
{
	jsonw_key(j, key);
	if (known)
		jsonw_decimal(j, nanos);
	else
		jsonw_null(j);
}

void
jsonw_key_time_if(struct jsonw *j, const char *key, bool known, int64_t nanos)
{
	char text[TEXT_TIME_MAX];

	if (known)
		(void)text_time_nanos(text, nanos);
	jsonw_key_str(j, key, known ? text : NULL);
}
