/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/blame.h"

#include <string.h>

static void
tell_wrong_signature(const char *path, struct findings *out)
{
	findings_add(out, FINDING_SIGNATURE, path,
	    "these bytes are not signed by the key that must have signed them");
}

/* To be told by suspects_settle; without room the plain finding is told at once. */
static void
suspect(struct suspects *l, const struct accept *a, struct segment *s, const char *path)
{
	if (l->count == SUSPECTS_MAX) {
		tell_wrong_signature(path, &s->findings);
		return;
	}
	l->list[l->count].segment = (size_t)(s - a->r->segments);
	l->list[l->count++].path = path;
	/* Counts now, so that the segment is not taken for a missing one. */
	s->findings.verdict = verdict_worst(s->findings.verdict, VERDICT_MODIFIED);
}

static void
blame_page(struct accept *a, struct segment *s, const struct candidate *x,
    const struct page *page, struct suspects *suspects)
{
	if (!page->read)
		page_tell_bytes(page, &s->findings);
	else if (!page->sealed)
		page_tell_signature(page, &s->findings);
	else if (x->foreign)
		findings_add(&s->findings, FINDING_CHAIN, x->path,
		    "it stands in segment %llu's place and says that it is of another archive",
		    (unsigned long long)s->sequence);
	else if (a->place.key_known)
		suspect(suspects, a, s, x->path);
	else
		findings_add_as(&s->findings, FINDING_CHAIN, VERDICT_ERROR, x->path,
		    "it cannot be checked: its neighbours do not tell its key or its hash");
}

void
blame(struct accept *a, struct segment *s, struct candidate *x, struct suspects *suspects)
{
	struct page page = { .read = false };

	x->told = true;
	page_read(&page, a->archive, x->path, MANIFEST_SIZE_MAX);
	known_add(a->known, x->path);
	known_add(a->known, page.signature_path);
	blame_page(a, s, x, &page, suspects);
	page_free(&page);
}

void
suspects_key(struct suspects *l, const uint8_t key[KEY_SIZE])
{
	l->key_known = true;
	memcpy(l->key, key, KEY_SIZE);
}

/* Which sequence's key signed the page; false if none that is known. */
static bool
find_signer(const struct suspects *l, const struct page *page, const struct result *r,
    uint64_t *sequence)
{
	size_t tried = 0;

	if (l->key_known && page_signed_by(page, l->key)) {
		*sequence = 0;
		return true;
	}
	for (size_t i = 0; i < r->count && tried < SUSPECT_KEYS_MAX; i++) {
		const struct segment *s = &r->segments[i];

		if (!s->parsed || s->closed)
			continue;
		tried++;
		if (page_signed_by(page, s->next_key)) {
			*sequence = s->sequence + 1;
			return true;
		}
	}
	return false;
}

void
suspects_settle(struct suspects *l, const char *archive, struct result *r)
{
	struct page page = { .read = false };

	for (size_t i = 0; i < l->count; i++) {
		struct segment *s = &r->segments[l->list[i].segment];
		uint64_t signer;

		page_read(&page, archive, l->list[i].path, MANIFEST_SIZE_MAX);
		if (find_signer(l, &page, r, &signer))
			findings_add(&s->findings, FINDING_KEY_MISMATCH, page.path,
			    "it is signed by the key of sequence %llu, not by that of %llu",
			    (unsigned long long)signer, (unsigned long long)s->sequence);
		else
			tell_wrong_signature(page.path, &s->findings);
	}
	page_free(&page);
}
