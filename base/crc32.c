/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/crc32.h"

#include "base/cursor.h"

enum { SLICES = 8 };

void
crc32_init(struct crc32 *c)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t v = i;

		for (int bit = 0; bit < 8; bit++)
			v = v >> 1 ^ ((v & 1) != 0 ? UINT32_C(0xedb88320) : 0);
		c->tables[0][i] = v;
	}
	for (uint32_t i = 0; i < 256; i++) {
		for (int s = 1; s < SLICES; s++) {
			uint32_t v = c->tables[s - 1][i];

			c->tables[s][i] = v >> 8 ^ c->tables[0][v & 0xff];
		}
	}
}

uint32_t
crc32_of(const struct crc32 *c, uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t v = ~crc;

	for (; len >= SLICES; len -= SLICES, p += SLICES) {
		uint32_t a = v ^ load_le32(p), b = load_le32(p + 4);

		v = c->tables[7][a & 0xff] ^ c->tables[6][a >> 8 & 0xff] ^
		    c->tables[5][a >> 16 & 0xff] ^ c->tables[4][a >> 24] ^
		    c->tables[3][b & 0xff] ^ c->tables[2][b >> 8 & 0xff] ^
		    c->tables[1][b >> 16 & 0xff] ^ c->tables[0][b >> 24];
	}
	for (; len > 0; len--, p++)
		v = v >> 8 ^ c->tables[0][(v ^ *p) & 0xff];
	return ~v;
}
