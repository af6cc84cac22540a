/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/table_queue.h"

#include <pthread.h>
#include <stdlib.h>

/* Beside the filler's own: one being encoded, and one between them. */
enum { TABLES = 2 };

struct table_queue {
	struct table *ready[TABLES + 1]; /* put and not yet consumed, oldest first */
	size_t ready_count;
	struct table *empty[TABLES + 1];
	size_t empty_count;
	bool threaded, busy, stop;
	table_consume consume;
	void *ctx;
	struct fault fault; /* the consumer's first failure */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
};

/* With the lock held. */
static struct table *
take_ready(struct table_queue *q)
{
	struct table *t = q->ready[0];

	q->ready_count--;
	for (size_t i = 0; i < q->ready_count; i++)
		q->ready[i] = q->ready[i + 1];
	return t;
}

static void *
consumer(void *arg)
{
	struct table_queue *q = arg;

	pthread_mutex_lock(&q->lock);
	for (;;) {
		struct fault fault = { 0 };
		struct table *t;

		while (q->ready_count == 0 && !q->stop)
			pthread_cond_wait(&q->changed, &q->lock);
		if (q->ready_count == 0)
			break;
		t = take_ready(q);
		q->busy = true;
		pthread_mutex_unlock(&q->lock);
		if (q->fault.status == STATUS_OK)
			(void)q->consume(q->ctx, t, &fault);
		table_reset(t);
		pthread_mutex_lock(&q->lock);
		if (q->fault.status == STATUS_OK)
			q->fault = fault;
		q->busy = false;
		q->empty[q->empty_count++] = t;
		pthread_cond_broadcast(&q->changed);
	}
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

static enum status
open_tables(struct table_queue *q, size_t rows, struct fault *f)
{
	while (q->empty_count < TABLES) {
		enum status rc = table_open(rows, &q->empty[q->empty_count], f);

		if (rc != STATUS_OK)
			return rc;
		q->empty_count++;
	}
	return STATUS_OK;
}

enum status
table_queue_open(size_t rows, bool threaded, table_consume consume, void *ctx,
    struct table_queue **out, struct fault *f)
{
	struct table_queue *q = calloc(1, sizeof *q);
	enum status rc;

	if (q == NULL)
		return fault_memory(f);
	q->consume = consume;
	q->ctx = ctx;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->changed, NULL);
	rc = threaded ? open_tables(q, rows, f) : STATUS_OK;
	if (rc == STATUS_OK && threaded) {
		q->threaded = pthread_create(&q->thread, NULL, consumer, q) == 0;
		if (!q->threaded)
			rc = fault_set(f, STATUS_NO_MEMORY, NULL, "cannot start a thread");
	}
	if (rc != STATUS_OK) {
		table_queue_free(q);
		return rc;
	}
	*out = q;
	return STATUS_OK;
}

/* The consumer's failure becomes the caller's. */
static enum status
consumer_status(const struct table_queue *q, struct fault *f)
{
	if (q->fault.status != STATUS_OK && f != NULL && f->status == STATUS_OK)
		*f = q->fault;
	return q->fault.status;
}

enum status
table_queue_put(struct table_queue *q, struct table **t, struct fault *f)
{
	enum status rc;

	if ((*t)->failed)
		return fault_memory(f);
	if (!q->threaded) {
		rc = q->consume(q->ctx, *t, f);
		table_reset(*t);
		return rc;
	}
	pthread_mutex_lock(&q->lock);
	q->ready[q->ready_count++] = *t;
	pthread_cond_broadcast(&q->changed);
	while (q->empty_count == 0)
		pthread_cond_wait(&q->changed, &q->lock);
	*t = q->empty[--q->empty_count];
	rc = consumer_status(q, f);
	pthread_mutex_unlock(&q->lock);
	return rc;
}

enum status
table_queue_drain(struct table_queue *q, struct fault *f)
{
	enum status rc;

	if (!q->threaded)
		return STATUS_OK;
	pthread_mutex_lock(&q->lock);
	while (q->ready_count > 0 || q->busy)
		pthread_cond_wait(&q->changed, &q->lock);
	rc = consumer_status(q, f);
	pthread_mutex_unlock(&q->lock);
	return rc;
}

void
table_queue_free(struct table_queue *q)
{
	if (q == NULL)
		return;
	if (q->threaded) {
		pthread_mutex_lock(&q->lock);
		q->stop = true;
		pthread_cond_broadcast(&q->changed);
		pthread_mutex_unlock(&q->lock);
		pthread_join(q->thread, NULL);
	}
	while (q->empty_count > 0)
		table_free(q->empty[--q->empty_count]);
	pthread_cond_destroy(&q->changed);
	pthread_mutex_destroy(&q->lock);
	free(q);
}
