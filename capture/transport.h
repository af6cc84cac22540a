/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_TRANSPORT_H
#define CAPTURE_TRANSPORT_H

/*
 * What is asked of a flow's transport (METER_DEPTH_TCP): packets with payload and octets of
 * payload each way, of TCP and UDP.
 */

#include "capture/depth.h"

extern const struct depth_part transport_part;

#endif
