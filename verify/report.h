/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_REPORT_H
#define VERIFY_REPORT_H

/*
 * A settled result as text for people, the verdict first, or as the one JSON document of
 * --json (nfseal-verify(1), JSON).  Nothing is coloured; all strings are escaped.
 */

#include "base/buf.h"
#include "verify/result.h"

/*
 * Called between segments and may empty the buffer, so that a long report need not stand in memory;
 * NULL: all of it is left there.
 */
typedef void (*report_drain)(struct buf *out);

/* archive: the path as the user gave it. */
void report_text(const struct result *r, const char *archive, struct buf *out,
    report_drain drain);
/* The verdict's line alone. */
void report_line(const struct result *r, const char *archive, struct buf *out);
void report_json(const struct result *r, const char *archive, struct buf *out,
    report_drain drain);

#endif
