/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_IPFIX_STREAM_H
#define CAPTURE_IPFIX_STREAM_H

/*
 * The messages of an IPFIX file or stream (RFC 5655, RFC 7011 section 10.4), as packets: data is a
 * message, time its export time.  What is no message is passed over up to the next one, and told.
 * ipfix_stream_open on a feed at its start; ipfix_stream_next until it says the end.
 */

#include <stdbool.h>

#include "capture/feed.h"
#include "capture/packet.h"

struct ipfix_stream {
	struct feed *in;
	uint64_t messages;
	bool goes_on; /* after STATUS_MALFORMED: there is a message behind it */
};

/* Whether octets look like the beginning of such a stream. */
bool ipfix_stream_is(const uint8_t *data, size_t len);
void ipfix_stream_open(struct ipfix_stream *s, struct feed *in);
/*
 * Up to max messages, in memory until the next call; packets' input is left 0.  STATUS_OK with
 * *count > 0, STATUS_END behind the last one, STATUS_TRUNCATED where the last is cut,
 * STATUS_MALFORMED where something was passed over, or what ended the feed; f has the offset and
 * no file name.
 */
MUST_USE enum status ipfix_stream_next(struct ipfix_stream *s, struct packet *batch, size_t max,
    size_t *count, struct fault *f);

#endif
