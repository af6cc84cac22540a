/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_DICTIONARY_H
#define ARCHIVE_PARQUET_DICTIONARY_H

/*
 * The distinct values of a column in ascending order, and each value's place among them.
 * A key is two words and a kind: integers and MACs use the low word, addresses all.  The
 * result depends on the values alone, never on the seed of the hash.
 *
 * dictionary_open; per column dictionary_begin, dictionary_add for each value (or
 * dictionary_add_ints for all), dictionary_sort; dictionary_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/status.h"

struct dictionary_entry {
	uint64_t high;
	uint64_t low;
	uint32_t kind;
	uint32_t order; /* of its first appearance */
};

struct dictionary {
	size_t capacity; /* values at most */
	uint64_t seed;
	uint32_t *slots; /* entry + 1; 0: free */
	size_t mask;     /* slots in use, less one */
	size_t slots_max;
	struct dictionary_entry *entries;
	struct dictionary_entry *spare;
	size_t count;      /* distinct values */
	uint32_t *indexes; /* of each value */
	size_t values;
	uint8_t *classes;  /* of the entries, for dictionary_arrange */
};

MUST_USE enum status dictionary_open(struct dictionary *d, size_t capacity, uint64_t seed,
    struct fault *f);
void dictionary_free(struct dictionary *d);
void dictionary_begin(struct dictionary *d);
/* All values of a column of integers; the rest is done too, no dictionary_sort. */
void dictionary_add_ints(struct dictionary *d, const int64_t *values, size_t count, int64_t min,
    int64_t max);
/* Sorts by kind, high, low (unsigned) and renumbers. */
void dictionary_sort(struct dictionary *d);
/*
 * The classes of the entries: 0 for those that more than one value in 256 is, of which there
 * are less than 256, and 1 for all others.  Moving them to the front leaves the upper bytes
 * of most indexes zero.  False if there are none, or all indexes fit into a byte anyway.
 */
bool dictionary_classes(struct dictionary *d);
/*
 * Moves the entries into the order of their classes, and within a class as they were;
 * renumbers.  Returns each entry's new place; borrowed until the next column.
 */
const uint32_t *dictionary_arrange(struct dictionary *d);

/* The value of an entry of integers. */
static inline int64_t
dictionary_int(const struct dictionary *d, size_t i)
{
	return (int64_t)(d->entries[i].low ^ (uint64_t)INT64_MIN);
}

uint32_t dictionary_add_new(struct dictionary *d, size_t slot, uint64_t high, uint64_t low,
    uint32_t kind);

static inline uint64_t
dictionary_hash(const struct dictionary *d, uint64_t high, uint64_t low, uint32_t kind)
{
	uint64_t h = hash_mix(low ^ d->seed, UINT64_C(0x9e3779b97f4a7c15));

	return high == 0 ? h ^ h >> 32 :
	    hash_mix(h ^ high ^ kind, d->seed ^ UINT64_C(0xe7037ed1a0b428db));
}

/* At most capacity values. */
static inline void
dictionary_add(struct dictionary *d, uint64_t high, uint64_t low, uint32_t kind)
{
	size_t slot = (size_t)dictionary_hash(d, high, low, kind) & d->mask;
	uint32_t found;

	while ((found = d->slots[slot]) != 0) {
		const struct dictionary_entry *e = &d->entries[found - 1];

		if (e->low == low && e->high == high && e->kind == kind)
			break;
		slot = (slot + 1) & d->mask;
	}
	if (found == 0)
		found = dictionary_add_new(d, slot, high, low, kind);
	d->indexes[d->values++] = found - 1;
}

#endif
