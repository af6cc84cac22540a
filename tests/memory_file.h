/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_MEMORY_FILE_H
#define TESTS_MEMORY_FILE_H

/* Octets that are read as a file is, by offset: memory_read for any reader's read_at. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/status.h"

struct memory_file {
	const uint8_t *data;
	size_t len;
};

static inline enum status
memory_read(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f)
{
	const struct memory_file *m = ctx;

	if (offset > m->len || len > m->len - offset)
		return fault_at(f, STATUS_TRUNCATED, "memory", offset, "%zu bytes are not there", len);
	memcpy(data, m->data + offset, len);
	return STATUS_OK;
}

#endif
