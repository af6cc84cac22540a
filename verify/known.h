/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_KNOWN_H
#define VERIFY_KNOWN_H

/*
 * The set of paths that the chain accounts for, sixteen bytes each: what else lies in the
 * archive is unlisted.  A zeroed set is empty; add all, then ask.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KNOWN_DIGEST = 16 }; /* octets of the path's SHA-256: nobody can make a path that collides */

struct known {
	uint8_t (*digests)[KNOWN_DIGEST];
	size_t count;
	bool sorted;
	bool failed; /* no memory */
};

void known_add(struct known *k, const char *path);
/* dir/name, or name where dir is "". */
void known_add_in(struct known *k, const char *dir, const char *name);
bool known_has(struct known *k, const char *path);
void known_free(struct known *k);

#endif
