/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_schema.h"

#include <string.h>

static struct thrift_bytes
bytes_of(const char *s)
{
	return (struct thrift_bytes){ (const uint8_t *)s, strlen(s) };
}

static void
set_type(struct parquet_element *e, enum column_type type)
{
	switch (type) {
	case COLUMN_TYPE_TIME:
		e->type = PARQUET_INT64;
		e->converted = PARQUET_TIMESTAMP_MICROS;
		e->logical = PARQUET_LOGICAL_TIMESTAMP;
		e->unit = PARQUET_MICROS;
		e->utc = true;
		break;
	case COLUMN_TYPE_INT32:
		e->type = PARQUET_INT32;
		break;
	case COLUMN_TYPE_INT64:
		e->type = PARQUET_INT64;
		break;
	case COLUMN_TYPE_ADDRESS:
	case COLUMN_TYPE_MAC:
	case COLUMN_TYPE_TEXT:
		e->type = PARQUET_BYTE_ARRAY;
		e->converted = PARQUET_UTF8;
		e->logical = PARQUET_LOGICAL_STRING;
		break;
	case COLUMN_TYPE_OCTETS:
		e->type = PARQUET_BYTE_ARRAY;
		break;
	}
}

void
parquet_schema_put(struct parquet_element *out)
{
	out[0] = (struct parquet_element){ .type = PARQUET_NO_TYPE, .name = bytes_of("flow"),
		.children = COLUMN_COUNT, .converted = PARQUET_CONVERTED_NONE };
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		out[1 + i] = (struct parquet_element){ .repetition = PARQUET_OPTIONAL,
			.name = bytes_of(column_infos[i].name),
			.converted = PARQUET_CONVERTED_NONE };
		set_type(&out[1 + i], column_infos[i].type);
	}
}

static enum column_id
find_column(struct thrift_bytes name)
{
	char text[64];

	if (name.len >= sizeof text || memchr(name.data, '\0', name.len) != NULL)
		return COLUMN_NONE;
	memcpy(text, name.data, name.len);
	text[name.len] = '\0';
	return column_find(text);
}

/* A time stamp's factor to microseconds; 0 if it is none, or finer. */
static int64_t
time_scale(const struct parquet_element *e)
{
	if (e->type != PARQUET_INT64)
		return 0;
	if (e->logical == PARQUET_LOGICAL_TIMESTAMP)
		return e->unit == PARQUET_MICROS ? 1 : e->unit == PARQUET_MILLIS ? 1000 : 0;
	if (e->logical != PARQUET_LOGICAL_NONE)
		return 0;
	return e->converted == PARQUET_TIMESTAMP_MICROS ? 1 :
	    e->converted == PARQUET_TIMESTAMP_MILLIS    ? 1000 :
							  0;
}

static bool
is_integer(const struct parquet_element *e)
{
	if (e->type != PARQUET_INT32 && e->type != PARQUET_INT64)
		return false;
	if (e->logical != PARQUET_LOGICAL_NONE)
		return e->logical == PARQUET_LOGICAL_INTEGER;
	return e->converted == PARQUET_CONVERTED_NONE ||
	    (e->converted >= PARQUET_UINT_8 && e->converted <= PARQUET_INT_64);
}

static bool
is_unsigned(const struct parquet_element *e)
{
	if (e->logical == PARQUET_LOGICAL_INTEGER)
		return !e->is_signed;
	return e->converted >= PARQUET_UINT_8 && e->converted <= PARQUET_UINT_64;
}

static bool
is_string(const struct parquet_element *e)
{
	if (e->type != PARQUET_BYTE_ARRAY)
		return false;
	if (e->logical != PARQUET_LOGICAL_NONE)
		return e->logical == PARQUET_LOGICAL_STRING || e->logical == PARQUET_LOGICAL_JSON;
	return e->converted == PARQUET_CONVERTED_NONE || e->converted == PARQUET_UTF8 ||
	    e->converted == PARQUET_JSON;
}

static bool
leaf_fits(const struct parquet_element *e, struct parquet_leaf *leaf)
{
	switch (column_infos[leaf->id].type) {
	case COLUMN_TYPE_TIME:
		leaf->scale = time_scale(e);
		return leaf->scale != 0;
	case COLUMN_TYPE_INT32:
	case COLUMN_TYPE_INT64:
		leaf->is_unsigned = is_unsigned(e);
		return is_integer(e);
	case COLUMN_TYPE_ADDRESS:
	case COLUMN_TYPE_MAC:
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		return is_string(e);
	}
	return false;
}

static enum status
get_leaf(const struct parquet_element *e, bool top, struct parquet_leaf *leaf, const char *file,
    struct fault *f)
{
	*leaf = (struct parquet_leaf){ .id = COLUMN_NONE, .type = e->type,
		.optional = e->repetition == PARQUET_OPTIONAL };
	if (top && e->name.data != NULL)
		leaf->id = find_column(e->name);
	if (leaf->id == COLUMN_NONE)
		return STATUS_OK;
	if (e->repetition != PARQUET_REQUIRED && e->repetition != PARQUET_OPTIONAL)
		return fault_set(f, STATUS_UNSUPPORTED, file, "column %s is repeated",
		    column_infos[leaf->id].name);
	if (leaf_fits(e, leaf))
		return STATUS_OK;
	return fault_set(f, STATUS_UNSUPPORTED, file,
	    "column %s: %s with ConvertedType %d, LogicalType %d, unit %d cannot become its type",
	    column_infos[leaf->id].name, parquet_type_name(e->type), (int)e->converted,
	    (int)e->logical, (int)e->unit);
}

/* No column of ours twice, and the children of every group are there. */
static enum status
check_leaves(const struct parquet_leaf *leaves, size_t count, const char *file, struct fault *f)
{
	struct column_set seen = { { 0 } };

	for (size_t i = 0; i < count; i++) {
		if (leaves[i].id == COLUMN_NONE)
			continue;
		if (column_set_has(&seen, leaves[i].id))
			return fault_set(f, STATUS_MALFORMED, file, "column %s comes twice",
			    column_infos[leaves[i].id].name);
		column_set_add(&seen, leaves[i].id);
	}
	return STATUS_OK;
}

enum status
parquet_schema_get(const struct parquet_footer *footer, struct parquet_leaf *out, size_t *count,
    const char *file, struct fault *f)
{
	const struct parquet_element *e = footer->elements;
	int64_t open = e[0].children; /* elements that must still come */
	int64_t nested = 0;           /* of them, those below a group of the root */
	size_t n = 0;

	if (e[0].type != PARQUET_NO_TYPE || open < 0)
		return fault_set(f, STATUS_MALFORMED, file, "the schema has no root");
	for (size_t i = 1; i < footer->element_count && open > 0; i++) {
		bool top = nested == 0;
		enum status st = STATUS_OK;

		open--;
		nested -= !top;
		if (e[i].type == PARQUET_NO_TYPE) {
			if (e[i].children <= 0 || e[i].children > PARQUET_SCHEMA_MAX)
				return fault_set(f, STATUS_MALFORMED, file,
				    "a group of the schema has %d children", (int)e[i].children);
			open += e[i].children;
			nested += e[i].children;
		} else {
			st = get_leaf(&e[i], top, &out[n++], file, f);
		}
		if (st != STATUS_OK)
			return st;
		*count = i + 1;
	}
	if (open != 0 || (footer->element_count > 1 && *count != footer->element_count))
		return fault_set(f, STATUS_MALFORMED, file, "the schema's tree is not whole");
	*count = n;
	return check_leaves(out, n, file, f);
}
