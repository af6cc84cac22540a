/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/inputhash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"

enum { QUEUE_MAX = 64 };

struct inputhash_job {
	struct inputhash_job *next;
	EVP_MD_CTX *ctx;
	uint8_t digest[INPUTHASH_SIZE];
	int input;
	bool good; /* digest holds */
	bool done; /* the thread is through with it; guarded by the lock */
};

/* What the thread does next: hash data, or (block NULL) finish or drop the job. */
struct task {
	struct inputhash_job *job;
	struct block *block;
	const uint8_t *data;
	size_t len;
	bool finish;
};

struct inputhash {
	struct block_pool *pool;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled;
	pthread_cond_t emptied;
	struct task queue[QUEUE_MAX];
	size_t first;
	size_t count; /* with the task under way, which stays in the queue until it is done */
	bool stop;
	struct inputhash_job *jobs; /* all, the newest first */
};

static void
job_run(struct inputhash *h, const struct task *t)
{
	struct inputhash_job *j = t->job;

	if (t->block != NULL) {
		if (j->good)
			j->good = EVP_DigestUpdate(j->ctx, t->data, t->len) == 1;
		block_release(h->pool, t->block);
		return;
	}
	j->good = j->good && t->finish && EVP_DigestFinal_ex(j->ctx, j->digest, NULL) == 1;
	EVP_MD_CTX_free(j->ctx);
	j->ctx = NULL;
}

static void *
inputhash_thread(void *arg)
{
	struct inputhash *h = arg;
	struct task t;

	pthread_mutex_lock(&h->lock);
	for (;;) {
		while (h->count == 0 && !h->stop)
			pthread_cond_wait(&h->filled, &h->lock);
		if (h->count == 0)
			break;
		t = h->queue[h->first];
		pthread_mutex_unlock(&h->lock);
		job_run(h, &t);
		pthread_mutex_lock(&h->lock);
		t.job->done = t.block == NULL;
		h->first = (h->first + 1) % QUEUE_MAX;
		h->count--;
		pthread_cond_signal(&h->emptied);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

enum status
inputhash_open(struct block_pool *pool, struct inputhash **out, struct fault *f)
{
	struct inputhash *h = calloc(1, sizeof(*h));
	int err;

	if (h == NULL)
		return fault_memory(f);
	h->pool = pool;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->filled, NULL);
	pthread_cond_init(&h->emptied, NULL);
	err = thread_start(&h->thread, inputhash_thread, h);
	if (err != 0) {
		pthread_cond_destroy(&h->emptied);
		pthread_cond_destroy(&h->filled);
		pthread_mutex_destroy(&h->lock);
		free(h);
		errno = err;
		return fault_errno(f, NULL, "no thread for the input hashes");
	}
	*out = h;
	return STATUS_OK;
}

enum status
inputhash_begin(struct inputhash *h, int input, struct inputhash_job **out, struct fault *f)
{
	struct inputhash_job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return fault_memory(f);
	j->ctx = EVP_MD_CTX_new();
	if (j->ctx == NULL || EVP_DigestInit_ex(j->ctx, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(j->ctx);
		free(j);
		return fault_memory(f);
	}
	j->good = true;
	j->input = input;
	j->next = h->jobs;
	h->jobs = j;
	*out = j;
	return STATUS_OK;
}

static void
queue_put(struct inputhash *h, const struct task *t)
{
	pthread_mutex_lock(&h->lock);
	while (h->count == QUEUE_MAX)
		pthread_cond_wait(&h->emptied, &h->lock);
	h->queue[(h->first + h->count) % QUEUE_MAX] = *t;
	h->count++;
	pthread_cond_signal(&h->filled);
	pthread_mutex_unlock(&h->lock);
}

void
inputhash_put(struct inputhash *h, struct inputhash_job *j, struct block *b, const uint8_t *data,
    size_t len)
{
	block_share(h->pool, b);
	queue_put(h, &(struct task){ .job = j, .block = b, .data = data, .len = len });
}

void
inputhash_end(struct inputhash *h, struct inputhash_job *j)
{
	queue_put(h, &(struct task){ .job = j, .finish = true });
}

void
inputhash_abandon(struct inputhash *h, struct inputhash_job *j)
{
	queue_put(h, &(struct task){ .job = j });
}

void
inputhash_wait(struct inputhash *h)
{
	pthread_mutex_lock(&h->lock);
	while (h->count > 0)
		pthread_cond_wait(&h->emptied, &h->lock);
	pthread_mutex_unlock(&h->lock);
}

/* Takes one job that is done off the list, or NULL. */
static struct inputhash_job *
job_done(struct inputhash *h)
{
	struct inputhash_job **at, *j;

	pthread_mutex_lock(&h->lock);
	for (at = &h->jobs; *at != NULL && !(*at)->done; at = &(*at)->next)
		;
	j = *at;
	if (j != NULL)
		*at = j->next;
	pthread_mutex_unlock(&h->lock);
	return j;
}

bool
inputhash_result(struct inputhash *h, int *input, uint8_t out[INPUTHASH_SIZE])
{
	struct inputhash_job *j;
	bool good = false;

	while (!good && (j = job_done(h)) != NULL) {
		good = j->good;
		if (good) {
			*input = j->input;
			memcpy(out, j->digest, INPUTHASH_SIZE);
		}
		free(j);
	}
	return good;
}

void
inputhash_close(struct inputhash *h)
{
	struct inputhash_job *j, *next;

	if (h == NULL)
		return;
	pthread_mutex_lock(&h->lock);
	h->stop = true;
	pthread_cond_signal(&h->filled);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->thread, NULL);
	for (j = h->jobs; j != NULL; j = next) {
		next = j->next;
		EVP_MD_CTX_free(j->ctx);
		free(j);
	}
	pthread_cond_destroy(&h->emptied);
	pthread_cond_destroy(&h->filled);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
