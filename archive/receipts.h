/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_RECEIPTS_H
#define ARCHIVE_RECEIPTS_H

/*
 * What a run sealed, and how the commands that write tell it: the head that the archive has now, and
 * the segments, of which only the last are kept, for a run may take months and the rest is in the
 * archive.  Begins as zeros; receipts_add; receipts_free.
 */

#include <stdbool.h>
#include <stddef.h>

#include "archive/writer.h"
#include "base/buf.h"
#include "base/jsonw.h"

enum { RECEIPTS_MAX = 4096 };

struct receipts {
	struct receipt head;  /* whose `created` is the first one's */
	struct receipt *list; /* of the segments sealed last, in order; RECEIPTS_MAX at most */
	size_t count;
	bool any;             /* a segment was sealed: head holds */
};

/* Copies it.  STATUS_NO_MEMORY, and nothing has changed. */
MUST_USE enum status receipts_add(struct receipts *r, const struct receipt *more, struct fault *f);
/* The keys archive, genesis, head, created, closed and segments, into the open object. */
void receipts_json(const struct receipts *r, struct jsonw *j);
/* Of these, archive, genesis and head. */
void receipts_head_json(const struct receipt *head, struct jsonw *j);
/* A line of each segment, then three of the archive; nothing where none was sealed. */
void receipts_text(const struct receipts *r, struct buf *out);
void receipts_free(struct receipts *r);

#endif
