/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/older.h"

#include <stdlib.h>
#include <string.h>

#include "archive/anchor.h"
#include "verify/origin.h"

/* Does this directory hold the archive whose fingerprint that is? */
static bool
is_that(const char *path, const uint8_t genesis[SHA256_SIZE])
{
	struct origin origin;
	bool same;

	origin_read(&origin, path);
	same = origin.there && memcmp(origin.page.sha256, genesis, SHA256_SIZE) == 0;
	origin_free(&origin);
	return same;
}

/* Where the archive lies that r continues: as told, else as remembered by its id; NULL: unknown. */
static char *
find_older(const struct older_options *o, const struct result *r)
{
	struct anchor a;

	for (size_t i = 0; i < o->count; i++)
		if (is_that(o->places[i], r->continues.genesis))
			return strdup(o->places[i]);
	if (anchor_find(o->state, r->continues.archive, NULL, &a, NULL, NULL) == STATUS_OK &&
	    is_that(a.path, r->continues.genesis))
		return strdup(a.path);
	return NULL;
}

static enum status
check_older(const struct older_options *o, struct result *r, struct result *older)
{
	struct check_options c = { .archive = r->older_path, .state = o->state, .genesis_given = true,
		.deep = o->deep, .deriver = o->deriver, .threads = o->threads };

	memcpy(c.genesis, r->continues.genesis, SHA256_SIZE);
	c.head = (struct head) { .known = true, .sequence = r->continues.sequence };
	memcpy(c.head.sha256, r->continues.manifest_sha256, SHA256_SIZE);
	return check_archive(&c, older, NULL);
}

/* One generation; true where there is another to look at. */
static bool
follow_one(const struct older_options *o, struct result *r)
{
	struct result *older;

	r->older_path = find_older(o, r);
	if (r->older_path == NULL)
		return false;
	older = calloc(1, sizeof *older);
	if (older == NULL || check_older(o, r, older) != STATUS_OK) {
		if (older != NULL)
			result_free(older);
		free(older);
		r->verdict = verdict_worst(r->verdict, VERDICT_ERROR);
		return false;
	}
	r->older = older;
	return older->is_continuation;
}

void
older_follow(const struct older_options *o, struct result *r)
{
	struct result *chain[OLDER_GENERATIONS + 1];
	size_t n = 0;

	chain[n++] = r;
	while (chain[n - 1]->is_continuation && n <= OLDER_GENERATIONS && follow_one(o, chain[n - 1])) {
		chain[n] = chain[n - 1]->older;
		n++;
	}
	for (size_t i = n; i-- > 0;)
		if (chain[i]->older != NULL)
			result_take_older(chain[i], chain[i]->older);
}
