/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/format.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/format_row.h"

enum { FLUSH_AT = 256 << 10 };

static const struct format formats[] = {
	{ "table", "columns for people", false, false, format_table_begin, format_table_row },
	{ "ndjson", "one JSON object a line", true, false, format_ndjson_begin, format_ndjson_row },
	{ "csv", "comma-separated values, the first line names the columns", true, false,
	    format_csv_begin, format_csv_row },
	{ "ecs", "Elastic Common Schema, one JSON object a line", false, true, NULL, format_ecs_row },
	{ "ecs-bulk", "the same as the body of Elasticsearch's _bulk", false, true, NULL, format_ecs_bulk_row },
	{ "hec", "Splunk's HTTP Event Collector, fields as CIM names them", false, true, NULL, format_hec_row },
	{ "cef", "ArcSight's Common Event Format", false, true, NULL, format_cef_row },
	{ "leef", "QRadar's Log Event Extended Format 2.0", false, true, NULL, format_leef_row },
	{ "sof-elk", "the text that SOF-ELK reads from its nfarch", false, true, NULL, format_sofelk_row },
	{ "goflow2-json", "as goflow2 writes it, one JSON object a line", false, true, NULL, format_goflow2_row },
	{ "goflow2-pb", "goflow2's FlowMessage in protobuf, each behind its length", false, true, NULL,
	    format_goflow2_pb_row },
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

struct format_writer {
	const struct format *format;
	const struct sink *sink;
	struct buf out;
	struct format_state state;
};

const struct format *
format_find(const char *name)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

const char *
format_name(size_t i)
{
	return i < FORMATS ? formats[i].name : NULL;
}

const char *
format_help(size_t i)
{
	return i < FORMATS ? formats[i].help : NULL;
}

bool
format_takes_columns(const struct format *format)
{
	return format->takes_columns;
}

bool
format_is_for_events(const struct format *format)
{
	return format->for_events;
}

enum status
format_open(const struct format *format, const struct column_list *columns,
    const struct sink *sink, struct format_writer **out, struct fault *f)
{
	struct format_writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return fault_memory(f);
	buf_init(&w->out, 0);
	w->format = format;
	w->sink = sink;
	w->state.out = &w->out;
	w->state.columns = columns != NULL ? *columns : column_list_all();
	if (format->begin != NULL)
		format->begin(&w->state);
	if (!buf_ok(&w->out)) {
		format_free(w);
		return fault_memory(f);
	}
	*out = w;
	return STATUS_OK;
}

void
format_place(struct format_writer *w, const struct flow_place *place)
{
	w->state.place = place;
}

enum status
format_flush(struct format_writer *w, struct fault *f)
{
	enum status st = STATUS_OK;

	if (!buf_ok(&w->out))
		return fault_memory(f);
	if (w->out.len > 0)
		st = sink_write(w->sink, w->out.data, w->out.len, f);
	if (st == STATUS_OK)
		buf_reset(&w->out);
	return st;
}

enum status
format_row(struct format_writer *w, const struct table *t, size_t row, struct fault *f)
{
	w->format->row(&w->state, t, row);
	if (w->out.len >= FLUSH_AT || !buf_ok(&w->out))
		return format_flush(w, f);
	return STATUS_OK;
}

enum status
format_rows(struct format_writer *w, const struct table *t, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t row = 0; row < t->rows && st == STATUS_OK; row++)
		st = format_row(w, t, row, f);
	return st;
}

enum status
format_finish(struct format_writer *w, struct fault *f)
{
	return format_flush(w, f);
}

void
format_free(struct format_writer *w)
{
	if (w == NULL)
		return;
	buf_free(&w->out);
	free(w);
}

static size_t
put_mac(char *p, uint64_t v)
{
	uint8_t octets[6];

	for (int i = 0; i < 6; i++)
		octets[i] = (uint8_t)(v >> (40 - 8 * i));
	return text_mac(p, octets);
}

char *
format_scalar(char *p, const struct table_column *c, enum column_type type, size_t row)
{
	switch (type) {
	case COLUMN_TYPE_INT32:
		return p + text_i64(p, c->v.i32[row]);
	case COLUMN_TYPE_INT64:
		return p + text_i64(p, c->v.i64[row]);
	case COLUMN_TYPE_TIME:
		return p + text_time_micros(p, c->v.i64[row]);
	case COLUMN_TYPE_ADDRESS:
		return p + text_address(p, &c->v.address[row]);
	case COLUMN_TYPE_MAC:
		return p + put_mac(p, c->v.mac[row]);
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		break; /* they have no limit: the callers' part */
	}
	return p;
}

void
format_hex(struct buf *out, const uint8_t *data, size_t len)
{
	char *p = format_room(out, 2 * len + 1);

	if (p == NULL)
		return;
	text_hex(p, data, len);
	format_ran(out, p + 2 * len);
}
