/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_RECOVER_H
#define ARCHIVE_RECOVER_H

/*
 * What an interrupted run left behind (nfseal-archive(5), RECOVERY): a seal that had been
 * decided is finished; what else is in open/ is moved to quarantine/, hashed, told, and
 * kept in the state for the next manifest's "recovery".  Both can be interrupted and done
 * again, and do nothing where nothing was left.
 */

#include "archive/site.h"

MUST_USE enum status recover_prepared(struct site *s, struct fault *f);
/* Tells what recover_quarantine would do, without doing it; `more` will be in open/ by then. */
MUST_USE enum status recover_look(const struct site *s, bool (*keeps)(void *ctx, const char *name),
    void *ctx, const struct manifest_leftover *more, size_t more_count, struct fault *f);
/* All that is left in open/ but the lock and what keeps(ctx, name) says. */
MUST_USE enum status recover_quarantine(struct site *s,
    bool (*keeps)(void *ctx, const char *name), void *ctx, struct fault *f);

#endif
