/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_stream.h"

#include <stdlib.h>
#include <string.h>

#include "archive/parquet_values.h"

struct stream {
	struct page_unpacker *unpacker;
	struct stream_batch *batch;
	struct parquet_leaf leaf;
	int32_t codec;
	uint64_t rows;
	uint64_t row;
	uint64_t at;  /* of the next page */
	uint64_t end; /* of the chunk */
	struct buf bytes; /* the page */
	struct page page;
	uint64_t page_left; /* rows */
	struct rle_decoder levels;
	struct values values;
	bool has_dictionary;
	struct values_dictionary dictionary;
};

static enum status
malformed(const struct stream *s, const char *what, struct fault *f)
{
	return fault_at(f, STATUS_MALFORMED, s->unpacker->in.name, s->page.offset, "column %s: %s",
	    column_infos[s->leaf.id].name, what);
}

static enum status
check_chunk(const struct page_unpacker *u, const struct parquet_leaf *leaf,
    const struct parquet_chunk *c, int64_t rows, struct fault *f)
{
	const char *name = column_infos[leaf->id].name;

	if (c->foreign)
		return fault_set(f, STATUS_UNSUPPORTED, u->in.name,
		    "column %s is encrypted or in another file", name);
	if (c->codec != PARQUET_UNCOMPRESSED && c->codec != PARQUET_ZSTD)
		return fault_set(f, STATUS_UNSUPPORTED, u->in.name, "column %s: codec %s (%d)", name,
		    parquet_codec_name(c->codec), (int)c->codec);
	if (!c->described || c->type != leaf->type || c->values != rows)
		return fault_set(f, STATUS_MALFORMED, u->in.name,
		    "column %s: its chunk has %lld values of %s in a row group of %lld rows", name,
		    (long long)c->values, parquet_type_name(c->type), (long long)rows);
	return STATUS_OK;
}

enum status
parquet_stream_open(struct page_unpacker *u, struct stream_batch *batch, const struct parquet_leaf *leaf,
    const struct parquet_chunk *c, int64_t rows, uint64_t footer_at, struct stream **out,
    struct fault *f)
{
	int64_t start = c->dictionary_offset > 0 && c->dictionary_offset < c->data_offset ?
	    c->dictionary_offset :
	    c->data_offset;
	enum status st = check_chunk(u, leaf, c, rows, f);
	struct stream *s;

	if (st != STATUS_OK)
		return st;
	if (start < PARQUET_MAGIC_SIZE || c->compressed < 0 || (uint64_t)start > footer_at ||
	    (uint64_t)c->compressed > footer_at - (uint64_t)start)
		return fault_set(f, STATUS_MALFORMED, u->in.name,
		    "column %s: %lld bytes at offset %lld are not inside the file",
		    column_infos[leaf->id].name, (long long)c->compressed, (long long)start);
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return fault_memory(f);
	s->unpacker = u;
	s->batch = batch;
	s->leaf = *leaf;
	s->codec = c->codec;
	s->rows = (uint64_t)rows;
	s->at = (uint64_t)start;
	s->end = s->at + (uint64_t)c->compressed;
	buf_init(&s->bytes, PARQUET_PAGE_MAX + 1);
	buf_init(&s->dictionary.bytes, PARQUET_PAGE_MAX + 1);
	*out = s;
	return STATUS_OK;
}

void
parquet_stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	buf_free(&s->bytes);
	values_dictionary_free(&s->dictionary);
	free(s);
}

uint64_t
parquet_stream_row(const struct stream *s)
{
	return s->row;
}

static enum status
take_dictionary(struct stream *s, struct fault *f)
{
	const struct parquet_header *h = &s->page.header;
	struct buf bytes = s->dictionary.bytes;
	bool memory = true;

	if (s->has_dictionary || s->row > 0)
		return malformed(s, "a dictionary behind data, or a second one", f);
	if (h->encoding != PARQUET_PLAIN && h->encoding != PARQUET_PLAIN_DICTIONARY)
		return fault_at(f, STATUS_UNSUPPORTED, s->unpacker->in.name, s->page.offset,
		    "column %s: a dictionary in %s", column_infos[s->leaf.id].name,
		    parquet_encoding_name(h->encoding));
	/* The entries borrow from the page, whose bytes the dictionary keeps. */
	s->dictionary.bytes = s->bytes;
	s->bytes = bytes;
	s->has_dictionary = true;
	if (values_dictionary_fill(&s->dictionary, &s->leaf, s->page.values, (size_t)h->values,
		s->batch, &memory))
		return STATUS_OK;
	return memory ? malformed(s, "its dictionary is damaged, or a value cannot be its", f) :
			fault_memory(f);
}

/* The page's values that are there: all of the levels are read once before, to count them. */
static bool
count_values(struct stream *s, uint64_t *count)
{
	struct rle_decoder levels = s->levels;
	uint64_t left = s->page_left, there = 0;
	uint32_t all;

	if (left > 0 && rle_get_run(&levels, (size_t)left, &all)) {
		*count = all != 0 ? left : 0;
		return true;
	}
	while (left > 0) {
		size_t n = left < STREAM_BATCH ? (size_t)left : STREAM_BATCH;

		if (!rle_get(&levels, s->batch->levels, n))
			return false;
		for (size_t i = 0; i < n; i++)
			there += s->batch->levels[i];
		left -= n;
	}
	*count = there;
	return true;
}

static enum status
take_data(struct stream *s, struct fault *f)
{
	const struct parquet_header *h = &s->page.header;
	uint64_t count = (uint64_t)h->values;

	if (count > s->rows - s->row)
		return malformed(s, "more values than the row group has rows", f);
	if (!values_known(&s->leaf, h->encoding))
		return fault_at(f, STATUS_UNSUPPORTED, s->unpacker->in.name, s->page.offset,
		    "column %s: encoding %s (%d)", column_infos[s->leaf.id].name,
		    parquet_encoding_name(h->encoding), (int)h->encoding);
	s->page_left = count;
	if (s->leaf.optional) {
		rle_decoder_init(&s->levels, s->page.levels, 1);
		if (!count_values(s, &count))
			return malformed(s, "its definition levels are damaged", f);
	}
	if (!values_open(&s->values, &s->leaf, h->encoding, s->page.values, count))
		return malformed(s, "the head of its values is damaged", f);
	return STATUS_OK;
}

static enum status
next_page(struct stream *s, struct fault *f)
{
	enum status st;

	if (s->at >= s->end)
		return malformed(s, "its pages have less values than the row group has rows", f);
	st = page_get(s->unpacker, s->at, s->end, s->codec, s->leaf.optional, &s->bytes, &s->page, f);
	if (st != STATUS_OK)
		return st;
	s->at = s->page.next;
	switch (s->page.header.type) {
	case PARQUET_DICTIONARY_PAGE:
		return take_dictionary(s, f);
	case PARQUET_DATA_PAGE:
	case PARQUET_DATA_PAGE_V2:
		return take_data(s, f);
	default:
		return STATUS_OK; /* an index page, which nobody writes */
	}
}

/* Rows without a value take a neighbour's, which nobody looks at: no branch. */
static void
store_ints(struct table_column *c, bool narrow, size_t row, size_t rows,
    const struct stream_batch *b)
{
	if (narrow) {
		for (size_t i = 0, n = 0; i < rows; n += b->levels[i++])
			c->v.i32[row + i] = (int32_t)b->ints[n];
	} else {
		for (size_t i = 0, n = 0; i < rows; n += b->levels[i++])
			c->v.i64[row + i] = b->ints[n];
	}
}

/* Where each row has its value, most values can be put where they belong at once. */
static bool
aim_at_column(const struct stream *s, const struct table_column *c, size_t row)
{
	struct stream_batch *b = s->batch;

	switch (column_infos[s->leaf.id].type) {
	case COLUMN_TYPE_INT32:
		b->narrow = values_indexed(&s->values) ? c->v.i32 + row : NULL;
		return b->narrow != NULL;
	case COLUMN_TYPE_TIME:
	case COLUMN_TYPE_INT64:
		b->ints = c->v.i64 + row;
		return true;
	case COLUMN_TYPE_ADDRESS:
		b->addresses = c->v.address + row;
		return true;
	default:
		return false;
	}
}

static bool
store_strings(struct table_column *c, size_t row, size_t rows, const struct stream_batch *b)
{
	for (size_t i = 0, n = 0; i < rows; i++) {
		struct table_span span = { (uint32_t)c->heap.len, 0 };

		if (b->levels[i]) {
			span.len = (uint32_t)b->bytes[n].len;
			buf_put(&c->heap, b->bytes[n].data, b->bytes[n].len);
			n++;
		}
		c->v.span[row + i] = span;
	}
	return buf_ok(&c->heap);
}

/* The batch's values into rows of the table. */
static void
store(const struct stream *s, struct table *t, size_t row, size_t rows)
{
	struct table_column *c = &t->columns[s->leaf.id];
	const struct stream_batch *b = s->batch;

	for (size_t i = 0; i < rows; i++)
		c->present[row + i] = (uint8_t)b->levels[i];
	switch (column_infos[s->leaf.id].type) {
	case COLUMN_TYPE_TIME:
	case COLUMN_TYPE_INT32:
	case COLUMN_TYPE_INT64:
		store_ints(c, column_infos[s->leaf.id].type == COLUMN_TYPE_INT32, row, rows, b);
		break;
	case COLUMN_TYPE_MAC:
		for (size_t i = 0, n = 0; i < rows; n += b->levels[i++])
			c->v.mac[row + i] = b->levels[i] ? (uint64_t)b->ints[n] : 0;
		break;
	case COLUMN_TYPE_ADDRESS:
		for (size_t i = 0, n = 0; i < rows; n += b->levels[i++])
			c->v.address[row + i] =
			    b->levels[i] ? b->addresses[n] : (struct address){ .family = 0 };
		break;
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		t->failed |= !store_strings(c, row, rows, b);
		break;
	}
}

/* The levels of the next rows, and how many values are there. */
static bool
get_levels(struct stream *s, size_t rows, size_t *count)
{
	uint32_t *levels = s->batch->levels;
	uint32_t all = 1;
	size_t there = 0;

	if (!s->leaf.optional || rle_get_run(&s->levels, rows, &all)) {
		for (size_t i = 0; all != 0 && i < rows; i++)
			levels[i] = 1;
		*count = all != 0 ? rows : 0;
		return true;
	}
	if (!rle_get(&s->levels, levels, rows))
		return false;
	for (size_t i = 0; i < rows; i++)
		there += levels[i];
	*count = there;
	return true;
}

/* A column without any value stays as table_reset left it. */
static enum status
read_batch(struct stream *s, size_t row, size_t rows, struct table *t, struct fault *f)
{
	struct stream_batch *b = s->batch;
	bool placed = false;
	size_t count;

	b->ints = b->own_ints;
	b->addresses = b->own_addresses;
	b->narrow = NULL;
	if (!get_levels(s, rows, &count))
		return malformed(s, "its definition levels are damaged", f);
	if (t != NULL && count > 0) {
		if (!table_ready(t, s->leaf.id))
			return fault_memory(f);
		placed = count == rows && aim_at_column(s, &t->columns[s->leaf.id], row);
	}
	if (count > 0 && !values_get(&s->values, &s->dictionary, count, b))
		return malformed(s, "its values are damaged, or one cannot be its", f);
	s->row += rows;
	s->page_left -= rows;
	if (s->page_left == 0 && !values_done(&s->values))
		return malformed(s, "a page goes on behind its values", f);
	if (placed)
		memset(t->columns[s->leaf.id].present + row, 1, rows);
	else if (t != NULL && count > 0)
		store(s, t, row, rows);
	return STATUS_OK;
}

enum status
parquet_stream_read(struct stream *s, size_t rows, struct table *t, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t row = 0; st == STATUS_OK && row < rows;) {
		size_t n = rows - row < STREAM_BATCH ? rows - row : STREAM_BATCH;

		if (s->page_left == 0) {
			st = next_page(s, f);
			continue;
		}
		n = n < s->page_left ? n : (size_t)s->page_left;
		st = read_batch(s, row, n, t, f);
		row += n;
	}
	if (st == STATUS_OK && s->row == s->rows && s->at != s->end)
		st = malformed(s, "its chunk goes on behind its last page", f);
	return st == STATUS_OK && t != NULL && t->failed ? fault_memory(f) : st;
}
