/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_SAMPLING_H
#define FLOW_SAMPLING_H

/* Packet sampling as exporters tell of it. */

#include <stdint.h>

/*
 * Of so many packets one is sampled, by samplingPacketInterval and -Space (RFC 5477 section
 * 8.2): `interval` packets together, then a pause of `space`.  Rounded, never 0.
 */
static inline uint64_t
sampling_spaced(uint64_t interval, uint64_t space)
{
	if (interval == 0 || interval > UINT32_MAX || space > UINT32_MAX)
		return 1;
	return (interval + space + interval / 2) / interval;
}

#endif
