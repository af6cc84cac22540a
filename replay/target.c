/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/target.h"

#include <stdlib.h>

#include "replay/target_part.h"

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
	if (st == STATUS_OK && t->kind->check != NULL)
		st = t->kind->check(o, f);
	if (st == STATUS_OK && o->filter != NULL)
		st = filter_parse(o->filter, &t->filter, f);
	if (st == STATUS_OK && t->kind->exact)
		st = target_check_exact(t, f);
	if (st != STATUS_OK) {
		target_free(t);
		return st;
	}
	t->result.options = o;
	t->result.format = outlet_format(t->kind, o);
	t->result.exact = t->kind->exact;
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
	buf_free(&t->ahead);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void
target_share(struct target *t, bool finished)
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

static uint64_t
rate_of(const struct target *t)
{
	return t->kind->unpaced && !t->options->rate_given ? 0 : target_rate(t->options);
}

static enum status
open_outlet(struct target *t, struct fault *f)
{
	const struct schedule_options s = { .rate = rate_of(t), .unit = target_unit(t->options),
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
	t->reader.datagrams = t->kind->exact;
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
		st = table_open(t->kind->exact ? 1 : TARGET_ROWS, &t->table, f);
	if (st == STATUS_OK && (t->matched = malloc(2 * TARGET_ROWS)) == NULL)
		st = fault_memory(f);
	if (st == STATUS_OK)
		st = open_outlet(t, f);
	if (st == STATUS_OK)
		t->env.opened(t->env.notice_ctx, t->input);
	t->result.opened = st == STATUS_OK;
	return st;
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
			st = t->kind->exact ? target_send_datagrams(t, f) : target_send_rows(t, f);
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
		target_share(t, true);
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
	target_share(t, true);
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
	if (t->outlet != NULL && t->kind->say != NULL)
		t->kind->say(t->outlet, out);
}

void
target_json(const struct target *t, struct jsonw *j)
{
	if (t->outlet != NULL && t->kind->json != NULL)
		t->kind->json(t->outlet, j);
}
