/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_values.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

/* Packed values behind the last: eight belong together, and DuckDB fills up blocks of 256. */
enum { PADDING_MAX = 256 };

static bool
is_string(const struct parquet_leaf *leaf)
{
	return leaf->type == PARQUET_BYTE_ARRAY;
}

static bool
is_indexed(int32_t encoding)
{
	return encoding == PARQUET_RLE_DICTIONARY || encoding == PARQUET_PLAIN_DICTIONARY;
}

bool
values_known(const struct parquet_leaf *leaf, int32_t encoding)
{
	if (encoding == PARQUET_PLAIN || is_indexed(encoding))
		return true;
	return encoding ==
	    (is_string(leaf) ? PARQUET_DELTA_LENGTH_BYTE_ARRAY : PARQUET_DELTA_BINARY_PACKED);
}

bool
values_open(struct values *v, const struct parquet_leaf *leaf, int32_t encoding, struct cursor c,
    uint64_t count)
{
	memset(v, 0, sizeof *v);
	v->leaf = leaf;
	v->encoding = encoding;
	v->plain = c;
	if (encoding == PARQUET_PLAIN)
		return true;
	if (is_indexed(encoding)) {
		/* Without values there may be no width either. */
		unsigned width = count > 0 || cursor_left(&c) > 0 ? cursor_u8(&c) : 0;

		rle_decoder_init(&v->indexes, c, width);
		return cursor_ok(&v->indexes.c);
	}
	/* Nulls alone: some writers leave the head out. */
	if (count == 0 && cursor_left(&c) == 0)
		return true;
	if (!delta_decoder_init(&v->delta, c, count))
		return false;
	return encoding == PARQUET_DELTA_BINARY_PACKED || delta_rest(&v->delta, &v->plain);
}

/* What the bits of an integer say, by its width and sign. */
static bool
widen(const struct parquet_leaf *leaf, int64_t *ints, size_t count)
{
	int64_t all = 0;

	if (leaf->type != PARQUET_INT64 && leaf->is_unsigned) {
		for (size_t i = 0; i < count; i++)
			ints[i] = (int64_t)(uint32_t)(uint64_t)ints[i];
	} else if (leaf->type != PARQUET_INT64) {
		for (size_t i = 0; i < count; i++)
			ints[i] = (int32_t)(uint32_t)(uint64_t)ints[i];
	} else if (leaf->is_unsigned) {
		for (size_t i = 0; i < count; i++)
			all |= ints[i];
	}
	return all >= 0;
}

/* Into the column's unit and range. */
static bool
fit(const struct parquet_leaf *leaf, int64_t *ints, size_t count)
{
	enum column_type type = column_infos[leaf->id].type;
	bool narrow = leaf->type != PARQUET_INT64 && !leaf->is_unsigned;

	if (!widen(leaf, ints, count))
		return false;
	for (size_t i = 0; type == COLUMN_TYPE_INT32 && !narrow && i < count; i++) {
		if (ints[i] < INT32_MIN || ints[i] > INT32_MAX)
			return false;
	}
	for (size_t i = 0; type == COLUMN_TYPE_TIME && leaf->scale > 1 && i < count; i++) {
		if (__builtin_mul_overflow(ints[i], leaf->scale, &ints[i]))
			return false;
	}
	return true;
}

static bool
get_plain_ints(struct values *v, size_t count, int64_t *out)
{
	bool wide = v->leaf->type == PARQUET_INT64;
	const uint8_t *p = cursor_bytes(&v->plain, count * (wide ? 8 : 4));

	if (p == NULL)
		return false;
	if (wide) {
		for (size_t i = 0; i < count; i++)
			out[i] = (int64_t)load_le64(p + 8 * i);
	} else {
		for (size_t i = 0; i < count; i++)
			out[i] = load_le32(p + 4 * i);
	}
	return true;
}

static bool
get_ints(struct values *v, size_t count, int64_t *out)
{
	bool got = v->encoding == PARQUET_PLAIN ? get_plain_ints(v, count, out) :
						  delta_get(&v->delta, out, count);

	return got && fit(v->leaf, out, count);
}

static bool
get_strings(struct values *v, size_t count, struct stream_batch *b)
{
	bool plain = v->encoding == PARQUET_PLAIN;

	if (!plain && !delta_get(&v->delta, b->ints, count))
		return false;
	for (size_t i = 0; i < count; i++) {
		int64_t len = plain ? (int64_t)cursor_le32(&v->plain) : b->ints[i];

		if (len < 0 || (uint64_t)len > cursor_left(&v->plain))
			return false;
		b->bytes[i].data = cursor_bytes(&v->plain, (size_t)len);
		b->bytes[i].len = (size_t)len;
	}
	return cursor_ok(&v->plain);
}

static bool
parse_address(struct thrift_bytes s, struct address *out)
{
	char text[TEXT_ADDRESS_MAX];

	if (text_parse_ipv4(s.data, s.len, out))
		return true;
	if (s.len >= sizeof text || memchr(s.data, '\0', s.len) != NULL)
		return false;
	memcpy(text, s.data, s.len);
	text[s.len] = '\0';
	memset(out, 0, sizeof *out);
	return text_parse_address(text, out);
}

/* "02:00:5e:00:00:01", lower case. */
static bool
parse_mac(struct thrift_bytes s, int64_t *out)
{
	uint64_t mac = 0;

	if (s.len != TEXT_MAC_MAX - 1)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.data[i];

		if (i % 3 == 2) {
			if (c != ':')
				return false;
		} else if (c >= '0' && c <= '9') {
			mac = mac << 4 | (uint64_t)(c - '0');
		} else if (c >= 'a' && c <= 'f') {
			mac = mac << 4 | (uint64_t)(c - 'a' + 10);
		} else {
			return false;
		}
	}
	*out = (int64_t)mac;
	return true;
}

/* b->bytes as the column has them. */
static bool
convert_strings(enum column_type type, size_t count, struct stream_batch *b)
{
	bool good = true;

	for (size_t i = 0; good && i < count; i++) {
		if (type == COLUMN_TYPE_ADDRESS)
			good = parse_address(b->bytes[i], &b->addresses[i]);
		else if (type == COLUMN_TYPE_MAC)
			good = parse_mac(b->bytes[i], &b->ints[i]);
		else if (type == COLUMN_TYPE_TEXT)
			good = utf8_valid(b->bytes[i].data, b->bytes[i].len);
	}
	return good;
}

/* Values that stand in the page themselves. */
static bool
get_direct(struct values *v, size_t count, struct stream_batch *b)
{
	if (!is_string(v->leaf))
		return get_ints(v, count, b->ints);
	return get_strings(v, count, b) &&
	    convert_strings(column_infos[v->leaf->id].type, count, b);
}

/* One value so many times. */
static void
repeat(const struct values *v, const struct values_dictionary *d, uint32_t at, size_t count,
    struct stream_batch *b)
{
	switch (column_infos[v->leaf->id].type) {
	case COLUMN_TYPE_ADDRESS:
		for (size_t i = 0; i < count; i++)
			b->addresses[i] = d->addresses[at];
		break;
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		for (size_t i = 0; i < count; i++)
			b->bytes[i] = d->strings[at];
		break;
	default:
		for (size_t i = 0; b->narrow != NULL && i < count; i++)
			b->narrow[i] = (int32_t)d->ints[at];
		for (size_t i = 0; b->narrow == NULL && i < count; i++)
			b->ints[i] = d->ints[at];
		break;
	}
}

static void
look_up(const struct values *v, const struct values_dictionary *d, size_t count, struct stream_batch *b)
{
	const uint32_t *at = b->indexes;

	switch (column_infos[v->leaf->id].type) {
	case COLUMN_TYPE_ADDRESS:
		for (size_t i = 0; i < count; i++)
			b->addresses[i] = d->addresses[at[i]];
		break;
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		for (size_t i = 0; i < count; i++)
			b->bytes[i] = d->strings[at[i]];
		break;
	default:
		for (size_t i = 0; b->narrow != NULL && i < count; i++)
			b->narrow[i] = (int32_t)d->ints[at[i]];
		for (size_t i = 0; b->narrow == NULL && i < count; i++)
			b->ints[i] = d->ints[at[i]];
		break;
	}
}

static bool
get_indexed(struct values *v, const struct values_dictionary *d, size_t count,
    struct stream_batch *b)
{
	uint32_t last = 0;

	if (count > 0 && rle_get_run(&v->indexes, count, &last)) {
		if (last >= d->count)
			return false;
		repeat(v, d, last, count, b);
		return true;
	}
	if (!rle_get(&v->indexes, b->indexes, count))
		return false;
	for (size_t i = 0; i < count; i++)
		last = b->indexes[i] > last ? b->indexes[i] : last;
	if (count > 0 && last >= d->count)
		return false;
	look_up(v, d, count, b);
	return true;
}

bool
values_indexed(const struct values *v)
{
	return is_indexed(v->encoding);
}

bool
values_get(struct values *v, const struct values_dictionary *d, size_t count,
    struct stream_batch *b)
{
	return is_indexed(v->encoding) ? get_indexed(v, d, count, b) : get_direct(v, count, b);
}

bool
values_done(const struct values *v)
{
	struct cursor rest;

	if (is_indexed(v->encoding))
		return v->indexes.repeat == 0 && v->indexes.packed < PADDING_MAX &&
		    cursor_left(&v->indexes.c) == 0;
	if (v->encoding == PARQUET_DELTA_BINARY_PACKED)
		return v->delta.miniblocks == 0 ||
		    (delta_rest(&v->delta, &rest) && cursor_left(&rest) == 0);
	return cursor_left(&v->plain) == 0;
}

static void *
memory_for(enum column_type type, struct values_dictionary *d, size_t count)
{
	if (type == COLUMN_TYPE_ADDRESS)
		return d->addresses = calloc(count + 1, sizeof *d->addresses);
	if (type == COLUMN_TYPE_TEXT || type == COLUMN_TYPE_OCTETS)
		return d->strings = calloc(count + 1, sizeof *d->strings);
	return d->ints = calloc(count + 1, sizeof *d->ints);
}

bool
values_dictionary_fill(struct values_dictionary *d, const struct parquet_leaf *leaf,
    struct cursor bytes, size_t count, struct stream_batch *b, bool *memory)
{
	enum column_type type = column_infos[leaf->id].type;
	struct values v;

	/* An entry has four bytes at least: a number, or a string's length. */
	if (count > PARQUET_DICTIONARY_MAX || count > cursor_left(&bytes) / 4)
		return false;
	if (memory_for(type, d, count) == NULL) {
		*memory = false;
		return false;
	}
	if (!values_open(&v, leaf, PARQUET_PLAIN, bytes, count))
		return false;
	for (size_t at = 0; at < count; at += STREAM_BATCH) {
		size_t n = count - at < STREAM_BATCH ? count - at : STREAM_BATCH;

		b->addresses = type == COLUMN_TYPE_ADDRESS ? d->addresses + at : b->own_addresses;
		b->ints = d->ints != NULL ? d->ints + at : b->own_ints;
		b->narrow = NULL;
		if (!get_direct(&v, n, b))
			return false;
		if (d->strings != NULL)
			memcpy(d->strings + at, b->bytes, n * sizeof *d->strings);
	}
	d->count = count;
	return values_done(&v);
}

void
values_dictionary_free(struct values_dictionary *d)
{
	buf_free(&d->bytes);
	free(d->ints);
	free(d->addresses);
	free(d->strings);
	memset(d, 0, sizeof *d);
}
