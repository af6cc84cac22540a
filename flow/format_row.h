/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_FORMAT_ROW_H
#define FLOW_FORMAT_ROW_H

/*
 * What a format is made of; for the format_*.c files.  A format's functions append to
 * state->out, whose error sticks; format.c tests it after each row.
 */

#include "base/buf.h"
#include "flow/column.h"
#include "flow/place.h"
#include "flow/table.h"

enum { FORMAT_SCALAR_MAX = 64, FORMAT_KEY_MAX = 32 };

struct format_state {
	struct buf *out;
	struct column_list columns;
	struct {
		uint8_t len;
		char text[FORMAT_KEY_MAX];
	} keys[COLUMN_COUNT]; /* of columns.ids[i]: what ndjson writes before the value */
	size_t width;         /* of the addresses in a table, so far */
	const struct flow_place *place; /* of the table that the rows are of; NULL: not known */
};

struct format {
	const char *name;
	const char *help;
	bool takes_columns;
	bool for_events; /* has names and columns of its own */
	void (*begin)(struct format_state *s); /* NULL: nothing is to be done */
	void (*row)(struct format_state *s, const struct table *t, size_t row);
};

void format_csv_begin(struct format_state *s);
void format_csv_row(struct format_state *s, const struct table *t, size_t row);
void format_ndjson_begin(struct format_state *s);
void format_ndjson_row(struct format_state *s, const struct table *t, size_t row);
void format_ecs_row(struct format_state *s, const struct table *t, size_t row);
void format_ecs_bulk_row(struct format_state *s, const struct table *t, size_t row);
void format_hec_row(struct format_state *s, const struct table *t, size_t row);
void format_cef_row(struct format_state *s, const struct table *t, size_t row);
void format_leef_row(struct format_state *s, const struct table *t, size_t row);
void format_goflow2_row(struct format_state *s, const struct table *t, size_t row);
void format_goflow2_pb_row(struct format_state *s, const struct table *t, size_t row);
void format_sofelk_row(struct format_state *s, const struct table *t, size_t row);
void format_table_begin(struct format_state *s);
void format_table_row(struct format_state *s, const struct table *t, size_t row);

/*
 * The text of a value that is there, of any type but TEXT and OCTETS, to p, which has
 * room for FORMAT_SCALAR_MAX; returns the end.
 */
char *format_scalar(char *p, const struct table_column *c, enum column_type type, size_t row);
/* The octets' lower-case hex. */
void format_hex(struct buf *out, const uint8_t *data, size_t len);

/* Room for n bytes at the end of out, for a pointer to run over; NULL where there is none. */
static inline char *
format_room(struct buf *out, size_t n)
{
	return buf_reserve(out, n) ? (char *)out->data + out->len : NULL;
}

/* The pointer has run to p. */
static inline void
format_ran(struct buf *out, const char *p)
{
	out->len = (size_t)(p - (const char *)out->data);
}

#endif
