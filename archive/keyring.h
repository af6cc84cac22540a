/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_KEYRING_H
#define ARCHIVE_KEYRING_H

/*
 * Secret keys that live in this process alone: one page of memory that is never swapped, stands
 * in no core dump and is not passed to children, each key overwritten when it is dropped and all
 * of them when the ring is freed.  May be used by several threads.  With the process they are gone
 * for good: an archive whose next key was here can be closed by its writer and extended by nobody
 * else.
 */

#include <stdbool.h>

#include "archive/key.h"

enum { KEYRING_MAX = 8 }; /* keys of one archive that are needed at the same time, and room */

struct keyring;

/* Fails where the memory cannot be locked: a key that is swapped out is not in memory only. */
MUST_USE enum status keyring_open(struct keyring **out, struct fault *f);
/* The key of that sequence; false where the ring does not have it.  r may be NULL. */
bool keyring_get(struct keyring *r, uint64_t sequence, uint8_t secret[KEY_SIZE]);
bool keyring_has(struct keyring *r, uint64_t sequence);
/* Replaces an older key of that sequence; STATUS_LIMIT where the ring is full. */
MUST_USE enum status keyring_put(struct keyring *r, uint64_t sequence,
    const uint8_t secret[KEY_SIZE], struct fault *f);
/* Overwrites it; absent is done. */
void keyring_drop(struct keyring *r, uint64_t sequence);
void keyring_free(struct keyring *r);

/*
 * From here on this process leaves no core dump, and other processes of its user cannot read its
 * memory, as far as the system can: for all that handle secrets, wherever these are kept.
 */
void keyring_protect_process(void);

#endif
