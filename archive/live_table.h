/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_LIVE_TABLE_H
#define ARCHIVE_LIVE_TABLE_H

/*
 * The table of an open segment's flows, STEM.flows.parquet, encoded while the rows come, on a
 * thread of its own as soon as there are enough of them: neither rotation nor seal then waits for
 * more than the last rows.  Nothing vouches for it before the seal; its rows can be made again of
 * what is vouched for (archive/derive.h), and are the same octets then.
 *
 * live_table_open; live_table_put...; live_table_finish; live_table_free.
 */

#include "archive/segment.h"
#include "flow/table.h"

struct live_table_options {
	const char *open_dir;
	const char *stem;
	int level;         /* zstd; 0: default */
	const char *build;
};

struct live_table;

MUST_USE enum status live_table_open(const struct live_table_options *o, struct live_table **out,
    struct fault *f);
/* Copies the rows. */
MUST_USE enum status live_table_put(struct live_table *l, const struct table *t, struct fault *f);
/* Octets that the rows which are not in the file yet may take there, and those of `more`, or NULL. */
uint64_t live_table_room(const struct live_table *l, const struct table *more);
/* The file is finished (steps 1 and 2 of SEALING); it stays the table's own. */
MUST_USE enum status live_table_finish(struct live_table *l, const struct segment_file **out,
    struct fault *f);
void live_table_free(struct live_table *l);

#endif
