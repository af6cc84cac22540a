/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_ANCHOR_H
#define ARCHIVE_ANCHOR_H

/*
 * What this machine remembers of an archive that it writes: its genesis fingerprint and its
 * head, in the state's anchors/ directory, one file per archive (nfseal-archive(5), STATE).
 * An anchor proves nothing against whoever controls this machine.
 */

#include <stdbool.h>
#include <stdint.h>

#include "archive/manifest.h"
#include "base/file.h"

struct anchor {
	char archive[ARCHIVE_ID_HEX];
	char path[FILE_PATH_MAX];     /* absolute, as realpath(3) gave it when it was written */
	uint8_t genesis[SHA256_SIZE]; /* the fingerprint */
	uint64_t sequence;            /* of the head; 0: the genesis itself */
	uint8_t manifest_sha256[SHA256_SIZE];
	char manifest[FAULT_FILE_MAX]; /* the head's place below the archive, a hint; "" at 0 */
	bool closed;
};

/* The state directory that --state's absence means, for this user. */
MUST_USE enum status state_default(char out[FILE_PATH_MAX], struct fault *f);
/* Root's, which all users may read. */
const char *state_system(void);

/* Others cannot write to its anchors/: it is believed. */
bool anchor_believable(const char *state);

/* The path as anchors hold it: realpath(3) of what is there, the rest appended; false where
 * that is no path. */
bool anchor_resolve(char out[FILE_PATH_MAX], const char *path);

/*
 * By archive id, else (id NULL, or nothing found) by path, which need not exist; in the
 * state directory `state` (NULL: the user's default and then the system's).
 * STATUS_ABSENT, with f untouched, where nothing is remembered; *by_path (may be NULL) tells
 * that only the path was known: the archive there has, or should have, another id.
 */
MUST_USE enum status anchor_find(const char *state, const char *id, const char *path,
    struct anchor *out, bool *by_path, struct fault *f);
/*
 * The paths of all archives that are remembered, in the same states; what cannot be read is left
 * out.  Ends early where seen returns false.
 */
void anchor_paths(const char *state, bool (*seen)(void *ctx, const char *path), void *ctx);
/* Replaces the archive's file in anchors/, durable when it returns. */
MUST_USE enum status anchor_store(const char *state, const struct anchor *a, struct fault *f);

#endif
