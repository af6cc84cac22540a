/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_FILTER_CANONICAL_H
#define REPLAY_FILTER_CANONICAL_H

/*
 * One spelling of a filter, for records of what was selected: its tokens with one space between
 * them, and, or, not and == in these words, without comments.  It parses to the same filter.
 */

#include "base/buf.h"

/* Appends it; of a text that filter_parse has taken. */
void filter_canonical(const char *text, struct buf *out);

#endif
