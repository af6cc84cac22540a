/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_SFLOW_COLUMNS_H
#define CAPTURE_SFLOW_COLUMNS_H

/* The structures of sFlow's records that feed standard columns. */

#include "capture/tunnel.h"
#include "flow/sflow.h"
#include "flow/table.h"

enum {
	SFLOW_SAMPLED_HEADER = 1, /* format, enterprise 0 */
	SFLOW_HEADER_HEAD = 16    /* octets of it before the header's own */
};

/* Of the way out: what the way in says of the same columns comes first. */
bool sflow_columns_egress(uint32_t format);
/*
 * Sets the columns that this record feeds and that have no value yet; true if they say all
 * that is in the record.
 */
bool sflow_columns_set(const struct tunnel_ports *ports, const struct sflow_record *r,
    struct table *t, size_t row);

#endif
