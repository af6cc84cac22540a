/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_reader.h"

#include <stdlib.h>
#include <string.h>

#include "archive/parquet_metadata.h"
#include "archive/parquet_schema.h"
#include "archive/parquet_stream.h"
#include "archive/parquet_unpacker.h"
#include "base/cursor.h"

/* The row group that was asked for last. */
struct group_view {
	size_t index; /* SIZE_MAX: none yet */
	struct parquet_group group;
};

struct parquet_reader {
	struct page_unpacker unpacker;
	struct stream_batch *batch;
	uint64_t footer_at;
	uint8_t *data; /* the footer's bytes, and a NUL behind each value of the metadata */
	size_t len;
	struct parquet_footer footer;
	struct parquet_leaf *leaves;
	size_t leaf_count;
	size_t places[COLUMN_COUNT]; /* each column's leaf; SIZE_MAX: not in the file */
	struct group_view *view;
	struct column_set presence; /* whose values nobody wants */
	size_t open_group; /* of the streams */
	struct stream *streams[COLUMN_COUNT];
	char **texts; /* the metadata's values */
};

/* The last eight bytes say where the footer is. */
static enum status
find_footer(struct parquet_reader *r, struct fault *f)
{
	const struct parquet_input *in = &r->unpacker.in;
	uint8_t head[PARQUET_MAGIC_SIZE], tail[PARQUET_TAIL_SIZE];
	enum status st;

	if (in->size < PARQUET_MAGIC_SIZE + PARQUET_TAIL_SIZE)
		return fault_set(f, STATUS_MALFORMED, in->name, "%llu bytes are no Parquet file",
		    (unsigned long long)in->size);
	st = in->read_at(in->ctx, head, sizeof head, 0, f);
	if (st == STATUS_OK)
		st = in->read_at(in->ctx, tail, sizeof tail, in->size - sizeof tail, f);
	if (st != STATUS_OK)
		return st;
	if (memcmp(tail + 4, "PARE", 4) == 0)
		return fault_set(f, STATUS_UNSUPPORTED, in->name, "an encrypted Parquet footer");
	if (memcmp(head, PARQUET_MAGIC, 4) != 0 || memcmp(tail + 4, PARQUET_MAGIC, 4) != 0)
		return fault_set(f, STATUS_MALFORMED, in->name, "no Parquet magic at both ends");
	r->len = load_le32(tail);
	if (r->len > PARQUET_FOOTER_MAX)
		return fault_set(f, STATUS_LIMIT, in->name, "a footer of %zu bytes; the limit is %d",
		    r->len, PARQUET_FOOTER_MAX);
	if (r->len > in->size - PARQUET_MAGIC_SIZE - PARQUET_TAIL_SIZE)
		return fault_set(f, STATUS_MALFORMED, in->name, "a footer of %zu bytes in %llu",
		    r->len, (unsigned long long)in->size);
	r->footer_at = in->size - PARQUET_TAIL_SIZE - r->len;
	return STATUS_OK;
}

static enum status
read_footer(struct parquet_reader *r, struct fault *f)
{
	const struct parquet_input *in = &r->unpacker.in;
	enum status st = find_footer(r, f);

	if (st != STATUS_OK)
		return st;
	r->data = malloc(r->len + 1);
	if (r->data == NULL)
		return fault_memory(f);
	st = in->read_at(in->ctx, r->data, r->len, r->footer_at, f);
	if (st == STATUS_OK)
		st = parquet_footer_get(r->data, r->len, &r->footer, in->name, f);
	if (st == STATUS_OK && r->footer.encrypted)
		st = fault_set(f, STATUS_UNSUPPORTED, in->name, "Parquet encryption");
	return st;
}

static enum status
read_schema(struct parquet_reader *r, struct fault *f)
{
	enum status st;

	r->leaves = calloc(r->footer.element_count, sizeof *r->leaves);
	if (r->leaves == NULL)
		return fault_memory(f);
	st = parquet_schema_get(&r->footer, r->leaves, &r->leaf_count, r->unpacker.in.name, f);
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		r->places[i] = SIZE_MAX;
	for (size_t i = 0; st == STATUS_OK && i < r->leaf_count; i++) {
		if (r->leaves[i].id != COLUMN_NONE)
			r->places[r->leaves[i].id] = i;
	}
	return st;
}

/* A row group's metadata, from the footer. */
static bool
view_group(const struct parquet_reader *r, size_t index)
{
	struct group_view *v = r->view;

	if (v->index == index)
		return true;
	v->index = SIZE_MAX;
	v->group.count = r->leaf_count;
	if (!parquet_group_get(r->data, r->len, r->footer.groups[index], &v->group))
		return false;
	v->index = index;
	return true;
}

/* Every row group is looked at once: their form, and that their rows are the file's. */
static enum status
check_groups(struct parquet_reader *r, struct fault *f)
{
	int64_t left = r->footer.rows;

	r->view = calloc(1, sizeof *r->view);
	if (r->view == NULL)
		return fault_memory(f);
	r->view->index = SIZE_MAX;
	r->view->group.chunks = calloc(r->leaf_count + 1, sizeof *r->view->group.chunks);
	if (r->view->group.chunks == NULL)
		return fault_memory(f);
	for (size_t i = 0; i < r->footer.group_count; i++) {
		if (!view_group(r, i) || r->view->group.rows < 0 || r->view->group.rows > left)
			return fault_set(f, STATUS_MALFORMED, r->unpacker.in.name,
			    "the metadata of row group %zu is damaged", i);
		if (r->view->group.rows > PARQUET_GROUP_ROWS_MAX)
			return fault_set(f, STATUS_LIMIT, r->unpacker.in.name,
			    "row group %zu of %lld rows; the limit is %d", i,
			    (long long)r->view->group.rows, PARQUET_GROUP_ROWS_MAX);
		left -= r->view->group.rows;
	}
	if (left != 0)
		return fault_set(f, STATUS_MALFORMED, r->unpacker.in.name,
		    "the row groups have other rows than the footer's %lld",
		    (long long)r->footer.rows);
	return STATUS_OK;
}

static enum status
copy_metadata(struct parquet_reader *r, struct fault *f)
{
	r->texts = calloc(r->footer.pair_count + 1, sizeof *r->texts);
	if (r->texts == NULL)
		return fault_memory(f);
	for (size_t i = 0; i < r->footer.pair_count; i++) {
		struct thrift_bytes v = r->footer.pairs[i].value;

		r->texts[i] = v.data == NULL ? strdup("") : strndup((const char *)v.data, v.len);
		if (r->texts[i] == NULL)
			return fault_memory(f);
	}
	return STATUS_OK;
}

enum status
parquet_reader_open(const struct parquet_input *in, struct parquet_reader **out, struct fault *f)
{
	struct parquet_reader *r = calloc(1, sizeof *r);
	enum status st;

	if (r == NULL)
		return fault_memory(f);
	r->open_group = SIZE_MAX;
	r->batch = calloc(1, sizeof *r->batch);
	st = page_unpacker_open(&r->unpacker, in, f);
	if (st == STATUS_OK && r->batch == NULL)
		st = fault_memory(f);
	if (st == STATUS_OK)
		st = read_footer(r, f);
	if (st == STATUS_OK)
		st = read_schema(r, f);
	if (st == STATUS_OK)
		st = check_groups(r, f);
	if (st == STATUS_OK)
		st = copy_metadata(r, f);
	if (st == STATUS_OK)
		*out = r;
	else
		parquet_reader_free(r);
	return st;
}

uint64_t
parquet_reader_rows(const struct parquet_reader *r)
{
	return (uint64_t)r->footer.rows;
}

size_t
parquet_reader_groups(const struct parquet_reader *r)
{
	return r->footer.group_count;
}

uint64_t
parquet_reader_group_rows(const struct parquet_reader *r, size_t group)
{
	return group < r->footer.group_count && view_group(r, group) ? (uint64_t)r->view->group.rows : 0;
}

static bool
get_extreme(const struct parquet_leaf *leaf, struct thrift_bytes b, int64_t *out)
{
	int64_t v;

	if (b.data == NULL || b.len != (leaf->type == PARQUET_INT32 ? 4 : 8))
		return false;
	if (b.len == 8)
		v = (int64_t)load_le64(b.data);
	else if (leaf->is_unsigned)
		v = load_le32(b.data);
	else
		v = (int32_t)load_le32(b.data);
	if (leaf->is_unsigned && v < 0)
		return false;
	return leaf->scale > 1 ? !__builtin_mul_overflow(v, leaf->scale, out) : (*out = v, true);
}

bool
parquet_reader_range(const struct parquet_reader *r, size_t group, enum column_id id,
    int64_t *min, int64_t *max)
{
	size_t place = r->places[id];
	const struct parquet_statistics *s;
	int64_t low, high;

	if (place == SIZE_MAX || group >= r->footer.group_count || !view_group(r, group))
		return false;
	if (r->leaves[place].type != PARQUET_INT32 && r->leaves[place].type != PARQUET_INT64)
		return false;
	s = &r->view->group.chunks[place].statistics;
	if (!get_extreme(&r->leaves[place], s->min, &low) ||
	    !get_extreme(&r->leaves[place], s->max, &high) || low > high)
		return false;
	*min = low;
	*max = high;
	return true;
}

const char *
parquet_reader_metadata(const struct parquet_reader *r, const char *key)
{
	for (size_t i = 0; i < r->footer.pair_count; i++) {
		const struct parquet_pair *p = &r->footer.pairs[i];

		if (p->key.data != NULL && p->key.len == strlen(key) &&
		    memcmp(p->key.data, key, p->key.len) == 0)
			return r->texts[i];
	}
	return NULL;
}

static void
close_streams(struct parquet_reader *r)
{
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		parquet_stream_free(r->streams[i]);
		r->streams[i] = NULL;
	}
}

/* The column's stream, at this row of the open group. */
static enum status
stream_at(struct parquet_reader *r, enum column_id id, uint64_t row, struct fault *f)
{
	const struct parquet_group *g = &r->view->group;
	size_t place = r->places[id];
	struct stream **s = &r->streams[id];
	enum status st = STATUS_OK;

	if (*s != NULL && parquet_stream_row(*s) > row) {
		parquet_stream_free(*s);
		*s = NULL;
	}
	if (*s == NULL)
		st = parquet_stream_open(&r->unpacker, r->batch, &r->leaves[place], &g->chunks[place],
		    g->rows, r->footer_at, s, f);
	if (st == STATUS_OK && parquet_stream_row(*s) < row)
		st = parquet_stream_read(*s, (size_t)(row - parquet_stream_row(*s)), NULL, f);
	return st;
}

void
parquet_reader_presence(struct parquet_reader *r, const struct column_set *columns)
{
	r->presence = (struct column_set){ { 0 } };
	for (size_t id = 0; id < COLUMN_COUNT; id++) {
		enum column_type type = column_infos[id].type;

		if (column_set_has(columns, (enum column_id)id) &&
		    (type == COLUMN_TYPE_INT32 || type == COLUMN_TYPE_INT64 || type == COLUMN_TYPE_TIME))
			column_set_add(&r->presence, (enum column_id)id);
	}
}

/* Whether that is told and wanted: of all rows of the open group that they have a value, or of none. */
static bool
presence_told(const struct parquet_reader *r, enum column_id id, bool *all)
{
	const struct parquet_group *g = &r->view->group;
	const struct parquet_statistics *s = &g->chunks[r->places[id]].statistics;

	*all = s->null_count == 0;
	return column_set_has(&r->presence, id) && s->counted && (*all || s->null_count == g->rows);
}

/* One column's values; nothing of the file is read where only their presence is wanted, and told. */
static enum status
read_column(struct parquet_reader *r, enum column_id id, uint64_t row, size_t rows, struct table *t,
    struct fault *f)
{
	enum status st;
	bool all;

	if (presence_told(r, id, &all)) {
		if (all && !table_ready(t, id))
			return fault_memory(f);
		if (all)
			memset(t->columns[id].present, 1, rows);
		return STATUS_OK;
	}
	st = stream_at(r, id, row, f);
	return st == STATUS_OK ? parquet_stream_read(r->streams[id], rows, t, f) : st;
}

static enum status
read_columns(struct parquet_reader *r, uint64_t row, size_t rows, const struct column_set *wanted,
    struct table *t, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t id = 0; st == STATUS_OK && id < COLUMN_COUNT; id++) {
		if (!column_set_has(wanted, (enum column_id)id) || r->places[id] == SIZE_MAX)
			continue;
		st = read_column(r, (enum column_id)id, row, rows, t, f);
	}
	return st;
}

enum status
parquet_reader_read(struct parquet_reader *r, size_t group, uint64_t *row,
    const struct column_set *wanted, struct table *t, struct fault *f)
{
	enum status st;
	uint64_t left;
	size_t rows;

	table_reset(t);
	if (group >= r->footer.group_count || !view_group(r, group))
		return fault_set(f, STATUS_ABSENT, r->unpacker.in.name, "no row group %zu", group);
	if (group != r->open_group)
		close_streams(r);
	r->open_group = group;
	left = *row < (uint64_t)r->view->group.rows ? (uint64_t)r->view->group.rows - *row : 0;
	if (left == 0)
		return STATUS_END;
	rows = left < t->capacity ? (size_t)left : t->capacity;
	t->rows = rows; /* so that a reset after a failure clears what was set */
	st = read_columns(r, *row, rows, wanted, t, f);
	if (st == STATUS_OK) {
		*row += rows;
		return STATUS_OK;
	}
	close_streams(r);
	table_reset(t);
	return st;
}

void
parquet_reader_free(struct parquet_reader *r)
{
	if (r == NULL)
		return;
	close_streams(r);
	page_unpacker_free(&r->unpacker);
	for (size_t i = 0; r->texts != NULL && i < r->footer.pair_count; i++)
		free(r->texts[i]);
	free(r->texts);
	if (r->view != NULL)
		free(r->view->group.chunks);
	free(r->view);
	parquet_footer_free(&r->footer);
	free(r->leaves);
	free(r->data);
	free(r->batch);
	free(r);
}
