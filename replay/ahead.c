/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/ahead.h"

#include <pthread.h>
#include <stdlib.h>

enum { TABLES = 3 }; /* one being read, one being sent, one between them */

struct ahead {
	struct input *in;
	struct table *tables[TABLES];
	struct flow_place places[TABLES];
	size_t read; /* tables, since the beginning */
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

/* Room for another table; false where nobody wants one.  With the lock held. */
static bool
wait_for_room(struct ahead *a)
{
	while (!a->stop && a->read - a->given + a->holding >= TABLES)
		pthread_cond_wait(&a->changed, &a->lock);
	return !a->stop;
}

static void *
reader(void *arg)
{
	struct ahead *a = arg;
	enum status st = STATUS_OK;

	pthread_mutex_lock(&a->lock);
	while (st == STATUS_OK && wait_for_room(a)) {
		size_t at = a->read % TABLES;
		struct flow_place place = { .archive = "" };
		struct fault fault = { 0 };

		pthread_mutex_unlock(&a->lock);
		st = input_next(a->in, a->tables[at], &fault);
		(void)input_place(a->in, &place);
		pthread_mutex_lock(&a->lock);
		a->places[at] = place;
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

enum status
ahead_open(struct input *in, size_t rows, struct ahead **out, struct fault *f)
{
	struct ahead *a = calloc(1, sizeof *a);
	enum status st = STATUS_OK;

	if (a == NULL)
		return fault_memory(f);
	a->in = in;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	for (size_t i = 0; i < TABLES && st == STATUS_OK; i++)
		st = table_open(rows, &a->tables[i], f);
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
ahead_next(struct ahead *a, struct table **t, struct flow_place *place, struct fault *f)
{
	enum status st = STATUS_OK;

	pthread_mutex_lock(&a->lock);
	a->holding = false;
	pthread_cond_broadcast(&a->changed);
	while (a->read == a->given && !a->ended)
		pthread_cond_wait(&a->changed, &a->lock);
	if (a->read > a->given) {
		*t = a->tables[a->given % TABLES];
		*place = a->places[a->given++ % TABLES];
		a->holding = true;
	} else {
		st = a->status;
		*f = a->fault;
	}
	pthread_mutex_unlock(&a->lock);
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
	for (size_t i = 0; i < TABLES; i++)
		table_free(a->tables[i]);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
