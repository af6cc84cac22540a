/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/prefetch.h"

#include <stdlib.h>

#include "base/thread.h"

struct prefetch {
	prefetch_load load;
	void *ctx;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* with the lock held, but the thread's while it is loading: */
	uint8_t *data;
	uint64_t chunk;
	enum status status;
	struct fault fault;
	bool loading; /* the chunk; else it is loaded */
	bool asked;   /* for it, and it was not taken yet */
	bool stop;
};

static void *
run(void *arg)
{
	struct prefetch *p = arg;

	pthread_mutex_lock(&p->lock);
	while (!p->stop) {
		if (!p->loading) {
			pthread_cond_wait(&p->changed, &p->lock);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		p->fault = (struct fault){ 0 };
		p->status = p->load(p->ctx, p->chunk, p->data, &p->fault);
		pthread_mutex_lock(&p->lock);
		p->loading = false;
		pthread_cond_broadcast(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

enum status
prefetch_open(size_t size, prefetch_load load, void *ctx, struct prefetch **out, struct fault *f)
{
	struct prefetch *p = calloc(1, sizeof *p);

	if (p == NULL)
		return fault_memory(f);
	p->load = load;
	p->ctx = ctx;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	p->data = malloc(size);
	p->started = p->data != NULL && thread_start(&p->thread, run, p) == 0;
	if (!p->started) {
		prefetch_free(p);
		return fault_set(f, STATUS_NO_MEMORY, NULL, "no memory, or no thread, to read ahead");
	}
	*out = p;
	return STATUS_OK;
}

void
prefetch_ask(struct prefetch *p, uint64_t chunk)
{
	pthread_mutex_lock(&p->lock);
	if (!p->loading && !(p->asked && p->chunk == chunk)) {
		p->chunk = chunk;
		p->loading = p->asked = true;
		pthread_cond_broadcast(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
}

bool
prefetch_take(struct prefetch *p, uint64_t chunk, uint8_t **data, enum status *st, struct fault *f)
{
	bool taken;

	pthread_mutex_lock(&p->lock);
	taken = p->asked && p->chunk == chunk;
	while (taken && p->loading)
		pthread_cond_wait(&p->changed, &p->lock);
	if (taken) {
		uint8_t *theirs = *data;

		*data = p->data;
		p->data = theirs;
		p->asked = false;
		*st = p->status;
		if (p->status != STATUS_OK)
			*f = p->fault;
	}
	pthread_mutex_unlock(&p->lock);
	return taken;
}

void
prefetch_free(struct prefetch *p)
{
	if (p == NULL)
		return;
	if (p->started) {
		pthread_mutex_lock(&p->lock);
		p->stop = true;
		pthread_cond_broadcast(&p->changed);
		pthread_mutex_unlock(&p->lock);
		pthread_join(p->thread, NULL);
	}
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p->data);
	free(p);
}
