/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_PAYLOAD_H
#define CAPTURE_PAYLOAD_H

/*
 * The first octets of what TCP and UDP carried, each way, in the order in which they arrived and
 * without what TCP sent again (METER_DEPTH_PAYLOAD).  They end before N octets where the snap
 * length cut a packet: what follows would not be the next octets.  Takes as many octets as there
 * are, at most 2 N for a flow.  A flow that continues another has none.
 */

#include "capture/depth.h"

extern const struct depth_part payload_part;

#endif
