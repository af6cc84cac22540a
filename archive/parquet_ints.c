/* SPDX-License-Identifier: BSD-2-Clause */
/* How a column of integers is encoded, and its values in each encoding. */
#include "archive/parquet_encoder.h"

#include "archive/parquet_bits.h"
#include "archive/parquet_delta.h"
#include "archive/parquet_rle.h"

enum { DIRECT_RANGE = 1 << 16 }; /* the dictionary of so small a range costs next to nothing */

/* In the order of preference where two take the same. */
static const struct encoder_plan candidates[] = {
	{ PARQUET_RLE_DICTIONARY, 1 },
	{ PARQUET_RLE_DICTIONARY, 4 },
	{ PARQUET_RLE_DICTIONARY, 8 },
	{ PARQUET_DELTA_BINARY_PACKED, 1 },
	{ PARQUET_DELTA_BINARY_PACKED, 8 },
	{ PARQUET_PLAIN, 1 },
};

static void
put_plain(struct buf *out, const int64_t *values, size_t count, bool narrow)
{
	uint8_t *p = buf_grow(out, count * (narrow ? 4 : 8));

	if (p == NULL)
		return;
	if (narrow) {
		for (size_t i = 0; i < count; i++)
			store_le32(p + 4 * i, (uint32_t)(uint64_t)values[i]);
	} else {
		for (size_t i = 0; i < count; i++)
			store_le64(p + 8 * i, (uint64_t)values[i]);
	}
}

static void
put_values(struct encoder *e, struct encoder_plan plan, size_t from, size_t count, bool narrow)
{
	struct delta_layout layout = { .narrow = narrow, .round = plan.round };

	if (plan.encoding == PARQUET_RLE_DICTIONARY)
		encoder_put_indexes(e, e->dictionary.indexes + from, count, e->dictionary.count,
		    plan.round);
	else if (plan.encoding == PARQUET_DELTA_BINARY_PACKED)
		delta_put(&e->raw, e->ints + from, count, layout);
	else
		put_plain(&e->raw, e->ints + from, count, narrow);
}

void
encoder_put_ints(struct encoder *e, struct encoder_plan plan, bool narrow)
{
	put_values(e, plan, 0, e->count, narrow);
}

void
encoder_put_int_dictionary(struct encoder *e, size_t entries, bool narrow)
{
	const struct dictionary *d = &e->dictionary;

	for (size_t i = 0; i < entries; i++) {
		int64_t v = dictionary_int(d, i);

		put_plain(&e->dictionary_raw, &v, 1, narrow);
	}
}

/* Builds the dictionary, unless the sample has hardly a value twice. */
static bool
has_dictionary(struct encoder *e, size_t from, size_t sample, int64_t min, int64_t max)
{
	if ((uint64_t)max - (uint64_t)min >= DIRECT_RANGE) {
		dictionary_add_ints(&e->dictionary, e->ints + from, sample, min, max);
		if (e->dictionary.count > sample - sample / 4)
			return false;
	}
	dictionary_add_ints(&e->dictionary, e->ints, e->count, min, max);
	return true;
}

/* What the dictionary's page will take, by its first entries. */
static uint64_t
dictionary_cost(struct encoder *e, bool narrow)
{
	size_t entries = e->dictionary.count < ENCODER_SAMPLE ? e->dictionary.count : ENCODER_SAMPLE;
	uint64_t cost;

	buf_reset(&e->raw);
	for (size_t i = 0; i < entries; i++) {
		int64_t v = dictionary_int(&e->dictionary, i);

		put_plain(&e->raw, &v, 1, narrow);
	}
	cost = encoder_estimate(e, PAGE_VALUES, entries, e->dictionary.count);
	buf_reset(&e->raw);
	return cost;
}

/* The candidate before has indexes of the same width. */
static bool
same_width(size_t entries, size_t i)
{
	return i > 0 &&
	    encoder_index_width(entries, candidates[i].round) ==
	    encoder_index_width(entries, candidates[i - 1].round);
}

struct encoder_plan
encoder_plan_ints(struct encoder *e, int64_t min, int64_t max, bool narrow)
{
	size_t sample = e->count < ENCODER_SAMPLE ? e->count : ENCODER_SAMPLE;
	size_t from = (e->count - sample) / 2, best = 0;
	uint64_t least = UINT64_MAX, extra = 0;
	bool dictionary = has_dictionary(e, from, sample, min, max);

	if (dictionary && e->dictionary.count == 1)
		return candidates[0];
	if (dictionary)
		extra = dictionary_cost(e, narrow);
	for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
		bool indexed = candidates[i].encoding == PARQUET_RLE_DICTIONARY;
		uint64_t cost;

		if (indexed && (!dictionary || same_width(e->dictionary.count, i)))
			continue;
		buf_reset(&e->raw);
		put_values(e, candidates[i], from, sample, narrow);
		cost = encoder_estimate(e, PAGE_VALUES, sample, e->count) + (indexed ? extra : 0);
		if (cost < least) {
			least = cost;
			best = i;
		}
	}
	buf_reset(&e->raw);
	return candidates[best];
}

/* A dictionary of values of which hardly any comes twice is none. */
bool
encoder_follow_ints(struct encoder *e, struct encoder_plan plan, int64_t min, int64_t max)
{
	if (plan.encoding != PARQUET_RLE_DICTIONARY)
		return true;
	dictionary_add_ints(&e->dictionary, e->ints, e->count, min, max);
	return e->dictionary.count <= e->count - e->count / 4;
}
