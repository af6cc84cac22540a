/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/claims.h"

#include <stdlib.h>

enum status
claims_open(struct claims *out, size_t max, struct fault *f)
{
	struct claim *list = calloc(max + 1, sizeof *list);

	if (list == NULL)
		return fault_memory(f);
	*out = (struct claims) { .list = list };
	return STATUS_OK;
}

void
claims_add(struct claims *c, uint64_t sequence, size_t candidate)
{
	c->list[c->count++] = (struct claim) { sequence, candidate };
}

static int
claim_order(const void *va, const void *vb)
{
	const struct claim *a = va;
	const struct claim *b = vb;

	if (a->sequence != b->sequence)
		return a->sequence < b->sequence ? -1 : 1;
	return (a->candidate > b->candidate) - (a->candidate < b->candidate);
}

void
claims_sort(struct claims *c)
{
	qsort(c->list, c->count, sizeof *c->list, claim_order);
}

/* The first claim for that sequence or a later one. */
static size_t
claims_from(const struct claims *c, uint64_t sequence)
{
	size_t low = 0;
	size_t high = c->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->list[middle].sequence < sequence)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct claim *
claims_of(const struct claims *c, uint64_t sequence, size_t *count)
{
	size_t first = claims_from(c, sequence);
	size_t n = 0;

	while (first + n < c->count && c->list[first + n].sequence == sequence)
		n++;
	*count = n;
	return n == 0 ? c->list : c->list + first; /* there may be no list */
}

uint64_t
claims_next(const struct claims *c, uint64_t above)
{
	size_t i = above == UINT64_MAX ? c->count : claims_from(c, above + 1);

	return i < c->count ? c->list[i].sequence : 0;
}

void
claims_free(struct claims *c)
{
	free(c->list);
	*c = (struct claims) { .list = NULL };
}
