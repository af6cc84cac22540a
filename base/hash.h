/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_HASH_H
#define BASE_HASH_H

/* Fast non-cryptographic hashes of short keys, seeded so that chosen keys do not collide. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t
hash_mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide x = (wide)a * b;

	return (uint64_t)x ^ (uint64_t)(x >> 64);
}

/* The flow key has an unrolled form of its own: capture/flowkey.h.  Not the same on all machines. */
uint64_t hash_bytes(const void *data, size_t len, uint64_t seed);

#endif
