/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/lifted.h"

#include <string.h>

#include "flow/list.h"

static void
take_record(struct lifted *l, const struct record *r)
{
	struct record_fields it = record_fields(r);
	struct field field;

	while (record_next(&it, &field)) {
		uint8_t column = field.spec->column;

		if (column == COLUMN_NONE || l->told[column] == 2)
			continue;
		l->told[column]++;
		l->fields[column] = field;
	}
}

void
lifted_find(struct lifted *l, const struct field *fields, size_t count,
    const struct template_set *templates, uint32_t domain)
{
	memset(l->told, 0, sizeof l->told);
	for (size_t i = 0; i < count; i++) {
		struct record r;
		struct list list;

		if (!list_is(fields[i].spec) || fields[i].spec->element->type == ELEMENT_basicList ||
		    !list_open(&list, &fields[i], templates, domain))
			continue;
		while (list_next(&list, &r))
			take_record(l, &r);
	}
}
