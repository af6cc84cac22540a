/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_TAIL_H
#define ARCHIVE_TAIL_H

/*
 * What lies in an open file behind the octets that are vouched for becomes a file of its own:
 * also on a disk that has no room for it twice.
 */

#include <stdint.h>

#include "base/status.h"

/*
 * The regular file `path` ends after `keep` octets, the rest of it is the file `tail`; both, and
 * the name of the new one in `dir`, are durable when it returns.  Where it was interrupted it is
 * done again.  A file that is no longer than that is left alone.
 */
MUST_USE enum status tail_cut(const char *dir, const char *path, const char *tail, uint64_t keep,
    struct fault *f);

#endif
