/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_DATALOG_H
#define CAPTURE_DATALOG_H

/*
 * Datagrams as they came, as pcapng (LINKTYPE_RAW, nanoseconds) in zstd frames: each frame is
 * independent (RFC 8878 section 3.1) and holds whole blocks, so that what was written up to
 * any frame can be read.  The IP and UDP headers are made from the socket's addresses, with
 * right checksums, and a comment in the section header says so.
 *
 * datalog_open; datalog_put per datagram; datalog_cut when some are to be written;
 * datalog_begin for the next file; datalog_free.
 */

#include "base/buf.h"
#include "capture/carried.h"
#include "flow/datagram.h"

enum { DATALOG_FRAME = 1 << 20 /* octets before compression after which a frame is worth its head */ };

struct datalog;

MUST_USE enum status datalog_open(int level, struct datalog **out, struct fault *f);
/* The next frame begins a file. */
void datalog_begin(struct datalog *d);
/* `dropped`: by the kernel, in all: the difference to the last call goes into the block. */
void datalog_put(struct datalog *d, const struct datagram *g, uint64_t dropped);
/* One that came earlier, at the head of a file: it is marked, and has no number in this one. */
void datalog_put_carried(struct datalog *d, const struct carried_datagram *g);
/* Octets that no frame has yet. */
size_t datalog_pending(const struct datalog *d);
/*
 * Appends a frame of what is pending, if anything is (a file's first always is: its header).
 * STATUS_NO_MEMORY, also for what failed in datalog_put.
 */
MUST_USE enum status datalog_cut(struct datalog *d, struct buf *out, struct fault *f);
void datalog_free(struct datalog *d);

#endif
