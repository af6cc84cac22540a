/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_BUF_H
#define BASE_BUF_H

/*
 * A growing byte buffer with a limit and a sticky error, the mirror of the cursor:
 * append a list of fields, test buf_ok() once at the end.  buf_init, append..., buf_free.
 * The bytes belong to the buffer; buf_free takes NULL data and a zeroed buffer.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct buf {
	uint8_t *data;
	size_t len;
	size_t cap;
	size_t limit; /* never grows above; 0 means BUF_LIMIT_DEFAULT */
	bool failed;  /* no memory, or the limit was reached */
};

#define BUF_LIMIT_DEFAULT ((size_t)1 << 32)

void buf_init(struct buf *b, size_t limit);
void buf_free(struct buf *b);
void buf_reset(struct buf *b); /* empty again, memory and limit kept, error cleared */

/* len more bytes for the caller to fill, or NULL and failed; they count as appended. */
uint8_t *buf_grow(struct buf *b, size_t len);
/* Room for len more without counting them: afterwards data[len..] is writable. */
bool buf_reserve(struct buf *b, size_t len);

void buf_put(struct buf *b, const void *data, size_t len);
void buf_u8(struct buf *b, uint8_t v);
void buf_be16(struct buf *b, uint16_t v);
void buf_be32(struct buf *b, uint32_t v);
void buf_be64(struct buf *b, uint64_t v);
void buf_le16(struct buf *b, uint16_t v);
void buf_le32(struct buf *b, uint32_t v);
void buf_le64(struct buf *b, uint64_t v);
void buf_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Overwrite two bytes that were appended before (lengths in headers). */
void buf_set_be16(struct buf *b, size_t offset, uint16_t v);

static inline bool
buf_ok(const struct buf *b)
{
	return !b->failed;
}

/*
 * A NUL behind the bytes (not counted), which needs room below the limit too; the string, or
 * "" if that or anything before failed: test buf_ok() where "" would mean something.
 */
const char *buf_cstr(struct buf *b);

#endif
