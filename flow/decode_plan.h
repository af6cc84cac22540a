/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_DECODE_PLAN_H
#define FLOW_DECODE_PLAN_H

/*
 * What row_decode does field by field, compiled for a template once: where records of a fixed
 * length have their values, and into which column each goes.  A run of such records is then
 * decoded column by column, several times as fast, into the same rows.  A template has no plan
 * where the values themselves decide: variable lengths, several times for a column, texts, lists.
 *
 * decode_plan_make when a template is made; decode_plan_run per run of records.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/decode.h"
#include "flow/table.h"

struct template;

struct decode_step {
	uint16_t offset; /* in the record */
	uint16_t field;  /* its index */
	uint16_t len;    /* octets */
	uint8_t column;  /* COLUMN_NONE: it is one of the others, or padding */
	uint8_t op;      /* of decode_plan.c */
};

enum { DECODE_PLAN_STEPS_PER_FIELD = 2 };

struct decode_plan {
	struct decode_step *steps; /* room for DECODE_PLAN_STEPS_PER_FIELD a field */
	uint16_t count;
	bool usable;
	bool uptime; /* needs the uptime in a header before IPFIX's */
	bool others; /* some fields have no column: `other` is still to be written of them */
	struct column_set fed; /* columns that elements of the template feed */
};

/* Fills t->plan, whose steps the caller has made room for; the fields are resolved. */
void decode_plan_make(struct template *t);
/* The step is of a field that goes into `other`. */
bool decode_step_other(const struct decode_step *step);
/*
 * Count records, one behind the other, into the next rows of the table, which has room for
 * them.  False, and no rows are added, where one of them is not as plain as its template.
 */
bool decode_plan_run(const struct template *template, const uint8_t *records, size_t count,
    const struct export_header *h, struct table *t);

#endif
