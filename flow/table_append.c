/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/table_append.h"

#include <assert.h>
#include <string.h>

/* What one value takes in the column's array; 0: spans into a heap. */
static size_t
value_size(enum column_id id)
{
	switch (column_infos[id].type) {
	case COLUMN_TYPE_INT32:
		return sizeof(int32_t);
	case COLUMN_TYPE_ADDRESS:
		return sizeof(struct address);
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		return 0;
	default:
		return sizeof(int64_t);
	}
}

static void
append_bytes(struct table *to, const struct table *from, enum column_id id, size_t at,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len;
		const uint8_t *bytes = table_bytes(from, id, at + i, &len);

		if (bytes != NULL)
			table_set_bytes(to, id, to->rows + i, bytes, len);
	}
}

static void
append_values(struct table *to, const struct table *from, enum column_id id, size_t at,
    size_t count, size_t size)
{
	if (!table_ready(to, id))
		return;
	memcpy(to->columns[id].present + to->rows, from->columns[id].present + at, count);
	memcpy((uint8_t *)to->columns[id].v.any + to->rows * size,
	    (const uint8_t *)from->columns[id].v.any + at * size, count * size);
}

void
table_append(struct table *to, const struct table *from, size_t at, size_t count)
{
	assert(count <= to->capacity - to->rows && count <= from->rows - at);
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		enum column_id id = (enum column_id)i;
		size_t size = value_size(id);

		if (from->columns[id].present == NULL)
			continue;
		if (size == 0)
			append_bytes(to, from, id, at, count);
		else
			append_values(to, from, id, at, count, size);
	}
	to->rows += count;
}
