/* SPDX-License-Identifier: BSD-2-Clause */
/* The messages of a segment and their marks: the input is what a frame holds, once as it is and once compressed. */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "archive/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory {
	const uint8_t *data;
	size_t size;
};

static enum status
read_memory(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f)
{
	const struct memory *m = ctx;

	(void)f;
	if (offset > m->size || len > m->size - offset)
		abort();
	memcpy(data, m->data + offset, len);
	return STATUS_OK;
}

static void
read_all(const uint8_t *data, size_t size)
{
	struct memory m = { data, size };
	const struct frames_input in = { read_memory, &m, size, "fuzz" };
	struct messages *d = NULL;
	struct messagemark g;
	struct fault f = { 0 };
	volatile uint8_t sum = 0;
	enum status st;

	if (messages_open(&in, &d, NULL) != STATUS_OK)
		return;
	while ((st = messages_next(d, &g, &f)) == STATUS_OK)
		for (size_t i = 0; i < g.way.len; i++)
			sum = (uint8_t)(sum + g.way.data[i]);
	if (st != STATUS_END && f.status != st)
		abort(); /* a refusal without a reason */
	messages_free(d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t bound = ZSTD_compressBound(size), len;
	uint8_t *packed = malloc(bound);

	if (packed == NULL)
		return 0;
	read_all(data, size);
	len = ZSTD_compress(packed, bound, data, size, 1);
	if (!ZSTD_isError(len))
		read_all(packed, len);
	free(packed);
	return 0;
}
