/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_PRIVILEGE_H
#define BASE_PRIVILEGE_H

/*
 * A process that needs root or a capability to open something gives both up for good before it
 * reads what strangers send.  identity_find while the system's files can be read; identity_own for
 * what the user shall write; privilege_drop, before threads are started.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/status.h"

enum { IDENTITY_NAME_MAX = 64 };

struct identity {
	uid_t uid;
	gid_t gid;
	char user[IDENTITY_NAME_MAX]; /* as given */
};

/* Names or numbers; group NULL: the user's own. */
MUST_USE enum status identity_find(const char *user, const char *group, struct identity *out,
    struct fault *f);
/* Where path is absent it is made a directory of that user, who alone can write to it. */
MUST_USE enum status identity_own(const struct identity *id, const char *path, mode_t mode,
    struct fault *f);
/*
 * This user and group alone from now on, with no way back: no supplementary groups, no
 * capabilities, not even by a program that is set-user-ID.  id NULL: stays who it is, and only a
 * process that is not root's gives up its capabilities.  A failure must end the process.
 */
MUST_USE enum status privilege_drop(const struct identity *id, struct fault *f);

#endif
