/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/table.h"

#include <stdlib.h>
#include <string.h>

#define HEAP_LIMIT ((size_t)1 << 30) /* offsets are 32 bits, Parquet's lengths 31 */

/* What one value takes in the column's array, by enum column_type. */
static const size_t value_sizes[] = {
	[COLUMN_TYPE_TIME] = sizeof(int64_t),
	[COLUMN_TYPE_INT32] = sizeof(int32_t),
	[COLUMN_TYPE_INT64] = sizeof(int64_t),
	[COLUMN_TYPE_ADDRESS] = sizeof(struct address),
	[COLUMN_TYPE_MAC] = sizeof(uint64_t),
	[COLUMN_TYPE_TEXT] = sizeof(struct table_span),
	[COLUMN_TYPE_OCTETS] = sizeof(struct table_span),
};

enum status
table_open(size_t capacity, struct table **out, struct fault *f)
{
	struct table *t;

	if (capacity == 0 || capacity > TABLE_ROWS)
		return fault_set(f, STATUS_LIMIT, NULL, "a table of %zu rows", capacity);
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return fault_memory(f);
	t->capacity = capacity;
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		buf_init(&t->columns[i].heap, HEAP_LIMIT);
	*out = t;
	return STATUS_OK;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		free(t->columns[i].present);
		free(t->columns[i].v.any);
		buf_free(&t->columns[i].heap);
	}
	free(t);
}

void
table_reset(struct table *t)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		struct table_column *c = &t->columns[i];

		if (c->present != NULL)
			memset(c->present, 0, t->rows);
		buf_reset(&c->heap);
	}
	t->rows = 0;
	t->failed = false;
	t->clamped = 0;
}

bool
table_column_open(struct table *t, enum column_id id)
{
	struct table_column *c = &t->columns[id];
	uint8_t *present = calloc(t->capacity, 1);
	void *values = calloc(t->capacity, value_sizes[column_infos[id].type]);

	if (present == NULL || values == NULL) {
		free(present);
		free(values);
		t->failed = true;
		return false;
	}
	c->present = present;
	c->v.any = values;
	return true;
}

void
table_fill_i32(struct table *t, enum column_id id, size_t row, size_t count, int32_t v)
{
	struct table_column *c = &t->columns[id];

	if (!table_ready(t, id))
		return;
	memset(c->present + row, 1, count);
	for (size_t i = 0; i < count; i++)
		c->v.i32[row + i] = v;
}

void
table_fill_i64(struct table *t, enum column_id id, size_t row, size_t count, int64_t v)
{
	struct table_column *c = &t->columns[id];

	if (!table_ready(t, id))
		return;
	memset(c->present + row, 1, count);
	for (size_t i = 0; i < count; i++)
		c->v.i64[row + i] = v;
}

void
table_fill_address(struct table *t, enum column_id id, size_t row, size_t count,
    const struct address *v)
{
	struct table_column *c = &t->columns[id];

	if (!table_ready(t, id))
		return;
	memset(c->present + row, 1, count);
	for (size_t i = 0; i < count; i++)
		c->v.address[row + i] = *v;
}

void
table_set_bytes(struct table *t, enum column_id id, size_t row, const void *data, size_t len)
{
	struct table_column *c = &t->columns[id];
	size_t offset = c->heap.len;

	if (!table_ready(t, id))
		return;
	if (len > 0)
		buf_put(&c->heap, data, len);
	if (!buf_ok(&c->heap)) {
		t->failed = true;
		return;
	}
	c->present[row] = 1;
	c->v.span[row] = (struct table_span){ (uint32_t)offset, (uint32_t)len };
}

void
table_set_u64(struct table *t, enum column_id id, size_t row, uint64_t v)
{
	bool narrow = column_infos[id].type == COLUMN_TYPE_INT32;
	uint64_t max = narrow ? INT32_MAX : INT64_MAX;

	if (v > max) {
		t->clamped++;
		v = max;
	}
	if (narrow)
		table_set_i32(t, id, row, (int32_t)v);
	else
		table_set_i64(t, id, row, (int64_t)v);
}

size_t
table_octets(const struct table *t)
{
	size_t octets = 0;

	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		octets += t->columns[i].heap.len;
	return octets;
}

int64_t
table_int(const struct table *t, enum column_id id, size_t row)
{
	if (!table_has(t, id, row))
		return 0;
	switch (column_infos[id].type) {
	case COLUMN_TYPE_INT32:
		return t->columns[id].v.i32[row];
	case COLUMN_TYPE_INT64:
	case COLUMN_TYPE_TIME:
		return t->columns[id].v.i64[row];
	case COLUMN_TYPE_MAC:
		return (int64_t)t->columns[id].v.mac[row];
	default:
		return 0;
	}
}

const uint8_t *
table_bytes(const struct table *t, enum column_id id, size_t row, size_t *len)
{
	const struct table_column *c = &t->columns[id];

	*len = 0;
	if (!table_has(t, id, row))
		return NULL;
	*len = c->v.span[row].len;
	/* An empty value is not a null one, even where the heap has no memory yet. */
	return *len == 0 ? (const uint8_t *)"" : c->heap.data + c->v.span[row].offset;
}
