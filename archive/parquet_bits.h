/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_BITS_H
#define ARCHIVE_PARQUET_BITS_H

/*
 * Bit packing as Parquet has it: values follow each other from the least significant bit
 * of each byte.  The writer stores into memory that the caller has reserved; the reader
 * takes a range of bytes that the caller has checked.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

enum { BITS_SLACK = 8 }; /* the writer stores up to so many bytes behind the last value */

static inline size_t
bits_size(size_t count, unsigned width)
{
	return (count * width + 7) / 8;
}

/* Bits that the value needs: 0 for 0. */
static inline unsigned
bits_width(uint64_t v)
{
	return v == 0 ? 0 : 64 - (unsigned)__builtin_clzll(v);
}

struct bits_writer {
	uint8_t *at;
	uint64_t pending;
	unsigned fill;
};

/* width 0 to 32; v has no bits above. */
static inline void
bits_put32(struct bits_writer *w, uint32_t v, unsigned width)
{
	w->pending |= (uint64_t)v << w->fill;
	w->fill += width;
	if (w->fill >= 32) {
		store_le32(w->at, (uint32_t)w->pending);
		w->at += 4;
		w->pending >>= 32;
		w->fill -= 32;
	}
}

static inline void
bits_put64(struct bits_writer *w, uint64_t v, unsigned width)
{
	if (width <= 32) {
		bits_put32(w, (uint32_t)v, width);
	} else {
		bits_put32(w, (uint32_t)v, 32);
		bits_put32(w, (uint32_t)(v >> 32), width - 32);
	}
}

/* Behind the last value; bits_size() bytes were written. */
static inline void
bits_flush(struct bits_writer *w)
{
	store_le32(w->at, (uint32_t)w->pending);
}

/*
 * How many values of this width, from bit `bit` of len bytes on, one load of eight bytes gets each
 * (bits_load); bits_get gets the others.
 */
static inline size_t
bits_loadable(size_t len, size_t bit, unsigned width)
{
	if (len < 8 || width == 0 || width > 56 || bit / 8 > len - 8)
		return 0;
	return ((len - 8) * 8 + 7 - bit) / width + 1;
}

/* width 1 to 56 */
static inline uint64_t
bits_load(const uint8_t *p, size_t bit, unsigned width)
{
	return load_le64(p + bit / 8) >> bit % 8 & (((uint64_t)1 << width) - 1);
}

/*
 * The value of this width at bit `bit` of the bytes [p, end); bits behind the end are
 * zero, so that a caller's mistake cannot read further.
 */
static inline uint64_t
bits_get(const uint8_t *p, const uint8_t *end, size_t bit, unsigned width)
{
	size_t left = (size_t)(end - p), at = bit / 8;
	unsigned shift = (unsigned)(bit % 8);
	uint64_t v = 0;

	if (at >= left || width == 0)
		return 0;
	if (left - at >= 8) {
		v = load_le64(p + at) >> shift;
		if (shift + width > 64 && left - at > 8)
			v |= (uint64_t)p[at + 8] << (64 - shift);
	} else {
		for (size_t i = left - at; i > 0; i--)
			v = v << 8 | p[at + i - 1];
		v >>= shift;
	}
	return width == 64 ? v : v & (((uint64_t)1 << width) - 1);
}

#endif
