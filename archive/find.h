/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_FIND_H
#define ARCHIVE_FIND_H

/*
 * The candidates: all regular files *.manifest.json below an archive, without following
 * links.  Names are hints; only what a signed manifest says counts.
 */

#include <stdint.h>

#include "base/status.h"

/* Calls seen(ctx, path) for each, in no order, until it fails.  Unreadable directories fail. */
MUST_USE enum status find_manifests(const char *archive,
    enum status (*seen)(void *ctx, const char *path, struct fault *f), void *ctx, struct fault *f);
/* How many *.part files a directory (open/) holds; 0 where it cannot be read. */
unsigned find_parts(const char *dir);
/* What the name STEM-NNNNNNNN.manifest.json says; UINT64_MAX where it says nothing. */
uint64_t find_sequence(const char *path);

#endif
