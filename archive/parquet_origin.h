/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_PARQUET_ORIGIN_H
#define ARCHIVE_PARQUET_ORIGIN_H

#include "base/buf.h"

/*
 * Which information elements feed which column, for the key/value metadata, as JSON:
 * {"flow_start":[[0,150],[0,152],...],...}, pairs of enterprise number and element id in
 * the order of precedence; columns that no element feeds are left out.
 */
void parquet_origin_put(struct buf *out);

#endif
