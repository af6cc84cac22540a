/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_DATAGRAM_BATCH_H
#define REPLAY_DATAGRAM_BATCH_H

/*
 * Datagrams of an archive and their octets, so many as one thread hands to another at once.
 * datagram_batch_open; datagram_batch_read until it is not STATUS_OK; datagram_batch_free.
 */

#include <stddef.h>

#include "base/buf.h"
#include "base/status.h"
#include "flow/place.h"
#include "replay/input.h"

enum { DATAGRAM_BATCH_MOST = 256, DATAGRAM_BATCH_OCTETS = 512 << 10 };

struct batched_datagram {
	struct reader_datagram datagram; /* without the offsets of its option records */
	struct flow_place place;         /* of its segment; archive "" where nothing names it */
};

struct datagram_batch {
	struct batched_datagram list[DATAGRAM_BATCH_MOST];
	size_t count;
	struct buf octets; /* that the list points to */
};

MUST_USE enum status datagram_batch_open(struct datagram_batch **out, struct fault *f);
/*
 * The next datagrams instead of those that were there, one at least; otherwise what
 * input_next_datagram said.  What it says behind others is kept in *end, which the caller passes each
 * time, at first zeroed, and told by the next call.
 */
MUST_USE enum status datagram_batch_read(struct datagram_batch *b, struct input *in, struct fault *end,
    struct fault *f);
void datagram_batch_free(struct datagram_batch *b);

#endif
