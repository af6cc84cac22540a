/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_STATE_H
#define ARCHIVE_STATE_H

/*
 * The state directory (nfseal-archive(5), STATE): the secret keys, what has been decided
 * but not finished, what recovery has to declare, and the locks.  It lies outside the
 * archives; its modes and owner are checked when it is opened.  Anchors: archive/anchor.h.
 *
 * Whatever is stored is durable when the function returns.
 */

#include "archive/key.h"
#include "archive/keyring.h"
#include "archive/manifest.h"
#include "base/buf.h"
#include "base/file.h"

struct state {
	char dir[FILE_PATH_MAX];
	struct keyring *ring; /* new keys are kept there; NULL: in files */
};

/*
 * dir NULL: the default.  Creates what is missing.  ring: the caller's, for new keys, or NULL.
 * Secrets pass through the process from here on: it leaves no core dump.
 */
MUST_USE enum status state_open(struct state *s, const char *dir, struct keyring *ring,
    struct fault *f);

/* STATE/archives/ID/NAME; the directory is made. */
MUST_USE enum status state_own_path(const struct state *s, const char *archive, const char *name,
    char out[FILE_PATH_MAX], struct fault *f);

/* One writer per archive and state; the lock goes when *fd is closed. */
MUST_USE enum status state_lock(const struct state *s, const char *archive, int *fd,
    struct fault *f);

/*
 * Key n signs the manifest of sequence n; STATUS_KEY where it is missing or open to others.  It
 * is the caller's to wipe.
 */
MUST_USE enum status state_key_load(const struct state *s, const char *archive, uint64_t sequence,
    uint8_t secret[KEY_SIZE], struct fault *f);
/* Makes a new key n durable; only where no text that was decided names an older one. */
MUST_USE enum status state_key_make(const struct state *s, const char *archive, uint64_t sequence,
    uint8_t public[KEY_SIZE], struct fault *f);
/* How key n is kept, as manifests name it: "memory" or "file". */
const char *state_key_storage(const struct state *s, uint64_t sequence);
/* Absent is done. */
MUST_USE enum status state_key_destroy(const struct state *s, const char *archive,
    uint64_t sequence, struct fault *f);

/* The exact bytes that were decided to be signed: a manifest, or the genesis. */
MUST_USE enum status state_prepared_store(const struct state *s, const char *archive,
    const void *data, size_t len, struct fault *f);
/* STATUS_ABSENT, with f untouched, where nothing is prepared. */
MUST_USE enum status state_prepared_load(const struct state *s, const char *archive,
    struct buf *out, struct fault *f);
MUST_USE enum status state_prepared_clear(const struct state *s, const char *archive,
    struct fault *f);

/* What the next manifest declares under "recovery". */
struct state_recovery {
	struct manifest_recovery *list;
	size_t count;
	void *root;
};

MUST_USE enum status state_recovery_load(const struct state *s, const char *archive,
    struct state_recovery *out, struct fault *f);
MUST_USE enum status state_recovery_store(const struct state *s, const char *archive,
    const struct manifest_recovery *list, size_t count, struct fault *f);
void state_recovery_free(struct state_recovery *r);

#endif
