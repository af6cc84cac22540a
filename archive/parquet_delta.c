/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_delta.h"

#include <string.h>

#include "archive/parquet_bits.h"
#include "archive/thrift.h"

enum { BLOCK = 128, MINIBLOCKS = 4, MINIBLOCK = BLOCK / MINIBLOCKS };

static int64_t
difference(int64_t a, int64_t b, bool narrow)
{
	uint64_t d = (uint64_t)a - (uint64_t)b;

	return narrow ? (int32_t)(uint32_t)d : (int64_t)d;
}

/* The widths of a block's miniblocks; those behind the last value stay 0 and have no bytes. */
static size_t
block_widths(uint8_t widths[MINIBLOCKS], const uint64_t *deltas, size_t count, unsigned round)
{
	size_t bytes = 0;

	memset(widths, 0, MINIBLOCKS);
	for (size_t m = 0; m * MINIBLOCK < count; m++) {
		uint64_t all = 0;

		for (size_t i = 0; i < MINIBLOCK; i++)
			all |= deltas[m * MINIBLOCK + i];
		widths[m] = (uint8_t)((bits_width(all) + round - 1) / round * round);
		bytes += bits_size(MINIBLOCK, widths[m]);
	}
	return bytes;
}

/* deltas: BLOCK of them, less the minimum, zero behind count. */
static void
put_block(struct buf *out, const uint64_t *deltas, size_t count, int64_t min, unsigned round)
{
	uint8_t widths[MINIBLOCKS];
	size_t bytes = block_widths(widths, deltas, count, round);
	struct bits_writer w = { 0 };

	thrift_zigzag(out, min);
	buf_put(out, widths, sizeof widths);
	if (!buf_reserve(out, bytes + BITS_SLACK))
		return;
	w.at = out->data + out->len;
	for (size_t m = 0; m < MINIBLOCKS; m++) {
		for (size_t i = 0; widths[m] > 0 && i < MINIBLOCK; i++)
			bits_put64(&w, deltas[m * MINIBLOCK + i], widths[m]);
	}
	bits_flush(&w);
	out->len += bytes;
}

/*
 * Where widths are whole bytes, the minimum is one of few: 0, or the lowest number of one,
 * two, ... bytes that takes in the whole block.  So an outlier does not shift its neighbours'
 * bytes, and zstd sees the same bytes for the same difference in every block.
 */
static int64_t
even_minimum(int64_t min, int64_t max)
{
	if (min >= 0)
		return min < 256 ? 0 : min;
	for (unsigned bits = 7; bits < 32; bits += 8) {
		int64_t limit = INT64_C(1) << bits;

		if (min >= -limit && max < limit)
			return -limit;
	}
	return min;
}

void
delta_put(struct buf *out, const int64_t *values, size_t count, struct delta_layout layout)
{
	uint64_t mask = layout.narrow ? UINT32_MAX : UINT64_MAX;

	thrift_varint(out, BLOCK);
	thrift_varint(out, MINIBLOCKS);
	thrift_varint(out, count);
	thrift_zigzag(out, count > 0 ? values[0] : 0);
	for (size_t at = 1; at < count; at += BLOCK) {
		size_t n = count - at < BLOCK ? count - at : BLOCK;
		uint64_t deltas[BLOCK] = { 0 };
		int64_t min = INT64_MAX, max = INT64_MIN;

		for (size_t i = 0; i < n; i++) {
			int64_t d = difference(values[at + i], values[at + i - 1], layout.narrow);

			deltas[i] = (uint64_t)d;
			min = d < min ? d : min;
			max = d > max ? d : max;
		}
		if (layout.round > 1)
			min = even_minimum(min, max);
		for (size_t i = 0; i < n; i++)
			deltas[i] = (deltas[i] - (uint64_t)min) & mask;
		put_block(out, deltas, n, min, layout.round);
	}
}

bool
delta_decoder_init(struct delta_decoder *d, struct cursor c, uint64_t count)
{
	uint64_t block, miniblocks;

	memset(d, 0, sizeof *d);
	block = thrift_get_varint(&c);
	miniblocks = thrift_get_varint(&c);
	d->count = thrift_get_varint(&c);
	d->last = (uint64_t)thrift_get_zigzag(&c);
	d->first = true;
	d->c = c;
	if (!cursor_ok(&c) || d->count != count || block == 0 || block > DELTA_BLOCK_MAX)
		return false;
	if (miniblocks == 0 || miniblocks > DELTA_MINIBLOCKS_MAX || block % miniblocks != 0)
		return false;
	d->miniblocks = (size_t)miniblocks;
	d->miniblock = d->miniblocks;
	d->miniblock_values = (size_t)(block / miniblocks);
	return d->miniblock_values % 8 == 0;
}

/* Opens the next miniblock, and its block's head where it is the first. */
static bool
next_miniblock(struct delta_decoder *d)
{
	if (d->miniblock == d->miniblocks) {
		d->min = (uint64_t)thrift_get_zigzag(&d->c);
		d->widths = cursor_sub(&d->c, d->miniblocks);
		d->miniblock = 0;
	}
	d->miniblock++;
	d->width = cursor_u8(&d->widths);
	if (d->width > 64)
		return false;
	d->bytes = cursor_sub(&d->c, bits_size(d->miniblock_values, d->width));
	d->bit = 0;
	d->left = d->miniblock_values;
	return cursor_ok(&d->bytes) && cursor_ok(&d->widths);
}

static void
unpack(struct delta_decoder *d, int64_t *out, size_t count)
{
	const uint8_t *p = d->bytes.at, *end = d->bytes.end;
	unsigned width = d->width;
	uint64_t last = d->last;
	size_t bit = d->bit, i = 0, fast = bits_loadable((size_t)(end - p), bit, width);

	for (fast = fast < count ? fast : count; i < fast; i++, bit += width)
		out[i] = (int64_t)(last += d->min + bits_load(p, bit, width));
	for (; i < count; i++, bit += width)
		out[i] = (int64_t)(last += d->min + bits_get(p, end, bit, width));
	d->bit = bit;
	d->last = last;
	d->left -= count;
	d->count -= count;
}

bool
delta_get(struct delta_decoder *d, int64_t *out, size_t count)
{
	if (count > d->count)
		return false;
	if (count > 0 && d->first) {
		*out++ = (int64_t)d->last;
		count--;
		d->count--;
		d->first = false;
	}
	while (count > 0) {
		size_t n;

		if (d->left == 0 && !next_miniblock(d))
			return false;
		n = count < d->left ? count : d->left;
		unpack(d, out, n);
		out += n;
		count -= n;
	}
	return true;
}

bool
delta_rest(const struct delta_decoder *from, struct cursor *rest)
{
	struct delta_decoder d = *from;
	uint64_t left = d.count - (d.first && d.count > 0);

	while (left > d.left) {
		left -= d.left;
		if (!next_miniblock(&d))
			return false;
	}
	*rest = d.c;
	return true;
}
