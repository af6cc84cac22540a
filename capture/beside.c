/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/beside.h"

#include <stdlib.h>

enum status
beside_open(struct beside *b, size_t entry, size_t numbers, struct fault *f)
{
	size_t cap = numbers / BESIDE_BLOCK + 1;
	uint8_t **blocks = calloc(cap, sizeof(*blocks));

	if (blocks == NULL)
		return fault_memory(f);
	*b = (struct beside){ .blocks = blocks, .cap = (uint32_t)cap, .entry = entry };
	return STATUS_OK;
}

void
beside_free(struct beside *b)
{
	for (uint32_t i = 0; i < b->cap; i++)
		free(b->blocks[i]);
	free(b->blocks);
	*b = (struct beside){ .blocks = NULL };
}

void *
beside_make(struct beside *b, uint32_t number)
{
	uint32_t i = number / BESIDE_BLOCK;

	if (i >= b->cap)
		return NULL;
	if (b->blocks[i] == NULL)
		b->blocks[i] = calloc(BESIDE_BLOCK, b->entry);
	return beside_at(b, number);
}
