/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/sha1.h"

#include <string.h>

enum { BLOCK = 64, LENGTH_AT = 56, WORDS = 80 };

static uint32_t
rotate(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static uint32_t
load(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The function and the constant of a round: FIPS 180-4 sections 4.1.1 and 4.2.1. */
static uint32_t
mixed(size_t round, uint32_t b, uint32_t c, uint32_t d)
{
	if (round < 20)
		return ((b & c) | (~b & d)) + 0x5a827999u;
	if (round < 40)
		return (b ^ c ^ d) + 0x6ed9eba1u;
	if (round < 60)
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdcu;
	return (b ^ c ^ d) + 0xca62c1d6u;
}

/* Section 6.1.2. */
static void
add_block(uint32_t h[5], const uint8_t *block)
{
	uint32_t w[WORDS], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	for (size_t i = 0; i < 16; i++)
		w[i] = load(block + 4 * i);
	for (size_t i = 16; i < WORDS; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (size_t i = 0; i < WORDS; i++) {
		uint32_t next = rotate(a, 5) + mixed(i, b, c, d) + e + w[i];

		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = next;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

/* What is left, a bit that ends it, and its length in bits: section 5.1.1. */
static void
add_rest(uint32_t h[5], const uint8_t *data, size_t rest, size_t len)
{
	uint8_t block[BLOCK] = { 0 };
	uint64_t bits = (uint64_t)len * 8;

	if (rest > 0)
		memcpy(block, data, rest);
	block[rest] = 0x80;
	if (rest >= LENGTH_AT) {
		add_block(h, block);
		memset(block, 0, sizeof block);
	}
	for (size_t i = 0; i < 8; i++)
		block[LENGTH_AT + i] = (uint8_t)(bits >> (56 - 8 * i));
	add_block(h, block);
}

void
sha1(const void *data, size_t len, uint8_t digest[SHA1_SIZE])
{
	uint32_t h[5] = { 0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u };
	const uint8_t *at = data;
	size_t left = len;

	for (; left >= BLOCK; left -= BLOCK, at += BLOCK)
		add_block(h, at);
	add_rest(h, at, left, len);
	for (size_t i = 0; i < SHA1_SIZE; i++)
		digest[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}
