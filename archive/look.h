/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_LOOK_H
#define ARCHIVE_LOOK_H

/*
 * What the next writer of an archive would recover, without doing it: for `nfseal recover
 * --dry-run'.  Nothing is changed, not even a lock file; while a writer is at work the answer is
 * STATUS_LOCKED.
 */

#include "archive/writer.h"

/* Tells each thing by o->found, in the order in which it would be done. */
MUST_USE enum status look(const struct writer_options *o, struct receipt *out, struct fault *f);

#endif
