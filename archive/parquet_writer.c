/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_writer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/parquet_encoder.h"
#include "archive/parquet_metadata.h"
#include "archive/parquet_origin.h"
#include "archive/parquet_schema.h"

enum { FOOTER_REST_MAX = 1 << 20 }; /* what of the footer is no row group */

struct parquet_writer {
	struct sink sink;
	struct encoder encoder;
	struct parquet_element schema[1 + COLUMN_COUNT];
	struct buf groups; /* encoded, for the footer */
	struct buf origin; /* which elements feed which column */
	size_t group_count;
	uint64_t offset;
	uint64_t rows;
	char *build;
	bool finished;
};

static struct thrift_bytes
bytes_of(const char *s)
{
	return (struct thrift_bytes){ (const uint8_t *)s, strlen(s) };
}

static enum status
write_bytes(struct parquet_writer *w, const void *data, size_t len, struct fault *f)
{
	w->offset += len;
	return sink_write(&w->sink, data, len, f);
}

enum status
parquet_writer_open(const struct parquet_writer_options *o, const struct sink *sink,
    struct parquet_writer **out, struct fault *f)
{
	int level = o->level == 0 ? PARQUET_LEVEL_DEFAULT : o->level;
	struct parquet_writer *w;
	enum status st;

	if (level < 1 || level > PARQUET_LEVEL_MAX)
		return fault_set(f, STATUS_USAGE, NULL, "zstd level %d is not in 1 to %d", level,
		    PARQUET_LEVEL_MAX);
	w = calloc(1, sizeof *w);
	if (w == NULL)
		return fault_memory(f);
	w->sink = *sink;
	buf_init(&w->groups, PARQUET_FOOTER_MAX - FOOTER_REST_MAX);
	buf_init(&w->origin, FOOTER_REST_MAX / 2);
	parquet_schema_put(w->schema);
	parquet_origin_put(&w->origin);
	w->build = strdup(o->build == NULL ? "unknown" : o->build);
	st = w->build == NULL || !buf_ok(&w->origin) ? fault_memory(f) : STATUS_OK;
	if (st == STATUS_OK)
		st = encoder_open(&w->encoder, TABLE_ROWS, level, o->seed, f);
	if (st == STATUS_OK)
		st = write_bytes(w, PARQUET_MAGIC, PARQUET_MAGIC_SIZE, f);
	if (st == STATUS_OK)
		*out = w;
	else
		parquet_writer_free(w);
	return st;
}

/* One column: its pages into the file, its metadata to the row group's. */
static enum status
put_column(struct parquet_writer *w, const struct table *t, enum column_id id, int64_t *bytes,
    struct fault *f)
{
	struct parquet_chunk chunk = { .type = w->schema[1 + id].type,
		.name = w->schema[1 + id].name };
	enum status st = encoder_column(&w->encoder, t, id, &chunk, f);

	if (st != STATUS_OK)
		return st;
	if (chunk.data_offset > 0) /* behind a dictionary */
		chunk.dictionary_offset = (int64_t)w->offset;
	chunk.data_offset += (int64_t)w->offset;
	parquet_chunk_put(&w->groups, &chunk);
	*bytes += chunk.uncompressed;
	return write_bytes(w, w->encoder.out.data, w->encoder.out.len, f);
}

enum status
parquet_writer_put(struct parquet_writer *w, const struct table *t, struct fault *f)
{
	enum status st = STATUS_OK;
	int64_t bytes = 0;

	assert(!w->finished);
	if (t->rows == 0)
		return STATUS_OK;
	if (w->group_count == PARQUET_GROUPS_MAX)
		return fault_set(f, STATUS_LIMIT, NULL, "a Parquet file of more than %d row groups",
		    PARQUET_GROUPS_MAX);
	parquet_group_begin(&w->groups, COLUMN_COUNT);
	for (size_t id = 0; st == STATUS_OK && id < COLUMN_COUNT; id++)
		st = put_column(w, t, (enum column_id)id, &bytes, f);
	parquet_group_end(&w->groups, bytes, (int64_t)t->rows);
	w->group_count++;
	w->rows += t->rows;
	if (st == STATUS_OK && !buf_ok(&w->groups))
		st = fault_set(f, STATUS_LIMIT, NULL, "no room for the metadata of row group %zu",
		    w->group_count);
	return st;
}

static enum status
put_footer(struct parquet_writer *w, struct buf *out, struct fault *f)
{
	struct parquet_pair pairs[] = {
		{ bytes_of("nfseal.build"), bytes_of(w->build) },
		{ bytes_of("nfseal.elements"), { w->origin.data, w->origin.len } },
	};
	struct parquet_footer footer = { .elements = w->schema,
		.element_count = 1 + COLUMN_COUNT, .rows = (int64_t)w->rows,
		.group_count = w->group_count, .pairs = pairs,
		.pair_count = sizeof pairs / sizeof *pairs };
	char made_by[256];

	(void)snprintf(made_by, sizeof made_by, "nfseal version %s", w->build);
	footer.created_by = bytes_of(made_by);
	parquet_footer_put(out, &footer, &w->groups);
	buf_le32(out, (uint32_t)out->len);
	buf_put(out, PARQUET_MAGIC, PARQUET_MAGIC_SIZE);
	return buf_ok(out) ? STATUS_OK : fault_memory(f);
}

enum status
parquet_writer_finish(struct parquet_writer *w, struct fault *f)
{
	enum status st;
	struct buf footer;

	assert(!w->finished);
	w->finished = true;
	buf_init(&footer, 0);
	st = put_footer(w, &footer, f);
	if (st == STATUS_OK)
		st = write_bytes(w, footer.data, footer.len, f);
	buf_free(&footer);
	return st;
}

uint64_t
parquet_writer_rows(const struct parquet_writer *w)
{
	return w->rows;
}

void
parquet_writer_free(struct parquet_writer *w)
{
	if (w == NULL)
		return;
	encoder_free(&w->encoder);
	buf_free(&w->groups);
	buf_free(&w->origin);
	free(w->build);
	free(w);
}
