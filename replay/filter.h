/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_FILTER_H
#define REPLAY_FILTER_H

/*
 * The flow filter (nfseal-filter(7)): a text such as "src net 10.0.0.0/8 and not port 443"
 * becomes a small tree once, which is then evaluated column by column over tables.  A
 * filter is not changed by its use and may be shared by threads.  A value that is absent
 * matches no comparison, so `not` of that comparison matches.
 *
 * filter_parse; filter_columns says what the tables must hold; filter_rows per table;
 * filter_free.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "flow/column.h"
#include "flow/table.h"

enum {
	FILTER_TEXT_MAX = 1 << 20,  /* octets of the expression */
	FILTER_DEPTH_MAX = 64,      /* of parentheses and `not` */
	FILTER_NODES_MAX = 1 << 16, /* tests and operators */
	FILTER_LIST_MAX = 1 << 16,  /* items of one [list] */
	FILTER_MESSAGE_MAX = 1024
};

struct filter;

/*
 * An empty text (or white space and comments alone) matches every flow.  What is wrong
 * with it is STATUS_USAGE, or STATUS_LIMIT, with the octet where it was seen as the
 * fault's offset and what was expected as its text.
 */
MUST_USE enum status filter_parse(const char *text, struct filter **out, struct fault *f);
/* The columns that filter_rows reads. */
struct column_set filter_columns(const struct filter *filter);
/* matched[i] becomes 1 or 0 for each of the table's rows; returns how many are 1. */
size_t filter_rows(const struct filter *filter, const struct table *t, uint8_t *matched);
void filter_free(struct filter *filter);

/*
 * What filter_parse found wrong, as a person reads it: the message, the part of the text
 * around the place, and a caret under it; three lines, escaped, ending in a newline.
 */
void filter_message(const char *text, const struct fault *f, char out[FILTER_MESSAGE_MAX]);

#endif
