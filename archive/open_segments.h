/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_OPEN_SEGMENTS_H
#define ARCHIVE_OPEN_SEGMENTS_H

/*
 * The open segments of an archive, for somebody who looks on while they are written, without the
 * state and its keys: how far the statements in open/ say that each file is durable.  No signature
 * is checked, and nothing is locked or written: what is found is no evidence.
 */

#include "archive/journal.h"
#include "archive/sha256.h"
#include "archive/statement.h"
#include "base/status.h"

enum { OPEN_SEGMENTS_MAX = 4, OPEN_STATEMENTS_SIZE_MAX = 256 << 20 };

struct open_file {
	char name[STATEMENT_NAME_MAX + 1]; /* STEM.SUFFIX; in open/ it ends in .part */
	uint64_t size;                     /* octets that the statements tell of, all whole blocks */
};

struct open_segment {
	char stem[LAYOUT_STEM_MAX];
	uint64_t sequence;
	int64_t made; /* when the last statement was, nanoseconds since 1970 */
	struct open_file files[JOURNAL_FILES_MAX];
	size_t count;
};

/* By their sequence. */
MUST_USE enum status open_segments_read(const char *archive,
    struct open_segment out[OPEN_SEGMENTS_MAX], size_t *count, struct fault *f);
/* The file with this suffix, NULL where there is none or no octet of it is durable. */
const struct open_file *open_segments_file(const struct open_segment *s, const char *suffix);

#endif
