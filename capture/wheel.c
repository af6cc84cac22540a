/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/wheel.h"

#include <stdlib.h>

enum { BLOCK_NUMBERS = 62, NO_BLOCK = 0, WORD_BITS = 64, WORDS = WHEEL_BUCKETS / WORD_BITS };

/* Queues are lists of blocks, which come from one array that grows; block 0 is none. */
struct block {
	uint32_t next;
	uint32_t count;
	uint32_t numbers[BLOCK_NUMBERS];
};

struct queue {
	uint32_t head;
	uint32_t tail;
	uint32_t at; /* in the head */
	uint32_t count;
};

struct wheel {
	struct queue queues[WHEEL_BUCKETS];
	uint64_t occupied[WORDS]; /* a bit per queue that is not empty */
	size_t count;
	struct block *blocks;
	uint32_t block_count;
	uint32_t block_cap;
	uint32_t spare; /* list of free blocks */
};

enum status
wheel_open(struct wheel **out, struct fault *f)
{
	struct wheel *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return fault_memory(f);
	w->block_count = 1;
	*out = w;
	return STATUS_OK;
}

void
wheel_free(struct wheel *w)
{
	if (w == NULL)
		return;
	free(w->blocks);
	free(w);
}

static bool
more_blocks(struct wheel *w)
{
	uint32_t cap = w->block_cap == 0 ? 2 * WHEEL_BUCKETS : w->block_cap + w->block_cap / 2;
	struct block *p;

	if (cap < w->block_cap)
		return false;
	p = realloc(w->blocks, cap * sizeof(*p));
	if (p == NULL)
		return false;
	w->blocks = p;
	w->block_cap = cap;
	return true;
}

static uint32_t
new_block(struct wheel *w)
{
	uint32_t b = w->spare;

	if (b != NO_BLOCK) {
		w->spare = w->blocks[b].next;
	} else {
		if (w->block_count >= w->block_cap && !more_blocks(w))
			return NO_BLOCK;
		b = w->block_count++;
	}
	w->blocks[b].next = NO_BLOCK;
	w->blocks[b].count = 0;
	return b;
}

bool
wheel_put(struct wheel *w, uint16_t tick, uint32_t number)
{
	struct queue *q = &w->queues[tick % WHEEL_BUCKETS];
	struct block *tail = q->tail == NO_BLOCK ? NULL : &w->blocks[q->tail];

	if (tail == NULL || tail->count == BLOCK_NUMBERS) {
		uint32_t b = new_block(w);

		if (b == NO_BLOCK)
			return false;
		if (q->tail == NO_BLOCK) {
			q->head = b;
			q->at = 0;
		} else {
			w->blocks[q->tail].next = b;
		}
		q->tail = b;
		tail = &w->blocks[b];
	}
	tail->numbers[tail->count++] = number;
	q->count++;
	w->count++;
	w->occupied[tick % WHEEL_BUCKETS / WORD_BITS] |= (uint64_t)1 << tick % WORD_BITS;
	return true;
}

bool
wheel_take(struct wheel *w, uint16_t tick, uint32_t *number)
{
	struct queue *q = &w->queues[tick % WHEEL_BUCKETS];
	struct block *head;
	uint32_t next;

	if (q->head == NO_BLOCK)
		return false;
	head = &w->blocks[q->head];
	*number = head->numbers[q->at++];
	q->count--;
	w->count--;
	if (q->at < head->count)
		return true;
	next = head->next;
	head->next = w->spare;
	w->spare = q->head;
	q->head = next;
	q->at = 0;
	if (next == NO_BLOCK) {
		q->tail = NO_BLOCK;
		w->occupied[tick % WHEEL_BUCKETS / WORD_BITS] &= ~((uint64_t)1 << tick % WORD_BITS);
	}
	return true;
}

size_t
wheel_count(const struct wheel *w)
{
	return w->count;
}

/* What is kept goes to the end of the queue that it was taken from. */
bool
wheel_sweep(struct wheel *w, wheel_keep keep, void *ctx)
{
	for (unsigned bucket = 0; bucket < WHEEL_BUCKETS; bucket++) {
		for (uint32_t left = w->queues[bucket].count; left > 0; left--) {
			uint32_t number;

			if (!wheel_take(w, (uint16_t)bucket, &number))
				return false;
			if (keep(ctx, bucket, number) && !wheel_put(w, (uint16_t)bucket, number))
				return false;
		}
	}
	return true;
}

/* The word of `from` is looked at twice: its upper bits first, its lower ones last. */
bool
wheel_nearest(const struct wheel *w, uint16_t from, uint16_t *tick)
{
	unsigned start = from % WHEEL_BUCKETS;
	uint64_t upper = UINT64_MAX << start % WORD_BITS;

	for (unsigned i = 0; i <= WORDS; i++) {
		unsigned word = (start / WORD_BITS + i) % WORDS;
		uint64_t bits = w->occupied[word] & (i == 0 ? upper : i == WORDS ? ~upper : UINT64_MAX);

		if (bits != 0) {
			unsigned at = word * WORD_BITS + (unsigned)__builtin_ctzll(bits);

			*tick = (uint16_t)(from + (at - start) % WHEEL_BUCKETS);
			return true;
		}
	}
	return false;
}

bool
wheel_peek(const struct wheel *w, uint16_t tick, uint32_t ahead, uint32_t *number)
{
	const struct queue *q = &w->queues[tick % WHEEL_BUCKETS];
	const struct block *b = &w->blocks[q->head];
	uint32_t at = q->at + ahead;

	if (q->head == NO_BLOCK)
		return false;
	if (at >= b->count) {
		at -= b->count;
		if (b->next == NO_BLOCK)
			return false;
		b = &w->blocks[b->next];
		if (at >= b->count)
			return false;
	}
	*number = b->numbers[at];
	return true;
}
