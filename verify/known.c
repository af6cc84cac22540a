/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/sha256.h"
#include "base/file.h"

static bool
digest_of(const char *path, uint8_t out[KNOWN_DIGEST])
{
	uint8_t whole[SHA256_SIZE];

	if (sha256_of(path, strlen(path), whole, NULL) != STATUS_OK)
		return false;
	memcpy(out, whole, KNOWN_DIGEST);
	return true;
}

void
known_add(struct known *k, const char *path)
{
	uint8_t (*more)[KNOWN_DIGEST] = k->digests;

	if ((k->count & (k->count - 1)) == 0)
		more = realloc(more, (k->count == 0 ? 1 : 2 * k->count) * sizeof *more);
	if (more == NULL) {
		k->failed = true;
		return;
	}
	k->digests = more;
	if (digest_of(path, k->digests[k->count]))
		k->count++;
	else
		k->failed = true;
	k->sorted = false;
}

void
known_add_in(struct known *k, const char *dir, const char *name)
{
	char path[FILE_PATH_MAX];
	int n = snprintf(path, sizeof path, "%s%s%s", dir, dir[0] == '\0' ? "" : "/", name);

	if (n >= 0 && n < FILE_PATH_MAX)
		known_add(k, path);
}

static int
digest_order(const void *a, const void *b)
{
	return memcmp(a, b, KNOWN_DIGEST);
}

bool
known_has(struct known *k, const char *path)
{
	uint8_t wanted[KNOWN_DIGEST];

	if (!k->sorted && k->count > 1)
		qsort(k->digests, k->count, sizeof *k->digests, digest_order);
	k->sorted = true;
	if (k->count == 0 || !digest_of(path, wanted))
		return false;
	return bsearch(wanted, k->digests, k->count, sizeof *k->digests, digest_order) != NULL;
}

void
known_free(struct known *k)
{
	free(k->digests);
	*k = (struct known) { .digests = NULL };
}
