/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/cmd_show_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive/datagrams.h"
#include "archive/flowlog.h"
#include "archive/open_segments.h"
#include "base/file.h"
#include "capture/cmd_redecode.h"
#include "flow/table_append.h"

struct opened {
	const char *archive;
	show_open_take take;
	show_open_notice notice;
	void *ctx;
	struct show_open_result *result;
	struct table *table;  /* marked rows */
	enum status failed;   /* of `take` */
	char path[FILE_PATH_MAX];
	int fd;
};

/* {"unsealed":true}, or what stands there with that before its end. */
static void
mark(struct table *t, size_t row)
{
	static const char alone[] = "{\"unsealed\":true}", more[] = ",\"unsealed\":true}";
	size_t len;
	const uint8_t *other = table_bytes(t, COLUMN_OTHER, row, &len);
	struct buf text;

	if (other == NULL || len <= 2 || other[len - 1] != '}') {
		table_set_bytes(t, COLUMN_OTHER, row, alone, sizeof alone - 1);
		return;
	}
	buf_init(&text, 0);
	buf_put(&text, other, len - 1);
	buf_put(&text, more, sizeof more - 1);
	if (buf_ok(&text))
		table_set_bytes(t, COLUMN_OTHER, row, text.data, text.len);
	else
		t->failed = true;
	buf_free(&text);
}

static enum status
take_rows(void *ctx, const struct table *t, struct fault *f)
{
	struct opened *o = ctx;

	for (size_t at = 0; at < t->rows && o->failed == STATUS_OK; at += TABLE_ROWS) {
		size_t count = t->rows - at < TABLE_ROWS ? t->rows - at : TABLE_ROWS;

		table_reset(o->table);
		table_append(o->table, t, at, count);
		for (size_t row = 0; row < count; row++)
			mark(o->table, row);
		o->failed = o->table->failed ? fault_memory(f) : o->take(o->ctx, o->table, f);
	}
	return o->failed;
}

static enum status
emit(void *ctx, struct table **t, struct fault *f)
{
	enum status st = take_rows(ctx, *t, f);

	table_reset(*t);
	return st;
}

static enum status
read_at(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f)
{
	const struct opened *o = ctx;

	return file_read_at(o->fd, data, len, offset, o->path, f);
}

static enum status
decode(struct opened *o, struct datagrams *list, uint64_t sequence, struct fault *f)
{
	struct reader_datagram d = { .received = 0 };
	struct collector *c = NULL;
	/* the seed changes nothing that comes out */
	enum status st = collector_open(FLOWLOG_GROUP, sequence, emit, o, &c, f);

	if (st != STATUS_OK)
		return st;
	collector_segment(c, sequence);
	while (st == STATUS_OK && (st = datagrams_next(list, &d, f)) == STATUS_OK)
		st = redecode_put(c, &d, f);
	/* what was whole is shown, also before damage */
	if (o->failed == STATUS_OK && collector_flush(c, st == STATUS_END ? f : NULL) != STATUS_OK &&
	    st == STATUS_END)
		st = STATUS_NO_MEMORY;
	collector_free(c);
	return st == STATUS_END ? STATUS_OK : st;
}

static enum status
show_datagrams(struct opened *o, const struct open_segment *s, const struct open_file *file,
    struct fault *f)
{
	struct frames_input in = { .read_at = read_at, .ctx = o, .size = file->size,
		.name = o->path };
	struct datagrams *list = NULL;
	enum status st = datagrams_open(&in, &list, f);

	if (st == STATUS_OK)
		st = decode(o, list, s->sequence, f);
	datagrams_free(list);
	return st;
}

/* flowlog_read wants to know what it reads: here nobody vouches for it, so it is asked itself. */
static enum status
show_journal(struct opened *o, const struct open_file *file, struct fault *f)
{
	enum { PIECE = 1 << 16 };
	uint8_t piece[PIECE], sum[SHA256_SIZE];
	struct sha256 *hash = NULL;
	enum status st = sha256_open(&hash, f);

	for (uint64_t at = 0; at < file->size && st == STATUS_OK; at += PIECE) {
		size_t len = file->size - at < PIECE ? (size_t)(file->size - at) : PIECE;

		st = read_at(o, piece, len, at, f);
		if (st == STATUS_OK)
			st = sha256_update(hash, piece, len, f);
	}
	if (st == STATUS_OK)
		st = sha256_finish(hash, sum, f);
	sha256_free(hash);
	return st == STATUS_OK ? flowlog_read(o->path, file->size, sum, take_rows, o, f) : st;
}

/* Damage is told, and the rest is shown; a file that was sealed meanwhile is gone, and no damage. */
static enum status
show_file(struct opened *o, const struct open_segment *s, const char *suffix, struct fault *f)
{
	const struct open_file *file = open_segments_file(s, suffix);
	struct fault why = { 0 };
	enum status st;
	int n;

	if (file == NULL)
		return STATUS_OK;
	n = snprintf(o->path, sizeof o->path, "%s/open/%s.part", o->archive, file->name);
	if (n < 0 || (size_t)n >= sizeof o->path)
		return fault_set(f, STATUS_LIMIT, o->archive, "the path is too long");
	st = file_open_regular(o->path, &o->fd, NULL, &why);
	if (st == STATUS_OK) {
		st = strcmp(suffix, JOURNAL_FLOWS) == 0 ? show_journal(o, file, &why)
		                                        : show_datagrams(o, s, file, &why);
		(void)close(o->fd);
	}
	if (st == STATUS_OK || why.err == ENOENT)
		return STATUS_OK;
	if (o->failed != STATUS_OK || st == STATUS_NO_MEMORY) {
		*f = why;
		return o->failed != STATUS_OK ? o->failed : st;
	}
	o->result->damaged++;
	o->notice(o->ctx, &why);
	return STATUS_OK;
}

enum status
show_open(const char *archive, show_open_take take, show_open_notice notice, void *ctx,
    struct show_open_result *out, struct fault *f)
{
	struct opened o = { .archive = archive, .take = take, .notice = notice, .ctx = ctx,
		.result = out };
	struct open_segment list[OPEN_SEGMENTS_MAX];
	size_t count = 0;
	enum status st = open_segments_read(archive, list, &count, f);

	*out = (struct show_open_result){ .segments = count };
	if (st == STATUS_OK)
		st = table_open(TABLE_ROWS, &o.table, f);
	for (size_t i = 0; i < count && st == STATUS_OK; i++) {
		if (i == 0)
			out->first = list[i].sequence;
		out->last = list[i].sequence;
		out->made = list[i].made;
		st = show_file(&o, &list[i], "datagrams.pcapng.zst", f);
		if (st == STATUS_OK)
			st = show_file(&o, &list[i], JOURNAL_FLOWS, f);
	}
	table_free(o.table);
	return st;
}
