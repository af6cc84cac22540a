/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_MEMBER_H
#define ARCHIVE_MEMBER_H

/*
 * A file of a segment, open for readers: each chunk is checked against the manifest before it comes out, or, for
 * whom tolerates that, told and given as it is.  member_open; its read_at with its ctx; member_close.
 */

#include "archive/checked.h"
#include "archive/reader.h"

struct member {
	/* Exactly len octets at offset, as parquet_input and frames_input want them. */
	enum status (*read_at)(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f);
	void *ctx;
	uint64_t size;
	char path[FILE_PATH_MAX];
	struct checked *checked; /* one of the two; -1 */
	int fd;
};

struct member_rules {
	bool tolerate;      /* what differs is told, and read all the same */
	reader_notice tell; /* its text begins with CHUNK_HASH or FILE_SIZE */
	void *ctx;
};

#define MEMBER_NONE { .fd = -1 }

/*
 * The file of that suffix (".flows.parquet") that m lists, beside `manifest`, a path; with m NULL, and `tolerate`,
 * the one that has the manifest's stem, as it is.  *out, which stays where it is, is closed.  STATUS_ABSENT
 * without a fault where there is none.
 */
MUST_USE enum status member_open(const char *manifest, const struct manifest *m, const char *suffix,
    const struct member_rules *rules, struct member *out, struct fault *f);
void member_close(struct member *m);

#endif
