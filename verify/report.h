/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_REPORT_H
#define VERIFY_REPORT_H

/*
 * A settled result as text for people, the verdict first, or as the one JSON document of
 * --json (nfseal-verify(1), JSON).  Nothing is coloured; all strings are escaped.
 */

#include "base/buf.h"
#include "verify/result.h"

/* archive: the path as the user gave it. */
void report_text(const struct result *r, const char *archive, struct buf *out);
/* The verdict's line alone. */
void report_line(const struct result *r, const char *archive, struct buf *out);
void report_json(const struct result *r, const char *archive, struct buf *out);

#endif
