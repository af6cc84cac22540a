/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/handover.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/thread.h"

/* What waits: a table or a mark. */
struct item {
	struct item *next;
	struct table *table; /* NULL: a mark */
	void *mark;
};

struct handover {
	struct handover_options o;
	struct handover_work work;
	struct item *first, **last;
	struct table **empty; /* o.tables at most */
	size_t empty_count;
	size_t tables; /* made so far, but the one that the caller holds */
	size_t marks;  /* that wait */
	uint64_t waits;
	bool busy, ticked, stop, started;
	struct fault fault; /* the writer's first */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
};

/* With the lock held. */
static struct item *
take(struct handover *h)
{
	struct item *i = h->first;

	h->first = i->next;
	if (h->first == NULL)
		h->last = &h->first;
	return i;
}

static enum status
work_on(struct handover *h, struct item *i, bool failed, struct fault *fault)
{
	if (i->table != NULL)
		return failed ? STATUS_OK : h->work.table(h->work.ctx, i->table, fault);
	if (!failed)
		return h->work.mark(h->work.ctx, i->mark, fault);
	h->work.discard(h->work.ctx, i->mark);
	return STATUS_OK;
}

/* With the lock held: what came of the work that was done. */
static void
note_status(struct handover *h, enum status rc, const struct fault *fault)
{
	h->busy = false;
	if (rc != STATUS_OK) {
		h->fault = *fault;
		h->fault.status = rc;
	}
	pthread_cond_broadcast(&h->changed);
}

/* One item, the lock held before and after but not during the work. */
static void
do_next(struct handover *h)
{
	struct item *i = take(h);
	bool failed = h->fault.status != STATUS_OK;
	struct fault fault = { 0 };
	enum status rc;

	h->busy = true;
	pthread_mutex_unlock(&h->lock);
	rc = work_on(h, i, failed, &fault);
	if (i->table != NULL)
		table_reset(i->table);
	pthread_mutex_lock(&h->lock);
	if (i->table != NULL)
		h->empty[h->empty_count++] = i->table;
	else
		h->marks--;
	free(i);
	note_status(h, rc, &fault);
}

/* The same for a tick. */
static void
do_tick(struct handover *h)
{
	bool failed = h->fault.status != STATUS_OK;
	struct fault fault = { 0 };
	enum status rc = STATUS_OK;

	h->ticked = false;
	h->busy = true;
	pthread_mutex_unlock(&h->lock);
	if (!failed)
		rc = h->work.tick(h->work.ctx, &fault);
	pthread_mutex_lock(&h->lock);
	note_status(h, rc, &fault);
}

static void *
writer(void *arg)
{
	struct handover *h = arg;

	pthread_mutex_lock(&h->lock);
	for (;;) {
		while (h->first == NULL && !h->ticked && !h->stop)
			pthread_cond_wait(&h->changed, &h->lock);
		if (h->first != NULL)
			do_next(h);
		if (h->ticked)
			do_tick(h);
		else if (h->first == NULL && h->stop)
			break;
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

enum status
handover_open(const struct handover_options *o, const struct handover_work *work,
    struct handover **out, struct fault *f)
{
	struct handover *h = calloc(1, sizeof *h);

	if (h == NULL)
		return fault_memory(f);
	h->o = *o;
	h->work = *work;
	h->last = &h->first;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->changed, NULL);
	h->empty = calloc(o->tables + 1, sizeof *h->empty);
	h->started = h->empty != NULL && thread_start(&h->thread, writer, h) == 0;
	if (!h->started) {
		handover_free(h);
		return fault_set(f, STATUS_NO_MEMORY, NULL, "cannot start a thread");
	}
	*out = h;
	return STATUS_OK;
}

/* With the lock held.  The writer's failure becomes the caller's. */
static enum status
failure(const struct handover *h, struct fault *f)
{
	if (h->fault.status != STATUS_OK && f != NULL && f->status == STATUS_OK)
		*f = h->fault;
	return h->fault.status;
}

/* With the lock held. */
static void
append(struct handover *h, struct item *i)
{
	*h->last = i;
	h->last = &i->next;
	pthread_cond_broadcast(&h->changed);
}

/* With the lock held: an empty table, a new one while more may be made. */
static enum status
empty_table(struct handover *h, struct table **out, struct fault *f)
{
	if (h->empty_count == 0 && h->tables < h->o.tables) {
		enum status rc = table_open(h->o.rows, out, f);

		h->tables += rc == STATUS_OK;
		return rc;
	}
	h->waits += h->empty_count == 0;
	while (h->empty_count == 0)
		pthread_cond_wait(&h->changed, &h->lock);
	*out = h->empty[--h->empty_count];
	return STATUS_OK;
}

enum status
handover_put(struct handover *h, struct table **t, struct fault *f)
{
	struct item *i = (*t)->failed ? NULL : calloc(1, sizeof *i);
	struct table *given = *t;
	enum status rc;

	if (i == NULL)
		return fault_memory(f);
	pthread_mutex_lock(&h->lock);
	rc = empty_table(h, t, f);
	if (rc == STATUS_OK) {
		i->table = given;
		append(h, i);
		rc = failure(h, f);
	} else {
		free(i);
	}
	pthread_mutex_unlock(&h->lock);
	return rc;
}

enum status
handover_mark(struct handover *h, void *mark, struct fault *f)
{
	struct item *i = calloc(1, sizeof *i);
	enum status rc;

	if (i == NULL) {
		h->work.discard(h->work.ctx, mark);
		return fault_memory(f);
	}
	i->mark = mark;
	pthread_mutex_lock(&h->lock);
	h->waits += h->marks == h->o.marks;
	while (h->marks == h->o.marks)
		pthread_cond_wait(&h->changed, &h->lock);
	h->marks++;
	append(h, i);
	rc = failure(h, f);
	pthread_mutex_unlock(&h->lock);
	return rc;
}

enum status
handover_tick(struct handover *h, struct fault *f)
{
	enum status rc;

	pthread_mutex_lock(&h->lock);
	h->ticked = true;
	pthread_cond_broadcast(&h->changed);
	rc = failure(h, f);
	pthread_mutex_unlock(&h->lock);
	return rc;
}

enum status
handover_drain(struct handover *h, struct fault *f)
{
	enum status rc;

	pthread_mutex_lock(&h->lock);
	while (h->first != NULL || h->busy)
		pthread_cond_wait(&h->changed, &h->lock);
	rc = failure(h, f);
	pthread_mutex_unlock(&h->lock);
	return rc;
}

bool
handover_marked(struct handover *h)
{
	bool marked;

	pthread_mutex_lock(&h->lock);
	marked = h->marks > 0;
	pthread_mutex_unlock(&h->lock);
	return marked;
}

uint64_t
handover_waits(struct handover *h)
{
	uint64_t waits;

	pthread_mutex_lock(&h->lock);
	waits = h->waits;
	h->waits = 0;
	pthread_mutex_unlock(&h->lock);
	return waits;
}

void
handover_free(struct handover *h)
{
	if (h == NULL)
		return;
	if (h->started) {
		pthread_mutex_lock(&h->lock);
		h->stop = true;
		pthread_cond_broadcast(&h->changed);
		pthread_mutex_unlock(&h->lock);
		pthread_join(h->thread, NULL);
	}
	while (h->empty_count > 0)
		table_free(h->empty[--h->empty_count]);
	free(h->empty);
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
