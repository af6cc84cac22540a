/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_OCTETS_H
#define TESTS_OCTETS_H

/* Numbers of either byte order appended to a buffer, to write captures with. */

#include "base/buf.h"

static inline void
put16(struct buf *b, bool big, uint16_t v)
{
	if (big)
		buf_be16(b, v);
	else
		buf_le16(b, v);
}

static inline void
put32(struct buf *b, bool big, uint32_t v)
{
	if (big)
		buf_be32(b, v);
	else
		buf_le32(b, v);
}

/* len octets that count up from `first`. */
static inline void
put_counting(struct buf *b, uint8_t first, size_t len)
{
	while (len-- > 0)
		buf_u8(b, first++);
}

#endif
