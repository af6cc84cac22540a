/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CMD_REDECODE_H
#define CAPTURE_CMD_REDECODE_H

/* The datagrams that a segment keeps, decoded again: for every command that opens a writer. */

#include "flow/table_queue.h"

/* A writer_redecode (archive/writer.h). */
enum status redecode(const char *path, uint64_t sequence, table_consume take, void *take_ctx,
    struct fault *f);

#endif
