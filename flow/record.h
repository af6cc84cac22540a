/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_RECORD_H
#define FLOW_RECORD_H

/* A record: a template and its octets, as they arrived (RFC 7011 section 3.4.3).  Borrowed. */

#include "base/cursor.h"
#include "flow/template.h"

struct record {
	const struct template *template;
	const uint8_t *octets;
	size_t len;
};

struct field {
	const struct template_field *spec;
	const uint8_t *octets; /* without the length of a variable one */
	size_t len;
};

struct record_fields {
	const struct template *template;
	struct cursor at;
	size_t index; /* of the next field */
};

/* Records of one template, one behind the other, each of first.len octets. */
struct record_run {
	struct record first;
	size_t count; /* at least 1; of a template of variable length 1 */
};

static inline struct record
record_of(const struct record_run *run, size_t index)
{
	return (struct record){ run->first.template, run->first.octets + index * run->first.len,
		run->first.len };
}

/* The next record of a set; false, and c failed, if it does not fit into what is left. */
bool record_read(struct cursor *c, const struct template *t, struct record *out);

/*
 * The records up to the end of the set, at most `most`: all where they have a fixed length, else
 * one.  False, and c failed, if not one fits.
 */
bool record_read_run(struct cursor *c, const struct template *t, size_t most,
    struct record_run *out);

static inline struct record_fields
record_fields(const struct record *r)
{
	return (struct record_fields){ r->template, cursor_over(r->octets, r->len), 0 };
}

/* The next field of c, as its template has it; false, and c failed, if it does not fit. */
bool field_read(struct cursor *c, const struct template_field *spec, struct field *out);
/* False after the last field. */
bool record_next(struct record_fields *it, struct field *out);

/* An unsigned integer of 1 to 8 octets (RFC 7011 section 6.2); false for other lengths. */
bool field_uint(const struct field *field, uint64_t *out);

#endif
