/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_encoder.h"

#include <stdlib.h>
#include <string.h>

#include "archive/parquet_bits.h"
#include "archive/parquet_rle.h"
#include "base/utf8.h"

enum status
encoder_open(struct encoder *e, size_t capacity, int level, uint64_t seed, struct fault *f)
{
	enum status st;

	memset(e, 0, sizeof *e);
	buf_init(&e->raw, 0);
	buf_init(&e->dictionary_raw, 0);
	buf_init(&e->out, 0);
	e->ints = malloc(capacity * sizeof *e->ints);
	e->present = malloc(capacity);
	st = e->ints == NULL || e->present == NULL ? fault_memory(f) : STATUS_OK;
	if (st == STATUS_OK)
		st = page_packer_open(&e->packer, level, f);
	if (st == STATUS_OK)
		st = dictionary_open(&e->dictionary, capacity, seed, f);
	if (st == STATUS_OK)
		st = texts_open(&e->texts, capacity, f);
	if (st != STATUS_OK)
		encoder_free(e);
	return st;
}

void
encoder_free(struct encoder *e)
{
	page_packer_free(&e->packer);
	dictionary_free(&e->dictionary);
	texts_free(&e->texts);
	free(e->ints);
	free(e->present);
	buf_free(&e->raw);
	buf_free(&e->dictionary_raw);
	buf_free(&e->out);
	memset(e, 0, sizeof *e);
}

unsigned
encoder_index_width(size_t entries, unsigned round)
{
	unsigned width = bits_width(entries - 1);

	/* Zero would do for a single entry, but not every reader expects it. */
	width = width == 0 ? 1 : width;
	return (width + round - 1) / round * round;
}

void
encoder_put_indexes(struct encoder *e, const uint32_t *indexes, size_t count, size_t entries,
    unsigned round)
{
	unsigned width = encoder_index_width(entries, round);

	buf_u8(&e->raw, (uint8_t)width);
	rle_put(&e->raw, indexes, count, width);
}

uint64_t
encoder_estimate(struct encoder *e, enum page_kind kind, size_t part, size_t whole)
{
	uint64_t size = page_packed_size(&e->packer, kind, e->raw.data, e->raw.len);

	if (size > e->raw.len)
		size = e->raw.len;
	size += e->raw.len / ENCODER_TIME;
	return part == whole ? size : size * whole / part;
}

/* The values that are there, one behind the other. */
static void
gather32(struct encoder *e, const int32_t *from)
{
	if (e->count == e->rows) {
		for (size_t i = 0; i < e->rows; i++)
			e->ints[i] = from[i];
		return;
	}
	/* No branch: the next value overwrites what was not there. */
	for (size_t i = 0, n = 0; n < e->count; i++) {
		e->ints[n] = from[i];
		n += e->levels[i];
	}
}

static void
gather64(struct encoder *e, const int64_t *from)
{
	if (e->count == e->rows) {
		memcpy(e->ints, from, e->rows * sizeof *from);
		return;
	}
	for (size_t i = 0, n = 0; n < e->count; i++) {
		e->ints[n] = from[i];
		n += e->levels[i];
	}
}

static void
gather_macs(struct encoder *e, const uint64_t *from)
{
	for (size_t i = 0, n = 0; n < e->count; i++) {
		e->ints[n] = (int64_t)from[i];
		n += e->levels[i];
	}
}

/* Each is 0 or 1: the sum of eight stands in the highest octet of the product. */
static size_t
count_present(const uint8_t *present, size_t rows)
{
	size_t n = 0, i = 0;

	for (; i + 8 <= rows; i += 8)
		n += (size_t)(load_le64(present + i) * 0x0101010101010101u >> 56);
	for (; i < rows; i++)
		n += present[i];
	return n;
}

/* Which rows have a value.  An address without a family is none. */
static void
find_levels(struct encoder *e, const struct table *t, enum column_id id)
{
	const struct table_column *c = &t->columns[id];
	size_t without = 0;

	e->rows = t->rows;
	e->levels = c->present;
	e->count = c->present == NULL ? 0 : count_present(c->present, t->rows);
	if (column_infos[id].type != COLUMN_TYPE_ADDRESS || e->count == 0)
		return;
	for (size_t i = 0; i < t->rows; i++)
		without += c->present[i] != 0 && c->v.address[i].family == 0;
	if (without == 0)
		return;
	for (size_t i = 0; i < t->rows; i++)
		e->present[i] = c->present[i] != 0 && c->v.address[i].family != 0;
	e->levels = e->present;
	e->count -= without;
}

/* The definition levels of some rows, with their length in front, as data page v1 has them. */
static void
put_levels(struct encoder *e, size_t from, size_t rows)
{
	size_t head = e->raw.len;

	buf_le32(&e->raw, 0);
	if (e->count > 0) {
		rle_put_levels(&e->raw, e->levels + from, rows);
	} else {
		thrift_varint(&e->raw, (uint64_t)rows << 1); /* one run of zeros */
		buf_u8(&e->raw, 0);
	}
	if (buf_ok(&e->raw))
		store_le32(e->raw.data + head, (uint32_t)(e->raw.len - head - 4));
}

static enum status
put_data_page(struct encoder *e, size_t rows, enum parquet_encoding encoding,
    struct parquet_chunk *chunk, struct fault *f)
{
	struct parquet_header h = { .type = PARQUET_DATA_PAGE, .encoding = (int32_t)encoding,
		.values = (int32_t)rows };

	return page_put(&e->packer, &e->out, &h, &e->raw,
	    chunk->codec == PARQUET_ZSTD ? PAGE_VALUES : PAGE_STORED, &chunk->uncompressed, f);
}

static enum status
put_dictionary_page(struct encoder *e, size_t entries, enum page_kind kind,
    struct parquet_chunk *chunk, struct fault *f)
{
	struct parquet_header h = { .type = PARQUET_DICTIONARY_PAGE, .encoding = PARQUET_PLAIN,
		.values = (int32_t)entries };
	enum status st = page_put(&e->packer, &e->out, &h, &e->dictionary_raw,
	    chunk->codec == PARQUET_ZSTD ? kind : PAGE_STORED, &chunk->uncompressed, f);

	chunk->encodings |= 1u << PARQUET_PLAIN;
	chunk->data_offset = (int64_t)e->out.len;
	return st;
}

static bool
is_integer(enum column_type type)
{
	return type == COLUMN_TYPE_TIME || type == COLUMN_TYPE_INT32 || type == COLUMN_TYPE_INT64;
}

/* Nothing but the definition levels. */
static enum status
encode_nulls(struct encoder *e, struct parquet_chunk *chunk, struct fault *f)
{
	chunk->codec = PARQUET_UNCOMPRESSED;
	chunk->encodings |= 1u << PARQUET_PLAIN;
	put_levels(e, 0, e->rows);
	return put_data_page(e, e->rows, PARQUET_PLAIN, chunk, f);
}

static void
note_ints(struct encoder *e, int64_t min, int64_t max, bool narrow, struct parquet_statistics *s)
{
	store_le64(e->min, (uint64_t)min);
	store_le64(e->max, (uint64_t)max);
	s->min = (struct thrift_bytes){ e->min, narrow ? 4 : 8 };
	s->max = (struct thrift_bytes){ e->max, narrow ? 4 : 8 };
}

static struct encoder_plan
choose(struct encoder_choice *c, struct encoder_plan plan)
{
	*c = (struct encoder_choice){ plan, ENCODER_CHOICE_TABLES };
	return plan;
}

/* As before, where that was tried lately and still does. */
static struct encoder_plan
choose_ints(struct encoder *e, enum column_id id, int64_t min, int64_t max, bool narrow)
{
	struct encoder_choice *c = &e->choices[id];

	if (c->tables > 0 && --c->tables > 0 && encoder_follow_ints(e, c->plan, min, max))
		return c->plan;
	return choose(c, encoder_plan_ints(e, min, max, narrow));
}

static struct encoder_plan
choose_strings(struct encoder *e, enum column_id id)
{
	struct encoder_choice *c = &e->choices[id];

	if (c->tables > 0 && --c->tables > 0 && encoder_follow_strings(e, c->plan))
		return c->plan;
	return choose(c, encoder_plan_strings(e));
}

/* Of a column that is the same in all rows, as many are, at the speed of memory. */
static void
find_range(const int64_t *values, size_t count, int64_t *min, int64_t *max)
{
	enum { LANES = 4 }; /* that need not wait for each other */
	int64_t low[LANES], high[LANES];
	size_t i = 0;

	for (size_t lane = 0; lane < LANES; lane++)
		low[lane] = high[lane] = values[0];
	if (memcmp(values, values + 1, (count - 1) * sizeof *values) == 0)
		i = count;
	for (; i + LANES <= count; i += LANES) {
		for (size_t lane = 0; lane < LANES; lane++) {
			int64_t v = values[i + lane];

			low[lane] = v < low[lane] ? v : low[lane];
			high[lane] = v > high[lane] ? v : high[lane];
		}
	}
	for (; i < count; i++) {
		low[0] = values[i] < low[0] ? values[i] : low[0];
		high[0] = values[i] > high[0] ? values[i] : high[0];
	}
	*min = low[0];
	*max = high[0];
	for (size_t lane = 1; lane < LANES; lane++) {
		*min = low[lane] < *min ? low[lane] : *min;
		*max = high[lane] > *max ? high[lane] : *max;
	}
}

static enum status
encode_ints(struct encoder *e, enum column_id id, struct parquet_chunk *chunk, struct fault *f)
{
	bool narrow = column_infos[id].type == COLUMN_TYPE_INT32;
	struct encoder_plan plan;
	enum status st = STATUS_OK;
	int64_t min, max;

	find_range(e->ints, e->count, &min, &max);
	note_ints(e, min, max, narrow, &chunk->statistics);
	plan = choose_ints(e, id, min, max, narrow);
	chunk->encodings |= 1u << plan.encoding;
	if (plan.encoding == PARQUET_RLE_DICTIONARY)
		encoder_put_int_dictionary(e, e->dictionary.count, narrow);
	put_levels(e, 0, e->rows);
	encoder_put_ints(e, plan, narrow);
	if (e->raw.len + e->dictionary_raw.len < ENCODER_COMPRESS_MIN)
		chunk->codec = PARQUET_UNCOMPRESSED;
	if (plan.encoding == PARQUET_RLE_DICTIONARY)
		st = put_dictionary_page(e, e->dictionary.count, PAGE_VALUES, chunk, f);
	if (st == STATUS_OK)
		st = put_data_page(e, e->rows, plan.encoding, chunk, f);
	return st;
}

/* Strings are ordered by their bytes, unsigned. */
static int
compare_strings(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static void
note_strings(struct encoder *e, struct parquet_statistics *s)
{
	size_t min_len, max_len;
	const uint8_t *min = texts_at(&e->texts, 0, &min_len), *max = min;

	max_len = min_len;
	for (size_t i = 1; i < e->texts.count; i++) {
		size_t len;
		const uint8_t *p = texts_at(&e->texts, i, &len);

		if (compare_strings(p, len, min, min_len) < 0) {
			min = p;
			min_len = len;
		} else if (compare_strings(p, len, max, max_len) > 0) {
			max = p;
			max_len = len;
		}
	}
	if (min_len > sizeof e->min || max_len > sizeof e->max)
		return;
	memcpy(e->min, min, min_len);
	memcpy(e->max, max, max_len);
	s->min = (struct thrift_bytes){ e->min, min_len };
	s->max = (struct thrift_bytes){ e->max, max_len };
}

/* The rows of the next page from *row on: it ends behind ENCODER_PAGE_BYTES of strings. */
static size_t
page_rows(const struct encoder *e, size_t row, size_t value, size_t *values)
{
	size_t bytes = 0, first = row, from = value;

	while (row < e->rows && bytes < ENCODER_PAGE_BYTES) {
		if (e->levels[row++])
			bytes += 4 + e->texts.spans[e->texts.indexes[value++]].len;
	}
	*values = value - from;
	return row - first;
}

static enum status
put_string_pages(struct encoder *e, struct encoder_plan plan, struct parquet_chunk *chunk,
    struct fault *f)
{
	enum status st = STATUS_OK;
	size_t rows, values;

	for (size_t row = 0, value = 0; st == STATUS_OK && row < e->rows; row += rows) {
		values = e->count;
		rows = plan.encoding == PARQUET_RLE_DICTIONARY ? e->rows :
		    page_rows(e, row, value, &values);
		buf_reset(&e->raw);
		put_levels(e, row, rows);
		encoder_put_strings(e, plan, value, values);
		value += values;
		if (rows == e->rows && e->raw.len + e->dictionary_raw.len < ENCODER_COMPRESS_MIN)
			chunk->codec = PARQUET_UNCOMPRESSED;
		if (plan.encoding == PARQUET_RLE_DICTIONARY)
			st = put_dictionary_page(e, e->texts.count,
			    e->texts.sorted ? PAGE_SORTED : PAGE_VALUES, chunk, f);
		if (st == STATUS_OK)
			st = put_data_page(e, rows, plan.encoding, chunk, f);
	}
	return st;
}

/* What a reader would refuse is not written. */
static enum status
check_strings(const struct encoder *e, enum column_id id, struct fault *f)
{
	bool text = column_infos[id].type == COLUMN_TYPE_TEXT;

	if (!buf_ok(&e->texts.heap))
		return fault_memory(f);
	for (size_t i = 0; i < e->texts.count; i++) {
		size_t len;
		const uint8_t *p = texts_at(&e->texts, i, &len);

		if (len > ENCODER_VALUE_MAX)
			return fault_set(f, STATUS_LIMIT, NULL,
			    "column %s: a value of %zu bytes; the limit is %d",
			    column_infos[id].name, len, ENCODER_VALUE_MAX);
		if (text && !utf8_valid(p, len))
			return fault_set(f, STATUS_MALFORMED, NULL, "column %s: a text is no UTF-8",
			    column_infos[id].name);
	}
	return STATUS_OK;
}

static enum status
encode_strings(struct encoder *e, enum column_id id, struct parquet_chunk *chunk, struct fault *f)
{
	enum status st = check_strings(e, id, f);
	struct encoder_plan plan;

	if (st != STATUS_OK)
		return st;
	note_strings(e, &chunk->statistics);
	plan = choose_strings(e, id);
	chunk->encodings |= 1u << plan.encoding;
	if (plan.encoding == PARQUET_RLE_DICTIONARY)
		encoder_put_string_dictionary(e, 0, e->texts.count);
	return put_string_pages(e, plan, chunk, f);
}

/* The column's values into e->ints or e->texts. */
static void
gather(struct encoder *e, const struct table *t, enum column_id id)
{
	const struct table_column *c = &t->columns[id];

	switch (column_infos[id].type) {
	case COLUMN_TYPE_INT32:
		gather32(e, c->v.i32);
		break;
	case COLUMN_TYPE_TIME:
	case COLUMN_TYPE_INT64:
		gather64(e, c->v.i64);
		break;
	case COLUMN_TYPE_ADDRESS:
		texts_from_addresses(&e->texts, &e->dictionary, e->levels, c->v.address, e->rows);
		break;
	case COLUMN_TYPE_MAC:
		gather_macs(e, c->v.mac);
		texts_from_macs(&e->texts, &e->dictionary, e->ints, e->count);
		break;
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		texts_from_strings(&e->texts, &e->dictionary, e->levels, c, e->rows);
		break;
	}
}

enum status
encoder_column(struct encoder *e, const struct table *t, enum column_id id,
    struct parquet_chunk *chunk, struct fault *f)
{
	enum column_type type = column_infos[id].type;
	enum status st;

	buf_reset(&e->raw);
	buf_reset(&e->dictionary_raw);
	buf_reset(&e->out);
	find_levels(e, t, id);
	chunk->encodings = 1u << PARQUET_RLE;
	chunk->codec = PARQUET_ZSTD;
	chunk->values = (int64_t)t->rows;
	chunk->statistics = (struct parquet_statistics){ .counted = true,
		.null_count = (int64_t)(e->rows - e->count) };
	if (e->count == 0) {
		st = encode_nulls(e, chunk, f);
	} else {
		gather(e, t, id);
		st = is_integer(type) ? encode_ints(e, id, chunk, f) :
		    encode_strings(e, id, chunk, f);
	}
	chunk->compressed = (int64_t)e->out.len;
	return st;
}
