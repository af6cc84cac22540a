/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_WALK_H
#define VERIFY_WALK_H

/*
 * The walk along the chain: forward by signatures from the genesis, and where that stops,
 * by the hashes that lead back from a known head.  Each sequence becomes a segment of the
 * result; the files of every proven manifest are put into the queue at once.
 */

#include "verify/files.h"
#include "verify/known.h"
#include "verify/origin.h"
#include "verify/result.h"
#include "verify/tree.h"

enum { WALK_MISSING_MAX = 1000 }; /* absent sequences in a row that are listed one by one */

void walk_chain(const char *archive, const struct origin *origin, struct tree *tree,
    struct files *files, struct known *known, struct result *r);

#endif
