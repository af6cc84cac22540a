/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_REDERIVE_H
#define VERIFY_REDERIVE_H

/*
 * --deep: the tables of collected segments are derived again of the datagrams that these keep,
 * and compared.  All segments are put first, since a record that waited for its template leads to
 * the datagrams of an earlier one.  rederive_open; rederive_put; rederive_run;
 * rederive_free.
 */

#include "archive/manifest.h"
#include "verify/derive.h"
#include "verify/result.h"

enum { REDERIVE_LATE_MAX = 1 << 20 /* records of one table that waited since an earlier segment */ };

struct rederive;

/* archive and deriver outlive it. */
MUST_USE enum status rederive_open(const char *archive, const struct deriver *deriver,
    struct rederive **out, struct fault *f);
/*
 * A proven segment, in one of dirs (below the archive); nothing where it keeps no datagrams.
 * index: its place in the result's segments.  False where there is no memory.
 */
MUST_USE bool rederive_put(struct rederive *r, size_t index, const struct manifest *m,
    const char *const *dirs, size_t dir_count);
/*
 * Findings and notices of all of them, by this many threads.  skip: of the result's segments,
 * those whose files are not as they were sealed; nothing is derived of them.
 */
void rederive_run(struct rederive *r, size_t threads, const bool *skip, struct result *result);
void rederive_free(struct rederive *r);

#endif
