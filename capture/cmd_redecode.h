/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CMD_REDECODE_H
#define CAPTURE_CMD_REDECODE_H

/* The datagrams that a segment keeps, decoded again: for every command that opens a writer. */

#include "archive/reader.h"
#include "capture/collector.h"
#include "flow/table_queue.h"

/* A writer_redecode (archive/writer.h). */
enum status redecode(const char *path, uint64_t sequence, table_consume take, void *take_ctx,
    struct fault *f);

/* One of them, as it stands in the file. */
MUST_USE enum status redecode_put(struct collector *c, const struct reader_datagram *r,
    struct fault *f);

#endif
