/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/defining.h"

#include <string.h>

#include "base/cursor.h"
#include "flow/ipfix_decode.h"

enum {
	TEMPLATES_MOST = 3,  /* the ids of sets of templates: 0 and 1 (RFC 3954), in IPFIX 2 and 3 */
	TEMPLATES_LEAST = 2, /* of IPFIX (RFC 7011 section 3.3.2) */
	AT_LENGTH = 2,
	AT_SECONDS = 4,
	AT_SEQUENCE = 8,
	AT_DOMAIN = 12
};

/* The next set, with its header; false behind the last, and where none can be read. */
static bool
next_set(struct cursor *c, uint16_t *id, const uint8_t **set, size_t *len)
{
	*set = c->at;
	if (cursor_left(c) < IPFIX_SET_HEADER_SIZE)
		return false;
	*id = cursor_be16(c);
	*len = cursor_be16(c);
	if (*len < IPFIX_SET_HEADER_SIZE)
		return false;
	cursor_skip(c, *len - IPFIX_SET_HEADER_SIZE);
	return cursor_ok(c);
}

bool
defining_is(const uint8_t *data, size_t len)
{
	struct cursor c = cursor_over(data, len);
	uint16_t version = cursor_be16(&c), id;
	uint16_t least = version == DIALECT_IPFIX ? TEMPLATES_LEAST : 0;
	const uint8_t *set;
	size_t size;

	if (version != DIALECT_NETFLOW9 && version != DIALECT_IPFIX)
		return false;
	cursor_skip(&c, (version == DIALECT_IPFIX ? IPFIX_HEADER_SIZE : NETFLOW9_HEADER_SIZE) - 2);
	while (cursor_ok(&c) && next_set(&c, &id, &set, &size))
		if (id >= least && id <= TEMPLATES_MOST)
			return true;
	return false;
}

void
defining_open(struct defining *g, size_t *budget)
{
	*g = (struct defining){ .budget = budget };
	buf_init(&g->list, 0);
}

void
defining_free(struct defining *g)
{
	if (g->budget != NULL)
		*g->budget += g->list.len;
	buf_free(&g->list);
}

/* The same sets of the same domain, which come again. */
static void
drop_same(struct defining *g, const struct buf *m)
{
	size_t at = 0, len;

	while (at < g->list.len) {
		const uint8_t *old = g->list.data + at;

		len = load_be16(old + AT_LENGTH);
		if (len == m->len && memcmp(old + AT_DOMAIN, m->data + AT_DOMAIN, len - AT_DOMAIN) == 0) {
			memmove(g->list.data + at, old + len, g->list.len - at - len);
			g->list.len -= len;
			*g->budget += len;
			return;
		}
		at += len;
	}
}

void
defining_note(struct defining *g, const uint8_t *data, size_t len)
{
	struct cursor c = cursor_over(data, len);
	const uint8_t *set;
	struct buf m;
	uint16_t id;
	size_t size;

	if (!defining_is(data, len) || load_be16(data) != DIALECT_IPFIX)
		return;
	buf_init(&m, 0);
	buf_put(&m, data, IPFIX_HEADER_SIZE);
	cursor_skip(&c, IPFIX_HEADER_SIZE);
	while (next_set(&c, &id, &set, &size))
		if (id >= TEMPLATES_LEAST && id <= TEMPLATES_MOST)
			buf_put(&m, set, size);
	if (buf_ok(&m)) {
		buf_set_be16(&m, AT_LENGTH, (uint16_t)m.len);
		drop_same(g, &m);
	}
	if (buf_ok(&m) && m.len <= *g->budget)
		buf_put(&g->list, m.data, m.len);
	if (!buf_ok(&m) || m.len > *g->budget || !buf_ok(&g->list))
		g->incomplete = true;
	else
		*g->budget -= m.len;
	buf_free(&m);
}

enum status
defining_tell(const struct defining *g, const uint8_t *next,
    enum status (*put)(void *ctx, const uint8_t *data, size_t len, struct fault *f), void *ctx,
    struct fault *f)
{
	enum status st = STATUS_OK;
	uint8_t m[IPFIX_MESSAGE_MAX];
	size_t at = 0, len;

	for (; st == STATUS_OK && at < g->list.len; at += len) {
		len = load_be16(g->list.data + at + AT_LENGTH);
		memcpy(m, g->list.data + at, len);
		memcpy(m + AT_SECONDS, next + AT_SECONDS, AT_SEQUENCE - AT_SECONDS);
		if (memcmp(m + AT_DOMAIN, next + AT_DOMAIN, IPFIX_HEADER_SIZE - AT_DOMAIN) == 0)
			memcpy(m + AT_SEQUENCE, next + AT_SEQUENCE, AT_DOMAIN - AT_SEQUENCE);
		st = put(ctx, m, len, f);
	}
	return st;
}
