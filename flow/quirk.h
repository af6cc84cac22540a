/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_QUIRK_H
#define FLOW_QUIRK_H

/*
 * What some exporters get wrong in a way that can be told by the values alone, so that a message
 * reads the same at any time: it is corrected where only one reading makes sense, else counted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/decode.h"
#include "flow/record.h"
#include "flow/table.h"

/*
 * SonicWall's header has its uptime in seconds, the records in milliseconds: the end of this flow
 * (element 21) lies within the last hour by seconds, and out of reach by milliseconds.
 */
bool quirk_uptime_in_seconds(const struct record *r, const struct export_header *h);
/*
 * Rows whose packets and octets are multiples of 2^32 both: 32-bit counters in the wrong half
 * of eight octets.  They may be right, and stay as they are.
 */
size_t quirk_high_counters(const struct table *t, size_t row, size_t count);
/* A NetFlow 9 header counts records and templates by RFC 3954, sets in some exporters. */
bool quirk_count_is_off(const struct export_header *h, const struct decode_counters *message);

#endif
