/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_COMPARE_H
#define VERIFY_COMPARE_H

/*
 * The rows of a sealed table against those that were derived again, as they come: rows of the
 * segment's own datagrams in their order, and in theirs those that waited since an earlier
 * segment.  Neither is in memory as a whole.  compare_open; compare_rows as a table_consume;
 * compare_finish; compare_free.
 *
 * What differs is a finding, up to a number of them, then they are counted.  Where another
 * decoder made the table, only what the same elements feed in both can be one: the rest is
 * counted as another derivation.  So is what the segment itself declares: that room was short
 * for exporters, templates or waiting data.
 */

#include "archive/parquet_reader.h"
#include "verify/finding.h"

enum { COMPARE_TOLD_MAX = 50 /* findings of one table */ };

struct compare_options {
	const char *path;   /* of the table, for findings */
	uint64_t sequence;
	bool same_decoder;  /* version and element table are ours */
	bool same_version;  /* the version is */
	bool short_of_room; /* which rows there are may differ, and what options say */
	/* Whether an earlier segment's datagrams are there. */
	bool (*has_segment)(void *ctx, uint64_t sequence);
	void *ctx;
};

struct comparison;

MUST_USE enum status compare_open(const struct parquet_input *in, const struct compare_options *o,
    struct findings *out, struct comparison **c, struct fault *f);
/* ctx: the comparison. */
enum status compare_rows(void *ctx, const struct table *derived, struct fault *f);
/* Behind the last of them; *others: differences that are no findings. */
MUST_USE enum status compare_finish(struct comparison *c, uint64_t *others, struct fault *f);
void compare_free(struct comparison *c);

#endif
