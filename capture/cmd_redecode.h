/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CMD_REDECODE_H
#define CAPTURE_CMD_REDECODE_H

/* The datagrams that a segment keeps, decoded again: for every command that opens a writer. */

#include "archive/reader.h"
#include "archive/writer.h"
#include "capture/collector.h"
#include "flow/table_queue.h"
#include "verify/derive.h"

/* A writer_redecode (archive/writer.h). */
enum status redecode(const struct writer_kept *kept, table_consume take, void *take_ctx,
    struct buf *ledger, struct fault *f);

/* A deriver's derive (verify/derive.h); ctx: a uint64_t, the seed of hashes. */
enum status redecode_derive(void *ctx, const struct derive_task *task, struct derive_counts *out,
    struct fault *f);
/* One of them, as it stands in the file. */
MUST_USE enum status redecode_put(struct collector *c, const struct reader_datagram *r,
    struct fault *f);

#endif
