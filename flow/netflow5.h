/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_NETFLOW5_H
#define FLOW_NETFLOW5_H

/*
 * Writes NetFlow 5: datagrams of up to 30 records of 48 octets, IPv4 only, made of the rows
 * of a table.  flow/netflow_fixed.h reads them.
 */

#include "base/buf.h"
#include "flow/decode.h"
#include "flow/loss.h"
#include "flow/table.h"
#include "flow/uptime.h"

enum {
	NETFLOW5_HEADER_SIZE = 24,
	NETFLOW5_RECORD_SIZE = 48,
	NETFLOW5_RECORDS_MAX = 30,
	NETFLOW5_AS_TRANS = 23456 /* RFC 6793: an AS number that does not fit */
};

/* Appends the header; what version 5 does not have is not looked at. */
void netflow5_header_put(struct buf *out, const struct export_header *h);
/* Why a row cannot go into a record, times apart: REFUSAL_NONE if it can. */
enum refusal netflow5_refusal(const struct table *t, size_t row);
/* Appends the record of one direction of the row, whose times fit the clock. */
void netflow5_record_put(struct buf *out, const struct table *t, size_t row, bool reverse,
    const struct uptime_clock *clock, struct loss *loss);
/* Adds the columns that a record carries: way 0, or 1 for that of the other direction. */
void netflow5_carried(unsigned way, struct column_set *out);
/* The header's sampling for a row: 0 where it has none, or one beyond 14 bits, which is counted. */
uint16_t netflow5_sampling(const struct table *t, size_t row, struct loss *loss);

#endif
