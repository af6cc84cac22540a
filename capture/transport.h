/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_TRANSPORT_H
#define CAPTURE_TRANSPORT_H

/*
 * The transport of each flow: what of a packet's payload is new, which the other parts of the
 * meter's depth build on, and the columns of METER_DEPTH_TCP: round-trip times, retransmitted
 * and out of order segments, packets and octets of payload.  As struct depth_part has it, but
 * that transport_follow comes before the parts and tells them.
 */

#include "capture/depth.h"

struct transports;

MUST_USE enum status transport_open(const struct meter_options *o, size_t numbers,
    struct transports **out, struct fault *f);
void transport_free(struct transports *s);

/* The flow's state on its way into the cache. */
void transport_fetch(const struct transports *s, uint32_t number);
MUST_USE bool transport_begin(struct transports *s, uint32_t number, uint32_t continued);
void transport_turn(struct transports *s, uint32_t number);
/* Counts the packet, and sets p->fresh. */
MUST_USE bool transport_follow(struct transports *s, uint32_t number, struct depth_packet *p);
void transport_row(struct transports *s, uint32_t number, const struct biflow *b, struct table *t,
    size_t row);

#endif
