/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_TOP_TEXT_H
#define REPLAY_TOP_TEXT_H

/*
 * A ranking as text: "table" with shares of the total, "ndjson" and "csv" with one line per
 * key: KEY flows packets bytes first last.
 */

#include "base/buf.h"
#include "replay/top.h"

enum top_format { TOP_TABLE, TOP_NDJSON, TOP_CSV };

/* The first `places` of a ranking that has `keys`; errors stick in the buffer. */
void top_print(const struct top *t, size_t keys, size_t places, enum top_format format,
    struct buf *out);

#endif
