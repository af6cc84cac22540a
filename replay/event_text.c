/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/event_text.h"

#include <stdlib.h>
#include <string.h>

#include "flow/format.h"

enum event_ends { AT_LINE, AT_LENGTH, AT_ALL };

struct event_text {
	struct format_writer *writer;
	struct sink sink;
	struct buf text; /* of the row */
	size_t given;    /* of these octets */
	enum event_ends ends;
};

static enum status
gather(void *ctx, const void *data, size_t len, struct fault *f)
{
	struct event_text *e = ctx;

	buf_put(&e->text, data, len);
	return buf_ok(&e->text) ? STATUS_OK : fault_memory(f);
}

enum status
event_text_open(const char *format, struct event_text **out, struct fault *f)
{
	const char *name = strcmp(format, "json") == 0 ? "ndjson" : format;
	const struct format *found = format_find(name);
	struct event_text *e;
	enum status st;

	if (found == NULL)
		return fault_set(f, STATUS_USAGE, NULL, "there is no format %s", format);
	e = calloc(1, sizeof *e);
	if (e == NULL)
		return fault_memory(f);
	buf_init(&e->text, 0);
	e->sink = (struct sink){ gather, e };
	e->ends = strcmp(name, "goflow2-pb") == 0 ? AT_LENGTH : strcmp(name, "ecs-bulk") == 0 ? AT_ALL
	                                                                                      : AT_LINE;
	st = format_open(found, NULL, &e->sink, &e->writer, f);
	if (st == STATUS_OK)
		st = format_flush(e->writer, f);
	if (st != STATUS_OK) {
		event_text_free(e);
		return st;
	}
	*out = e;
	return STATUS_OK;
}

void
event_text_free(struct event_text *e)
{
	if (e == NULL)
		return;
	format_free(e->writer);
	buf_free(&e->text);
	free(e);
}

enum status
event_text_row(struct event_text *e, const struct outlet_rows *rows, size_t row, struct fault *f)
{
	bool known = rows->place.archive[0] != '\0';
	enum status st;

	buf_reset(&e->text);
	e->given = 0;
	format_place(e->writer, known ? &rows->place : NULL);
	st = format_row(e->writer, rows->t, row, f);
	return st == STATUS_OK ? format_flush(e->writer, f) : st;
}

/* The octets of a varint and what it says, behind which a message lies. */
static size_t
message_length(const uint8_t *data, size_t len)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len && i < 9; i++) {
		value |= (uint64_t)(data[i] & 0x7f) << (7 * i);
		if ((data[i] & 0x80) == 0)
			return value <= len - i - 1 ? i + 1 + (size_t)value : len;
	}
	return len;
}

bool
event_text_next(struct event_text *e, const uint8_t **data, size_t *len)
{
	const uint8_t *at = e->text.data + e->given, *end;
	size_t left = e->text.len - e->given;

	if (left == 0)
		return false;
	*data = at;
	*len = left;
	if (e->ends == AT_LENGTH)
		*len = message_length(at, left);
	else if (e->ends == AT_LINE && (end = memchr(at, '\n', left)) != NULL)
		*len = (size_t)(end - at);
	e->given += *len + (e->ends == AT_LINE && *len < left);
	return true;
}

const uint8_t *
event_text_all(const struct event_text *e, size_t *len)
{
	*len = e->text.len;
	return e->text.data;
}
