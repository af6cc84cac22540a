/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_BIRTH_H
#define ARCHIVE_BIRTH_H

/*
 * The creation of an archive: state, then signature, then genesis (nfseal-archive(5),
 * SEALING).  birth_finish does what is left of a creation that was interrupted.
 */

#include "archive/adopt.h"
#include "archive/genesis.h"
#include "archive/site.h"

/*
 * s has path, open and state; on success also anchor, layout and state_lock.  older: the archive
 * that this one continues, or NULL; adopted: what of that is taken over.
 */
MUST_USE enum status birth_create(struct site *s, const struct writer_options *o,
    const struct genesis_continues *older, const struct adoption *adopted, struct fault *f);
/* s has the anchor too: the genesis is prepared in the state and not, or perhaps, in place. */
MUST_USE enum status birth_finish(struct site *s, struct fault *f);

#endif
