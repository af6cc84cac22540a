/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/column.h"

#include <string.h>

const struct column_info column_infos[COLUMN_COUNT] = {
#define COLUMN(id, name, type) [COLUMN_##id] = { #name, COLUMN_TYPE_##type },
#include "flow/columns.def"
#undef COLUMN
};

enum column_id
column_find(const char *name)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		if (strcmp(column_infos[i].name, name) == 0)
			return (enum column_id)i;
	return COLUMN_NONE;
}

struct column_set
column_set_all(void)
{
	struct column_set s = { { 0 } };

	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		column_set_add(&s, (enum column_id)i);
	return s;
}
