/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_writer.h"

#include <stdlib.h>
#include <string.h>

#include "archive/parquet_encoder.h"
#include "archive/parquet_metadata.h"
#include "archive/parquet_origin.h"
#include "archive/parquet_schema.h"

struct parquet_writer {
	struct sink sink;
	struct encoder encoder;
	struct buf groups; /* encoded, for the footer */
	size_t group_count;
	uint64_t offset;
	uint64_t rows;
	char *build;
	bool finished;
};

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
	buf_init(&w->groups, PARQUET_FOOTER_MAX - (1 << 20));
	w->build = strdup(o->build == NULL ? "unknown" : o->build);
	st = w->build == NULL ? fault_memory(f) : STATUS_OK;
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

static enum status
put_column(struct parquet_writer *w, const struct table *t, enum column_id id,
    struct parquet_group *g, struct fault *f)
{
	struct parquet_element schema[1 + COLUMN_COUNT];
	struct parquet_chunk *chunk = &g->chunks[id];
	enum status st = encoder_column(&w->encoder, t, id, chunk, f);

	if (st != STATUS_OK)
		return st;
	parquet_schema_put(schema);
	chunk->type = schema[1 + id].type;
	chunk->name = schema[1 + id].name;
	if (chunk->data_offset > 0) /* behind a dictionary */
		chunk->dictionary_offset = (int64_t)w->offset;
	chunk->data_offset += (int64_t)w->offset;
	g->bytes += chunk->uncompressed;
	return write_bytes(w, w->encoder.out.data, w->encoder.out.len, f);
}

enum status
parquet_writer_put(struct parquet_writer *w, const struct table *t, struct fault *f)
{
	struct parquet_chunk chunks[COLUMN_COUNT] = { 0 };
	struct parquet_group g = { .rows = (int64_t)t->rows, .count = COLUMN_COUNT,
		.chunks = chunks };
	enum status st = STATUS_OK;

	if (t->rows == 0)
		return STATUS_OK;
	for (size_t id = 0; st == STATUS_OK && id < COLUMN_COUNT; id++)
		st = put_column(w, t, (enum column_id)id, &g, f);
	if (st != STATUS_OK)
		return st;
	parquet_group_put(&w->groups, &g);
	w->group_count++;
	w->rows += t->rows;
	if (!buf_ok(&w->groups) || w->group_count > PARQUET_GROUPS_MAX)
		return fault_set(f, STATUS_LIMIT, NULL, "a Parquet file has no room for row group %zu",
		    w->group_count);
	return STATUS_OK;
}
