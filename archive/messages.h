/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_MESSAGES_H
#define ARCHIVE_MESSAGES_H

/*
 * The messages of a collected segment that did not come over UDP, out of its .messages.ipfix.zst,
 * read by its marks (nfseal-archive(5), COLLECTED SEGMENTS).  messages_open; messages_next until
 * STATUS_END; messages_free.
 */

#include "archive/frames.h"
#include "base/status.h"
#include "flow/messagemark.h"

struct messages;

MUST_USE enum status messages_open(const struct frames_input *in, struct messages **out,
    struct fault *f);
/*
 * The next message, with what its mark says: way is the message's own, its number and octets
 * too; these hold until the next call.  A mark of MESSAGEMARK_ENDED is given by itself, with no
 * octets.  STATUS_MALFORMED and STATUS_TRUNCATED come behind all that is good.
 */
MUST_USE enum status messages_next(struct messages *m, struct messagemark *out, struct fault *f);
void messages_free(struct messages *m);

#endif
