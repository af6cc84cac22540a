/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_FLOWLOG_H
#define ARCHIVE_FLOWLOG_H

/*
 * The journal of an open segment's flows: IPFIX messages (RFC 7011) that lose nothing of a row,
 * unlike those for other people's collectors: each column that has a value is an element of the
 * enterprise number for documentation (nfseal-archive(5), JOURNAL).  Dropped once its segment is
 * sealed.
 *
 * flowlog_writer_open, flowlog_put per table, flowlog_writer_free; flowlog_read gives the rows
 * back, in the same order, in row groups.
 */

#include "archive/sha256.h"
#include "base/buf.h"
#include "flow/table.h"

enum {
	FLOWLOG_PEN = 32473,
	FLOWLOG_GROUP = TABLE_ROWS / 2 /* rows given at once: what a live segment's memory allows */
};

struct flowlog_writer;

MUST_USE enum status flowlog_writer_open(struct flowlog_writer **out, struct fault *f);
/*
 * Appends whole messages to out; export_seconds since 1970 stand in their headers.  What no
 * Parquet file could hold is refused here, where it can still be told: STATUS_MALFORMED for a
 * text that is no UTF-8, STATUS_LIMIT for more than 16 MiB.
 */
MUST_USE enum status flowlog_put(struct flowlog_writer *w, const struct table *t,
    uint32_t export_seconds, struct buf *out, struct fault *f);
void flowlog_writer_free(struct flowlog_writer *w);

/* Takes a table of up to FLOWLOG_GROUP rows, borrowed for the call. */
typedef enum status (*flowlog_take)(void *ctx, const struct table *t, struct fault *f);

/*
 * The rows of the first `size` octets of a file, which must have this hash: STATUS_DIFFERS,
 * after rows were given, where they have not.  STATUS_UNSUPPORTED for a column of a later version.
 */
MUST_USE enum status flowlog_read(const char *path, uint64_t size,
    const uint8_t sha256[SHA256_SIZE], flowlog_take take, void *ctx, struct fault *f);

#endif
