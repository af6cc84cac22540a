/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_metadata.h"

#include <stdlib.h>
#include <string.h>

static void
put_bytes(struct thrift_writer *w, int16_t id, struct thrift_bytes b)
{
	if (b.data != NULL)
		thrift_put_binary(w, id, b.data, b.len);
}

static void
put_logical(struct thrift_writer *w, const struct parquet_element *e)
{
	thrift_put_struct(w, 10);
	thrift_put_struct(w, e->logical);
	if (e->logical == PARQUET_LOGICAL_TIMESTAMP) {
		thrift_put_bool(w, 1, e->utc);
		thrift_put_struct(w, 2);
		thrift_put_struct(w, e->unit);
		thrift_put_end(w);
		thrift_put_end(w);
	} else if (e->logical == PARQUET_LOGICAL_INTEGER) {
		thrift_put_i8(w, 1, e->bits);
		thrift_put_bool(w, 2, e->is_signed);
	}
	thrift_put_end(w);
	thrift_put_end(w);
}

static void
put_element(struct thrift_writer *w, const struct parquet_element *e)
{
	thrift_item_struct(w);
	if (e->type != PARQUET_NO_TYPE) {
		thrift_put_i32(w, 1, e->type);
		thrift_put_i32(w, 3, e->repetition);
	}
	put_bytes(w, 4, e->name);
	if (e->type == PARQUET_NO_TYPE)
		thrift_put_i32(w, 5, e->children);
	if (e->converted != PARQUET_CONVERTED_NONE)
		thrift_put_i32(w, 6, e->converted);
	if (e->logical != PARQUET_LOGICAL_NONE)
		put_logical(w, e);
	thrift_put_end(w);
}

static void
put_statistics(struct thrift_writer *w, int16_t id, const struct parquet_statistics *s)
{
	thrift_put_struct(w, id);
	if (s->counted)
		thrift_put_i64(w, 3, s->null_count);
	put_bytes(w, 5, s->max);
	put_bytes(w, 6, s->min);
	thrift_put_end(w);
}

static void
put_encodings(struct thrift_writer *w, int16_t id, uint32_t set)
{
	thrift_put_list(w, id, THRIFT_I32, (size_t)__builtin_popcount(set));
	for (int32_t i = 0; i < 32; i++) {
		if ((set >> i & 1) != 0)
			thrift_item_i32(w, i);
	}
}

void
parquet_group_begin(struct buf *out, size_t count)
{
	struct thrift_writer w;

	thrift_writer_init(&w, out);
	thrift_put_list(&w, 1, THRIFT_STRUCT, count);
}

void
parquet_chunk_put(struct buf *out, const struct parquet_chunk *c)
{
	struct thrift_writer w;

	thrift_writer_init(&w, out);
	thrift_put_i64(&w, 2, 0); /* the place of a copy of the metadata, which nobody writes */
	thrift_put_struct(&w, 3);
	thrift_put_i32(&w, 1, c->type);
	put_encodings(&w, 2, c->encodings);
	thrift_put_list(&w, 3, THRIFT_BINARY, 1);
	thrift_item_binary(&w, c->name.data, c->name.len);
	thrift_put_i32(&w, 4, c->codec);
	thrift_put_i64(&w, 5, c->values);
	thrift_put_i64(&w, 6, c->uncompressed);
	thrift_put_i64(&w, 7, c->compressed);
	thrift_put_i64(&w, 9, c->data_offset);
	if (c->dictionary_offset != 0)
		thrift_put_i64(&w, 11, c->dictionary_offset);
	put_statistics(&w, 12, &c->statistics);
	thrift_put_end(&w);
	thrift_put_end(&w);
}

void
parquet_group_end(struct buf *out, int64_t bytes, int64_t rows)
{
	struct thrift_writer w;

	thrift_writer_init(&w, out);
	w.last[0] = 1; /* the list of parquet_group_begin */
	thrift_put_i64(&w, 2, bytes);
	thrift_put_i64(&w, 3, rows);
	thrift_put_end(&w);
}

static void
put_pairs(struct thrift_writer *w, int16_t id, const struct parquet_footer *f)
{
	thrift_put_list(w, id, THRIFT_STRUCT, f->pair_count);
	for (size_t i = 0; i < f->pair_count; i++) {
		thrift_item_struct(w);
		put_bytes(w, 1, f->pairs[i].key);
		put_bytes(w, 2, f->pairs[i].value);
		thrift_put_end(w);
	}
}

/* TYPE_ORDER for every leaf: without it, readers do not trust min_value and max_value. */
static void
put_orders(struct thrift_writer *w, int16_t id, size_t leaves)
{
	thrift_put_list(w, id, THRIFT_STRUCT, leaves);
	for (size_t i = 0; i < leaves; i++) {
		thrift_item_struct(w);
		thrift_put_struct(w, 1);
		thrift_put_end(w);
		thrift_put_end(w);
	}
}

void
parquet_footer_put(struct buf *out, const struct parquet_footer *f, const struct buf *groups)
{
	struct thrift_writer w;

	thrift_writer_init(&w, out);
	thrift_put_i32(&w, 1, 2);
	thrift_put_list(&w, 2, THRIFT_STRUCT, f->element_count);
	for (size_t i = 0; i < f->element_count; i++)
		put_element(&w, &f->elements[i]);
	thrift_put_i64(&w, 3, f->rows);
	thrift_put_list(&w, 4, THRIFT_STRUCT, f->group_count);
	buf_put(out, groups->data, groups->len);
	put_pairs(&w, 5, f);
	put_bytes(&w, 6, f->created_by);
	put_orders(&w, 7, f->element_count - 1);
	thrift_put_end(&w);
}

static void
get_unit(struct thrift_reader *r, struct thrift_field f, struct parquet_element *e)
{
	thrift_get_struct(r, f);
	while (thrift_next(r, &f)) {
		e->unit = f.id;
		thrift_skip(r, f);
	}
}

/* The member of the union LogicalType; members that are unknown here keep their number. */
static void
get_logical_member(struct thrift_reader *r, struct thrift_field f, struct parquet_element *e)
{
	int16_t kind = f.id;

	e->logical = kind;
	thrift_get_struct(r, f);
	while (thrift_next(r, &f)) {
		if (kind == PARQUET_LOGICAL_TIMESTAMP && f.id == 1)
			e->utc = thrift_get_bool(r, f);
		else if (kind == PARQUET_LOGICAL_TIMESTAMP && f.id == 2)
			get_unit(r, f, e);
		else if (kind == PARQUET_LOGICAL_INTEGER && f.id == 1)
			e->bits = thrift_get_i8(r, f);
		else if (kind == PARQUET_LOGICAL_INTEGER && f.id == 2)
			e->is_signed = thrift_get_bool(r, f);
		else
			thrift_skip(r, f);
	}
}

static void
get_logical(struct thrift_reader *r, struct thrift_field f, struct parquet_element *e)
{
	thrift_get_struct(r, f);
	while (thrift_next(r, &f))
		get_logical_member(r, f, e);
}

static void
get_element(struct thrift_reader *r, struct parquet_element *e)
{
	struct thrift_field f;

	*e = (struct parquet_element){ .type = PARQUET_NO_TYPE,
		.converted = PARQUET_CONVERTED_NONE };
	thrift_get_item_struct(r);
	while (thrift_next(r, &f)) {
		switch (f.id) {
		case 1:
			e->type = thrift_get_i32(r, f);
			break;
		case 3:
			e->repetition = thrift_get_i32(r, f);
			break;
		case 4:
			e->name = thrift_get_binary(r, f);
			break;
		case 5:
			e->children = thrift_get_i32(r, f);
			break;
		case 6:
			e->converted = thrift_get_i32(r, f);
			break;
		case 10:
			get_logical(r, f, e);
			break;
		default:
			thrift_skip(r, f);
		}
	}
}

static void
get_statistics(struct thrift_reader *r, struct thrift_field f, struct parquet_statistics *s)
{
	thrift_get_struct(r, f);
	while (thrift_next(r, &f)) {
		if (f.id == 3) {
			s->null_count = thrift_get_i64(r, f);
			s->counted = true;
		} else if (f.id == 5) {
			s->max = thrift_get_binary(r, f);
		} else if (f.id == 6) {
			s->min = thrift_get_binary(r, f);
		} else {
			thrift_skip(r, f);
		}
	}
}

static uint32_t
get_encodings(struct thrift_reader *r, struct thrift_field f)
{
	size_t count = thrift_get_list(r, f, THRIFT_I32, PARQUET_SCHEMA_MAX);
	uint32_t set = 0;

	for (size_t i = 0; i < count; i++) {
		int32_t encoding = thrift_get_item_i32(r);

		if (encoding >= 0 && encoding < 32)
			set |= (uint32_t)1 << encoding;
	}
	return set;
}

static struct thrift_bytes
get_path(struct thrift_reader *r, struct thrift_field f)
{
	size_t count = thrift_get_list(r, f, THRIFT_BINARY, PARQUET_SCHEMA_MAX);
	struct thrift_bytes first = { NULL, 0 };

	for (size_t i = 0; i < count; i++) {
		struct thrift_bytes part = thrift_get_item_binary(r);

		if (i == 0)
			first = part;
	}
	return first;
}

static void
get_chunk_field(struct thrift_reader *r, struct thrift_field f, struct parquet_chunk *c)
{
	switch (f.id) {
	case 1:
		c->type = thrift_get_i32(r, f);
		break;
	case 2:
		c->encodings = get_encodings(r, f);
		break;
	case 3:
		c->name = get_path(r, f);
		break;
	case 4:
		c->codec = thrift_get_i32(r, f);
		break;
	case 5:
		c->values = thrift_get_i64(r, f);
		break;
	case 6:
		c->uncompressed = thrift_get_i64(r, f);
		break;
	case 7:
		c->compressed = thrift_get_i64(r, f);
		break;
	case 9:
		c->data_offset = thrift_get_i64(r, f);
		break;
	case 11:
		c->dictionary_offset = thrift_get_i64(r, f);
		break;
	case 12:
		get_statistics(r, f, &c->statistics);
		break;
	default:
		thrift_skip(r, f);
	}
}

static void
get_chunk(struct thrift_reader *r, struct parquet_chunk *c)
{
	struct thrift_field f;

	memset(c, 0, sizeof *c);
	thrift_get_item_struct(r);
	while (thrift_next(r, &f)) {
		if (f.id == 3) {
			c->described = true;
			thrift_get_struct(r, f);
			while (thrift_next(r, &f))
				get_chunk_field(r, f, c);
		} else {
			/* file_path, crypto_metadata, encrypted_column_metadata */
			c->foreign |= f.id == 1 || f.id == 8 || f.id == 9;
			thrift_skip(r, f);
		}
	}
}

bool
parquet_group_get(const uint8_t *data, size_t len, size_t offset, struct parquet_group *g)
{
	struct thrift_reader r = thrift_reader_over(cursor_over(data + offset, len - offset));
	struct thrift_field f;
	size_t count = 0;

	g->rows = g->bytes = 0;
	while (thrift_next(&r, &f)) {
		if (f.id == 1) {
			count = thrift_get_list(&r, f, THRIFT_STRUCT, g->count);
			for (size_t i = 0; i < count; i++)
				get_chunk(&r, &g->chunks[i]);
		} else if (f.id == 2) {
			g->bytes = thrift_get_i64(&r, f);
		} else if (f.id == 3) {
			g->rows = thrift_get_i64(&r, f);
		} else {
			thrift_skip(&r, f);
		}
	}
	return cursor_ok(&r.c) && count == g->count;
}

/* Memory for the items of a list; a list that comes twice breaks the format. */
static void *
list_memory(struct thrift_reader *r, size_t count, size_t size, void *before, bool *memory)
{
	void *items = before == NULL ? calloc(count + 1, size) : NULL;

	if (before != NULL)
		cursor_fail(&r->c);
	else if (items == NULL)
		*memory = false;
	return items;
}

static void
get_schema(struct thrift_reader *r, struct thrift_field f, struct parquet_footer *out, bool *memory)
{
	size_t count = thrift_get_list(r, f, THRIFT_STRUCT, PARQUET_SCHEMA_MAX);
	struct parquet_element *e = list_memory(r, count, sizeof *e, out->elements, memory);

	if (e == NULL)
		return;
	out->elements = e;
	out->element_count = count;
	for (size_t i = 0; i < count; i++)
		get_element(r, &e[i]);
}

static void
get_groups(struct thrift_reader *r, struct thrift_field f, struct parquet_footer *out, bool *memory)
{
	size_t count = thrift_get_list(r, f, THRIFT_STRUCT, PARQUET_GROUPS_MAX);
	size_t *g = list_memory(r, count, sizeof *g, out->groups, memory);

	if (g == NULL)
		return;
	out->groups = g;
	out->group_count = count;
	for (size_t i = 0; i < count; i++) {
		g[i] = cursor_offset(&r->c);
		thrift_skip(r, (struct thrift_field){ .id = 1, .type = THRIFT_STRUCT });
	}
}

static void
get_pair(struct thrift_reader *r, struct parquet_pair *p)
{
	struct thrift_field f;

	thrift_get_item_struct(r);
	while (thrift_next(r, &f)) {
		if (f.id == 1)
			p->key = thrift_get_binary(r, f);
		else if (f.id == 2)
			p->value = thrift_get_binary(r, f);
		else
			thrift_skip(r, f);
	}
}

static void
get_pairs(struct thrift_reader *r, struct thrift_field f, struct parquet_footer *out, bool *memory)
{
	size_t count = thrift_get_list(r, f, THRIFT_STRUCT, PARQUET_METADATA_MAX);
	struct parquet_pair *p = list_memory(r, count, sizeof *p, out->pairs, memory);

	if (p == NULL)
		return;
	out->pairs = p;
	out->pair_count = count;
	for (size_t i = 0; i < count; i++)
		get_pair(r, &p[i]);
}

static bool
get_footer(struct thrift_reader *r, struct parquet_footer *out)
{
	struct thrift_field f;
	bool memory = true;

	while (memory && thrift_next(r, &f)) {
		switch (f.id) {
		case 2:
			get_schema(r, f, out, &memory);
			break;
		case 3:
			out->rows = thrift_get_i64(r, f);
			break;
		case 4:
			get_groups(r, f, out, &memory);
			break;
		case 5:
			get_pairs(r, f, out, &memory);
			break;
		case 6:
			out->created_by = thrift_get_binary(r, f);
			break;
		case 8:
			out->encrypted = true;
			thrift_skip(r, f);
			break;
		default:
			thrift_skip(r, f);
		}
	}
	return memory;
}

enum status
parquet_footer_get(const uint8_t *data, size_t len, struct parquet_footer *out, const char *file,
    struct fault *f)
{
	struct thrift_reader r = thrift_reader_over(cursor_over(data, len));
	struct parquet_footer footer = { 0 };
	bool memory = get_footer(&r, &footer);

	if (memory && cursor_done(&r.c) && footer.element_count > 0) {
		*out = footer;
		return STATUS_OK;
	}
	parquet_footer_free(&footer);
	if (!memory)
		return fault_memory(f);
	return fault_set(f, STATUS_MALFORMED, file, "the Parquet footer of %zu bytes is damaged", len);
}

void
parquet_footer_free(struct parquet_footer *f)
{
	free(f->elements);
	free(f->groups);
	free(f->pairs);
	memset(f, 0, sizeof *f);
}
