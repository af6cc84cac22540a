/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_APP_H
#define CAPTURE_APP_H

/*
 * Application hints (METER_DEPTH_APP): what the readers of capture/app_reader.h find in the
 * first packets of a flow.  The bounds, each named in app.c or app_stream.h:
 * - of a stream, APP_STREAM_MAX octets and APP_PACKETS packets with data in each direction,
 *   put in order by sequence number; a flow whose beginning was not seen is tried at APP_TRIES
 *   packets, as are datagrams that no reader knows;
 * - all flows together hold no more than app_memory_max() octets; where that ends, a flow's
 *   reading ends with what was found.
 * A flow that goes on after the active timeout keeps its hints and is read on.
 */

#include "capture/depth.h"

extern const struct depth_part app_part;

/* The rows of app_readers[] of that word as bits of meter_options.readers; 0: there is none. */
unsigned app_readers_named(const char *name, size_t len);
/* What the hints of all flows may take, beyond 32 octets for each flow in the cache. */
size_t app_memory_max(const struct meter_options *o);

#endif
