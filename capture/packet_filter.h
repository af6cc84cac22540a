/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_PACKET_FILTER_H
#define CAPTURE_PACKET_FILTER_H

/*
 * A pcap-filter(7) expression, compiled by libpcap once per link type that comes by, and run
 * over batches of packets.  packet_filter_open; packet_filter_match; packet_filter_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/packet.h"

struct packet_filter;

/* Checks the grammar (on Ethernet, or where it only fits another link type, on that). */
MUST_USE enum status packet_filter_open(const char *expression, struct packet_filter **out,
    struct fault *f);
/*
 * matched[i] becomes 1 or 0.  A link type for which the expression has no meaning matches
 * nothing.
 */
MUST_USE enum status packet_filter_match(struct packet_filter *p, const struct packet *packets,
    size_t count, uint8_t *matched, struct fault *f);
/* Whether there was such a link type, and the first of them. */
bool packet_filter_meaningless(const struct packet_filter *p, uint16_t *link_type);
void packet_filter_free(struct packet_filter *p);

#endif
