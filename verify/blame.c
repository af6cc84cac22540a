/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/blame.h"

#include <string.h>

#include "base/text.h"

static void
tell_wrong_signature(const struct page *page, bool proven, struct findings *out)
{
	if (proven)
		findings_add(out, FINDING_SIGNATURE, page->signature_path,
		    "the manifest is as sealed, but this is not its signature");
	else
		findings_add(out, FINDING_SIGNATURE, page->path,
		    "these bytes are not signed by the key that must have signed them");
}

/* To be told by suspects_settle; without room the plain finding is told at once. */
static void
suspect(struct suspects *l, const struct accept *a, struct segment *s, const struct page *page,
    const char *path, bool proven)
{
	if (l->count == SUSPECTS_MAX) {
		tell_wrong_signature(page, proven, &s->findings);
		return;
	}
	l->list[l->count].segment = (size_t)(s - a->r->segments);
	l->list[l->count].proven = proven;
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
	else if (a->place.key_known && !a->place.key_doubtful)
		suspect(suspects, a, s, page, x->path, false);
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
blame_signature(struct accept *a, struct segment *s, const struct candidate *x, bool key_known,
    struct suspects *suspects)
{
	struct page page = { .read = false };

	page_read(&page, a->archive, x->path, MANIFEST_SIZE_MAX);
	if (!page.sealed)
		page_tell_signature(&page, &s->findings);
	else if (key_known)
		suspect(suspects, a, s, &page, x->path, true);
	page_free(&page);
}

void
suspects_key(struct suspects *l, const uint8_t key[KEY_SIZE])
{
	l->key_known = true;
	memcpy(l->key, key, KEY_SIZE);
}

/*
 * Is it signed by the key that its own text names for the one after it, as whoever took the
 * newest key would?  Looked for as text: nothing is parsed that nobody vouches for.
 */
static bool
signed_by_its_next(const struct page *page, bool *no_memory)
{
	static const char name[] = "\"next_key\":\"";
	const size_t len = sizeof name - 1;
	const uint8_t *at = page->bytes.data;
	size_t left = page->read ? page->bytes.len : 0;
	uint8_t key[KEY_SIZE];
	char hex[2 * KEY_SIZE + 1];

	for (; left >= len + 2 * (size_t)KEY_SIZE; at++, left--) {
		if (memcmp(at, name, len) != 0)
			continue;
		memcpy(hex, at + len, sizeof hex - 1);
		hex[sizeof hex - 1] = '\0';
		return text_parse_hex(hex, key, KEY_SIZE) && page_signed_by(page, key, no_memory);
	}
	return false;
}

/* Large texts made for the purpose must not cost hours. */
static bool
may_try(struct suspects *l, const struct page *page)
{
	l->work += page->bytes.len + SUSPECT_TRIAL;
	return l->work <= SUSPECT_WORK_MAX;
}

/* Which sequence's key signed the page; false if none that is known. */
static bool
find_signer(struct suspects *l, const struct page *page, const struct result *r,
    uint64_t *sequence)
{
	size_t tried = 0;

	if (l->key_known && page_signed_by(page, l->key, &l->no_memory)) {
		*sequence = 0;
		return true;
	}
	for (size_t i = 0; i < r->count && tried < SUSPECT_KEYS_MAX; i++) {
		const struct segment *s = &r->segments[i];

		if (!s->parsed || s->closed)
			continue;
		if (!may_try(l, page))
			break;
		tried++;
		if (page_signed_by(page, s->next_key, &l->no_memory)) {
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
		const char *path = l->list[i].proven ? page.signature_path : page.path;
		uint64_t signer;

		page_read(&page, archive, l->list[i].path, MANIFEST_SIZE_MAX);
		if (find_signer(l, &page, r, &signer))
			findings_add(&s->findings, FINDING_KEY_MISMATCH, path,
			    "it is signed by the key of sequence %llu, not by that of %llu",
			    (unsigned long long)signer, (unsigned long long)s->sequence);
		else if (signed_by_its_next(&page, &l->no_memory))
			findings_add(&s->findings, FINDING_KEY_MISMATCH, path,
			    "it is signed by the key that it names for the one after it");
		else
			tell_wrong_signature(&page, l->list[i].proven, &s->findings);
	}
	r->no_memory |= l->no_memory;
	page_free(&page);
}
