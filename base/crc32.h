/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

/* The CRC-32 of IEEE 802.3, gzip and Parquet, eight bytes at a time. */

#include <stddef.h>
#include <stdint.h>

struct crc32 {
	uint32_t tables[8][256];
};

void crc32_init(struct crc32 *c);
/* 0 is the start; what was returned goes on. */
uint32_t crc32_of(const struct crc32 *c, uint32_t crc, const void *data, size_t len);

#endif
