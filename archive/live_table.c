/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/live_table.h"

#include <openssl/rand.h>
#include <stdlib.h>

#include "archive/flowlog.h"
#include "archive/parquet_writer.h"
#include "base/priority.h"
#include "flow/table_append.h"
#include "flow/table_queue.h"

struct live_table {
	struct segment_file file;
	struct parquet_writer *parquet;
	struct table *group;       /* rows of the next row group */
	struct table_queue *queue; /* NULL: there has been no whole group */
	bool lowered;              /* the queue's thread */
	uint64_t strings;          /* octets of the largest group that was handed over */
};

enum {
	GROUPS_WAITING = 2, /* before the encoder */
	ROW_OCTETS = 64     /* that a row takes in the file, but for its strings */
};

static enum status
encode(void *ctx, const struct table *t, struct fault *f)
{
	struct live_table *l = ctx;

	if (!l->lowered)
		priority_lower(); /* its rows wait; what is not received meanwhile would be lost */
	l->lowered = true;
	return parquet_writer_put(l->parquet, t, f);
}

enum status
live_table_open(const struct live_table_options *o, struct live_table **out, struct fault *f)
{
	struct parquet_writer_options po = { .level = o->level, .build = o->build };
	struct live_table *l = calloc(1, sizeof *l);
	struct sink sink;
	enum status rc;

	if (l == NULL)
		return fault_memory(f);
	l->file.fd = -1;
	sink = segment_file_sink(&l->file);
	if (RAND_bytes((unsigned char *)&po.seed, sizeof po.seed) != 1)
		rc = fault_set(f, STATUS_NO_MEMORY, NULL, "the library has no random numbers");
	else
		rc = segment_file_create(&l->file, o->open_dir, o->stem, "flows.parquet", f);
	if (rc == STATUS_OK)
		rc = parquet_writer_open(&po, &sink, &l->parquet, f);
	if (rc == STATUS_OK)
		rc = table_open(FLOWLOG_GROUP, &l->group, f);
	if (rc != STATUS_OK) {
		live_table_free(l);
		return rc;
	}
	*out = l;
	return STATUS_OK;
}

/* The group is full: the encoder's thread is worth its while. */
static enum status
hand_over(struct live_table *l, struct fault *f)
{
	enum status rc = STATUS_OK;

	if (table_octets(l->group) > l->strings)
		l->strings = table_octets(l->group);
	if (l->queue == NULL)
		rc = table_queue_open(FLOWLOG_GROUP, true, encode, l, &l->queue, f);
	return rc == STATUS_OK ? table_queue_put(l->queue, &l->group, f) : rc;
}

enum status
live_table_put(struct live_table *l, const struct table *t, struct fault *f)
{
	enum status rc = STATUS_OK;

	for (size_t at = 0; at < t->rows && rc == STATUS_OK;) {
		size_t room = l->group->capacity - l->group->rows;
		size_t count = t->rows - at < room ? t->rows - at : room;

		table_append(l->group, t, at, count);
		at += count;
		if (l->group->failed)
			rc = fault_memory(f);
		else if (table_full(l->group) || table_octets(l->group) >= TABLE_OCTETS)
			rc = hand_over(l, f);
	}
	return rc;
}

uint64_t
live_table_room(const struct live_table *l, const struct table *more)
{
	uint64_t rows = l->group->rows, strings = table_octets(l->group);

	if (l->queue != NULL) {
		rows += (uint64_t)GROUPS_WAITING * FLOWLOG_GROUP;
		strings += GROUPS_WAITING * l->strings;
	}
	if (more != NULL) {
		rows += more->rows;
		strings += table_octets(more);
	}
	return ROW_OCTETS * rows + strings;
}

enum status
live_table_finish(struct live_table *l, const struct segment_file **out, struct fault *f)
{
	enum status rc = l->queue == NULL ? STATUS_OK : table_queue_drain(l->queue, f);

	if (rc == STATUS_OK && l->group->rows > 0)
		rc = parquet_writer_put(l->parquet, l->group, f);
	if (rc == STATUS_OK)
		rc = parquet_writer_finish(l->parquet, f);
	if (rc == STATUS_OK)
		rc = segment_file_finish(&l->file, f);
	*out = &l->file;
	return rc;
}

void
live_table_free(struct live_table *l)
{
	if (l == NULL)
		return;
	table_queue_free(l->queue); /* ends its thread first */
	parquet_writer_free(l->parquet);
	table_free(l->group);
	segment_file_free(&l->file);
	free(l);
}
