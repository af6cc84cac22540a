/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/target.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
	BATCH_ROWS = 16384,
	TURN_ROWS = 32,   /* about a datagram: what may still go after an interruption */
	FAST_ROWS = 1024  /* the same where nothing waits */
};

struct target {
	struct target_env env;
	const struct target_options *options;
	const struct outlet_kind *kind;
	struct filter *filter; /* the target's own, or NULL */
	struct schedule schedule;
	void *outlet;
	struct input *input;
	struct table *table;
	uint8_t *matched;
	struct reader_options reader;
	struct target_result result;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	struct target_progress shared; /* with the lock held */
};

enum status
target_open(const struct target_options *o, const struct target_env *env, struct target **out,
    struct fault *f)
{
	struct target *t = calloc(1, sizeof *t);
	enum status st;

	if (t == NULL)
		return fault_memory(f);
	t->env = *env;
	t->options = o;
	pthread_mutex_init(&t->lock, NULL);
	t->result.progress.position = t->shared.position = INT64_MIN;
	t->result.anchor = "none";
	st = outlet_find(o, &t->kind, f);
	if (st == STATUS_OK && o->filter != NULL)
		st = filter_parse(o->filter, &t->filter, f);
	if (st != STATUS_OK) {
		target_free(t);
		return st;
	}
	t->result.options = o;
	t->result.format = outlet_format(t->kind, o);
	*out = t;
	return STATUS_OK;
}

void
target_free(struct target *t)
{
	if (t == NULL)
		return;
	target_join(t);
	if (t->outlet != NULL)
		t->kind->free(t->outlet);
	input_free(t->input);
	table_free(t->table);
	filter_free(t->filter);
	free(t->matched);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* What others may look at meanwhile. */
static void
share(struct target *t, bool finished)
{
	struct target_progress *p = &t->result.progress;

	if (t->outlet != NULL)
		t->kind->counts(t->outlet, &p->counts);
	p->finished = finished;
	pthread_mutex_lock(&t->lock);
	t->shared = *p;
	pthread_mutex_unlock(&t->lock);
}

void
target_progress(struct target *t, struct target_progress *out)
{
	pthread_mutex_lock(&t->lock);
	*out = t->shared;
	pthread_mutex_unlock(&t->lock);
}

static enum status
open_outlet(struct target *t, struct fault *f)
{
	const struct schedule_options s = { .rate = target_rate(t->options), .unit = t->options->unit,
		.speed = t->options->speed, .clock = t->env.clock, .interrupt = t->env.interrupt,
		.dry = t->env.dry };
	const struct outlet_env env = { .options = t->options, .schedule = &t->schedule,
		.tap = t->env.tap, .dry = t->env.dry };

	schedule_open(&t->schedule, &s);
	return t->kind->open(&env, &t->outlet, f);
}

/* The input anew, for each pass. */
static enum status
open_input(struct target *t, struct fault *f)
{
	enum status st;

	input_free(t->input);
	t->input = NULL;
	t->reader = *t->env.reader;
	t->reader.from = t->options->window.from;
	t->reader.to = t->options->window.to;
	st = input_open(t->env.path, &t->reader, t->env.notice, t->env.notice_ctx, &t->input, f);
	if (st == STATUS_OK)
		t->result.anchor = input_is_archive(t->input) ? input_anchor(t->input) : "no archive";
	return st;
}

static enum status
open_all(struct target *t, struct fault *f)
{
	enum status st = open_input(t, f);

	if (st == STATUS_OK)
		st = table_open(BATCH_ROWS, &t->table, f);
	if (st == STATUS_OK && (t->matched = malloc(2 * BATCH_ROWS)) == NULL)
		st = fault_memory(f);
	if (st == STATUS_OK)
		st = open_outlet(t, f);
	if (st == STATUS_OK)
		t->env.opened(t->env.notice_ctx, t->input);
	t->result.opened = st == STATUS_OK;
	return st;
}

/* Rows that the run's filter, the target's and its window let through. */
static size_t
select_rows(struct target *t)
{
	uint8_t *own = t->matched + BATCH_ROWS;
	size_t n = filter_rows(t->env.filter, t->table, t->matched);

	if (t->filter != NULL) {
		(void)filter_rows(t->filter, t->table, own);
		n = 0;
		for (size_t i = 0; i < t->table->rows; i++)
			n += t->matched[i] &= own[i];
	}
	if (t->options->window.from != INT64_MIN || t->options->window.to != INT64_MAX)
		n = window_rows(&t->options->window, t->table, t->matched);
	return n;
}

/* When a flow is to go, in the archive's time; INT64_MIN where it has none. */
static int64_t
time_of(const struct table *t, size_t row)
{
	enum column_id column = table_has(t, COLUMN_FLOW_END, row) ? COLUMN_FLOW_END :
	    table_has(t, COLUMN_FLOW_START, row) ? COLUMN_FLOW_START : COLUMN_RECEIVED;

	return table_has(t, column, row) ? table_i64(t, column, row) : INT64_MIN;
}

/* Waits for the flow's time, with nothing held back that is due already. */
static enum status
follow(struct target *t, size_t row, struct fault *f)
{
	int64_t micros = time_of(t->table, row), nanos;
	enum status st = STATUS_OK;

	if (micros == INT64_MIN || __builtin_mul_overflow(micros, INT64_C(1000), &nanos))
		return STATUS_OK;
	if (schedule_left(&t->schedule, nanos) > 0) {
		st = t->kind->flush(t->outlet, f);
		share(t, false);
	}
	if (st == STATUS_OK && !schedule_follow(&t->schedule, nanos))
		st = STATUS_INTERRUPTED;
	return st;
}

static void
note_rows(struct target *t, size_t from, size_t to)
{
	struct target_progress *p = &t->result.progress;

	for (size_t row = from; row < to; row++) {
		int64_t end = t->matched[row] != 0 ? time_of(t->table, row) : INT64_MIN;

		p->matched += t->matched[row];
		if (end > p->position)
			p->position = end;
	}
}

static enum status
put_rows(struct target *t, const struct flow_place *place, size_t from, size_t to, struct fault *f)
{
	const struct outlet_rows rows = { .t = t->table, .from = from, .to = to, .matched = t->matched,
		.place = *place };

	note_rows(t, from, to);
	t->result.stayed += retime_rows(&t->options->retime, t->table, from, to, t->matched,
	    t->env.clock.wall() / 1000);
	return t->kind->put(t->outlet, &rows, f);
}

/* Rows that follow the archive's time go one by one. */
static size_t
turn(const struct target *t)
{
	if (t->options->speed != 0)
		return 1;
	return target_rate(t->options) == 0 ? FAST_ROWS : TURN_ROWS;
}

static enum status
send_table(struct target *t, struct fault *f)
{
	size_t rows = t->table->rows, step = turn(t), to;
	struct flow_place place = { .archive = "" };
	enum status st = STATUS_OK;

	(void)input_place(t->input, &place);
	for (size_t from = 0; from < rows && st == STATUS_OK; from = to) {
		to = rows - from < step ? rows : from + step;
		if (schedule_interrupted(&t->schedule))
			return STATUS_INTERRUPTED;
		if (step == 1 && t->matched[from] == 0)
			continue;
		if (step == 1)
			st = follow(t, from, f);
		if (st == STATUS_OK)
			st = put_rows(t, &place, from, to, f);
	}
	return st;
}

/* Damage ends the input; what came before it was good and is sent. */
static bool
is_damage(enum status st)
{
	return st == STATUS_TRUNCATED || st == STATUS_MALFORMED;
}

static enum status
send_input(struct target *t, struct fault *f)
{
	enum status st;

	for (;;) {
		st = input_next(t->input, t->table, f);
		if (st != STATUS_OK)
			break;
		t->result.progress.read += t->table->rows;
		if (select_rows(t) > 0)
			st = send_table(t, f);
		if (st != STATUS_OK)
			return st;
		share(t, false);
	}
	t->result.damaged += input_damaged(t->input) + is_damage(st);
	t->result.nothing_read = input_nothing_read(t->input, t->result.progress.read);
	return st == STATUS_END ? STATUS_OK : st;
}

static enum status
send_passes(struct target *t, struct fault *f)
{
	struct target_progress *p = &t->result.progress;
	enum status st = STATUS_OK;

	while (st == STATUS_OK && p->pass < t->options->loop) {
		uint64_t before = p->matched;

		if (p->pass > 0)
			st = open_input(t, f);
		p->pass++;
		schedule_rewind(&t->schedule);
		if (st == STATUS_OK)
			st = send_input(t, f);
		if (st == STATUS_OK && p->matched == before)
			break; /* nothing is selected: nothing to send again */
	}
	return st;
}

/* Also after an error: what was packed is worth sending. */
static void
run(struct target *t)
{
	struct target_result *r = &t->result;
	struct fault late = { 0 };
	enum status st = open_all(t, &r->fault), finished = STATUS_OK;

	if (st != STATUS_OK) {
		share(t, true);
		return;
	}
	st = send_passes(t, &r->fault);
	finished = t->kind->finish(t->outlet, &late);
	r->interrupted = st == STATUS_INTERRUPTED || schedule_interrupted(&t->schedule);
	if (r->interrupted)
		r->fault = (struct fault){ 0 };
	if (finished != STATUS_OK && r->fault.status == STATUS_OK)
		r->fault = late;
	r->nanos = schedule_now(&t->schedule) - t->schedule.started;
	r->jitter = t->schedule.jitter;
	r->complete = t->kind->complete(t->outlet);
	share(t, true);
}

static void *
thread_main(void *arg)
{
	run(arg);
	return NULL;
}

enum status
target_start(struct target *t, struct fault *f)
{
	t->started = pthread_create(&t->thread, NULL, thread_main, t) == 0;
	return t->started ? STATUS_OK : fault_set(f, STATUS_NO_MEMORY, NULL, "cannot start a thread");
}

void
target_join(struct target *t)
{
	if (t->started)
		pthread_join(t->thread, NULL);
	t->started = false;
}

const struct target_result *
target_result(const struct target *t)
{
	return &t->result;
}

void
target_say(const struct target *t, struct buf *out)
{
	if (t->outlet != NULL)
		t->kind->say(t->outlet, out);
}

void
target_json(const struct target *t, struct jsonw *j)
{
	if (t->outlet != NULL)
		t->kind->json(t->outlet, j);
}
