/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/ahead.h"

#include <pthread.h>
#include <stdlib.h>

enum {
	TABLES = 3, /* one being read, one being sent, one between them */
	BATCHES = 8, /* the same of datagrams, which are little: the two threads run in turns less often */
	SLOTS = BATCHES
};

/* What goes from thread to thread: one of the two. */
struct slot {
	struct table *table;
	struct flow_place place; /* of the table */
	struct datagram_batch *batch;
};

struct ahead {
	struct input *in;
	struct slot slots[SLOTS];
	size_t count; /* of them */
	struct fault end; /* of the datagrams, behind those of the last batch */
	size_t read; /* slots, since the beginning */
	size_t given;
	bool holding; /* the caller has the last one that was given */
	bool ended;
	bool stop;
	enum status status; /* of the end */
	struct fault fault;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool started;
};

/* Room for another; false where nobody wants one.  With the lock held. */
static bool
wait_for_room(struct ahead *a)
{
	while (!a->stop && a->read - a->given + a->holding >= a->count)
		pthread_cond_wait(&a->changed, &a->lock);
	return !a->stop;
}

static enum status
fill(struct ahead *a, struct slot *s, struct fault *f)
{
	enum status st;

	if (s->batch != NULL)
		return datagram_batch_read(s->batch, a->in, &a->end, f);
	st = input_next(a->in, s->table, f);
	s->place = (struct flow_place){ .archive = "" };
	(void)input_place(a->in, &s->place);
	return st;
}

static void *
reader(void *arg)
{
	struct ahead *a = arg;
	enum status st = STATUS_OK;

	pthread_mutex_lock(&a->lock);
	while (st == STATUS_OK && wait_for_room(a)) {
		struct slot *slot = &a->slots[a->read % a->count];
		struct fault fault = { 0 };

		pthread_mutex_unlock(&a->lock);
		st = fill(a, slot, &fault);
		pthread_mutex_lock(&a->lock);
		a->fault = fault;
		a->read += st == STATUS_OK;
		pthread_cond_broadcast(&a->changed);
	}
	a->status = st;
	a->ended = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* rows 0: datagrams. */
static enum status
open_slots(struct ahead *a, size_t rows, struct fault *f)
{
	enum status st = STATUS_OK;

	a->count = rows == 0 ? BATCHES : TABLES;
	for (size_t i = 0; i < a->count && st == STATUS_OK; i++)
		st = rows == 0 ? datagram_batch_open(&a->slots[i].batch, f) :
		    table_open(rows, &a->slots[i].table, f);
	return st;
}

static enum status
open_any(struct input *in, size_t rows, struct ahead **out, struct fault *f)
{
	struct ahead *a = calloc(1, sizeof *a);
	enum status st;

	if (a == NULL)
		return fault_memory(f);
	a->in = in;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	st = open_slots(a, rows, f);
	if (st == STATUS_OK) {
		a->started = pthread_create(&a->thread, NULL, reader, a) == 0;
		st = a->started ? STATUS_OK : fault_set(f, STATUS_NO_MEMORY, NULL, "cannot start a thread");
	}
	if (st != STATUS_OK) {
		ahead_free(a);
		return st;
	}
	*out = a;
	return STATUS_OK;
}

enum status
ahead_open(struct input *in, size_t rows, struct ahead **out, struct fault *f)
{
	return open_any(in, rows, out, f);
}

enum status
ahead_open_datagrams(struct input *in, struct ahead **out, struct fault *f)
{
	return open_any(in, 0, out, f);
}

/* The next that was read, the caller's until the next call. */
static enum status
next_slot(struct ahead *a, const struct slot **out, struct fault *f)
{
	enum status st = STATUS_OK;

	pthread_mutex_lock(&a->lock);
	a->holding = false;
	pthread_cond_broadcast(&a->changed);
	while (a->read == a->given && !a->ended)
		pthread_cond_wait(&a->changed, &a->lock);
	if (a->read > a->given) {
		*out = &a->slots[a->given++ % a->count];
		a->holding = true;
	} else {
		st = a->status;
		*f = a->fault;
	}
	pthread_mutex_unlock(&a->lock);
	return st;
}

enum status
ahead_next(struct ahead *a, struct table **t, struct flow_place *place, struct fault *f)
{
	const struct slot *s;
	enum status st = next_slot(a, &s, f);

	if (st == STATUS_OK) {
		*t = s->table;
		*place = s->place;
	}
	return st;
}

enum status
ahead_next_batch(struct ahead *a, const struct datagram_batch **batch, struct fault *f)
{
	const struct slot *s;
	enum status st = next_slot(a, &s, f);

	if (st == STATUS_OK)
		*batch = s->batch;
	return st;
}

void
ahead_free(struct ahead *a)
{
	if (a == NULL)
		return;
	if (a->started) {
		pthread_mutex_lock(&a->lock);
		a->stop = true;
		pthread_cond_broadcast(&a->changed);
		pthread_mutex_unlock(&a->lock);
		pthread_join(a->thread, NULL);
	}
	for (size_t i = 0; i < SLOTS; i++) {
		table_free(a->slots[i].table);
		datagram_batch_free(a->slots[i].batch);
	}
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
