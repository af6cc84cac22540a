/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct pool {
	pool_work work;
	void *ctx;
	size_t threads; /* 0: the caller's own */
	pthread_mutex_t lock;
	pthread_cond_t filled;
	pthread_cond_t drained;
	bool ended;
	size_t first; /* of the ring */
	size_t count;
	size_t capacity;
	void **ring;
	pthread_t thread[];
};

/* The next job, or NULL when there will be no more. */
static void *
take(struct pool *p)
{
	void *job = NULL;

	pthread_mutex_lock(&p->lock);
	while (p->count == 0 && !p->ended)
		pthread_cond_wait(&p->filled, &p->lock);
	if (p->count > 0) {
		job = p->ring[p->first];
		p->first = (p->first + 1) % p->capacity;
		p->count--;
		pthread_cond_signal(&p->drained);
	}
	pthread_mutex_unlock(&p->lock);
	return job;
}

static void *
run(void *arg)
{
	struct pool *p = arg;
	void *job;

	while ((job = take(p)) != NULL)
		p->work(p->ctx, job);
	return NULL;
}

enum status
pool_open(size_t threads, pool_work work, void *ctx, struct pool **out, struct fault *f)
{
	struct pool *p = calloc(1, sizeof *p + threads * sizeof *p->thread);

	if (p == NULL)
		return fault_memory(f);
	p->capacity = 2 * threads;
	p->ring = calloc(p->capacity, sizeof *p->ring);
	if (p->ring == NULL) {
		free(p);
		return fault_memory(f);
	}
	p->work = work;
	p->ctx = ctx;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->filled, NULL);
	pthread_cond_init(&p->drained, NULL);
	/* Where the system gives fewer threads than asked for, fewer do the work. */
	while (threads > 1 && p->threads < threads &&
	    pthread_create(&p->thread[p->threads], NULL, run, p) == 0)
		p->threads++;
	*out = p;
	return STATUS_OK;
}

void
pool_put(struct pool *p, void *job)
{
	if (p->threads == 0) {
		p->work(p->ctx, job);
		return;
	}
	pthread_mutex_lock(&p->lock);
	while (p->count == p->capacity)
		pthread_cond_wait(&p->drained, &p->lock);
	p->ring[(p->first + p->count) % p->capacity] = job;
	p->count++;
	pthread_cond_signal(&p->filled);
	pthread_mutex_unlock(&p->lock);
}

void
pool_finish(struct pool *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->ended = true;
	pthread_cond_broadcast(&p->filled);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->threads; i++)
		pthread_join(p->thread[i], NULL);
	pthread_cond_destroy(&p->drained);
	pthread_cond_destroy(&p->filled);
	pthread_mutex_destroy(&p->lock);
	free(p->ring);
	free(p);
}
