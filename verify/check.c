/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/check.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "archive/anchor.h"
#include "base/place.h"
#include "verify/files.h"
#include "verify/known.h"
#include "verify/origin.h"
#include "verify/tree.h"
#include "verify/unlisted.h"
#include "verify/unsealed.h"
#include "verify/walk.h"

enum { SCAN_TRIES = 5 };

/*
 * What this machine remembers: by the path first, as known_hosts does, so that another
 * archive in this one's place is seen; a copy elsewhere is known by its id.  What memory did
 * not suffice to read is not unknown.
 */
static bool
remember(const struct check_options *o, const char *id, struct anchor *out, struct result *r)
{
	char *path = place_realpath(o->archive);
	struct fault f = { .status = STATUS_OK };
	enum status rc = STATUS_ABSENT;

	r->no_memory |= path == NULL && errno == ENOMEM;
	if (path != NULL)
		rc = anchor_find(o->state, NULL, path, out, NULL, &f);
	free(path);
	if (rc != STATUS_OK && id != NULL)
		rc = anchor_find(o->state, id, NULL, out, NULL, &f);
	r->no_memory |= f.status == STATUS_NO_MEMORY;
	r->memory_fault = rc == STATUS_OK ? (struct fault) { .status = STATUS_OK } : f;
	return rc == STATUS_OK;
}

static void
take_head(struct result *r, const struct anchor *a)
{
	r->remembered.known = true;
	r->remembered.sequence = a->sequence;
	memcpy(r->remembered.sha256, a->manifest_sha256, SHA256_SIZE);
}

/* The genesis as given, else as remembered, else as found and trusted by nobody. */
static void
find_anchors(const struct check_options *o, const struct origin *origin, struct result *r)
{
	struct anchor a;
	bool remembered = remember(o, origin->parsed ? origin->archive : NULL, &a, r);

	r->given = o->head;
	r->until_head = o->until_head && o->head.known;
	if (o->genesis_given) {
		memcpy(r->genesis, o->genesis, SHA256_SIZE);
		r->genesis_anchor = ANCHOR_GIVEN;
	} else if (remembered) {
		memcpy(r->genesis, a.genesis, SHA256_SIZE);
		r->genesis_anchor = ANCHOR_REMEMBERED;
	}
	r->genesis_known = r->genesis_anchor != ANCHOR_NONE;
	/* Another archive's head says nothing of this one. */
	if (remembered && memcmp(a.genesis, r->genesis, SHA256_SIZE) == 0 && !r->until_head)
		take_head(r, &a);
	if (origin->parsed && (!r->genesis_known ||
	    memcmp(r->genesis, origin->page.sha256, SHA256_SIZE) == 0))
		memcpy(r->archive, origin->archive, sizeof r->archive);
	else if (remembered && memcmp(a.genesis, r->genesis, SHA256_SIZE) == 0)
		memcpy(r->archive, a.archive, sizeof r->archive);
	if (!r->genesis_known && origin->there)
		memcpy(r->genesis, origin->page.sha256, SHA256_SIZE);
}

/* What is remembered and cannot be read may be an anchor of this archive. */
static void
tell_memory(const struct check_options *o, struct result *r)
{
	const struct fault *f = &r->memory_fault;

	if (f->status != STATUS_OK && r->count > 0 && !(o->genesis_given && o->head.known))
		findings_add(&r->segments[0].findings, FINDING_IO, NULL,
		    "what this machine remembers cannot be read: %s: %s", f->file, f->text);
}

/* A head at sequence 0 is the genesis itself. */
static void
check_zero_head(struct result *r, const struct head *h, const char *known)
{
	struct segment *s = r->count > 0 ? &r->segments[0] : NULL;

	if (s != NULL && h->known && h->sequence == 0 && s->manifest != NULL &&
	    memcmp(h->sha256, s->sha256, SHA256_SIZE) != 0)
		findings_add(&s->findings, FINDING_CHAIN, s->manifest,
		    "it is not the head that was %s", known);
}

/*
 * A manifest is in place an instant before the state knows the new head: where segments lie
 * behind the remembered one, it may have come to be known since.
 */
static void
refresh_head(const struct check_options *o, struct result *r)
{
	const struct segment *last = r->count > 0 ? &r->segments[r->count - 1] : NULL;
	struct segment *s;
	struct anchor a;

	if (!r->remembered.known || last == NULL || last->sequence <= r->remembered.sequence ||
	    !remember(o, r->archive, &a, r) || memcmp(a.genesis, r->genesis, SHA256_SIZE) != 0 ||
	    a.sequence <= r->remembered.sequence || a.sequence > last->sequence)
		return;
	take_head(r, &a);
	s = result_find(r, a.sequence);
	if (s != NULL && s->manifest != NULL && memcmp(s->sha256, a.manifest_sha256, SHA256_SIZE) != 0)
		findings_add(&s->findings, FINDING_CHAIN, s->manifest,
		    "it is not the head that was remembered");
}

static enum status
check_chain(const struct check_options *o, const struct origin *origin, struct tree *tree,
    struct result *r, struct fault *f)
{
	struct known known = { .count = 0 };
	struct files *files = NULL;
	enum status rc = files_open(o->archive, o->threads, o->deep, &o->deriver, &files, f);

	if (rc != STATUS_OK)
		return rc;
	r->unread = tree->unread;
	origin_check(origin, r, tree->count > 0, &known);
	tell_memory(o, r);
	check_zero_head(r, &r->given, "given");
	check_zero_head(r, &r->remembered, "remembered");
	walk_chain(o->archive, origin, tree, files, &known, r);
	refresh_head(o, r);
	if (tree->full && r->count > 0)
		findings_add(&r->segments[0].findings, FINDING_LIMIT, NULL,
		    "more than %d manifests: not all were looked at", TREE_CANDIDATES_MAX);
	files_finish(files, r);
	unsealed_check(o->archive, o->state, origin, r);
	unlisted_tell(o->archive, &known, r);
	r->no_memory |= known.failed;
	known_free(&known);
	result_settle(r);
	return STATUS_OK;
}

/*
 * The tree as it was while the remembered head stood still: a head that is newer than the tree
 * would miss what a writer seals at this moment, and one that is older would not reach it.
 */
static enum status
scan(const struct check_options *o, const struct origin *origin, struct result *r,
    struct tree *tree, struct fault *f)
{
	enum status rc = STATUS_OK;

	find_anchors(o, origin, r);
	for (int i = 0; i < SCAN_TRIES && rc == STATUS_OK; i++) {
		struct head before = r->remembered;

		tree_free(tree);
		rc = tree_open(o->archive, r->archive[0] != '\0' ? r->archive : NULL, tree, f);
		find_anchors(o, origin, r);
		if (before.known == r->remembered.known && before.sequence == r->remembered.sequence)
			break;
	}
	return rc;
}

enum status
check_archive(const struct check_options *o, struct result *r, struct fault *f)
{
	struct origin origin;
	struct tree tree = { .count = 0 };
	enum status rc;

	origin_read(&origin, o->archive);
	rc = scan(o, &origin, r, &tree, f);
	if (rc == STATUS_OK)
		rc = check_chain(o, &origin, &tree, r, f);
	tree_free(&tree);
	origin_free(&origin);
	return rc;
}
