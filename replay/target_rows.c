/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "replay/ahead.h"
#include "replay/target_part.h"

enum {
	TURN_ROWS = 32,  /* about a datagram: what may still go after an interruption */
	FAST_ROWS = 1024 /* the same where nothing waits */
};

/* Rows that the run's filter, the target's and its window let through. */
static size_t
select_rows(struct target *t)
{
	uint8_t *own = t->matched + t->rows;
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
		target_share(t, false);
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

/* A row and its time, to be sorted. */
struct timed {
	int64_t time;
	uint32_t row;
};

static int
compare_times(const void *a, const void *b)
{
	const struct timed *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* The selected rows by when they ended; how many. */
static enum status
order_rows(struct target *t, size_t *count, struct fault *f)
{
	struct timed *list = calloc(t->table->rows, sizeof *list);
	size_t n = 0;

	if (list == NULL)
		return fault_memory(f);
	for (size_t row = 0; row < t->table->rows; row++)
		if (t->matched[row] != 0)
			list[n++] = (struct timed){ time_of(t->table, row), (uint32_t)row };
	qsort(list, n, sizeof *list, compare_times);
	for (size_t i = 0; i < n; i++)
		t->order[i] = list[i].row;
	free(list);
	*count = n;
	return STATUS_OK;
}

/* Flows that follow the archive's time go one by one. */
static enum status
send_ordered(struct target *t, const struct flow_place *place, struct fault *f)
{
	size_t n = 0;
	enum status st = order_rows(t, &n, f);

	for (size_t i = 0; i < n && st == STATUS_OK; i++) {
		size_t row = t->order[i];

		if (t->skip > 0) {
			t->skip--;
			t->result.skipped++;
			continue;
		}
		if (schedule_interrupted(&t->schedule))
			return STATUS_INTERRUPTED;
		st = follow(t, row, f);
		if (st == STATUS_OK)
			st = put_rows(t, place, row, row + 1, f);
	}
	return st;
}

/* What an earlier run had done is selected no more. */
static void
skip_rows(struct target *t)
{
	for (size_t row = 0; row < t->table->rows && t->skip > 0; row++) {
		t->skip -= t->matched[row];
		t->result.skipped += t->matched[row];
		t->matched[row] = 0;
	}
}

static enum status
send_table(struct target *t, const struct flow_place *place, struct fault *f)
{
	size_t rows = t->table->rows, to;
	size_t step = t->schedule.options.rate == 0 ? FAST_ROWS : TURN_ROWS;
	enum status st = STATUS_OK;

	skip_rows(t);
	for (size_t from = 0; from < rows && st == STATUS_OK; from = to) {
		to = rows - from < step ? rows : from + step;
		if (schedule_interrupted(&t->schedule))
			return STATUS_INTERRUPTED;
		st = put_rows(t, place, from, to, f);
	}
	return st;
}

/* What goes ahead of all these rows. */
static enum status
prepare(struct target *t, const struct flow_place *place, struct fault *f)
{
	const struct outlet_rows rows = { .t = t->table, .from = 0, .to = t->table->rows,
		.matched = t->matched, .place = *place };

	return t->kind->prepare != NULL && t->skip == 0 ? t->kind->prepare(t->outlet, &rows, f) : STATUS_OK;
}

static enum status
send_selected(struct target *t, const struct flow_place *place, struct fault *f)
{
	size_t selected = select_rows(t);
	enum status st = target_note_segment(t, place, selected, f);

	if (st == STATUS_OK && selected > 0)
		st = prepare(t, place, f);
	if (st != STATUS_OK || selected == 0)
		return st;
	return t->order != NULL ? send_ordered(t, place, f) : send_table(t, place, f);
}

/* Damage ends the input; what came before it was good and is sent. */
static bool
is_damage(enum status st)
{
	return st == STATUS_TRUNCATED || st == STATUS_MALFORMED;
}

static enum status
send_tables(struct target *t, struct ahead *ahead, struct fault *f)
{
	struct flow_place place;
	enum status st;

	while ((st = ahead_next(ahead, &t->table, &place, f)) == STATUS_OK) {
		t->result.progress.read += t->table->rows;
		st = send_selected(t, &place, f);
		if (st != STATUS_OK)
			return st;
		target_share(t, false);
	}
	t->result.damaged += is_damage(st);
	return st == STATUS_END ? STATUS_OK : st;
}

enum status
target_send_rows(struct target *t, struct fault *f)
{
	struct ahead *ahead = NULL;
	enum status st = ahead_open(t->input, t->rows, &ahead, f);

	if (st != STATUS_OK)
		return st;
	st = send_tables(t, ahead, f);
	ahead_free(ahead);
	t->table = NULL;
	t->result.damaged += input_damaged(t->input);
	t->result.nothing_read = input_nothing_read(t->input, t->result.progress.read);
	return st;
}
