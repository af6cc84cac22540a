/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/readahead.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/thread.h"
#include "capture/interval.h"

enum {
	BATCHES = 12, /* between the threads; what they hold stays in the second-level cache */
	YIELDS = 20   /* looks at the other side before going to sleep */
};

struct readahead {
	struct readahead_options o;
	uint64_t left;  /* packets to read */
	int64_t to;     /* end of the interval that was reached */
	bool lent;      /* the caller has a batch */
	bool started;   /* there is a thread */
	enum status ended; /* why there are no more batches */
	struct fault fault;
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows; `made` is also looked at without */
	pthread_cond_t filled;
	pthread_cond_t emptied;
	_Atomic size_t made;  /* batches, since the start */
	size_t taken;         /* ... that the caller gave back */
	bool stop;
	atomic_bool over;     /* no more will be made */
	struct batch batches[]; /* BATCHES in turn, or the one */
};

/* How far the packets' times come, and whether into another interval. */
static void
look_at_times(struct readahead *a, struct batch *b)
{
	int64_t from;

	b->crosses = false;
	b->latest = INT64_MIN;
	for (size_t i = 0; i < b->count; i++) {
		int64_t time = b->packets[i].time;

		if (time > b->latest)
			b->latest = time;
		if (time >= a->to && a->o.rotate > 0) {
			b->crosses = true;
			interval_of(time, a->o.rotate, &from, &a->to);
			if (a->to == INT64_MAX)
				a->o.rotate = 0;
		}
	}
}

static enum status
fill(struct readahead *a, struct batch *b, struct fault *f)
{
	size_t most = a->left < READAHEAD_BATCH ? (size_t)a->left : READAHEAD_BATCH;
	enum status st;

	if (most == 0)
		return STATUS_END;
	st = source_next(a->o.source, b->packets, most, &b->count, f);
	if (st != STATUS_OK)
		return st;
	a->left -= b->count;
	look_at_times(a, b);
	source_progress(a->o.source, &b->done, &b->total);
	if (a->o.filter != NULL)
		st = packet_filter_match(a->o.filter, b->packets, b->count, b->matched, f);
	return st;
}

/* Room for one more batch; false: the reading was stopped. */
static bool
wait_for_room(struct readahead *a, bool at_rest)
{
	bool stop;

	pthread_mutex_lock(&a->lock);
	while (!a->stop && (a->made - a->taken == BATCHES || (at_rest && a->made != a->taken)))
		pthread_cond_wait(&a->emptied, &a->lock);
	stop = a->stop;
	pthread_mutex_unlock(&a->lock);
	return !stop;
}

static void
publish(struct readahead *a, bool over)
{
	pthread_mutex_lock(&a->lock);
	if (over)
		a->over = true;
	else
		a->made++;
	pthread_cond_signal(&a->filled);
	pthread_mutex_unlock(&a->lock);
}

static void *
read_ahead(void *arg)
{
	struct readahead *a = arg;
	bool at_rest = false;

	while (wait_for_room(a, at_rest)) {
		struct batch *b = &a->batches[a->made % BATCHES];

		a->ended = fill(a, b, &a->fault);
		if (a->ended != STATUS_OK)
			break;
		b->held = source_hold(a->o.source);
		meter_dissect(a->o.meter, b->packets, b->count,
		    a->o.filter != NULL ? b->matched : NULL, b->items);
		b->dissected = true;
		at_rest = b->crosses;
		publish(a, false);
	}
	publish(a, true);
	return NULL;
}

static enum status
start(struct readahead *a, struct fault *f)
{
	int err;

	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->filled, NULL);
	pthread_cond_init(&a->emptied, NULL);
	if (!a->o.threaded)
		return STATUS_OK;
	err = thread_start(&a->thread, read_ahead, a);
	a->started = err == 0;
	errno = err;
	return err == 0 ? STATUS_OK : fault_errno(f, NULL, "no thread to read ahead");
}

enum status
readahead_open(const struct readahead_options *o, struct readahead **out, struct fault *f)
{
	size_t slots = o->threaded ? BATCHES : 1;
	struct readahead *a = calloc(1, sizeof(*a) + slots * sizeof(a->batches[0]));
	enum status st;

	if (a == NULL)
		return fault_memory(f);
	a->o = *o;
	a->left = o->count == 0 ? UINT64_MAX : o->count;
	a->to = INT64_MIN;
	st = start(a, f);
	if (st != STATUS_OK) {
		readahead_free(a);
		return st;
	}
	*out = a;
	return STATUS_OK;
}

/* A batch is done with; a reader that sleeps is woken when it is worth it. */
static void
give_back(struct readahead *a)
{
	struct batch *b = &a->batches[a->taken % BATCHES];

	source_release(a->o.source, b->held);
	b->held = NULL;
	pthread_mutex_lock(&a->lock);
	a->taken++;
	if (a->made - a->taken <= BATCHES / 2)
		pthread_cond_signal(&a->emptied);
	pthread_mutex_unlock(&a->lock);
}

/* True with a batch, false at the end of all. */
static bool
wait_for_batch(struct readahead *a)
{
	for (int i = 0; i < YIELDS && a->made == a->taken && !a->over; i++)
		sched_yield();
	if (a->made != a->taken)
		return true;
	pthread_mutex_lock(&a->lock);
	while (a->made == a->taken && !a->over)
		pthread_cond_wait(&a->filled, &a->lock);
	pthread_mutex_unlock(&a->lock);
	return a->made != a->taken;
}

enum status
readahead_next(struct readahead *a, struct batch **out, struct fault *f)
{
	enum status st;

	if (!a->started) {
		st = fill(a, &a->batches[0], f);
		*out = &a->batches[0];
		return st;
	}
	if (a->lent)
		give_back(a);
	a->lent = wait_for_batch(a);
	if (a->lent) {
		*out = &a->batches[a->taken % BATCHES];
		return STATUS_OK;
	}
	if (f != NULL)
		*f = a->fault;
	return a->ended;
}

void
readahead_stop(struct readahead *a)
{
	if (a == NULL || !a->started)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->emptied);
	pthread_mutex_unlock(&a->lock);
	source_stop(a->o.source);
	while (a->taken != a->made) /* the reader may wait for a block */
		give_back(a);
	pthread_join(a->thread, NULL);
	while (a->taken != a->made)
		give_back(a);
	a->lent = false;
	a->started = false;
}

void
readahead_free(struct readahead *a)
{
	if (a == NULL)
		return;
	readahead_stop(a);
	pthread_cond_destroy(&a->emptied);
	pthread_cond_destroy(&a->filled);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
