/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_ROW_ENCODE_H
#define FLOW_ROW_ENCODE_H

/*
 * A row becomes a record of NetFlow 9 or IPFIX: every column that has a value and an element
 * (export.def).  Each set of present columns has its own template, so that an absent value
 * stays absent; beyond ROW_PLANS_MAX templates a row takes that of all columns, absent ones
 * zero, which is counted.  NetFlow 9 has no biflows: its caller asks for both directions.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "flow/ipfix_decode.h"
#include "flow/loss.h"
#include "flow/table.h"
#include "flow/uptime.h"

enum { ROW_PLANS_MAX = 512 };

/* A template of ours. */
struct row_plan {
	uint16_t id;
	bool sent; /* the caller's mark */
	uint16_t count;
	uint16_t octets; /* of a record, 0 where that varies */
	const uint8_t *exports; /* indexes into export.def's table */
	uint64_t mask[2];
};

struct row_encoder;

/* precise: times finer than milliseconds are sent too (IPFIX only). */
MUST_USE enum status row_encoder_open(enum dialect dialect, bool precise,
    struct row_encoder **out, struct fault *f);
/* Payload longer than so many octets goes out cut, and is counted; without it, beyond 65535. */
void row_encoder_cut(struct row_encoder *e, size_t octets);
/* Columns whose fields every record has, as zeros where the row has no value, which is counted. */
void row_encoder_require(struct row_encoder *e, const struct column_set *columns);
/* Records of sampled rows name their sampler, by the ids that these have; a lives as long. */
struct announcer;
void row_encoder_samplers(struct row_encoder *e, const struct announcer *a);
/* To be called for each table before its rows, and again when it has changed. */
void row_encoder_table(struct row_encoder *e, const struct table *t);
/*
 * Appends the record of a row to out; the plan is the encoder's, NULL where the row has nothing
 * that the dialect carries.  reverse: the other direction's.  clock: for NetFlow 9, and the row's
 * times fit.  What does not fit its field is counted in loss.
 */
MUST_USE enum status row_encode(struct row_encoder *e, const struct table *t, size_t row,
    bool reverse, const struct uptime_clock *clock, struct row_plan **plan, struct buf *out,
    struct loss *loss, struct fault *f);
/* Makes the template of a row, as row_encode would; *made where it is a new one. */
MUST_USE enum status row_encoder_prepare(struct row_encoder *e, const struct table *t, size_t row,
    bool reverse, bool *made, struct fault *f);
/* Adds the columns that a record carries: way 0, or 1 for that of the other direction. */
void row_encoder_carried(const struct row_encoder *e, unsigned way, struct column_set *out);
/* Appends the plan's template record (RFC 7011 section 3.4.1). */
void row_plan_template(const struct row_encoder *e, const struct row_plan *plan, struct buf *out);
/* The templates that rows have had, from 0 on; NULL behind the last. */
struct row_plan *row_encoder_plan(const struct row_encoder *e, size_t i);
/* All templates are to be sent again before they are used. */
void row_encoder_refresh(struct row_encoder *e);
void row_encoder_free(struct row_encoder *e);

#endif
