/* SPDX-License-Identifier: BSD-2-Clause */
/* How a column of byte strings is encoded, and its values in each encoding. */
#include "archive/parquet_encoder.h"

#include "archive/parquet_bits.h"
#include "archive/parquet_delta.h"

static const struct encoder_plan candidates[] = {
	{ PARQUET_RLE_DICTIONARY, 1 },
	{ PARQUET_RLE_DICTIONARY, 8 },
	{ PARQUET_DELTA_LENGTH_BYTE_ARRAY, 1 },
};

static void
put_lengths_and_bytes(struct encoder *e, size_t from, size_t count)
{
	const struct texts *t = &e->texts;
	const uint32_t *indexes = t->indexes + from;

	for (size_t i = 0; i < count; i++)
		e->ints[i] = t->spans[indexes[i]].len;
	delta_put(&e->raw, e->ints, count, (struct delta_layout){ .narrow = true, .round = 1 });
	for (size_t i = 0; i < count; i++) {
		size_t len;
		const uint8_t *p = texts_at(t, indexes[i], &len);

		buf_put(&e->raw, p, len);
	}
}

void
encoder_put_strings(struct encoder *e, struct encoder_plan plan, size_t from, size_t count)
{
	if (plan.encoding == PARQUET_RLE_DICTIONARY)
		encoder_put_indexes(e, e->texts.indexes + from, count, e->texts.count, plan.round);
	else
		put_lengths_and_bytes(e, from, count);
}

static void
put_dictionary(struct buf *out, const struct texts *t, size_t from, size_t entries)
{
	for (size_t i = from; i < from + entries; i++) {
		size_t len;
		const uint8_t *p = texts_at(t, i, &len);
		uint8_t *to = buf_grow(out, 4 + len);

		if (to == NULL)
			return;
		store_le32(to, (uint32_t)len);
		for (size_t n = 0; n < len; n++)
			to[4 + n] = p[n];
	}
}

void
encoder_put_string_dictionary(struct encoder *e, size_t from, size_t entries)
{
	put_dictionary(&e->dictionary_raw, &e->texts, from, entries);
}

static uint64_t
dictionary_cost(struct encoder *e)
{
	size_t entries = e->texts.count < ENCODER_SAMPLE ? e->texts.count : ENCODER_SAMPLE;

	buf_reset(&e->raw);
	put_dictionary(&e->raw, &e->texts, (e->texts.count - entries) / 2, entries);
	return encoder_estimate(e, e->texts.sorted ? PAGE_SORTED : PAGE_VALUES, entries,
	    e->texts.count);
}

/* At most `most` values, and of them as many as make about a page. */
static size_t
sample_size(const struct encoder *e, size_t from, size_t most)
{
	const struct texts *t = &e->texts;
	size_t n = 0;

	for (size_t bytes = 0; n < most && bytes < ENCODER_PAGE_BYTES; n++)
		bytes += t->spans[t->indexes[from + n]].len;
	return n;
}

struct encoder_plan
encoder_plan_strings(struct encoder *e)
{
	size_t sample = e->count < ENCODER_SAMPLE ? e->count : ENCODER_SAMPLE;
	size_t from = (e->count - sample) / 2, best = 0;
	uint64_t least = UINT64_MAX, extra;

	if (e->texts.heap.len > ENCODER_DICTIONARY_BYTES)
		return candidates[2];
	if (e->texts.count == 1)
		return candidates[0];
	sample = sample_size(e, from, sample);
	extra = dictionary_cost(e);
	for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
		bool indexed = candidates[i].encoding == PARQUET_RLE_DICTIONARY;
		uint64_t cost;

		buf_reset(&e->raw);
		encoder_put_strings(e, candidates[i], from, sample);
		cost = encoder_estimate(e, PAGE_VALUES, sample, e->count) + (indexed ? extra : 0);
		if (cost < least) {
			least = cost;
			best = i;
		}
	}
	buf_reset(&e->raw);
	return candidates[best];
}

bool
encoder_follow_strings(const struct encoder *e, struct encoder_plan plan)
{
	bool large = e->texts.heap.len > ENCODER_DICTIONARY_BYTES;

	return plan.encoding == PARQUET_RLE_DICTIONARY ? !large : e->texts.count > 1;
}
