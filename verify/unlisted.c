/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/unlisted.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/place.h"
#include "verify/tree.h"

struct search {
	const char *archive;
	struct known *known;
	struct result *r;
};

/* The sequence in 20261123T070000Z-00000042.anything; 0 if there is none. */
static uint64_t
sequence_of(const char *path)
{
	const char *dash = strrchr(path, '-');
	uint64_t v = 0;

	if (dash == NULL || strchr(dash, '/') != NULL)
		return 0;
	for (dash++; *dash >= '0' && *dash <= '9' && v < UINT64_MAX / 10 - 1; dash++)
		v = v * 10 + (uint64_t)(*dash - '0');
	return *dash == '.' ? v : 0;
}

static bool
is_later(const struct result *r, const char *path)
{
	return r->until_head && r->given.known && sequence_of(path) > r->given.sequence;
}

/* The writers' lock holds nothing; anything in it would be hidden there. */
static bool
is_lock(const char *archive, const char *path)
{
	char place[FILE_PATH_MAX];
	struct stat st;

	return strcmp(path, "open/lock") == 0 &&
	    file_join(place, archive, path, NULL) == STATUS_OK && place_lstat(place, &st) == 0 &&
	    S_ISREG(st.st_mode) && st.st_size == 0;
}

static void
visit(void *ctx, const char *path, enum tree_type type)
{
	struct search *s = ctx;
	struct notices *out = &s->r->notices;

	if (type == TREE_UNREAD)
		notices_add(out, NOTICE_UNLISTED_FILE, path, "the directory could not be read");
	else if (type == TREE_DEEP)
		notices_add(out, NOTICE_UNLISTED_FILE, path,
		    "deeper than %d directories: not looked into", TREE_DEPTH_MAX);
	else if (is_lock(s->archive, path))
		return;
	else if (tree_unsealed(path))
		notices_add(out, NOTICE_UNSEALED_SEGMENT, path, "not sealed: no evidence");
	else if (!known_has(s->known, path) && !is_later(s->r, path))
		notices_add(out, NOTICE_UNLISTED_FILE, path, type == TREE_OTHER ?
		    "no regular file, and no manifest vouches for it" :
		    "no manifest vouches for it");
}

void
unlisted_tell(const char *archive, struct known *known, struct result *r)
{
	struct search s = { archive, known, r };
	struct fault f = { .status = STATUS_OK };

	if (tree_visit(archive, visit, &s, &f) != STATUS_OK)
		r->unread++;
}
