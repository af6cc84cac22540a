/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/ended.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 64, DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS };

bool
ended_push(struct ended *e, uint64_t start, uint32_t number, int reason)
{
	if (e->count == e->cap) {
		size_t cap = e->cap == 0 ? 256 : e->cap * 2;
		struct ended_flow *p = realloc(e->flows, cap * sizeof(*p));

		if (p == NULL)
			return false;
		e->flows = p;
		e->cap = cap;
	}
	e->flows[e->count++] = (struct ended_flow){ start, number, reason };
	return true;
}

static void
sort_few(struct ended_flow *a, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct ended_flow x = a[i];
		size_t j = i;

		for (; j > 0 && a[j - 1].start > x.start; j--)
			a[j] = a[j - 1];
		a[j] = x;
	}
}

/* One pass of a radix sort, stable; false where all have the same digit. */
static bool
sort_digit(const struct ended_flow *from, struct ended_flow *to, size_t n, unsigned shift)
{
	size_t at[DIGITS] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		at[from[i].start >> shift & (DIGITS - 1)]++;
	for (unsigned d = 0; d < DIGITS; d++) {
		size_t count = at[d];

		if (count == n)
			return false;
		at[d] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[at[from[i].start >> shift & (DIGITS - 1)]++] = from[i];
	return true;
}

static bool
sort_many(struct ended_flow *a, size_t n)
{
	struct ended_flow *spare = malloc(n * sizeof(*spare)), *from = a, *to = spare, *t;

	if (spare == NULL)
		return false;
	for (unsigned shift = 0; shift < 64; shift += DIGIT_BITS) {
		if (!sort_digit(from, to, n, shift))
			continue;
		t = from;
		from = to;
		to = t;
	}
	if (from != a)
		memcpy(a, from, n * sizeof(*a));
	free(spare);
	return true;
}

bool
ended_sort(struct ended *e)
{
	size_t i = 1;

	while (i < e->count && e->flows[i - 1].start < e->flows[i].start)
		i++;
	if (i >= e->count)
		return true;
	if (e->count > FEW)
		return sort_many(e->flows, e->count);
	sort_few(e->flows, e->count);
	return true;
}

void
ended_free(struct ended *e)
{
	free(e->flows);
	*e = (struct ended){ .flows = NULL };
}
