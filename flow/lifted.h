/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_LIFTED_H
#define FLOW_LIFTED_H

/*
 * What the lists of a record (RFC 6313) say of the flow itself, for columns that the record's own
 * fields leave empty: YAF has TCP's flags, MACs and payload in a subTemplateMultiList.  Only what
 * is said once, in a record right in a list, is taken: of two tellings none is the flow's, and
 * what lists inside of lists hold is about other things.  The lists stand in `other` all the same.
 */

#include "flow/column.h"
#include "flow/record.h"

struct lifted {
	struct field fields[COLUMN_COUNT];
	uint8_t told[COLUMN_COUNT]; /* how often a field for the column came, at most 2 */
};

/* From those of count fields that are lists of templates. */
void lifted_find(struct lifted *l, const struct field *fields, size_t count,
    const struct template_set *templates, uint32_t domain);

/* The field for a column, or NULL. */
static inline const struct field *
lifted_field(const struct lifted *l, enum column_id column)
{
	return l->told[column] == 1 ? &l->fields[column] : NULL;
}

#endif
