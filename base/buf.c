/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 256 };

void
buf_init(struct buf *b, size_t limit)
{
	memset(b, 0, sizeof *b);
	b->limit = limit;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
	b->failed = false;
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

bool
buf_reserve(struct buf *b, size_t len)
{
	size_t limit = b->limit != 0 ? b->limit : BUF_LIMIT_DEFAULT;
	size_t cap = b->cap != 0 ? b->cap : BUF_FIRST;
	uint8_t *data;

	if (b->failed)
		return false;
	if (b->len > limit || len > limit - b->len) {
		b->failed = true;
		return false;
	}
	if (len <= b->cap - b->len)
		return true;
	while (cap - b->len < len)
		cap *= 2;
	data = realloc(b->data, cap);
	if (data == NULL) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

uint8_t *
buf_grow(struct buf *b, size_t len)
{
	uint8_t *p;

	if (!buf_reserve(b, len))
		return NULL;
	p = b->data + b->len;
	b->len += len;
	return p;
}

void
buf_put(struct buf *b, const void *data, size_t len)
{
	uint8_t *p = len > 0 ? buf_grow(b, len) : NULL;

	if (p != NULL)
		memcpy(p, data, len);
}

void
buf_u8(struct buf *b, uint8_t v)
{
	buf_put(b, &v, 1);
}

void
buf_be16(struct buf *b, uint16_t v)
{
	buf_put(b, (uint8_t[]) { (uint8_t)(v >> 8), (uint8_t)v }, 2);
}

void
buf_be32(struct buf *b, uint32_t v)
{
	buf_be16(b, (uint16_t)(v >> 16));
	buf_be16(b, (uint16_t)v);
}

void
buf_be64(struct buf *b, uint64_t v)
{
	buf_be32(b, (uint32_t)(v >> 32));
	buf_be32(b, (uint32_t)v);
}

void
buf_le16(struct buf *b, uint16_t v)
{
	buf_put(b, (uint8_t[]) { (uint8_t)v, (uint8_t)(v >> 8) }, 2);
}

void
buf_le32(struct buf *b, uint32_t v)
{
	buf_le16(b, (uint16_t)v);
	buf_le16(b, (uint16_t)(v >> 16));
}

void
buf_le64(struct buf *b, uint64_t v)
{
	buf_le32(b, (uint32_t)v);
	buf_le32(b, (uint32_t)(v >> 32));
}

void
buf_str(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !buf_reserve(b, (size_t)n + 1)) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
buf_set_be16(struct buf *b, size_t offset, uint16_t v)
{
	if (b->failed || b->len < 2 || offset > b->len - 2)
		return;
	b->data[offset] = (uint8_t)(v >> 8);
	b->data[offset + 1] = (uint8_t)v;
}

const char *
buf_cstr(struct buf *b)
{
	if (!buf_reserve(b, 1))
		return "";
	b->data[b->len] = '\0';
	return (const char *)b->data;
}
