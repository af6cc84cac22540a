/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_APP_STREAM_H
#define CAPTURE_APP_STREAM_H

/*
 * The first octets of a stream, put together from pieces that come in any order, twice or
 * overlapping: of an octet that comes twice, the first one counts.  No more than
 * APP_STREAM_MAX octets and APP_STREAM_PIECES pieces with holes between them are held; what
 * is beyond is not taken.  Zeroed at first; app_stream_put; app_stream_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/app_budget.h"

enum {
	APP_STREAM_MAX = 16384, /* octets of one direction */
	APP_STREAM_PIECES = 32
};

struct app_piece {
	uint16_t start;
	uint16_t end;
};

struct app_stream {
	uint8_t *data;
	uint16_t cap;   /* octets at data */
	uint16_t count; /* pieces, ordered, with holes between them */
	struct app_piece pieces[APP_STREAM_PIECES];
};

/* False where the budget, the memory or the pieces end: nothing of it was taken. */
bool app_stream_put(struct app_stream *s, size_t offset, const void *data, size_t len,
    struct app_budget *b);
void app_stream_free(struct app_stream *s, struct app_budget *b);

/* How many octets from the first one on are there without a hole. */
static inline size_t
app_stream_ready(const struct app_stream *s)
{
	return s->count > 0 && s->pieces[0].start == 0 ? s->pieces[0].end : 0;
}

#endif
