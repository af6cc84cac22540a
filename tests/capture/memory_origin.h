/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_MEMORY_ORIGIN_H
#define TESTS_MEMORY_ORIGIN_H

/* A feed's origin in memory, which gives at most `step` octets at once, and can seek. */

#include <string.h>

#include "capture/feed.h"

struct memory_origin {
	const uint8_t *data;
	size_t len;
	size_t at;
	size_t step;
};

static inline enum status
memory_read(void *ctx, uint8_t *buf, size_t cap, size_t *got, struct fault *f)
{
	struct memory_origin *m = ctx;
	size_t n = m->len - m->at;

	(void)f;
	n = n < cap ? n : cap;
	n = n < m->step ? n : m->step;
	if (n == 0)
		return STATUS_END;
	memcpy(buf, m->data + m->at, n);
	m->at += n;
	*got = n;
	return STATUS_OK;
}

static inline enum status
memory_seek(void *ctx, uint64_t offset, struct fault *f)
{
	struct memory_origin *m = ctx;

	if (offset > m->len)
		return fault_set(f, STATUS_IO, NULL, "an offset behind the end");
	m->at = (size_t)offset;
	return STATUS_OK;
}

#endif
