/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FLOW_SFLOWS_H
#define TESTS_FLOW_SFLOWS_H

/*
 * sFlow datagrams, piece by piece: sflows_head; then samples and in them records, each from
 * sflows_begin to sflows_end, which fills in its length.
 */

#include "base/buf.h"
#include "base/cursor.h"
#include "base/text.h"
#include "flow/sflow.h"
#include "unit.h"

static inline void
sflows_address(struct buf *b, const char *text)
{
	struct address a = { .family = 0 };

	if (text != NULL)
		assert_true(text_parse_address(text, &a));
	buf_be32(b, a.family == 4 ? 1 : a.family == 6 ? 2 : 0);
	buf_put(b, a.octets, a.family == 4 ? 4 : a.family == 6 ? 16 : 0);
}

/* agent NULL: not known. */
static inline void
sflows_head(struct buf *b, const char *agent, uint32_t sub_agent, uint32_t sequence, uint32_t uptime,
    uint32_t samples)
{
	buf_be32(b, 5);
	sflows_address(b, agent);
	buf_be32(b, sub_agent);
	buf_be32(b, sequence);
	buf_be32(b, uptime);
	buf_be32(b, samples);
}

/* Returns what sflows_end wants. */
static inline size_t
sflows_begin(struct buf *b, uint32_t format)
{
	buf_be32(b, format);
	buf_be32(b, 0);
	return b->len;
}

static inline void
sflows_end(struct buf *b, size_t start)
{
	store_be32(b->data + start - 4, (uint32_t)(b->len - start));
}

static inline void
sflows_words(struct buf *b, size_t count, const uint32_t *words)
{
	for (size_t i = 0; i < count; i++)
		buf_be32(b, words[i]);
}

#define SFLOWS_WORDS(b, ...) \
	sflows_words(b, ARRAY_LEN(((const uint32_t[]){ __VA_ARGS__ })), (const uint32_t[]){ __VA_ARGS__ })

/* opaque<> and string<>, filled up to four octets. */
static inline void
sflows_opaque(struct buf *b, const void *data, size_t len)
{
	buf_be32(b, (uint32_t)len);
	buf_put(b, data, len);
	for (; len % 4 != 0; len++)
		buf_u8(b, 0);
}

static inline void
sflows_ip(struct buf *b, const char *text)
{
	struct address a;

	assert_true(text_parse_address(text, &a));
	buf_put(b, a.octets, a.family == 4 ? 4 : 16);
}

/* A flow sample of ifIndex 7, 1 in 100, from 7 to 8, with so many records to come. */
static inline size_t
sflows_flow(struct buf *b, uint32_t sequence, uint32_t records)
{
	size_t start = sflows_begin(b, 1);

	SFLOWS_WORDS(b, sequence, 7, 100, 1000 + 100 * sequence, 3, 7, 8, records);
	return start;
}

/* sampled_header of Ethernet, or another protocol. */
static inline void
sflows_header(struct buf *b, uint32_t protocol, uint32_t frame_length, uint32_t stripped,
    const void *header, size_t len)
{
	size_t start = sflows_begin(b, 1);

	SFLOWS_WORDS(b, protocol, frame_length, stripped);
	sflows_opaque(b, header, len);
	sflows_end(b, start);
}

#endif
