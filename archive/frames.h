/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_FRAMES_H
#define ARCHIVE_FRAMES_H

/*
 * The octets that stand in the zstd frames of a segment's file, decompressed as they are asked for.
 * frames_open; frames_need, frames_at, frames_take...; frames_free.  Needs what was asked for, a
 * few MiB and zstd's window of memory.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct frames_input {
	/* Exactly len octets at offset, checked: checked_read. */
	enum status (*read_at)(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f);
	void *ctx;
	uint64_t size;
	const char *name; /* for faults; outlives the reader */
};

struct frames;

MUST_USE enum status frames_open(const struct frames_input *in, struct frames **out, struct fault *f);
/*
 * Makes len octets be there that were not taken.  STATUS_END where the file ends between frames
 * and no octet is left; STATUS_MALFORMED where it ends before len octets, which is told as an end
 * within `what`; or what reading and decompressing say.
 */
MUST_USE enum status frames_need(struct frames *r, size_t len, const char *what, struct fault *f);
/* They, until the next frames_need. */
const uint8_t *frames_at(const struct frames *r);
void frames_take(struct frames *r, size_t len);
/* STATUS_MALFORMED: the rule is broken by what stands here. */
MUST_USE enum status frames_malformed(const struct frames *r, const char *rule, struct fault *f);
void frames_free(struct frames *r);

#endif
