/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_MESSAGES_FILE_H
#define CAPTURE_MESSAGES_FILE_H

/*
 * A segment's STEM.messages.ipfix.zst, read by its marks (nfseal-archive(5), COLLECTED SEGMENTS).
 * messages_file_open; messages_file_next until STATUS_END; messages_file_free.
 */

#include "capture/messagemark.h"

struct messages_file;

/* The descriptor stays the caller's; name is for faults, and outlives the file. */
MUST_USE enum status messages_file_open(int fd, const char *name, struct messages_file **out,
    struct fault *f);
/*
 * The next message, with what its mark says: way is the message's own, its number and octets
 * too; these hold until the next call.  A mark of MESSAGEMARK_ENDED is given by itself, with no
 * octets.  STATUS_MALFORMED and STATUS_TRUNCATED come behind all that is good.
 */
MUST_USE enum status messages_file_next(struct messages_file *m, struct messagemark *out,
    struct fault *f);
void messages_file_free(struct messages_file *m);

#endif
