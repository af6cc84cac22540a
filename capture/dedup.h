/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_DEDUP_H
#define CAPTURE_DEDUP_H

/*
 * Which packets were seen before: the copies that port mirrors make of one packet.  A copy is
 * the same from IP's header on, but for what a forwarder changes: TTL or hop limit, header
 * checksum, ToS and flow label.  It comes within the window before or after the packet, by their
 * times; what is older than the latest time less the window is forgotten.
 *
 * A packet that IP gives an identification (IPv4's is not 0, or a fragment) is another one when
 * it is sent again, since it has another number then.  IPv6's and those with identification 0
 * have none, and what a sender repeats looks like a copy.  Of these are copies:
 * - what was seen at another place (TTL, MACs or VLANs differ), within DEDUP_ELSEWHERE;
 * - what was seen at the same place, within DEDUP_THERE, in which nobody learns of a loss; but not
 *   segments of TCP without data, SYN and FIN: equal acknowledgements and resets follow each
 *   other within microseconds.
 *
 * At most DEDUP_MAX packets are remembered, the latest.  Nothing but the packets' order, times
 * and octets decides.  dedup_look per packet, on any thread; dedup_seen in their order.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/dissect.h"
#include "capture/packet.h"

enum { DEDUP_MAX = 1 << 20 };

/* Nanoseconds. */
#define DEDUP_WINDOW    ((int64_t)10000000) /* the default */
#define DEDUP_ELSEWHERE ((int64_t)1000000)
#define DEDUP_THERE     ((int64_t)200000)

/* What of a packet is compared. */
struct dedup_look {
	uint64_t content; /* keyed hash, from IP's header on */
	uint32_t place;   /* hash of TTL, MACs and VLANs */
	bool numbered;    /* by IP */
	bool mute;        /* of TCP, without data, SYN and FIN */
};

struct dedup_look dedup_look(const struct packet *p, const struct dissected *d, uint64_t seed);

struct dedup;

/* window: nanoseconds. */
MUST_USE enum status dedup_open(int64_t window, struct dedup **out, struct fault *f);
void dedup_free(struct dedup *s);
/* *seen: it is a copy; what is none is remembered.  STATUS_NO_MEMORY. */
MUST_USE enum status dedup_seen(struct dedup *s, const struct dedup_look *look, int64_t time,
    bool *seen, struct fault *f);

#endif
