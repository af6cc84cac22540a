/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hash.h"

static uint64_t
load_part(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, p, n);
	return v;
}

uint64_t
hash_bytes(const void *data, size_t len, uint64_t seed)
{
	const uint64_t k0 = 0xa0761d6478bd642fULL, k1 = 0xe7037ed1a0b428dbULL;
	const uint8_t *p = data;
	uint64_t h = hash_mix(seed ^ k0, len ^ k1);

	while (len > 16) {
		h = hash_mix(load_part(p, 8) ^ k0 ^ h, load_part(p + 8, 8) ^ k1 ^ seed);
		p += 16;
		len -= 16;
	}
	h = hash_mix(load_part(p, len < 8 ? len : 8) ^ k0 ^ h,
	    (len > 8 ? load_part(p + 8, len - 8) : 0) ^ k1 ^ seed);
	return hash_mix(h ^ k0, k1);
}
