/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/handover.h"

#include <pthread.h>
#include <stdlib.h>

#include "unit.h"

/* What the writing thread saw: values of rows, and marks as negative numbers. */
struct seen {
	int64_t next;      /* the value that the next row must have */
	int64_t marks[16]; /* the row value before which each mark came */
	size_t mark_count;
	size_t discarded;
	size_t ticks;
	int64_t fail_at; /* row value; -1: never */
	pthread_mutex_t gate; /* held by a test that makes the writer wait */
};

static enum status
on_table(void *ctx, const struct table *t, struct fault *f)
{
	struct seen *s = ctx;

	pthread_mutex_lock(&s->gate);
	pthread_mutex_unlock(&s->gate);
	for (size_t i = 0; i < t->rows; i++) {
		if (s->next == s->fail_at)
			return fault_set(f, STATUS_IO, "disk", "no space");
		if (table_int(t, COLUMN_PACKETS, i) != s->next++)
			return fault_set(f, STATUS_MALFORMED, "disk", "out of order");
	}
	return STATUS_OK;
}

static enum status
on_mark(void *ctx, void *mark, struct fault *f)
{
	struct seen *s = ctx;

	(void)f;
	s->marks[s->mark_count++] = s->next;
	free(mark);
	return STATUS_OK;
}

static enum status
on_tick(void *ctx, struct fault *f)
{
	struct seen *s = ctx;

	(void)f;
	s->ticks++;
	return STATUS_OK;
}

static void
discard(void *ctx, void *mark)
{
	struct seen *s = ctx;

	s->discarded++;
	free(mark);
}

enum { ROWS = 10 };

static struct handover *
begin(struct seen *s, size_t tables)
{
	const struct handover_options o = { ROWS, tables, 2 };
	const struct handover_work work = { s, on_table, on_mark, on_tick, discard };
	struct handover *h;
	struct fault f = { 0 };

	s->fail_at = s->fail_at == 0 ? -1 : s->fail_at;
	pthread_mutex_init(&s->gate, NULL);
	assert_int_equal(handover_open(&o, &work, &h, &f), STATUS_OK);
	return h;
}

/* One full table of values from `first` on. */
static enum status
put(struct handover *h, struct table **t, int64_t first, struct fault *f)
{
	for (int64_t v = first; v < first + ROWS; v++)
		table_set_i64(*t, COLUMN_PACKETS, table_add_row(*t), v);
	return handover_put(h, t, f);
}

static void
marks_stand_where_they_were_made(void **state)
{
	struct seen s = { .next = 0 };
	struct handover *h = begin(&s, 2);
	struct fault f = { 0 };
	struct table *t;

	(void)state;
	assert_int_equal(table_open(ROWS, &t, &f), STATUS_OK);
	for (int64_t i = 0; i < 50; i++) {
		assert_int_equal(put(h, &t, i * ROWS, &f), STATUS_OK);
		assert_int_equal(t->rows, 0);
		if (i % 10 == 9)
			assert_int_equal(handover_mark(h, malloc(1), &f), STATUS_OK);
	}
	assert_int_equal(handover_drain(h, &f), STATUS_OK);
	assert_int_equal(s.next, 500);
	assert_int_equal(s.mark_count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(s.marks[i], 100 * ((int64_t)i + 1));
	assert_false(handover_marked(h));
	handover_free(h);
	table_free(t);
}

/* A writer that is busy with a slow disk: as many tables wait as were allowed, nobody else does. */
static void
a_slow_writer_makes_nobody_wait_at_first(void **state)
{
	struct seen s = { .next = 0 };
	struct handover *h = begin(&s, 8);
	struct fault f = { 0 };
	struct table *t;

	(void)state;
	assert_int_equal(table_open(ROWS, &t, &f), STATUS_OK);
	pthread_mutex_lock(&s.gate);
	for (int64_t i = 0; i < 8; i++)
		assert_int_equal(put(h, &t, i * ROWS, &f), STATUS_OK);
	assert_int_equal(handover_waits(h), 0);
	assert_int_equal(handover_mark(h, malloc(1), &f), STATUS_OK);
	assert_true(handover_marked(h));
	pthread_mutex_unlock(&s.gate);
	for (int64_t i = 8; i < 200; i++)
		assert_int_equal(put(h, &t, i * ROWS, &f), STATUS_OK);
	assert_int_equal(handover_drain(h, &f), STATUS_OK);
	assert_int_equal(s.next, 2000);
	handover_free(h);
	table_free(t);
}

/* The first failure comes back from every call; what comes later is discarded, not kept. */
static void
the_writers_failure_is_the_readers(void **state)
{
	struct seen s = { .next = 0, .fail_at = 25 };
	struct handover *h = begin(&s, 4);
	struct fault f = { 0 };
	struct table *t;

	(void)state;
	assert_int_equal(table_open(ROWS, &t, &f), STATUS_OK);
	for (int64_t i = 0; i < 3; i++)
		(void)!put(h, &t, i * ROWS, &f);
	assert_int_equal(handover_drain(h, &f), STATUS_IO);
	assert_string_equal(f.text, "no space");
	f = (struct fault) { 0 };
	assert_int_equal(handover_mark(h, malloc(1), &f), STATUS_IO);
	assert_int_equal(handover_tick(h, &f), STATUS_IO);
	for (int64_t i = 0; i < 20; i++)
		assert_int_equal(put(h, &t, 0, &f), STATUS_IO);
	assert_int_equal(handover_drain(h, &f), STATUS_IO);
	handover_free(h);
	assert_int_equal(s.next, 25);
	assert_int_equal(s.mark_count, 0);
	assert_int_equal(s.discarded, 1);
	assert_int_equal(s.ticks, 0);
	table_free(t);
}

static void
ticks_that_come_together_are_one(void **state)
{
	struct seen s = { .next = 0 };
	struct handover *h = begin(&s, 4);
	struct fault f = { 0 };
	struct table *t;

	(void)state;
	assert_int_equal(table_open(ROWS, &t, &f), STATUS_OK);
	pthread_mutex_lock(&s.gate);
	assert_int_equal(put(h, &t, 0, &f), STATUS_OK);
	for (int i = 0; i < 5; i++)
		assert_int_equal(handover_tick(h, &f), STATUS_OK);
	pthread_mutex_unlock(&s.gate);
	handover_free(h);
	/* One more where the first came before the table was taken. */
	assert_in_range(s.ticks, 1, 2);
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_stand_where_they_were_made),
		cmocka_unit_test(a_slow_writer_makes_nobody_wait_at_first),
		cmocka_unit_test(the_writers_failure_is_the_readers),
		cmocka_unit_test(ticks_that_come_together_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
