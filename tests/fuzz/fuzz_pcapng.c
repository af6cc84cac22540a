/* SPDX-License-Identifier: BSD-2-Clause */
/* A pcapng file: each octet that a packet claims is read. */
#include "capture/pcapng_file.h"

#include <stdlib.h>

#include "tests/capture/memory_origin.h"

enum { BATCH = 16 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_origin m = { .data = data, .len = size, .step = 100000 };
	struct feed_origin origin = { memory_read, NULL, &m };
	volatile uint8_t seen = 0;
	struct packet batch[BATCH];
	struct block_pool *pool = NULL;
	struct fault f = { 0 };
	struct pcapng_file *p = NULL;
	enum status st;
	struct feed s;
	size_t n;

	if (block_pool_open(&pool, NULL) != STATUS_OK)
		return 0;
	if (feed_open(&s, &origin, pool, NULL) != STATUS_OK)
		abort();
	st = pcapng_file_open(&s, &p, &f);
	while (st == STATUS_OK && pcapng_file_next(p, batch, BATCH, &n, &f) == STATUS_OK) {
		for (size_t i = 0; i < n; i++) {
			if (batch[i].captured > batch[i].wire)
				abort();
			for (uint32_t k = 0; k < batch[i].captured; k++)
				seen ^= batch[i].data[k];
		}
	}
	(void)seen;
	pcapng_file_free(p);
	feed_close(&s);
	block_pool_close(pool);
	return 0;
}
