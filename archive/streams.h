/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_STREAMS_H
#define ARCHIVE_STREAMS_H

/*
 * Which transport session of one segment goes on in the next.  Numbers of sessions are a run's
 * own (nfseal-archive(5), COLLECTED SEGMENTS), and runs of one archive begin with 1 again: here
 * each session of an archive that is read in order has a number of its own.
 *
 * streams_segment before each segment; streams_find; streams_end; streams_free.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "flow/messagemark.h"

enum { STREAMS_MAX = 8192 /* at once; then the one that was found first is forgotten */ };

struct streams {
	struct buf list; /* of struct stream_known */
	size_t last;     /* the one that was found last */
	uint64_t count;
};

void streams_segment(struct streams *s);
/*
 * The number, from 1 on, of the session that a mark is of; 0 without memory.  It is the one that
 * was seen in the segment before if something of it is carried, or, of TCP and TLS, if it came from
 * and to the same addresses and ports.
 */
uint64_t streams_find(struct streams *s, const struct messagemark *m);
/* The session is over. */
void streams_end(struct streams *s, const struct messagemark *m);
void streams_free(struct streams *s);

#endif
