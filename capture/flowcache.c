/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/flowcache.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

enum { SLOTS_LEAST = 1 << 15, LOAD_NUM = 5, LOAD_DEN = 8 };

static const size_t block_size = FLOWCACHE_BLOCK * sizeof(struct biflow);

static size_t
slots_size(uint32_t mask)
{
	return ((size_t)mask + 1) * sizeof(struct flowcache_slot);
}

enum status
flowcache_open(size_t max, uint64_t w4_mask, struct flowcache **out, struct fault *f)
{
	struct flowcache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return fault_memory(f);
	c->mask = SLOTS_LEAST - 1;
	c->slots = pages_alloc(slots_size(c->mask), true);
	c->block_cap = (uint32_t)(max / FLOWCACHE_BLOCK + 2);
	c->blocks = calloc(c->block_cap, sizeof(struct biflow *));
	c->spare = FLOWCACHE_NONE;
	c->w4_mask = w4_mask;
	if (c->slots == NULL || c->blocks == NULL) {
		flowcache_free(c);
		return fault_memory(f);
	}
	*out = c;
	return STATUS_OK;
}

void
flowcache_free(struct flowcache *c)
{
	if (c == NULL)
		return;
	for (uint32_t i = 0; i < c->block_count; i++)
		pages_free(c->blocks[i], block_size);
	free(c->blocks);
	pages_free(c->slots, slots_size(c->mask));
	free(c);
}

uint32_t
flowcache_take(struct flowcache *c)
{
	uint32_t number = c->spare;

	if (number != FLOWCACHE_NONE) {
		c->spare = (uint32_t)flowcache_at(c, number)->start;
		return number;
	}
	if (c->fresh == c->block_count * FLOWCACHE_BLOCK) {
		if (c->block_count == c->block_cap)
			return FLOWCACHE_NONE;
		c->blocks[c->block_count] = pages_alloc(block_size, false);
		if (c->blocks[c->block_count] == NULL)
			return FLOWCACHE_NONE;
		c->block_count++;
	}
	return c->fresh++;
}

void
flowcache_release(struct flowcache *c, uint32_t number)
{
	struct biflow *b = flowcache_at(c, number);

	b->state = 0;
	b->start = c->spare;
	c->spare = number;
}

void
flowcache_clear(struct flowcache *c)
{
	memset(c->slots, 0, slots_size(c->mask));
	c->used = 0;
}

static void
place(struct flowcache_slot *slots, uint32_t mask, struct flowcache_slot s)
{
	uint32_t i = s.hash & mask;

	while (slots[i].number != 0)
		i = (i + 1) & mask;
	slots[i] = s;
}

static bool
grow(struct flowcache *c)
{
	uint32_t mask = c->mask * 2 + 1;
	struct flowcache_slot *slots = pages_alloc(slots_size(mask), true);

	if (slots == NULL)
		return false;
	for (uint32_t i = 0; i <= c->mask; i++)
		if (c->slots[i].number != 0)
			place(slots, mask, c->slots[i]);
	pages_free(c->slots, slots_size(c->mask));
	c->slots = slots;
	c->mask = mask;
	return true;
}

bool
flowcache_insert(struct flowcache *c, uint32_t hash, uint32_t number)
{
	if ((uint64_t)c->used * LOAD_DEN >= ((uint64_t)c->mask + 1) * LOAD_NUM && !grow(c))
		return false;
	place(c->slots, c->mask, (struct flowcache_slot){ hash, number + 1 });
	c->used++;
	return true;
}

static uint32_t
slot_of(const struct flowcache *c, uint32_t hash, uint32_t number)
{
	uint32_t i = hash & c->mask;

	while (c->slots[i].number != number + 1)
		i = (i + 1) & c->mask;
	return i;
}

/* Moves up what stands behind the hole, so that no search ends early. */
void
flowcache_remove(struct flowcache *c, uint32_t hash, uint32_t number)
{
	uint32_t hole = slot_of(c, hash, number), i = hole;

	for (;;) {
		uint32_t home;

		i = (i + 1) & c->mask;
		if (c->slots[i].number == 0)
			break;
		home = c->slots[i].hash & c->mask;
		if (((i - home) & c->mask) < ((i - hole) & c->mask))
			continue;
		c->slots[hole] = c->slots[i];
		hole = i;
	}
	c->slots[hole].number = 0;
	c->used--;
}

void
flowcache_replace(struct flowcache *c, uint32_t hash, uint32_t from, uint32_t to)
{
	c->slots[slot_of(c, hash, from)].number = to + 1;
}

uint32_t
flowcache_next(const struct flowcache *c, uint32_t hash, uint32_t *slot)
{
	uint32_t i = *slot == UINT32_MAX ? hash & c->mask : (*slot + 1) & c->mask;

	for (; c->slots[i].number != 0; i = (i + 1) & c->mask)
		if (c->slots[i].hash == hash) {
			*slot = i;
			return c->slots[i].number - 1;
		}
	return FLOWCACHE_NONE;
}
