/* SPDX-License-Identifier: BSD-2-Clause */
/* The live writer: segments with a journal, and their rotation, in which nobody waits. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "archive/derive.h"
#include "archive/reserve.h"
#include "archive/seal.h"
#include "archive/sealing.h"
#include "archive/writer_core.h"
#include "base/floor.h"
#include "base/priority.h"

enum { RESERVE_LEAST = 256 << 10 /* manifest, signature, and a table of few rows */ };

/* A segment that is complete and is sealed while the next one is written. */
struct writer_seal_task {
	struct writer *w;
	pthread_t thread;
	struct journal *journal;
	struct live_table *live; /* NULL: the table is made of the journal */
	char stem[LAYOUT_STEM_MAX];
	struct declare_table table;
	struct segment_facts facts; /* a copy */
	uint8_t next_key[KEY_SIZE];
	bool names_next_key; /* false: made anew, or none */
	bool closed;
	enum status status;
	struct fault fault;
	atomic_bool done;
};

/* The record in the state, which the writing and the sealing thread both change. */
static enum status
record_statement(struct writer *w, const struct journal *j, uint64_t sequence, struct fault *f)
{
	struct durable_segment *s;
	enum status rc = STATUS_OK;

	(void)pthread_mutex_lock(&w->record_lock);
	s = durable_find(&w->record, sequence);
	if (s == NULL) {
		rc = fault_set(f, STATUS_USAGE, w->site.path, "the state does not know the open segment");
	} else {
		s->index = journal_index(j);
		memcpy(s->sha256, journal_hash(j), SHA256_SIZE);
		rc = durable_store(w->site.state.dir, w->receipt.archive_id, &w->record, f);
	}
	(void)pthread_mutex_unlock(&w->record_lock);
	return rc;
}

static enum status
record_opening(struct writer *w, const struct journal *j, uint64_t sequence, const char *stem,
    const uint8_t key[KEY_SIZE], struct fault *f)
{
	struct durable_segment s = { .sequence = sequence, .index = journal_index(j) };
	enum status rc;

	memcpy(s.stem, stem, strlen(stem) + 1);
	memcpy(s.key, key, KEY_SIZE);
	memcpy(s.sha256, journal_hash(j), SHA256_SIZE);
	(void)pthread_mutex_lock(&w->record_lock);
	if (w->record.count == DURABLE_OPEN_MAX) {
		rc = fault_set(f, STATUS_LIMIT, w->site.path, "two segments are open already");
	} else {
		w->record.open[w->record.count++] = s;
		rc = durable_store(w->site.state.dir, w->receipt.archive_id, &w->record, f);
	}
	(void)pthread_mutex_unlock(&w->record_lock);
	return rc;
}

static enum status
record_sealed(struct writer *w, uint64_t sequence, struct fault *f)
{
	enum status rc;

	(void)pthread_mutex_lock(&w->record_lock);
	durable_drop(&w->record, sequence);
	rc = durable_store(w->site.state.dir, w->receipt.archive_id, &w->record, f);
	(void)pthread_mutex_unlock(&w->record_lock);
	return rc;
}

/*
 * Facts without rows: what a segment says when it is opened.  What its inputs gave, lost and were
 * found to be is still to come.  To be freed as a copy of facts.
 */
static enum status
opening_of(const struct segment_facts *facts, int64_t time, struct segment_facts *out,
    struct fault *f)
{
	struct segment_facts first = *facts;
	struct facts_input *inputs;
	enum status rc;

	memset(&first.accounting, 0, sizeof first.accounting);
	first.accounting.carried_in = facts->accounting.carried_out;
	first.accounting.carried_out = first.accounting.carried_in;
	first.from = first.to = time;
	first.interrupted = false;
	first.loss_count = first.finding_count = 0;
	rc = facts_copy(out, &first, f);
	if (rc != STATUS_OK)
		return rc;
	inputs = (struct facts_input *)(uintptr_t)out->inputs;
	for (size_t i = 0; i < out->input_count; i++)
		inputs[i].packets = inputs[i].size = 0;
	return STATUS_OK;
}

static enum status
open_journal(struct writer *w, struct journal_place *place, const struct segment_facts *opening,
    struct journal **out, struct fault *f)
{
	const struct declare_table nothing = { .rows = 0 };
	struct manifest m = { .sequence = 0 };
	struct declaration *d = NULL;
	enum status rc = declare_facts(&m, opening, &nothing, &d, f);

	place->open_dir = w->site.open;
	place->archive = w->receipt.archive_id;
	place->now = w->o.now;
	place->clock_state = w->o.clock_state;
	if (rc == STATUS_OK)
		rc = journal_open(place, &m, out, f);
	declaration_free(d);
	return rc;
}

/* Opens the segment of that sequence, whose key is durable; the state knows it afterwards. */
static enum status
begin(struct writer *w, uint64_t sequence, int64_t time, const uint8_t previous[SHA256_SIZE],
    const struct segment_facts *opening, uint8_t key[KEY_SIZE], struct fault *f)
{
	char stem[LAYOUT_STEM_MAX];
	struct journal_place place = { .stem = stem, .sequence = sequence };
	struct journal *j = NULL;
	enum status rc =
	    state_key_load(&w->site.state, w->receipt.archive_id, sequence, place.secret, f);

	layout_stem(stem, floor_div(time, 1000000000), sequence);
	memcpy(place.previous, previous, SHA256_SIZE);
	if (rc == STATUS_OK)
		rc = seal_check_free(&w->site, stem, f);
	if (rc == STATUS_OK)
		rc = key_public(place.secret, key, f);
	if (rc == STATUS_OK)
		rc = open_journal(w, &place, opening, &j, f);
	key_wipe(place.secret);
	if (rc == STATUS_OK)
		rc = record_opening(w, j, sequence, stem, key, f);
	if (rc != STATUS_OK) {
		journal_free(j);
		return rc;
	}
	w->journal = j;
	w->sequence = sequence;
	memcpy(w->stem, stem, sizeof w->stem);
	w->table = (struct declare_table) { .rows = 0 };
	w->has_segment = true;
	return STATUS_OK;
}

enum status
writer_begin_live(struct writer *w, int64_t time, const struct segment_facts *opening,
    struct fault *f)
{
	uint8_t key[KEY_SIZE];
	enum status rc;

	if (w->has_segment || w->dead || w->site.anchor.closed)
		return fault_set(f, STATUS_USAGE, w->site.path, "no segment can be begun");
	rc = writer_wait(w, f);
	if (rc == STATUS_OK)
		rc = begin(w, w->site.chain.sequence + 1, time, w->site.chain.sha256, opening, key, f);
	w->dead |= rc != STATUS_OK;
	return rc;
}

static enum status
check_live(const struct writer *w, struct fault *f)
{
	if (w->journal == NULL || w->dead)
		return fault_set(f, STATUS_USAGE, w->site.path, "no live segment is open");
	return STATUS_OK;
}

enum status
writer_append(struct writer *w, const char *suffix, const void *data, size_t len, struct fault *f)
{
	enum status rc = check_live(w, f);

	if (rc != STATUS_OK)
		return rc;
	rc = journal_append(w->journal, suffix, data, len, f);
	w->dead = rc != STATUS_OK;
	return rc;
}

/* So many octets, for the seal or the recovery of what is in the segment. */
static enum status
keep_room(struct writer *w, uint64_t octets, struct fault *f)
{
	enum status rc = octets <= w->reserved ? STATUS_OK : reserve_keep(w->site.open, octets, f);

	if (rc == STATUS_OK && octets > w->reserved)
		w->reserved = octets;
	return rc;
}

/*
 * What its seal needs, with rows to come or NULL.  A table that was begun has the room that it takes
 * already, and gives it back to the one that recovery makes.
 */
static uint64_t
room_for(const struct writer *w, const struct table *more)
{
	return RESERVE_LEAST + (w->live == NULL ? journal_size(w->journal) : live_table_room(w->live, more));
}

static enum status
release_room(struct writer *w, struct fault *f)
{
	w->reserved = w->needed = 0;
	return reserve_release(w->site.open, f);
}

static enum status
put_kept(struct writer *w, const struct table *t, const struct table *unkept, struct fault *f)
{
	const struct live_table_options o = { .open_dir = w->site.open, .stem = w->stem,
		.level = w->o.zstd_level, .build = w->o.build };
	enum status rc = STATUS_OK;

	if (t->failed)
		return fault_memory(f);
	if (w->live == NULL)
		rc = live_table_open(&o, &w->live, f);
	if (rc == STATUS_OK && unkept != NULL && unkept->rows > 0)
		rc = journal_put(w->journal, unkept, f);
	/* rows that can be long take no room that the seal of those before would need */
	if (rc == STATUS_OK && w->reserved > 0)
		rc = keep_room(w, room_for(w, t), f);
	return rc == STATUS_OK ? live_table_put(w->live, t, f) : rc;
}

enum status
writer_put_kept(struct writer *w, const struct table *t, const struct table *unkept,
    struct fault *f)
{
	enum status rc = check_live(w, f);

	if (rc != STATUS_OK)
		return rc;
	rc = put_kept(w, t, unkept, f);
	w->dead = rc != STATUS_OK;
	if (rc == STATUS_OK)
		declare_rows(&w->table, t);
	return rc;
}

/* All is durable, and the state knows it. */
static enum status
make_durable(struct writer *w, const struct segment_facts *so_far, struct fault *f)
{
	struct manifest m = { .sequence = 0 };
	struct declaration *d = NULL;
	enum status rc = check_live(w, f);

	if (rc != STATUS_OK)
		return rc;
	rc = declare_facts(&m, so_far, &w->table, &d, f);
	if (rc == STATUS_OK)
		rc = journal_durable(w->journal, &m, f);
	if (rc == STATUS_OK)
		rc = record_statement(w, w->journal, w->sequence, f);
	declaration_free(d);
	w->dead = rc != STATUS_OK;
	return rc;
}

/*
 * While the segment before is sealed, its seal has the room; then this one's is kept again, with
 * twice as much more as came since the last time: a disk that fills up is seen here, where it can
 * still be sealed, and not between.
 */
enum status
writer_durable(struct writer *w, const struct segment_facts *so_far, struct fault *f)
{
	enum status rc = make_durable(w, so_far, f);
	uint64_t before = w->needed, more = 0;

	if (rc != STATUS_OK || (w->task != NULL && !atomic_load(&w->task->done)))
		return rc;
	w->needed = room_for(w, NULL);
	if (before > 0 && w->needed > before)
		more = 2 * (w->needed - before);
	return keep_room(w, w->needed + more, f);
}

static int
by_name(const void *a, const void *b)
{
	const struct manifest_file *x = a;
	const struct manifest_file *y = b;

	return strcmp(x->name, y->name);
}

/* Steps 3 to 9 with the table and the files that were kept. */
static enum status
seal_files(struct writer_seal_task *t, const struct segment_file *table,
    const struct segment_file *const *kept, size_t count, struct fault *f)
{
	struct manifest_file files[JOURNAL_FILES_MAX + 1];
	const struct sealing what = { .opened = *journal_opened(t->journal), .files = files,
		.file_count = count + 1, .closed = t->closed,
		.next_key = t->names_next_key ? t->next_key : NULL };
	struct manifest m = { .sequence = 0 };
	struct declaration *d = NULL;
	enum status rc = declare_facts(&m, &t->facts, &t->table, &d, f);

	files[0] = segment_file_entry(table);
	for (size_t i = 0; i < count; i++)
		files[i + 1] = segment_file_entry(kept[i]);
	qsort(files, count + 1, sizeof *files, by_name);
	if (rc == STATUS_OK)
		rc = sealing_run(&t->w->site, &t->w->o, &what, &m, f);
	declaration_free(d);
	return rc;
}

/* The table, made of the journal. */
static enum status
derive_table(const struct writer_seal_task *t, const struct segment_file *log,
    struct segment_file *out, struct fault *f)
{
	const struct writer *w = t->w;
	struct derive_source from = { .open_dir = w->site.open, .stem = t->stem,
		.level = w->o.zstd_level, .build = w->o.build };
	struct declare_table derived;
	enum status rc;

	from.journal = log->path;
	from.size = log->digest.size;
	memcpy(from.sha256, log->digest.sha256, SHA256_SIZE);
	rc = derive_flows(&from, out, &derived, NULL, f);
	if (rc == STATUS_OK && derived.rows != t->table.rows) {
		segment_file_free(out);
		rc = fault_set(f, STATUS_DIFFERS, log->path, "%llu rows where %llu were put",
		    (unsigned long long)derived.rows, (unsigned long long)t->table.rows);
	}
	return rc;
}

/* The whole seal of a segment whose last statement is durable. */
static enum status
seal_task(struct writer_seal_task *t, struct fault *f)
{
	struct writer *w = t->w;
	const struct segment_file *kept[JOURNAL_FILES_MAX];
	const struct segment_file *log = NULL, *table = NULL;
	struct segment_file derived = { .fd = -1 };
	size_t count;
	enum status rc = journal_finish(t->journal, &log, kept, &count, f);

	if (rc != STATUS_OK)
		return rc;
	if (t->live != NULL)
		rc = live_table_finish(t->live, &table, f);
	else
		rc = derive_table(t, log, &derived, f);
	if (rc != STATUS_OK)
		return rc;
	rc = seal_files(t, t->live != NULL ? table : &derived, kept, count, f);
	segment_file_free(&derived);
	if (rc == STATUS_OK)
		rc = journal_drop(w->site.open, t->stem, f);
	return rc == STATUS_OK ? record_sealed(w, w->site.anchor.sequence, f) : rc;
}

/* Takes the open segment out of the writer; the task owns it from then on. */
static enum status
make_task(struct writer *w, const struct segment_facts *facts, struct writer_seal_task **out,
    struct fault *f)
{
	struct writer_seal_task *t = calloc(1, sizeof *t);
	enum status rc = t == NULL ? fault_memory(f) : facts_copy(&t->facts, facts, f);

	if (rc != STATUS_OK) {
		free(t);
		return rc;
	}
	t->w = w;
	t->journal = w->journal;
	t->live = w->live;
	t->table = w->table;
	memcpy(t->stem, w->stem, sizeof t->stem);
	w->journal = NULL;
	w->live = NULL;
	w->has_segment = false;
	*out = t;
	return STATUS_OK;
}

static void
free_task(struct writer_seal_task *t)
{
	if (t == NULL)
		return;
	journal_free(t->journal);
	live_table_free(t->live);
	facts_free(&t->facts);
	free(t);
}

static void *
run_task(void *arg)
{
	struct writer_seal_task *t = arg;

	priority_lower();
	t->status = seal_task(t, &t->fault);
	atomic_store(&t->done, true);
	return NULL;
}

/* The receipt is kept until it is asked for. */
static enum status
keep_receipt(struct writer *w, struct fault *f)
{
	struct receipt *grown = realloc(w->sealed, (w->sealed_count + 1) * sizeof *grown);

	if (grown == NULL)
		return fault_memory(f);
	w->sealed = grown;
	grown[w->sealed_count++] = w->receipt;
	return STATUS_OK;
}

enum status
writer_wait(struct writer *w, struct fault *f)
{
	struct writer_seal_task *t = w->task;
	enum status rc;

	if (t == NULL)
		return STATUS_OK;
	(void)pthread_join(t->thread, NULL);
	w->task = NULL;
	rc = t->status;
	if (rc == STATUS_OK) {
		writer_take_receipt(w, t->table.rows);
		rc = keep_receipt(w, f);
	} else if (f != NULL && f->status == STATUS_OK) {
		*f = t->fault;
	}
	w->dead |= rc != STATUS_OK;
	free_task(t);
	return rc;
}

/* Key n + 1 is durable, then the first statement of n + 1, before n's seal begins. */
static enum status
open_next(struct writer *w, struct writer_seal_task *t, int64_t time, struct fault *f)
{
	struct segment_facts opening = { .source = NULL };
	uint64_t next = w->sequence + 1;
	uint8_t previous[SHA256_SIZE];
	enum status rc = state_key_make(&w->site.state, w->receipt.archive_id, next, t->next_key, f);

	memcpy(previous, journal_hash(t->journal), SHA256_SIZE);
	t->names_next_key = true;
	if (rc == STATUS_OK)
		rc = opening_of(&t->facts, time, &opening, f);
	if (rc == STATUS_OK)
		rc = begin(w, next, time, previous, &opening, t->next_key, f);
	facts_free(&opening);
	return rc;
}

enum status
writer_rotate(struct writer *w, const struct segment_facts *facts, int64_t next_time,
    struct fault *f)
{
	struct writer_seal_task *t = NULL;
	enum status rc = check_live(w, f);

	if (rc == STATUS_OK)
		rc = writer_wait(w, f); /* the one before; at most two are open */
	if (rc == STATUS_OK)
		rc = make_durable(w, facts, f);
	if (rc == STATUS_OK)
		rc = release_room(w, f);
	if (rc == STATUS_OK)
		rc = make_task(w, facts, &t, f);
	if (rc == STATUS_OK)
		rc = open_next(w, t, next_time, f);
	if (rc == STATUS_OK && pthread_create(&t->thread, NULL, run_task, t) != 0)
		rc = fault_set(f, STATUS_NO_MEMORY, NULL, "no thread can be started");
	if (rc == STATUS_OK)
		w->task = t;
	else
		free_task(t);
	w->dead |= rc != STATUS_OK;
	return rc;
}

enum status
writer_sealed(struct writer *w, bool wait, struct receipt *out, struct fault *f)
{
	enum status rc = STATUS_OK;

	if (w->task != NULL && (wait || atomic_load(&w->task->done)))
		rc = writer_wait(w, f);
	if (rc != STATUS_OK || w->sealed_count == 0)
		return rc != STATUS_OK ? rc : STATUS_ABSENT;
	*out = w->sealed[0];
	memmove(w->sealed, w->sealed + 1, --w->sealed_count * sizeof *w->sealed);
	return STATUS_OK;
}

enum status
writer_seal_journal(struct writer *w, const struct segment_facts *facts, bool close_archive,
    struct fault *f)
{
	struct writer_seal_task *t = NULL;
	enum status rc = writer_wait(w, f);

	/* what failed leaves the room to the recovery, and to nobody else */
	if (rc == STATUS_OK)
		rc = check_live(w, f);
	if (rc == STATUS_OK)
		rc = release_room(w, f);
	if (rc == STATUS_OK)
		rc = make_durable(w, facts, f);
	if (rc == STATUS_OK)
		rc = make_task(w, facts, &t, f);
	if (rc == STATUS_OK) {
		t->closed = close_archive;
		rc = seal_task(t, f);
	}
	free_task(t);
	w->dead |= rc != STATUS_OK;
	return rc;
}
