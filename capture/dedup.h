/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_DEDUP_H
#define CAPTURE_DEDUP_H

/*
 * Which packets were seen before: the copies that port mirrors make of one packet.  A copy is
 * the same from IP's header on, but for what a forwarder changes: TTL or hop limit, header
 * checksum, ToS and flow label; the link layer does not matter.  It comes within the window
 * before or after the packet, by their times; what is older than the latest time less the window
 * is forgotten.
 *
 * A packet that IP gives an identification (IPv4's is not 0, or a fragment) is another one when
 * it is sent again, since it has another number then.  IPv6's and those with identification 0
 * have none: a repeated segment of TCP looks like a copy.  Nobody learns of a loss in less than
 * DEDUP_UNNUMBERED, so that those count as copies in that time only.
 *
 * At most DEDUP_MAX packets are remembered, the latest.  Nothing but the packets' order and
 * times decides.  dedup_key per packet, on any thread; dedup_seen in their order.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/dissect.h"
#include "capture/packet.h"

enum { DEDUP_MAX = 1 << 20 };

#define DEDUP_WINDOW     ((int64_t)10000000) /* nanoseconds: 10 ms, the default */
#define DEDUP_UNNUMBERED ((int64_t)1000000)

/* What is compared, as a keyed hash; its lowest bit says that IP numbers the packet. */
uint64_t dedup_key(const struct packet *p, const struct dissected *d, uint64_t seed);

struct dedup;

/* window: nanoseconds. */
MUST_USE enum status dedup_open(int64_t window, struct dedup **out, struct fault *f);
void dedup_free(struct dedup *s);
/* *seen: it is a copy; what is none is remembered.  STATUS_NO_MEMORY. */
MUST_USE enum status dedup_seen(struct dedup *s, uint64_t key, int64_t time, bool *seen,
    struct fault *f);

#endif
