/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/rederive.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "flow/element.h"
#include "verify/compare.h"
#include "verify/pool.h"

enum { LATE_ROWS = 8192 };

#define TABLE ".flows.parquet"
#define DATAGRAMS ".datagrams.pcapng.zst"
#define MESSAGES  ".messages.ipfix.zst"

/* A segment that keeps datagrams, or messages. */
struct kept {
	size_t index; /* in the result */
	uint64_t sequence;
	uint64_t datagrams; /* as its manifest counts them */
	uint64_t carried;
	uint64_t messages;
	uint64_t messages_carried;
	bool same_version;
	bool same_elements;
	bool short_of_room;
	bool recovered;  /* what was durable may be more than was counted */
	bool skip;
	char *table;     /* paths below the archive */
	char *path;      /* of the datagrams, to open, or NULL */
	char *messages_path; /* likewise */
	struct findings findings;
	uint64_t others;
	char *failed;    /* why nothing was derived, or NULL */
};

struct rederive {
	const char *archive;
	const struct deriver *deriver;
	uint8_t elements[SHA256_SIZE];
	struct kept *list; /* by sequence once it runs */
	size_t count;
	size_t room;
	bool no_memory;
	pthread_mutex_t lock; /* of no_memory */
};

/* One segment at work. */
struct work {
	struct rederive *r;
	struct kept *k;
	int fd;
	char place[FILE_PATH_MAX];
	struct parquet_input in;
	struct derive_late *late;
	size_t late_count;
	size_t late_room;
};

enum status
rederive_open(const char *archive, const struct deriver *deriver, struct rederive **out,
    struct fault *f)
{
	struct rederive *r = calloc(1, sizeof *r);
	struct buf text = { 0 };
	enum status st;

	if (r == NULL)
		return fault_memory(f);
	r->archive = archive;
	r->deriver = deriver;
	pthread_mutex_init(&r->lock, NULL);
	element_describe(&text);
	st = buf_ok(&text) ? sha256_of(text.data, text.len, r->elements, f) : fault_memory(f);
	buf_free(&text);
	if (st == STATUS_OK)
		*out = r;
	else
		rederive_free(r);
	return st;
}

void
rederive_free(struct rederive *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++) {
		free(r->list[i].table);
		free(r->list[i].path);
		free(r->list[i].messages_path);
		free(r->list[i].failed);
		findings_free(&r->list[i].findings);
	}
	pthread_mutex_destroy(&r->lock);
	free(r->list);
	free(r);
}

static uint64_t
loss_of(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->loss_count; i++)
		if (strcmp(m->losses[i].name, name) == 0)
			return m->losses[i].value;
	return 0;
}

/* What the collector had no room for, and a decoder of this segment alone may have. */
static bool
is_short_of_room(const struct manifest *m)
{
	static const char *const names[] = { "rejected_limit", "messages_rejected_limit", "carried_left_out", "sets_dropped",
		"options_refused", "exporters_gone", "malformed_template_limit" };
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		sum |= loss_of(m, names[i]);
	return sum != 0;
}

static bool
is_recovered(const struct manifest *m)
{
	for (size_t i = 0; i < m->recovery_count; i++)
		if (strcmp(m->recovery[i].action, "recovered") == 0)
			return true;
	return false;
}

/* The file, in the first of the directories where it is. */
static char *
find_in(const char *archive, const char *name, const char *const *dirs, size_t dir_count,
    bool below)
{
	char path[FILE_PATH_MAX], place[FILE_PATH_MAX];

	for (size_t i = 0; i < dir_count; i++) {
		int n = snprintf(path, sizeof path, "%s%s%s", dirs[i], dirs[i][0] == '\0' ? "" : "/", name);

		if (n > 0 && (size_t)n < sizeof path && file_join(place, archive, path, NULL) == STATUS_OK &&
		    (i + 1 == dir_count || file_exists(place)))
			return strdup(below ? path : place);
	}
	return NULL;
}

static char *
find_file(const char *archive, const struct manifest_file *file, const char *const *dirs,
    size_t dir_count)
{
	return file == NULL ? NULL : find_in(archive, file->name, dirs, dir_count, false);
}

bool
rederive_put(struct rederive *r, size_t index, const struct manifest *m, const char *const *dirs,
    size_t dir_count)
{
	const struct manifest_file *table = manifest_file_by_suffix(m, TABLE);
	const struct manifest_file *datagrams = manifest_file_by_suffix(m, DATAGRAMS);
	const struct manifest_file *messages = manifest_file_by_suffix(m, MESSAGES);
	struct kept *k;

	if (table == NULL || (datagrams == NULL && messages == NULL) || strcmp(m->source, "exporters") != 0)
		return true;
	if (r->count == r->room) {
		size_t room = r->room == 0 ? 64 : 2 * r->room;
		struct kept *grown = realloc(r->list, room * sizeof *grown);

		if (grown == NULL)
			return false;
		r->list = grown;
		r->room = room;
	}
	k = &r->list[r->count];
	*k = (struct kept){ .index = index, .sequence = m->sequence,
		.datagrams = loss_of(m, "datagrams_kept"), .carried = loss_of(m, "datagrams_carried"),
		.messages = loss_of(m, "messages_kept"),
		.messages_carried = loss_of(m, "messages_carried"),
		.same_version = strcmp(m->decoder_version, MANIFEST_DECODER) == 0,
		.same_elements = memcmp(m->decoder_elements, r->elements, SHA256_SIZE) == 0,
		.short_of_room = is_short_of_room(m), .recovered = is_recovered(m),
		.table = find_in(r->archive, table->name, dirs, dir_count, true),
		.path = find_file(r->archive, datagrams, dirs, dir_count),
		.messages_path = find_file(r->archive, messages, dirs, dir_count) };
	r->count++;
	return k->table != NULL && (datagrams == NULL) == (k->path == NULL) &&
	    (messages == NULL) == (k->messages_path == NULL);
}

static int
by_sequence(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static const struct kept *
find(const struct rederive *r, uint64_t sequence)
{
	const struct kept key = { .sequence = sequence };
	const struct kept *k = r->count == 0 ? NULL
	    : bsearch(&key, r->list, r->count, sizeof *r->list, by_sequence);

	return k == NULL || k->skip || k->path == NULL ? NULL : k;
}

static bool
has_segment(void *ctx, uint64_t sequence)
{
	const struct work *w = ctx;

	return sequence < w->k->sequence && find(w->r, sequence) != NULL;
}

static enum status
read_at(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f)
{
	const struct work *w = ctx;

	return file_read_at(w->fd, data, len, offset, w->place, f);
}

static enum status
add_late(struct work *w, const struct derive_late *l, struct fault *f)
{
	if (w->late_count == REDERIVE_LATE_MAX)
		return fault_set(f, STATUS_LIMIT, w->k->table, "more than %d rows are of earlier segments",
		    REDERIVE_LATE_MAX);
	if (w->late_count == w->late_room) {
		size_t room = w->late_room == 0 ? 256 : 2 * w->late_room;
		struct derive_late *grown = realloc(w->late, room * sizeof *grown);

		if (grown == NULL)
			return fault_memory(f);
		w->late = grown;
		w->late_room = room;
	}
	w->late[w->late_count++] = *l;
	return STATUS_OK;
}

static enum status
take_late(struct work *w, const struct table *t, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t row = 0; row < t->rows && st == STATUS_OK; row++) {
		uint64_t segment = (uint64_t)table_i64(t, COLUMN_DATAGRAM_SEGMENT, row);
		const struct kept *from;

		if (!table_has(t, COLUMN_DATAGRAM_SEGMENT, row) || !table_has(t, COLUMN_DATAGRAM, row) ||
		    segment >= w->k->sequence)
			continue;
		from = find(w->r, segment);
		if (from != NULL)
			st = add_late(w, &(struct derive_late){ segment,
			    (uint64_t)table_int(t, COLUMN_DATAGRAM, row),
			    (uint64_t)table_int(t, COLUMN_DATAGRAM_RECORD, row), from->path }, f);
	}
	return st;
}

static int
by_place(const void *a, const void *b)
{
	const struct derive_late *x = a, *y = b;

	if (x->segment != y->segment)
		return x->segment < y->segment ? -1 : 1;
	if (x->datagram != y->datagram)
		return x->datagram < y->datagram ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* The rows of earlier segments' datagrams: what of these is needed. */
static enum status
gather_late(struct work *w, struct fault *f)
{
	struct column_set wanted = { .words = { 0 } };
	struct parquet_reader *r = NULL;
	struct table *t = NULL;
	enum status st = parquet_reader_open(&w->in, &r, f);

	column_set_add(&wanted, COLUMN_DATAGRAM_SEGMENT);
	column_set_add(&wanted, COLUMN_DATAGRAM);
	column_set_add(&wanted, COLUMN_DATAGRAM_RECORD);
	if (st == STATUS_OK)
		st = table_open(LATE_ROWS, &t, f);
	for (size_t g = 0; st == STATUS_OK && g < parquet_reader_groups(r); g++) {
		uint64_t row = 0;

		while ((st = parquet_reader_read(r, g, &row, &wanted, t, f)) == STATUS_OK &&
		    (st = take_late(w, t, f)) == STATUS_OK)
			continue;
		st = st == STATUS_END ? STATUS_OK : st;
	}
	table_free(t);
	parquet_reader_free(r);
	if (w->late_count > 0)
		qsort(w->late, w->late_count, sizeof *w->late, by_place);
	return st;
}

static void
compare_count(struct kept *k, const char *what, uint64_t kept, uint64_t told)
{
	if (kept < told || (kept > told && !k->recovered))
		findings_add(&k->findings, FINDING_COUNTS, k->table, "%llu %s are kept, the manifest says %llu",
		    (unsigned long long)kept, what, (unsigned long long)told);
}

static enum status
derive(struct work *w, struct comparison *c, struct fault *f)
{
	const struct deriver *d = w->r->deriver;
	struct derive_task task = { .datagrams = w->k->path, .messages = w->k->messages_path,
		.sequence = w->k->sequence,
		.late = w->late, .late_count = w->late_count, .take = compare_rows, .take_ctx = c };
	struct derive_counts counts = { .datagrams = 0 };
	enum status st = d->derive(d->ctx, &task, &counts, f);

	if (st == STATUS_OK)
		st = compare_finish(c, &w->k->others, f);
	if (st != STATUS_OK)
		return st;
	compare_count(w->k, "datagrams", counts.datagrams, w->k->datagrams);
	compare_count(w->k, "carried datagrams", counts.carried, w->k->carried);
	compare_count(w->k, "messages", counts.messages, w->k->messages);
	compare_count(w->k, "carried messages", counts.messages_carried, w->k->messages_carried);
	return STATUS_OK;
}

static enum status
check_open(struct work *w, struct fault *f)
{
	const struct kept *k = w->k;
	const struct compare_options o = { .path = k->table, .sequence = k->sequence,
		.same_decoder = k->same_version && k->same_elements, .same_version = k->same_version,
		.short_of_room = k->short_of_room, .has_segment = has_segment, .ctx = w };
	struct comparison *c = NULL;
	enum status st = gather_late(w, f);

	if (st == STATUS_OK)
		st = compare_open(&w->in, &o, &w->k->findings, &c, f);
	if (st == STATUS_OK)
		st = derive(w, c, f);
	compare_free(c);
	free(w->late);
	return st;
}

/* What cannot be read here could be when its hash was taken, or breaks its format. */
static void
tell_fault(struct kept *k, const struct fault *f)
{
	bool broken = f->status == STATUS_MALFORMED || f->status == STATUS_TRUNCATED;

	if (f->status == STATUS_LIMIT) {
		k->failed = strdup(f->text);
		return;
	}
	findings_add(&k->findings, broken ? FINDING_SCHEMA : FINDING_IO, k->table,
	    "cannot derive it again: %s: %s", f->file,
	    f->text[0] != '\0' ? f->text : status_text(f->status));
}

static void
check(void *ctx, void *job)
{
	struct work w = { .r = ctx, .k = job, .fd = -1 };
	struct fault f = { .status = STATUS_OK };
	struct stat facts;
	enum status st = file_join(w.place, w.r->archive, w.k->table, &f);

	if (st == STATUS_OK)
		st = file_open_regular(w.place, &w.fd, &facts, &f);
	if (st == STATUS_OK) {
		w.in = (struct parquet_input){ .read_at = read_at, .ctx = &w,
			.size = (uint64_t)facts.st_size, .name = w.k->table };
		st = check_open(&w, &f);
		close(w.fd);
	}
	if (st == STATUS_NO_MEMORY) {
		pthread_mutex_lock(&w.r->lock);
		w.r->no_memory = true;
		pthread_mutex_unlock(&w.r->lock);
	} else if (st != STATUS_OK) {
		tell_fault(w.k, &f);
	}
}

static void
take_over(struct kept *k, struct result *result)
{
	const char *table = k->table;

	if (k->failed != NULL)
		notices_add(&result->notices, NOTICE_DERIVATION, table, "it was not derived again: %s",
		    k->failed);
	if (k->others > 0)
		notices_add(&result->notices, NOTICE_DERIVATION, table,
		    "%llu values or rows are others when its datagrams are decoded here, %s",
		    (unsigned long long)k->others,
		    !k->same_version || !k->same_elements ? "by another version of the decoder"
		                                          : "where the segment declares that room was short");
	findings_move(&result->segments[k->index].findings, &k->findings);
}

void
rederive_run(struct rederive *r, size_t threads, const bool *skip, struct result *result)
{
	struct pool *pool = NULL;

	for (size_t i = 0; i < r->count; i++)
		r->list[i].skip = skip[r->list[i].index] || r->list[i].table == NULL ||
		    (r->list[i].path == NULL && r->list[i].messages_path == NULL);
	if (r->count > 0)
		qsort(r->list, r->count, sizeof *r->list, by_sequence);
	if (pool_open(threads, check, r, &pool, NULL) != STATUS_OK) {
		result->no_memory = true;
		return;
	}
	for (size_t i = 0; i < r->count; i++)
		if (!r->list[i].skip)
			pool_put(pool, &r->list[i]);
	pool_finish(pool);
	for (size_t i = 0; i < r->count; i++)
		take_over(&r->list[i], result);
	result->no_memory |= r->no_memory;
}
