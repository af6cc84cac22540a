/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json.h"

#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

void
json_init(struct json *j, struct buf *out)
{
	memset(j, 0, sizeof *j);
	j->out = out;
}

/* The comma before a value or a key, where one is due. */
static void
separate(struct json *j)
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
open_with(struct json *j, char c)
{
	separate(j);
	buf_u8(j->out, (uint8_t)c);
	if (j->depth + 1 >= JSON_DEPTH_MAX) {
		j->out->failed = true;
		return;
	}
	j->comma[++j->depth] = false;
}

static void
close_with(struct json *j, char c)
{
	if (j->depth > 0)
		j->depth--;
	buf_u8(j->out, (uint8_t)c);
}

void
json_object(struct json *j)
{
	open_with(j, '{');
}

void
json_object_end(struct json *j)
{
	close_with(j, '}');
}

void
json_array(struct json *j)
{
	open_with(j, '[');
}

void
json_array_end(struct json *j)
{
	close_with(j, ']');
}

void
json_key(struct json *j, const char *key)
{
	json_str(j, key);
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

void
json_text(struct json *j, const void *s, size_t len)
{
	const uint8_t *p = s;
	const uint8_t *end = p + len;

	separate(j);
	buf_u8(j->out, '"');
	while (p < end) {
		size_t n = utf8_length(p, (size_t)(end - p));

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
json_str(struct json *j, const char *s)
{
	if (s == NULL)
		json_null(j);
	else
		json_text(j, s, strlen(s));
}

void
json_u64(struct json *j, uint64_t v)
{
	char digits[24];
	size_t n = text_u64(digits, v);

	if (v >= JSON_INTEGER_LIMIT) {
		json_text(j, digits, n);
		return;
	}
	separate(j);
	buf_put(j->out, digits, n);
}

void
json_i64(struct json *j, int64_t v)
{
	char digits[24];
	size_t n = text_i64(digits, v);

	if (v >= (int64_t)JSON_INTEGER_LIMIT || v <= -(int64_t)JSON_INTEGER_LIMIT) {
		json_text(j, digits, n);
		return;
	}
	separate(j);
	buf_put(j->out, digits, n);
}

void
json_decimal(struct json *j, int64_t v)
{
	char digits[24];

	json_text(j, digits, text_i64(digits, v));
}

void
json_bool(struct json *j, bool v)
{
	separate(j);
	buf_str(j->out, v ? "true" : "false");
}

void
json_null(struct json *j)
{
	separate(j);
	buf_str(j->out, "null");
}

void
json_hex(struct json *j, const void *data, size_t len)
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
json_key_str(struct json *j, const char *key, const char *s)
{
	json_key(j, key);
	json_str(j, s);
}

void
json_key_u64(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_u64(j, v);
}

void
json_key_i64(struct json *j, const char *key, int64_t v)
{
	json_key(j, key);
	json_i64(j, v);
}

void
json_key_bool(struct json *j, const char *key, bool v)
{
	json_key(j, key);
	json_bool(j, v);
}

void
json_key_hex(struct json *j, const char *key, const void *data, size_t len)
{
	json_key(j, key);
	json_hex(j, data, len);
}
