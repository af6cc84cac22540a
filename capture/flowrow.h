/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_FLOWROW_H
#define CAPTURE_FLOWROW_H

/*
 * A flow of the meter as a row of a table.  What is null, and what is not:
 * - rev_packets and rev_bytes are null in one-way metering, and 0 for a biflow that nobody
 *   answered; rev_tos and rev_tcp_flags are null until there is a reverse packet.
 * - TCP flags and initial flags are null for other protocols, and where the snap length
 *   left no flags to read; icmp_type and icmp_code are those of the initiator's first
 *   packet, null for others.
 * - tos, ttl_min and ttl_max are the forward direction's: tos of its first packet.  They
 *   are null for a continued flow in which the initiator said nothing more.
 * - src_port and dst_port are null for protocols without ports, and 0 where a packet was
 *   too short for them or its first fragment never came.
 * - flow_start and flow_end are rounded down to the microsecond; flow_start_ns and
 *   flow_end_ns are set where a packet of the flow came with finer times.
 */

#include <stdbool.h>

#include "capture/biflow.h"
#include "flow/table.h"

struct flowrow_options {
	bool uniflow;
	bool ports; /* they are in the key */
};

/* The table is not full. */
void flowrow_add(struct table *t, const struct biflow *b, int end_reason,
    const struct flowrow_options *o);

#endif
