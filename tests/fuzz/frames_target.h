/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FUZZ_FRAMES_TARGET_H
#define TESTS_FUZZ_FRAMES_TARGET_H

/* A reader of zstd frames over octets: once as they are, and once as what a frame holds. */

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "archive/frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct target_octets {
	const uint8_t *data;
	size_t size;
};

static inline enum status
target_read(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f)
{
	const struct target_octets *m = ctx;

	(void)f;
	if (offset > m->size || len > m->size - offset)
		abort();
	memcpy(data, m->data + offset, len);
	return STATUS_OK;
}

static inline void
target_both(const uint8_t *data, size_t size, void (*read_all)(const struct frames_input *in))
{
	struct target_octets m = { data, size };
	struct frames_input in = { target_read, &m, size, "fuzz" };
	size_t bound = ZSTD_compressBound(size), len;
	uint8_t *packed = malloc(bound);

	if (packed == NULL)
		return;
	read_all(&in);
	len = ZSTD_compress(packed, bound, data, size, 1);
	if (!ZSTD_isError(len)) {
		m = (struct target_octets){ packed, len };
		in.size = len;
		read_all(&in);
	}
	free(packed);
}

#endif
