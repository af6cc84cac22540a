/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_RECEIVED_H
#define ARCHIVE_RECEIVED_H

/*
 * What an archive's collected segments received, each datagram and each message of a session as it
 * came: of a segment first what it carries of earlier ones, then the rest by the time at which it
 * came.  What the collector said itself in between (restated templates) is not given.
 *
 * received_make; for each segment received_open, received_next until STATUS_END, received_close;
 * received_free.
 */

#include "archive/manifest.h"
#include "archive/reader.h"

struct received;

/* tell: what fails of a segment, or differs from what was sealed; `tolerate`: that is given all the same. */
MUST_USE enum status received_make(bool tolerate, reader_notice tell, void *ctx, struct received **out,
    struct fault *f);
/*
 * The files beside this manifest (m NULL: those of its stem, as member_open has it), which are told where they cannot be read.  STATUS_ABSENT: there is
 * none that can.
 */
MUST_USE enum status received_open(struct received *r, const char *manifest, const struct manifest *m,
    struct fault *f);
/* The octets hold until the next call.  Damage is told, and ends what it is in, not the rest. */
MUST_USE enum status received_next(struct received *r, struct reader_datagram *out, struct fault *f);
void received_close(struct received *r);
void received_free(struct received *r);

#endif
