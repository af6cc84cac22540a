/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	t->result.progress.position = INT64_MIN;
	t->skip = env->resume.position;
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
	t->shared = t->result;
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
	if (t->kind != NULL && t->kind->exact)
		table_free(t->table);
	filter_free(t->filter);
	free(t->matched);
	free(t->order);
	free(t->segments);
	buf_free(&t->ahead);
	buf_free(&t->begun);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void
target_share(struct target *t, bool finished)
{
	struct target_result *r = &t->result;

	if (t->outlet != NULL) {
		t->kind->counts(t->outlet, &r->progress.counts);
		r->nanos = schedule_now(&t->schedule) - t->schedule.started;
		r->jitter = t->schedule.jitter;
	}
	r->progress.finished = finished;
	pthread_mutex_lock(&t->lock);
	t->shared = *r;
	pthread_mutex_unlock(&t->lock);
}

void
target_look(struct target *t, struct target_result *out)
{
	pthread_mutex_lock(&t->lock);
	*out = t->shared;
	pthread_mutex_unlock(&t->lock);
}

void
target_progress(struct target *t, struct target_progress *out)
{
	pthread_mutex_lock(&t->lock);
	*out = t->shared.progress;
	pthread_mutex_unlock(&t->lock);
}

uint64_t
target_position(const struct target *t, const struct target_result *look)
{
	/* what is being skipped was done, whether this run has come to it or not */
	return t->env.resume.position + look->progress.counts.settled;
}

void
target_segments_json(struct target *t, struct jsonw *j)
{
	jsonw_array(j);
	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < t->segment_count; i++) {
		jsonw_object(j);
		jsonw_key_u64(j, "sequence", t->segments[i].sequence);
		if (t->segments[i].has_manifest)
			jsonw_key_hex(j, "manifest_sha256", t->segments[i].manifest, TARGET_SHA256);
		else
			jsonw_key_str(j, "manifest_sha256", NULL);
		jsonw_key_str(j, "finding", t->segments[i].finding);
		jsonw_key_u64(j, "selected", t->segments[i].selected);
		jsonw_object_end(j);
	}
	pthread_mutex_unlock(&t->lock);
	jsonw_array_end(j);
}

/* With the lock held. */
static enum status
add_segment(struct target *t, const struct flow_place *place, struct fault *f)
{
	if (t->segment_count == t->segment_room) {
		size_t room = t->segment_room == 0 ? 16 : 2 * t->segment_room;
		struct target_segment *more = realloc(t->segments, room * sizeof *more);

		if (more == NULL)
			return fault_memory(f);
		t->segments = more;
		t->segment_room = room;
	}
	t->segments[t->segment_count] = (struct target_segment){ .sequence = place->sequence };
	if (place->manifest != NULL) {
		t->segments[t->segment_count].has_manifest = true;
		memcpy(t->segments[t->segment_count].manifest, place->manifest, TARGET_SHA256);
	}
	t->segment_count++;
	return STATUS_OK;
}

/* Two may claim to be of one sequence. */
static bool
is_segment(const struct target_segment *s, const struct flow_place *place)
{
	return s->sequence == place->sequence && s->has_manifest == (place->manifest != NULL) &&
	    (place->manifest == NULL || memcmp(s->manifest, place->manifest, TARGET_SHA256) == 0);
}

static enum status
check_resumed(const struct target *t, size_t i, struct fault *f)
{
	const struct target_resume *r = &t->env.resume;

	if (i >= r->segment_count || (r->segments[i].sequence == t->segments[i].sequence &&
	    memcmp(r->segments[i].manifest, t->segments[i].manifest, TARGET_SHA256) == 0))
		return STATUS_OK;
	return fault_set(f, STATUS_DIFFERS, t->env.path, "segment %llu is not what the receipt that is "
	    "to be resumed names there", (unsigned long long)t->segments[i].sequence);
}

enum status
target_note_segment(struct target *t, const struct flow_place *place, uint64_t selected,
    struct fault *f)
{
	enum status st = STATUS_OK;
	bool fresh;

	if (place->sequence == 0 || selected == 0 || t->result.progress.pass > 1)
		return STATUS_OK;
	pthread_mutex_lock(&t->lock);
	fresh = t->segment_count == 0 || !is_segment(&t->segments[t->segment_count - 1], place);
	if (fresh)
		st = add_segment(t, place, f);
	if (st == STATUS_OK) {
		t->segments[t->segment_count - 1].selected += selected;
		if (place->finding != NULL)
			t->segments[t->segment_count - 1].finding = place->finding;
	}
	if (st == STATUS_OK && fresh)
		st = check_resumed(t, t->segment_count - 1, f);
	pthread_mutex_unlock(&t->lock);
	return st;
}

static uint64_t
rate_of(const struct target *t)
{
	return t->kind->unpaced && !t->options->rate_given ? 0 : target_rate(t->options, t->kind->apart);
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
	t->result.rate = s.rate;
	return t->kind->open(&env, &t->outlet, f);
}

static void
note_input(struct target *t)
{
	struct target_result *r = &t->result;
	struct flow_place place;

	r->anchor = input_is_archive(t->input) ? input_anchor(t->input) : "no archive";
	if (input_is_archive(t->input) && input_place(t->input, &place))
		(void)snprintf(r->archive, sizeof r->archive, "%s", place.archive);
	r->progress.has_span = input_span(t->input, &r->progress.from, &r->progress.to);
}

/* Of what the way out does not look at, and no filter and no clock either, values need not be read. */
static void
leave_unread(struct target *t)
{
	struct column_set asked = filter_columns(t->env.filter), own = { { 0 } };

	if (t->filter != NULL)
		own = filter_columns(t->filter);
	t->reader.presence = (struct column_set){ { 0 } };
	if (t->kind->unread == NULL || t->options->retime.policy != RETIME_ORIGINAL)
		return;
	for (const enum column_id *id = t->kind->unread; *id != COLUMN_NONE; id++)
		if (!column_set_has(&asked, *id) && !column_set_has(&own, *id))
			column_set_add(&t->reader.presence, *id);
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
	leave_unread(t);
	st = input_open(t->env.path, &t->reader, t->env.notice, t->env.notice_ctx, &t->input, f);
	if (st == STATUS_OK && !input_is_archive(t->input) && !t->reader.unverified)
		st = fault_set(f, STATUS_UNSUPPORTED, t->env.path, "no archive: nothing vouches for these flows; "
		    "--unverified sends them all the same");
	if (st == STATUS_OK)
		note_input(t);
	return st;
}

static enum status
open_all(struct target *t, struct fault *f)
{
	bool ordered = t->options->speed != 0 && !t->kind->exact;
	enum status st = open_input(t, f);

	t->rows = t->kind->exact ? 1 : ordered ? TARGET_ROWS_ORDERED : TARGET_ROWS;
	if (st == STATUS_OK && t->kind->exact)
		st = table_open(t->rows, &t->table, f);
	if (st == STATUS_OK && ((t->matched = malloc(2 * t->rows)) == NULL ||
	    (ordered && (t->order = calloc(t->rows, sizeof *t->order)) == NULL)))
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
		uint64_t before = p->matched + t->result.skipped;

		if (p->pass > 0)
			st = open_input(t, f);
		p->pass++;
		schedule_rewind(&t->schedule);
		if (st == STATUS_OK)
			st = t->kind->exact ? target_send_datagrams(t, f) : target_send_rows(t, f);
		if (st == STATUS_OK && p->matched + t->result.skipped == before)
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
	r->complete = t->kind->complete(t->outlet);
	target_share(t, true);
}

static void *
thread_main(void *arg)
{
	struct target *t = arg;

	run(t);
	t->env.ended(t->env.notice_ctx);
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
