/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/messages_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/file.h"
#include "capture/decompress.h"
#include "capture/feed.h"
#include "capture/framing.h"

#define SECOND INT64_C(1000000000)

struct messages_file {
	int fd;
	const char *name;
	struct block_pool *pool;
	struct feed packed;
	struct feed feed; /* decompressed */
	struct decompress *decompress;
	bool packed_open;
	bool feed_open;
	struct messagemark mark; /* what is left of its run */
};

static enum status
read_file(void *ctx, uint8_t *buf, size_t cap, size_t *got, struct fault *f)
{
	struct messages_file *m = ctx;
	enum status st = file_read(m->fd, buf, cap, got, m->name, f);

	return st == STATUS_OK && *got == 0 ? STATUS_END : st;
}

static enum status
open_feeds(struct messages_file *m, struct fault *f)
{
	const struct feed_origin file = { read_file, NULL, m };
	struct feed_origin unpacked = { decompress_read, NULL, NULL };
	enum status st = block_pool_open(&m->pool, f);

	if (st == STATUS_OK)
		st = feed_open(&m->packed, &file, m->pool, f);
	m->packed_open = st == STATUS_OK;
	if (st == STATUS_OK)
		st = decompress_open(FORMAT_ZSTD, &m->packed, &m->decompress, f);
	unpacked.ctx = m->decompress;
	if (st == STATUS_OK)
		st = feed_open(&m->feed, &unpacked, m->pool, f);
	m->feed_open = st == STATUS_OK;
	return st;
}

enum status
messages_file_open(int fd, const char *name, struct messages_file **out, struct fault *f)
{
	struct messages_file *m = calloc(1, sizeof *m);
	enum status st;

	if (m == NULL)
		return fault_memory(f);
	m->fd = fd;
	m->name = name;
	st = open_feeds(m, f);
	if (st != STATUS_OK) {
		messages_file_free(m);
		return st;
	}
	*out = m;
	return STATUS_OK;
}

static enum status
malformed(const struct messages_file *m, const char *rule, struct fault *f)
{
	return fault_set(f, STATUS_MALFORMED, m->name, "at octet %llu when decompressed: %s",
	    (unsigned long long)feed_offset(&m->feed), rule);
}

/* So many octets are there, or why not; STATUS_END only where a mark may be missing. */
static enum status
need(struct messages_file *m, size_t len, struct fault *f)
{
	enum status st = feed_need(&m->feed, len);

	if (st == STATUS_OK)
		return st;
	if (st == STATUS_END && feed_left(&m->feed) == 0 && m->mark.messages == 0)
		return st;
	if (st == STATUS_END)
		return fault_set(f, STATUS_TRUNCATED, m->name, "it ends within a message");
	return fault_set(f, st, m->name, "%s", m->feed.fault.text);
}

/* The whole message that stands next. */
static enum status
whole(struct messages_file *m, size_t *size, struct fault *f)
{
	struct fault why = { 0 };
	enum status st = need(m, FRAMING_LOOK, f);

	if (st != STATUS_OK)
		return st;
	if (framing_next(m->feed.at, FRAMING_LOOK, size, &why) == STATUS_MALFORMED)
		return malformed(m, why.text, f);
	return need(m, *size, f);
}

static enum status
read_mark(struct messages_file *m, struct fault *f)
{
	struct fault why = { 0 };
	size_t size;
	enum status st = whole(m, &size, f);

	if (st != STATUS_OK)
		return st;
	if (!messagemark_read(m->feed.at, size, &m->mark, &why))
		return malformed(m, why.text, f);
	if (m->mark.messages == 0 && (m->mark.kind != MESSAGEMARK_ENDED || m->mark.octets != 0))
		return malformed(m, "a mark of no messages", f);
	m->feed.at += size;
	return STATUS_OK;
}

static enum status
read_message(struct messages_file *m, struct messagemark *out, struct fault *f)
{
	size_t size;
	enum status st = whole(m, &size, f);

	if (st != STATUS_OK)
		return st;
	if (size > m->mark.octets || (m->mark.messages == 1 && size != m->mark.octets))
		return malformed(m, "the messages have not the octets that their mark says", f);
	*out = m->mark;
	out->way.data = m->feed.at;
	out->way.len = size;
	if (out->way.transport == TRANSPORT_FILE)
		out->way.received = load_be32(out->way.data + 4) * SECOND;
	m->feed.at += size;
	m->mark.octets -= size;
	m->mark.messages--;
	m->mark.way.number += m->mark.kind == MESSAGEMARK_RECEIVED && m->mark.way.number != 0;
	return STATUS_OK;
}

enum status
messages_file_next(struct messages_file *m, struct messagemark *out, struct fault *f)
{
	enum status st = m->mark.messages > 0 ? STATUS_OK : read_mark(m, f);

	if (st != STATUS_OK)
		return st;
	if (m->mark.messages > 0)
		return read_message(m, out, f);
	*out = m->mark;
	return STATUS_OK;
}

void
messages_file_free(struct messages_file *m)
{
	if (m == NULL)
		return;
	if (m->feed_open)
		feed_close(&m->feed);
	decompress_free(m->decompress);
	if (m->packed_open)
		feed_close(&m->packed);
	block_pool_close(m->pool);
	free(m);
}
