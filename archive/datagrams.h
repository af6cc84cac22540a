/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_DATAGRAMS_H
#define ARCHIVE_DATAGRAMS_H

/*
 * The datagrams of a collected segment, as they were received, out of its .datagrams.pcapng.zst
 * (nfseal-archive(5), COLLECTED SEGMENTS), in its own order.  datagrams_open; datagrams_next
 * until STATUS_END; datagrams_free.
 */

#include <stdint.h>

#include "archive/frames.h"
#include "archive/reader.h"
#include "base/status.h"

struct datagrams;

MUST_USE enum status datagrams_open(const struct frames_input *in, struct datagrams **out,
    struct fault *f);
/*
 * out's octets hold until the next call; its segment is the caller's to fill.
 * STATUS_MALFORMED, STATUS_TRUNCATED and what read_at says come behind all that is good.
 */
MUST_USE enum status datagrams_next(struct datagrams *d, struct reader_datagram *out,
    struct fault *f);
void datagrams_free(struct datagrams *d);

#endif
