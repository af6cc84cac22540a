/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_rle.h"

#include <string.h>

#include "archive/parquet_bits.h"
#include "archive/thrift.h"

/*
 * Shorter runs stay in the bit-packed part: zstd makes nearly nothing of them there, and
 * every change between the two forms costs it a match.
 */
enum { RUN_MIN = 64, RUN_BLOCK = RUN_MIN / 2, RUN_COUNT_MAX = 1 << 26 };

static void
put_run(struct buf *out, uint32_t value, size_t count, unsigned width)
{
	thrift_varint(out, (uint64_t)count << 1);
	for (unsigned done = 0; done < width; done += 8)
		buf_u8(out, (uint8_t)(value >> done));
}

/* Groups of eight values; the last group is padded with zeros. */
static void
put_packed(struct buf *out, const uint32_t *values, size_t count, unsigned width)
{
	size_t groups = (count + 7) / 8;
	struct bits_writer w = { 0 };

	if (count == 0)
		return;
	thrift_varint(out, (uint64_t)groups << 1 | 1);
	if (!buf_reserve(out, groups * width + BITS_SLACK))
		return;
	w.at = out->data + out->len;
	for (size_t i = 0; i < count; i++)
		bits_put32(&w, values[i], width);
	for (size_t i = count; i < groups * 8; i++)
		bits_put32(&w, 0, width);
	bits_flush(&w);
	out->len += groups * width;
}

static size_t
run_length(const uint32_t *values, size_t count)
{
	size_t n = 1;

	while (n < count && values[n] == values[0])
		n++;
	return n;
}

static bool
is_same(const uint32_t *block)
{
	uint32_t other = 0;

	if (block[0] != block[RUN_BLOCK - 1]) /* mostly */
		return false;
	for (size_t i = 0; i < RUN_BLOCK; i++)
		other |= block[i] ^ block[0];
	return other == 0;
}

/*
 * Where the next run of RUN_MIN or more begins, count if there is none.  It fills a block of half
 * as many, wherever it lies: only those are looked at.
 */
static size_t
find_run(const uint32_t *values, size_t at, size_t count, size_t *run)
{
	size_t block = (at + RUN_BLOCK - 1) / RUN_BLOCK * RUN_BLOCK;

	for (; block + RUN_BLOCK <= count; block += RUN_BLOCK) {
		size_t start = block;

		if (!is_same(values + block))
			continue;
		while (start > at && values[start - 1] == values[block])
			start--;
		*run = run_length(values + start, count - start);
		if (*run >= RUN_MIN)
			return start;
	}
	return count;
}

void
rle_put(struct buf *out, const uint32_t *values, size_t count, unsigned width)
{
	size_t from = 0, at = 0, run;

	while ((at = find_run(values, from, count, &run)) < count) {
		/* A packed run ends on a group's border: the repeated value fills it up. */
		size_t fill = (8 - (at - from) % 8) % 8;

		put_packed(out, values + from, at + fill - from, width);
		put_run(out, values[at], run - fill, width);
		from = at + run;
	}
	put_packed(out, values + from, count - from, width);
}

/* Eight bytes of 0 or 1 as eight bits. */
static uint8_t
pack_levels(const uint8_t *levels)
{
	return (uint8_t)(load_le64(levels) * UINT64_C(0x0102040810204080) >> 56);
}

static void
put_packed_levels(struct buf *out, const uint8_t *levels, size_t count)
{
	uint8_t last[8] = { 0 };
	uint8_t *p;

	if (count == 0)
		return;
	thrift_varint(out, (uint64_t)((count + 7) / 8) << 1 | 1);
	p = buf_grow(out, (count + 7) / 8);
	if (p == NULL)
		return;
	for (size_t i = 0; i < count / 8; i++)
		*p++ = pack_levels(levels + 8 * i);
	if (count % 8 != 0) {
		memcpy(last, levels + count / 8 * 8, count % 8);
		*p = pack_levels(last);
	}
}

static size_t
level_run(const uint8_t *levels, size_t count)
{
	uint64_t same = levels[0] * UINT64_C(0x0101010101010101);
	size_t n = 0;

	while (n + 8 <= count && load_le64(levels + n) == same)
		n += 8;
	while (n < count && levels[n] == levels[0])
		n++;
	return n;
}

void
rle_put_levels(struct buf *out, const uint8_t *levels, size_t count)
{
	size_t from = 0, at = 0;

	while (at < count) {
		size_t run = level_run(levels + at, count - at);
		size_t fill = (8 - (at - from) % 8) % 8;

		/* One bit each: packing a run costs less than the change to another form. */
		if (run >= 16 * RUN_MIN || run == count) {
			put_packed_levels(out, levels + from, at + fill - from);
			put_run(out, levels[at], run - fill, 1);
			from = at + run;
		}
		at += run;
	}
	put_packed_levels(out, levels + from, count - from);
}

void
rle_decoder_init(struct rle_decoder *d, struct cursor c, unsigned width)
{
	memset(d, 0, sizeof *d);
	d->c = c;
	d->width = width;
	if (width > RLE_WIDTH_MAX)
		cursor_fail(&d->c);
}

/* The head of the next run. */
static bool
next_run(struct rle_decoder *d)
{
	uint64_t head = thrift_get_varint(&d->c);
	uint64_t count = head >> 1;

	if (count == 0 || count > RUN_COUNT_MAX)
		cursor_fail(&d->c); /* for good: whoever asks again must not get what is behind it */
	if (!cursor_ok(&d->c))
		return false;
	if ((head & 1) == 0) {
		const uint8_t *p = cursor_bytes(&d->c, (d->width + 7) / 8);

		if (p == NULL)
			return false;
		d->value = (uint32_t)bits_get(p, p + (d->width + 7) / 8, 0, d->width);
		d->repeat = (uint32_t)count;
		return true;
	}
	d->bytes = cursor_sub(&d->c, (size_t)count * d->width);
	d->packed = (size_t)count * 8;
	d->bit = 0;
	return cursor_ok(&d->bytes);
}

static void
unpack(struct rle_decoder *d, uint32_t *out, size_t count)
{
	const uint8_t *p = d->bytes.at, *end = d->bytes.end;
	unsigned width = d->width;
	size_t bit = d->bit, i = 0, fast = bits_loadable((size_t)(end - p), bit, width);

	for (fast = fast < count ? fast : count; i < fast; i++, bit += width)
		out[i] = (uint32_t)bits_load(p, bit, width);
	for (; i < count; i++, bit += width)
		out[i] = (uint32_t)bits_get(p, end, bit, width);
	d->bit = bit;
	d->packed -= count;
}

bool
rle_get_run(struct rle_decoder *d, size_t count, uint32_t *value)
{
	if (d->repeat == 0 && d->packed == 0 && !next_run(d))
		return false;
	if (d->repeat < count)
		return false;
	d->repeat -= (uint32_t)count;
	*value = d->value;
	return true;
}

bool
rle_get(struct rle_decoder *d, uint32_t *out, size_t count)
{
	while (count > 0) {
		size_t n = count;

		if (d->repeat > 0) {
			n = n < d->repeat ? n : d->repeat;
			for (size_t i = 0; i < n; i++)
				out[i] = d->value;
			d->repeat -= (uint32_t)n;
		} else if (d->packed > 0) {
			n = n < d->packed ? n : d->packed;
			unpack(d, out, n);
		} else if (next_run(d)) {
			continue;
		} else {
			return false;
		}
		out += n;
		count -= n;
	}
	return true;
}
