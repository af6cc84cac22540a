/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/block.h"

#include <pthread.h>
#include <stdlib.h>

enum { BLOCK_ALIGN = 4096 };

struct block_pool {
	pthread_mutex_t lock;
	pthread_cond_t released;
	struct block *free; /* last in, first out: the one that is still in the cache */
	struct block blocks[BLOCKS_MAX];
	size_t count; /* of blocks that have their memory */
};

enum status
block_pool_open(struct block_pool **out, struct fault *f)
{
	struct block_pool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return fault_memory(f);
	if (pthread_mutex_init(&p->lock, NULL) != 0)
		goto fail;
	if (pthread_cond_init(&p->released, NULL) != 0) {
		pthread_mutex_destroy(&p->lock);
		goto fail;
	}
	*out = p;
	return STATUS_OK;
fail:
	free(p);
	return fault_memory(f);
}

void
block_pool_close(struct block_pool *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->count; i++)
		free(p->blocks[i].data);
	pthread_cond_destroy(&p->released);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* A block that was never used, or NULL if all were or there is no memory; p is locked. */
static struct block *
block_new(struct block_pool *p)
{
	struct block *b;

	if (p->count == BLOCKS_MAX)
		return NULL;
	b = &p->blocks[p->count];
	b->data = aligned_alloc(BLOCK_ALIGN, BLOCK_HEADROOM + BLOCK_BODY);
	if (b->data == NULL)
		return NULL;
	p->count++;
	return b;
}

enum status
block_take(struct block_pool *p, struct block **out, struct fault *f)
{
	struct block *b;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		b = p->free;
		if (b != NULL) {
			p->free = b->next;
			break;
		}
		b = block_new(p);
		if (b != NULL || p->count < BLOCKS_MAX)
			break;
		pthread_cond_wait(&p->released, &p->lock);
	}
	if (b != NULL)
		b->refs = 1;
	pthread_mutex_unlock(&p->lock);
	if (b == NULL)
		return fault_memory(f);
	*out = b;
	return STATUS_OK;
}

void
block_share(struct block_pool *p, struct block *b)
{
	pthread_mutex_lock(&p->lock);
	b->refs++;
	pthread_mutex_unlock(&p->lock);
}

void
block_release(struct block_pool *p, struct block *b)
{
	if (b == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	if (--b->refs == 0) {
		b->next = p->free;
		p->free = b;
		pthread_cond_signal(&p->released);
	}
	pthread_mutex_unlock(&p->lock);
}

bool
block_alone(struct block_pool *p, const struct block *b)
{
	bool alone;

	pthread_mutex_lock(&p->lock);
	alone = b->refs == 1;
	pthread_mutex_unlock(&p->lock);
	return alone;
}
