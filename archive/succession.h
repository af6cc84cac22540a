/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_SUCCESSION_H
#define ARCHIVE_SUCCESSION_H

/*
 * What a new archive's genesis says of the one that it continues (nfseal-archive(5), GENESIS):
 * its id, its fingerprint and its head, as far as that is known.  For an archive that nobody can
 * extend any more: it was closed, or its keys are gone.
 */

#include "archive/adopt.h"
#include "archive/genesis.h"
#include "archive/reader.h"
#include "archive/state.h"

/*
 * The head is the one that the state remembers or, where the archive proves a later one, that.
 * Refuses an archive that this state can still extend or that a writer has open (STATUS_EXISTS,
 * STATUS_LOCKED), and one whose genesis is not the remembered one.  What of the old archive is
 * damaged is told by the notice.  *adopted is what of its open segments may be vouched for.
 */
MUST_USE enum status succession_read(const char *path, const struct state *s,
    reader_notice notice, void *ctx, struct genesis_continues *out, struct adoption *adopted,
    struct fault *f);

#endif
