/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_INSTANT_H
#define FLOW_INSTANT_H

/* Points in time as export protocols write them (RFC 7011 section 6.1.7 to 6.1.10). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/floor.h"
#include "flow/decode.h"
#include "flow/element.h"

struct instant {
	int64_t nanos; /* since 1970 */
	int64_t unit;  /* of its resolution, in nanoseconds */
};

#define NANOS_PER_SECOND INT64_C(1000000000)
#define NANOS_PER_MILLI  INT64_C(1000000)
#define NANOS_PER_MICRO  INT64_C(1000)

/*
 * A value of one of the four dateTime types.  NTP's 32 bits of seconds are taken in the era
 * nearest to `near` (seconds since 1970).  Some exporters count nanoseconds or microseconds since
 * 1970 instead: where NTP's reading is years from `near` and that one within a day of it, that is
 * what was meant.  (VPP has nanoseconds in the place of NTP's fraction, which nothing tells from a
 * fraction: such times are up to 0.77 s early.)  False for another length or type, and for times
 * that nanoseconds in 64 bits do not reach.
 */
bool instant_read(enum element_type type, const uint8_t *octets, size_t len, int64_t near,
    struct instant *out);
/* Milliseconds since the exporter started, by the clock of its header; wraps in 49.7 days. */
struct instant instant_of_uptime(const struct export_header *h, uint32_t uptime);
/* NTP's format, for dateTimeNanoseconds (32 bits of fraction) and dateTimeMicroseconds (21). */
uint64_t instant_ntp_nanos(int64_t nanos);
uint64_t instant_ntp_micros(int64_t micros);
/* The same point in time, as far as the coarser of the two tells. */
bool instant_same(const struct instant *a, const struct instant *b);

#endif
