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

/* The next record of a set; false, and c failed, if it does not fit into what is left. */
bool record_read(struct cursor *c, const struct template *t, struct record *out);

static inline struct record_fields
record_fields(const struct record *r)
{
	return (struct record_fields){ r->template, cursor_over(r->octets, r->len), 0 };
}

/* False after the last field. */
bool record_next(struct record_fields *it, struct field *out);

/* An unsigned integer of 1 to 8 octets (RFC 7011 section 6.2); false for other lengths. */
bool field_uint(const struct field *field, uint64_t *out);

#endif
