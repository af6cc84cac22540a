/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_SINK_H
#define BASE_SINK_H

/* Where an encoder's bytes go, in order: a file, a pipe, a hash on the way. */

#include <stddef.h>

#include "base/status.h"

struct sink {
	enum status (*write)(void *ctx, const void *data, size_t len, struct fault *f);
	void *ctx;
};

MUST_USE static inline enum status
sink_write(const struct sink *s, const void *data, size_t len, struct fault *f)
{
	return s->write(s->ctx, data, len, f);
}

#endif
