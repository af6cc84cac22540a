/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_FIND_H
#define ARCHIVE_FIND_H

/*
 * The candidates: all regular files *.manifest.json below an archive, without following
 * links.  Names are hints; only what a signed manifest says counts.
 */

#include <stdbool.h>
#include <stdint.h>

#include "archive/manifest.h"
#include "base/status.h"

struct find_calls {
	/* For each candidate, in no order, until it fails. */
	enum status (*seen)(void *ctx, const char *path, struct fault *f);
	/* For each directory that cannot be read, with the reason: what lies there is not known. */
	void (*unread)(void *ctx, const struct fault *why);
	void *ctx;
};

/* Fails where seen fails, or where the archive itself cannot be read. */
MUST_USE enum status find_manifests(const char *archive, const struct find_calls *calls,
    struct fault *f);
/* The same for regular files whose names end so. */
MUST_USE enum status find_files(const char *archive, const char *suffix, const struct find_calls *calls,
    struct fault *f);
/*
 * What a candidate's first bytes say: {"format":"nfseal-manifest/1","archive":"ID","sequence":N.
 * False for any other text.  Nothing is to be believed for it.
 */
bool find_claim(const char *path, char archive[ARCHIVE_ID_HEX], uint64_t *sequence);
/* How many *.part files a directory (open/) holds; 0 where it cannot be read. */
unsigned find_parts(const char *dir);
/* What the name STEM-NNNNNNNN.manifest.json says; UINT64_MAX where it says nothing. */
uint64_t find_sequence(const char *path);

#endif
