/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

/*
 * A bounded view over bytes from outside.  It borrows, it never reads past the end,
 * and once a read fails it stays failed and yields zero: decode a header as a list of
 * fields and test cursor_ok() once at the end.  Take nested lengths with cursor_sub()
 * and finish with cursor_done(), so that trailing bytes are an error.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *start; /* offset 0, for cursor_offset() */
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

static inline struct cursor
cursor_over(const void *data, size_t len)
{
	const uint8_t *p = data;

	/* NULL with no octets is allowed, but not NULL + 0 */
	return (struct cursor){ .start = p, .at = p, .end = len == 0 ? p : p + len, .failed = false };
}

static inline size_t
cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

static inline size_t
cursor_offset(const struct cursor *c)
{
	return (size_t)(c->at - c->start);
}

static inline bool
cursor_ok(const struct cursor *c)
{
	return !c->failed;
}

/* All was read, and nothing failed. */
static inline bool
cursor_done(const struct cursor *c)
{
	return !c->failed && c->at == c->end;
}

static inline void
cursor_fail(struct cursor *c)
{
	c->failed = true;
	c->at = c->end;
}

/* The next len bytes, or NULL and failed. */
static inline const uint8_t *
cursor_bytes(struct cursor *c, size_t len)
{
	const uint8_t *p = c->at;

	if (c->failed || len > cursor_left(c)) {
		cursor_fail(c);
		return NULL;
	}
	c->at += len;
	return p;
}

static inline void
cursor_skip(struct cursor *c, size_t len)
{
	(void)cursor_bytes(c, len);
}

/* A cursor over the next len bytes; this one goes on behind them. */
static inline struct cursor
cursor_sub(struct cursor *c, size_t len)
{
	const uint8_t *p = cursor_bytes(c, len);
	struct cursor sub = cursor_over(p, p == NULL ? 0 : len);

	sub.failed = p == NULL;
	return sub;
}

static inline void
cursor_copy(struct cursor *c, void *out, size_t len)
{
	const uint8_t *p = cursor_bytes(c, len);

	if (p != NULL)
		memcpy(out, p, len);
	else
		memset(out, 0, len);
}

static inline uint8_t
cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 1);

	return p == NULL ? 0 : p[0];
}

static inline void
store_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
store_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static inline void
store_be64(uint8_t *p, uint64_t v)
{
	p[0] = (uint8_t)(v >> 56);
	p[1] = (uint8_t)(v >> 48);
	p[2] = (uint8_t)(v >> 40);
	p[3] = (uint8_t)(v >> 32);
	p[4] = (uint8_t)(v >> 24);
	p[5] = (uint8_t)(v >> 16);
	p[6] = (uint8_t)(v >> 8);
	p[7] = (uint8_t)v;
}

static inline void
store_le32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static inline void
store_le64(uint8_t *p, uint64_t v)
{
	store_le32(p, (uint32_t)v);
	store_le32(p + 4, (uint32_t)(v >> 32));
}

static inline uint16_t
load_be16(const uint8_t *p)
{
	return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static inline uint32_t
load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t
load_be64(const uint8_t *p)
{
	return (uint64_t)load_be32(p) << 32 | load_be32(p + 4);
}

static inline uint16_t
load_le16(const uint8_t *p)
{
	return (uint16_t)((unsigned)p[1] << 8 | p[0]);
}

static inline uint32_t
load_le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline uint64_t
load_le64(const uint8_t *p)
{
	return (uint64_t)load_le32(p + 4) << 32 | load_le32(p);
}

static inline uint16_t
cursor_be16(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 2);

	return p == NULL ? 0 : load_be16(p);
}

static inline uint32_t
cursor_be32(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 4);

	return p == NULL ? 0 : load_be32(p);
}

static inline uint64_t
cursor_be64(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 8);

	return p == NULL ? 0 : load_be64(p);
}

static inline uint16_t
cursor_le16(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 2);

	return p == NULL ? 0 : load_le16(p);
}

static inline uint32_t
cursor_le32(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 4);

	return p == NULL ? 0 : load_le32(p);
}

static inline uint64_t
cursor_le64(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 8);

	return p == NULL ? 0 : load_le64(p);
}

/* A big-endian unsigned integer of len octets, 1 to 8 (RFC 7011 section 6.2, reduced sizes). */
static inline uint64_t
cursor_uint(struct cursor *c, size_t len)
{
	const uint8_t *p = len > 8 ? NULL : cursor_bytes(c, len);
	uint64_t v = 0;

	if (p == NULL) {
		cursor_fail(c);
		return 0;
	}
	for (size_t i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

#endif
