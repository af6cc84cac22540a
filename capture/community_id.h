/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_COMMUNITY_ID_H
#define CAPTURE_COMMUNITY_ID_H

/* The Community ID (flow/community_id.h) of flows that are metered. */

#include "capture/depth.h"

/*
 * METER_DEPTH_COMMUNITY_ID.  Null for ICMP of which no type was captured, and where the ports of
 * TCP, UDP or SCTP are not known: not in the key, or in a fragment that never came.
 */
extern const struct depth_part community_id_part;

#endif
