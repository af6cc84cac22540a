/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_FORMAT_H
#define FLOW_FORMAT_H

/*
 * Flows as text: one row of formats[] per output format (show -o, capture --format).
 * format_open; format_row or format_rows; format_finish, which writes what is left;
 * format_free.  Rows gather in a buffer and go to the sink in pieces of some 256 KiB.
 *
 * table   for people: fixed widths but for long IPv6 addresses, which widen the columns of
 *         addresses from their row on; a null is "-"; the columns cannot be chosen
 * ndjson  one JSON object a line, its keys are the columns' names; columns that are null
 *         are left out; all integers are numbers, times RFC 3339 in UTC to the microsecond,
 *         addresses text, octets lower-case hex, `other` the object that it is
 * csv     RFC 4180 but for the line's end, which is LF; the first line names the columns;
 *         a null is empty, an empty text is ""
 * ecs, ecs-bulk, hec, cef, leef, sof-elk, goflow2-json: a line for each flow (of ecs-bulk two), with the
 *         receivers' own names; columns that are null are left out, and the columns cannot be
 *         chosen.  sof-elk and goflow2's know one direction: a biflow becomes two of theirs.
 * goflow2-pb: messages of protocol buffers, no text, each behind its length as a varint
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/sink.h"
#include "base/status.h"
#include "flow/column.h"
#include "flow/place.h"
#include "flow/table.h"

struct format;
struct format_writer;

/* NULL if there is none of this name. */
const struct format *format_find(const char *name);
/* The name and a line of help of format i; NULL behind the last one. */
const char *format_name(size_t i);
const char *format_help(size_t i);
/* Whether it prints the columns of a list; a table ignores it. */
bool format_takes_columns(const struct format *format);
/* One of another system's, with names and columns of its own: it may read any column. */
bool format_is_for_events(const struct format *format);

/* columns: NULL for all, in their order; copied.  The sink must outlive the writer. */
MUST_USE enum status format_open(const struct format *format, const struct column_list *columns,
    const struct sink *sink, struct format_writer **out, struct fault *f);
/*
 * Where the rows of the next tables stand, for the formats for events, which give each flow an
 * id by it; NULL: not known, they have none.  Borrowed until the next call.
 */
void format_place(struct format_writer *w, const struct flow_place *place);
MUST_USE enum status format_row(struct format_writer *w, const struct table *t, size_t row,
    struct fault *f);
/* All rows of the table. */
MUST_USE enum status format_rows(struct format_writer *w, const struct table *t, struct fault *f);
/* Gives the sink what was gathered so far. */
MUST_USE enum status format_flush(struct format_writer *w, struct fault *f);
/* The same, and no rows after this. */
MUST_USE enum status format_finish(struct format_writer *w, struct fault *f);
void format_free(struct format_writer *w);

#endif
