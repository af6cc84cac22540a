/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_ROW_RUN_H
#define FLOW_ROW_RUN_H

/*
 * Runs of rows that take the same template are encoded column by column, which gives the same
 * octets as row_encode and takes a fraction of the time.  row_run_slice for the rows that are
 * looked at next; row_run_length says how many of them, from one on, can go so; row_run_put.
 */

#include "flow/row_encode.h"

enum { ROW_RUN_SLICE = 1024 /* rows that are looked at at a time */ };

struct row_run {
	size_t from; /* of the table, the slice's first row */
	size_t to;
	uint64_t masks[ROW_RUN_SLICE][2]; /* which fields each row has, as a plan's mask */
	uint8_t six[ROW_RUN_SLICE];       /* 1 where the flow is one of IPv6 */
};

/* Rows from to to - 1, ROW_RUN_SLICE at most, of the table that the encoder has. */
void row_run_slice(struct row_run *r, const struct row_encoder *e, const struct table *t, size_t from,
    size_t to);
/* The plan whose fields are just the row's, if it was sent and its records have one length; NULL where
 * there is none, or it is not at hand. */
struct row_plan *row_run_plan(const struct row_run *r, const struct row_encoder *e, size_t row);
/* Whether the row has that plan's fields. */
static inline bool
row_run_same(const struct row_run *r, const struct row_plan *plan, size_t row)
{
	return r->masks[row - r->from][0] == plan->mask[0] && r->masks[row - r->from][1] == plan->mask[1];
}
/* The records of n rows that all have that plan's fields, one behind the other: n * plan->octets. */
void row_run_put(const struct row_encoder *e, const struct table *t, size_t row, size_t n,
    const struct row_plan *plan, const struct uptime_clock *clock, uint8_t *to, struct loss *loss);

#endif
