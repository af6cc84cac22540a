/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/inbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/priority.h"
#include "base/thread.h"

/*
 * After it had something to take, the thread lets some more come together: a wake-up for every few
 * datagrams costs more than they do.  The kernel has their times.
 */
#define GATHER_NANOS 500000

enum {
	ROOM_UNIT = 4 << 10,
	SPARE_OCTETS = 8 << 20, /* of batches that were given back: their memory is in the caches */
	REST_MAX = 1024 /* batches of each socket, since somebody may go on sending for ever */
};

struct inbox {
	struct inbox_options o;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t filled;
	pthread_cond_t emptied;
	int wake[2];          /* a pipe: the thread is to end */
	/* under the lock */
	struct inbox_batch *first;
	struct inbox_batch **end;
	size_t octets;
	struct inbox_batch *spare; /* the last one given back first */
	size_t spare_octets;
	uint64_t waits;
	bool stop;
	bool woken;
	enum status failed;
	struct fault fault;
	/* the thread's own */
	bool behind;          /* there may be more than was taken */
	struct received got[RECEIVE_BATCH];
	uint8_t scratch[RECEIVE_BATCH * RECEIVE_OCTETS_MAX];
};

/* A spare one, or a new one. */
static struct inbox_batch *
empty_batch(struct inbox *b, size_t octets)
{
	size_t room = (octets + ROOM_UNIT - 1) / ROOM_UNIT * ROOM_UNIT;
	struct inbox_batch *batch;

	pthread_mutex_lock(&b->lock);
	batch = b->spare;
	if (batch != NULL) {
		b->spare = batch->next;
		b->spare_octets -= batch->octets;
	}
	pthread_mutex_unlock(&b->lock);
	if (batch != NULL && batch->room >= octets)
		return batch;
	free(batch);
	batch = malloc(sizeof *batch + room);
	if (batch == NULL)
		return NULL;
	batch->room = room;
	batch->octets = sizeof *batch + room;
	return batch;
}

static struct inbox_batch *
make_batch(struct inbox *b, size_t count, uint16_t port)
{
	size_t octets = 0;
	struct inbox_batch *batch;
	uint8_t *to;

	for (size_t i = 0; i < count; i++)
		octets += b->got[i].len;
	batch = empty_batch(b, octets);
	if (batch == NULL)
		return NULL;
	batch->next = NULL;
	batch->count = count;
	batch->cut = batch->dropped = 0;
	to = batch->data;
	for (size_t i = 0; i < count; i++) {
		const struct received *g = &b->got[i];

		memcpy(to, g->data, g->len);
		batch->datagrams[i] = (struct datagram){ .received = g->time, .data = to, .len = g->len,
			.src = g->from, .dst = g->to, .src_port = g->from_port, .dst_port = port };
		batch->cut += g->cut;
		to += g->len;
	}
	for (size_t i = 0; i < b->o.receiver_count; i++)
		batch->dropped += receive_dropped(b->o.receivers[i]);
	return batch;
}

/* False when it is to end. */
static bool
hand_over(struct inbox *b, struct inbox_batch *batch)
{
	bool stop;

	pthread_mutex_lock(&b->lock);
	if (b->octets > 0 && b->octets + batch->octets > b->o.octets)
		b->waits++;
	while (!b->stop && b->octets > 0 && b->octets + batch->octets > b->o.octets)
		pthread_cond_wait(&b->emptied, &b->lock);
	*b->end = batch; /* also when it is to end: it was received */
	b->end = &batch->next;
	b->octets += batch->octets;
	stop = b->stop;
	pthread_cond_signal(&b->filled);
	pthread_mutex_unlock(&b->lock);
	return !stop;
}

static void
fail(struct inbox *b, enum status st, const struct fault *f)
{
	pthread_mutex_lock(&b->lock);
	b->failed = st;
	b->fault = *f;
	pthread_cond_signal(&b->filled);
	pthread_mutex_unlock(&b->lock);
}

/* What is there at one socket; false when it is to end. */
static bool
receive(struct inbox *b, struct receiver *r)
{
	struct fault f = { 0 };
	struct inbox_batch *batch;
	size_t count;
	enum status st = receive_batch(r, b->o.now(), b->scratch, sizeof b->scratch, RECEIVE_BATCH,
	    b->got, &count, &f);

	if (st == STATUS_OK && count == 0)
		return true;
	b->behind |= count == RECEIVE_BATCH;
	batch = st == STATUS_OK ? make_batch(b, count, receive_port(r)) : NULL;
	if (batch == NULL) {
		fail(b, st == STATUS_OK ? fault_memory(&f) : st, &f);
		return false;
	}
	return hand_over(b, batch);
}

static void *
run(void *ctx)
{
	struct inbox *b = ctx;
	struct pollfd fds[INBOX_SOCKETS_MAX + 1];
	size_t n = b->o.receiver_count;
	bool going = true;

	priority_raise();
	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){ .fd = receive_fd(b->o.receivers[i]), .events = POLLIN };
	fds[n] = (struct pollfd){ .fd = b->wake[0], .events = POLLIN };
	while (going) {
		if (poll(fds, n + 1, -1) < 0 && errno != EINTR)
			break;
		b->behind = false;
		for (size_t i = 0; i < n && going; i++)
			if (fds[i].revents != 0)
				going = receive(b, b->o.receivers[i]);
		going &= fds[n].revents == 0;
		if (going && !b->behind)
			(void)nanosleep(&(struct timespec){ .tv_nsec = GATHER_NANOS }, NULL);
	}
	return NULL;
}

/* What was in the kernel when it was told to end still counts as received. */
static void
receive_rest(struct inbox *b)
{
	for (size_t i = 0; i < b->o.receiver_count; i++) {
		size_t before = SIZE_MAX;

		for (int k = 0; k < REST_MAX && b->octets != before && b->failed == STATUS_OK; k++) {
			before = b->octets;
			(void)receive(b, b->o.receivers[i]);
		}
	}
}

enum status
inbox_open(const struct inbox_options *o, struct inbox **out, struct fault *f)
{
	struct inbox *b = malloc(sizeof *b);
	pthread_condattr_t monotonic;
	int rc;

	if (b == NULL)
		return fault_memory(f);
	memset(b, 0, offsetof(struct inbox, got));
	b->o = *o;
	b->end = &b->first;
	if (pipe2(b->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
		enum status st = fault_errno(f, NULL, "no pipe");

		free(b);
		return st;
	}
	pthread_mutex_init(&b->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&b->filled, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_init(&b->emptied, NULL);
	rc = thread_start(&b->thread, run, b);
	if (rc != 0) {
		inbox_close(b);
		return fault_set(f, STATUS_IO, NULL, "no thread: %s", strerror(rc));
	}
	b->running = true;
	*out = b;
	return STATUS_OK;
}

static struct timespec
deadline(int millis)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += millis / 1000;
	t.tv_nsec += millis % 1000 * 1000000L;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_nsec -= 1000000000L;
		t.tv_sec++;
	}
	return t;
}

enum status
inbox_take(struct inbox *b, int millis, struct inbox_batch **out, struct fault *f)
{
	struct timespec until = deadline(millis);
	enum status st = STATUS_OK;

	pthread_mutex_lock(&b->lock);
	while (b->first == NULL && b->failed == STATUS_OK && !b->stop && !b->woken)
		if (pthread_cond_timedwait(&b->filled, &b->lock, &until) != 0)
			break;
	b->woken = false;
	*out = b->first;
	if (b->first != NULL) {
		b->first = b->first->next;
		if (b->first == NULL)
			b->end = &b->first;
	} else if (b->failed != STATUS_OK) {
		st = b->failed;
		if (f != NULL && f->status == STATUS_OK)
			*f = b->fault;
	}
	pthread_mutex_unlock(&b->lock);
	return st;
}

void
inbox_wake(struct inbox *b)
{
	pthread_mutex_lock(&b->lock);
	b->woken = true;
	pthread_cond_signal(&b->filled);
	pthread_mutex_unlock(&b->lock);
}

void
inbox_give_back(struct inbox *b, struct inbox_batch *batch)
{
	pthread_mutex_lock(&b->lock);
	b->octets -= batch->octets;
	if (b->spare_octets + batch->octets <= SPARE_OCTETS) {
		b->spare_octets += batch->octets;
		batch->next = b->spare;
		b->spare = batch;
		batch = NULL;
	}
	pthread_cond_signal(&b->emptied);
	pthread_mutex_unlock(&b->lock);
	free(batch);
}

void
inbox_stop(struct inbox *b)
{
	ssize_t ignored;

	if (!b->running)
		return;
	pthread_mutex_lock(&b->lock);
	b->stop = true;
	pthread_cond_signal(&b->emptied);
	pthread_mutex_unlock(&b->lock);
	ignored = write(b->wake[1], "", 1); /* it has room for one octet */
	(void)ignored;
	pthread_join(b->thread, NULL);
	b->running = false;
	receive_rest(b);
}

uint64_t
inbox_waits(struct inbox *b)
{
	uint64_t waits;

	pthread_mutex_lock(&b->lock);
	waits = b->waits;
	b->waits = 0;
	pthread_mutex_unlock(&b->lock);
	return waits;
}

size_t
inbox_octets(struct inbox *b)
{
	size_t octets;

	pthread_mutex_lock(&b->lock);
	octets = b->octets;
	pthread_mutex_unlock(&b->lock);
	return octets;
}

static void
free_list(struct inbox_batch *batch)
{
	while (batch != NULL) {
		struct inbox_batch *next = batch->next;

		free(batch);
		batch = next;
	}
}

void
inbox_close(struct inbox *b)
{
	if (b == NULL)
		return;
	inbox_stop(b);
	free_list(b->first);
	free_list(b->spare);
	pthread_cond_destroy(&b->filled);
	pthread_cond_destroy(&b->emptied);
	pthread_mutex_destroy(&b->lock);
	close(b->wake[0]);
	close(b->wake[1]);
	free(b);
}
