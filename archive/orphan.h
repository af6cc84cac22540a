/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_ORPHAN_H
#define ARCHIVE_ORPHAN_H

/*
 * Statements in open/ that the state should know and does not: a writer makes the opening of a
 * segment durable in the state before it vouches for any octet.  Where the key that signs next has
 * vouched for some all the same, the state is an old copy, and going on would make a second journal
 * under one key (nfseal-archive(5), RECOVERY).
 */

#include "archive/durable.h"
#include "archive/site.h"

/* The stem of STEM.statements.part; false for any other name. */
bool orphan_stem(const char *name, char out[STATEMENT_NAME_MAX + 1]);
/* STATUS_DIFFERS where there are such. */
MUST_USE enum status orphan_check(const struct site *s, const struct durable *record,
    struct fault *f);

#endif
