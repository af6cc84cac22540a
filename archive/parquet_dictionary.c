/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_dictionary.h"

#include <stdlib.h>
#include <string.h>

enum {
	FIRST_SLOTS = 1 << 10,
	DIRECT_RANGE = 1 << 17 /* integers this close together need no hash */
};

enum status
dictionary_open(struct dictionary *d, size_t capacity, uint64_t seed, struct fault *f)
{
	memset(d, 0, sizeof *d);
	d->capacity = capacity;
	d->seed = seed;
	for (d->slots_max = DIRECT_RANGE; d->slots_max < 2 * capacity; d->slots_max *= 2)
		continue;
	d->slots = malloc(d->slots_max * sizeof *d->slots);
	d->entries = malloc(capacity * sizeof *d->entries);
	d->spare = malloc(capacity * sizeof *d->spare);
	d->indexes = malloc(capacity * sizeof *d->indexes);
	d->classes = malloc(capacity);
	if (d->slots != NULL && d->entries != NULL && d->spare != NULL && d->indexes != NULL &&
	    d->classes != NULL)
		return STATUS_OK;
	dictionary_free(d);
	return fault_memory(f);
}

void
dictionary_free(struct dictionary *d)
{
	free(d->slots);
	free(d->entries);
	free(d->spare);
	free(d->indexes);
	free(d->classes);
	memset(d, 0, sizeof *d);
}

void
dictionary_begin(struct dictionary *d)
{
	d->count = d->values = 0;
	d->mask = FIRST_SLOTS - 1;
	memset(d->slots, 0, FIRST_SLOTS * sizeof *d->slots);
}

/* Four times the slots: a column with few distinct values never touches most of the memory. */
static void
grow(struct dictionary *d)
{
	size_t slots = 4 * (d->mask + 1);

	if (slots > d->slots_max)
		slots = d->slots_max;
	d->mask = slots - 1;
	memset(d->slots, 0, slots * sizeof *d->slots);
	for (size_t i = 0; i < d->count; i++) {
		const struct dictionary_entry *e = &d->entries[i];
		size_t slot = (size_t)dictionary_hash(d, e->high, e->low, e->kind) & d->mask;

		while (d->slots[slot] != 0)
			slot = (slot + 1) & d->mask;
		d->slots[slot] = (uint32_t)i + 1;
	}
}

uint32_t
dictionary_add_new(struct dictionary *d, size_t slot, uint64_t high, uint64_t low, uint32_t kind)
{
	d->entries[d->count] = (struct dictionary_entry){ high, low, kind, (uint32_t)d->count };
	d->count++;
	d->slots[slot] = (uint32_t)d->count;
	if (d->count > d->mask / 2 && d->mask + 1 < d->slots_max)
		grow(d);
	return (uint32_t)d->count;
}

static void
add_direct(struct dictionary *d, const int64_t *values, size_t count, int64_t min, size_t range)
{
	d->values = count;
	if (range == 0) {
		d->count = 1;
		d->entries[0].low = (uint64_t)min ^ (uint64_t)INT64_MIN;
		memset(d->indexes, 0, count * sizeof *d->indexes);
		return;
	}
	memset(d->slots, 0, (range + 1) * sizeof *d->slots);
	for (size_t i = 0; i < count; i++)
		d->slots[(uint64_t)values[i] - (uint64_t)min] = 1;
	d->count = 0;
	for (size_t i = 0; i <= range; i++) {
		if (d->slots[i] != 0) {
			uint64_t v = (uint64_t)min + i;

			d->slots[i] = (uint32_t)d->count;
			d->entries[d->count++].low = v ^ (uint64_t)INT64_MIN;
		}
	}
	for (size_t i = 0; i < count; i++)
		d->indexes[i] = d->slots[(uint64_t)values[i] - (uint64_t)min];
}

/* The ints' entries by rank, the popular ones in front. */
static void
promote(struct dictionary *d)
{
	if (dictionary_classes(d))
		(void)dictionary_arrange(d);
}

void
dictionary_add_ints(struct dictionary *d, const int64_t *values, size_t count, int64_t min,
    int64_t max)
{
	uint64_t range = (uint64_t)max - (uint64_t)min;

	if (range < DIRECT_RANGE) {
		add_direct(d, values, count, min, (size_t)range);
	} else {
		dictionary_begin(d);
		for (size_t i = 0; i < count; i++)
			dictionary_add(d, 0, (uint64_t)values[i] ^ (uint64_t)INT64_MIN, 0);
		dictionary_sort(d);
	}
	promote(d);
}

static uint8_t
key_digit(const struct dictionary_entry *e, unsigned digit)
{
	if (digit < 8)
		return (uint8_t)(e->low >> 8 * digit);
	if (digit < 16)
		return (uint8_t)(e->high >> 8 * (digit - 8));
	return (uint8_t)e->kind;
}

/* One pass of a radix sort, least significant digit first; stable. */
static void
sort_digit(struct dictionary *d, unsigned digit)
{
	size_t starts[256] = { 0 }, sum = 0;
	struct dictionary_entry *sorted = d->spare;

	for (size_t i = 0; i < d->count; i++)
		starts[key_digit(&d->entries[i], digit)]++;
	if (starts[key_digit(&d->entries[0], digit)] == d->count)
		return;
	for (size_t i = 0; i < 256; i++) {
		size_t n = starts[i];

		starts[i] = sum;
		sum += n;
	}
	for (size_t i = 0; i < d->count; i++)
		sorted[starts[key_digit(&d->entries[i], digit)]++] = d->entries[i];
	d->spare = d->entries;
	d->entries = sorted;
}

/* The digits in which the entries differ: bit n is digit n of key_digit. */
static unsigned
varying_digits(const struct dictionary *d)
{
	struct dictionary_entry all = { 0 };
	unsigned digits = 0;

	for (size_t i = 0; i < d->count; i++) {
		all.high |= d->entries[i].high ^ d->entries[0].high;
		all.low |= d->entries[i].low ^ d->entries[0].low;
		all.kind |= d->entries[i].kind ^ d->entries[0].kind;
	}
	for (unsigned digit = 0; digit <= 16; digit++)
		digits |= (unsigned)(key_digit(&all, digit) != 0) << digit;
	return digits;
}

static int
compare_entries(const void *a, const void *b)
{
	const struct dictionary_entry *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	return x->low < y->low ? -1 : x->low > y->low;
}

void
dictionary_sort(struct dictionary *d)
{
	enum { RADIX_MIN = 512 };
	unsigned digits = d->count >= RADIX_MIN ? varying_digits(d) : 0;
	uint32_t *ranks = d->slots; /* the hash is not needed any more */

	if (d->count < RADIX_MIN)
		qsort(d->entries, d->count, sizeof *d->entries, compare_entries);
	for (unsigned digit = 0; digits >> digit != 0; digit++) {
		if ((digits >> digit & 1) != 0)
			sort_digit(d, digit);
	}
	for (size_t i = 0; i < d->count; i++)
		ranks[d->entries[i].order] = (uint32_t)i;
	for (size_t i = 0; i < d->values; i++)
		d->indexes[i] = ranks[d->indexes[i]];
}

bool
dictionary_classes(struct dictionary *d)
{
	uint32_t *counts = d->slots;
	size_t popular = 0;

	memset(d->classes, 1, d->count);
	if (d->count <= 256)
		return false;
	memset(counts, 0, d->count * sizeof *counts);
	for (size_t i = 0; i < d->values; i++)
		counts[d->indexes[i]]++;
	for (size_t i = 0; i < d->count; i++) {
		if (counts[i] > d->values / 256) {
			d->classes[i] = 0;
			popular++;
		}
	}
	return popular > 0;
}

const uint32_t *
dictionary_arrange(struct dictionary *d)
{
	struct dictionary_entry *arranged = d->spare;
	uint32_t *ranks = d->slots;
	uint32_t starts[256] = { 0 }, sum = 0;

	for (size_t i = 0; i < d->count; i++)
		starts[d->classes[i]]++;
	for (size_t i = 0; i < 256; i++) {
		uint32_t n = starts[i];

		starts[i] = sum;
		sum += n;
	}
	for (size_t i = 0; i < d->count; i++) {
		ranks[i] = starts[d->classes[i]]++;
		arranged[ranks[i]] = d->entries[i];
	}
	d->spare = d->entries;
	d->entries = arranged;
	for (size_t i = 0; i < d->values; i++)
		d->indexes[i] = ranks[d->indexes[i]];
	return ranks;
}
