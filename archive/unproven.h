/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_UNPROVEN_H
#define ARCHIVE_UNPROVEN_H

/*
 * For readers that want also what nothing proves: the manifests that the walk along the chain did
 * not reach, and tables or datagrams whose manifest is not there.  What has its proven segment is
 * left out: other claimants to its place are never read.
 */

#include "archive/lineage.h"

/*
 * Adds them to l, which the walk has filled, each with its finding, in the order of their sequences,
 * and tells each.  end: where the walk along the signatures ended, NULL where there is no genesis that
 * holds.  suffixes: of the files that are read, up to NULL.
 */
MUST_USE enum status unproven_add(const char *archive, const struct chain *end, const char *const suffixes[],
    struct lineage *l, reader_notice notice, void *ctx, struct fault *f);

#endif
