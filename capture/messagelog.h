/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_MESSAGELOG_H
#define CAPTURE_MESSAGELOG_H

/*
 * Messages of transport sessions, or out of files, as they came: an IPFIX file (RFC 5655) in zstd
 * frames, each of whole messages, so that what was written up to any frame can be read.  Before
 * each run of messages stands a mark (flow/messagemark.h) that says whose they are; and where
 * another session's templates would be taken for this one's, a message of the collector's that
 * states them anew, so that any reader of IPFIX finds each record's template.
 *
 * messagelog_open; messagelog_put per message; messagelog_cut when some are to be written;
 * messagelog_begin for the next file; messagelog_free.
 */

#include "base/buf.h"
#include "capture/carried.h"
#include "flow/datagram.h"
#include "flow/template.h"

enum { MESSAGELOG_FRAME = 1 << 20 /* octets before compression after which a frame is worth its head */ };

struct messagelog;

MUST_USE enum status messagelog_open(int level, struct messagelog **out, struct fault *f);
/* The next frame begins a file. */
void messagelog_begin(struct messagelog *m);
/* `templates`: in force in its session before it; NULL: there are none yet. */
void messagelog_put(struct messagelog *m, const struct datagram *d,
    const struct template_set *templates);
/* One that came earlier, at the head of a file: it is marked so. */
void messagelog_put_carried(struct messagelog *m, const struct carried_datagram *d);
/* The session of this datagram is over. */
void messagelog_end(struct messagelog *m, const struct datagram *way);
/* Octets that no frame has yet. */
size_t messagelog_pending(const struct messagelog *m);
/* Appends a frame of what is pending, if anything is.  STATUS_NO_MEMORY, also of what was put. */
MUST_USE enum status messagelog_cut(struct messagelog *m, struct buf *out, struct fault *f);
void messagelog_free(struct messagelog *m);

#endif
