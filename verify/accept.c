/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/accept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/manifest.h"
#include "base/place.h"
#include "base/text.h"
#include "verify/walk.h"

/* The directories that hold copies of one manifest, the first one foremost. */
struct copies {
	char **dirs;
	size_t count;
};

static void
add_copy(struct accept *a, struct copies *copies, const char *path)
{
	char dir[FILE_PATH_MAX];
	char **dirs = copies->dirs;

	if ((copies->count & (copies->count - 1)) == 0)
		dirs = realloc(dirs, (copies->count == 0 ? 1 : 2 * copies->count) * sizeof *dirs);
	if (dirs == NULL) {
		a->r->no_memory = true;
		return;
	}
	copies->dirs = dirs;
	file_parent(dir, path);
	dirs[copies->count] = strdup(strcmp(dir, ".") == 0 ? "" : dir);
	if (dirs[copies->count] == NULL)
		a->r->no_memory = true;
	else
		copies->count++;
}

static void
free_copies(struct copies *copies)
{
	for (size_t i = 0; i < copies->count; i++)
		free(copies->dirs[i]);
	free(copies->dirs);
}

/* Does dir hold something of the sealed name and size? */
static bool
holds_some(const struct accept *a, const char *dir, const struct manifest *m)
{
	for (size_t i = 0; i < m->file_count; i++) {
		char below[FILE_PATH_MAX];
		char place[FILE_PATH_MAX];
		struct stat st;

		if (file_join(below, a->archive, dir, NULL) == STATUS_OK &&
		    file_join(place, below, m->files[i].name, NULL) == STATUS_OK &&
		    place_lstat(place, &st) == 0 && S_ISREG(st.st_mode) &&
		    (uint64_t)st.st_size == m->files[i].size)
			return true;
	}
	return m->file_count == 0;
}

/*
 * Copies of the manifest alone are no places to look: however many are planted, those that
 * hold its files are tried.
 */
static void
drop_empty(const struct accept *a, struct copies *copies, const struct manifest *m)
{
	size_t n = copies->count < 2 ? copies->count : 1;

	for (size_t i = 1; i < copies->count; i++) {
		if (holds_some(a, copies->dirs[i], m))
			copies->dirs[n++] = copies->dirs[i];
		else
			free(copies->dirs[i]);
	}
	copies->count = n;
}

/* A proven manifest's path and signature are accounted for. */
static void
own(struct accept *a, struct candidate *x)
{
	char signature[FILE_PATH_MAX];
	size_t stem = strlen(x->path) - strlen(".json");

	x->told = true;
	known_add(a->known, x->path);
	(void)snprintf(signature, sizeof signature, "%.*s.sig", (int)stem, x->path);
	known_add(a->known, signature);
}

/* Gathers the claimants with best's bytes, whatever lies beside them as a signature. */
static void
gather_copies(struct accept *a, uint64_t n, const struct claimants *c,
    const struct claimant *best, struct copies *out)
{
	add_copy(a, out, a->tree->candidates[best->candidate].path);
	own(a, &a->tree->candidates[best->candidate]);
	for (size_t i = 0; i < c->count; i++) {
		const struct claimant *x = &c->list[i];
		struct candidate *twin = &a->tree->candidates[x->candidate];

		if (x == best || !x->read || memcmp(x->sha256, best->sha256, SHA256_SIZE) != 0)
			continue;
		add_copy(a, out, twin->path);
		own(a, twin);
		notices_add(&a->r->notices, NOTICE_DUPLICATE_SEGMENT, twin->path,
		    "a copy of segment %llu's manifest", (unsigned long long)n);
	}
}

static void
check_place(const struct accept *a, const struct manifest *m, uint64_t n, const char *path,
    struct findings *out)
{
	const struct place *p = &a->place;

	/* Where the genesis is not to be believed, the first manifest that is proven tells. */
	if (a->r->archive[0] == '\0')
		memcpy(a->r->archive, m->archive, sizeof a->r->archive);
	if (strcmp(a->r->archive, m->archive) != 0)
		findings_add(out, FINDING_CHAIN, path, "it names another archive, %s", m->archive);
	if (m->sequence != n)
		findings_add(out, FINDING_CHAIN, path, "it names sequence %llu, not %llu",
		    (unsigned long long)m->sequence, (unsigned long long)n);
	if (p->previous_known && memcmp(m->previous, p->previous, SHA256_SIZE) != 0)
		findings_add(out, FINDING_CHAIN, path, "it names another predecessor");
	if (p->closed)
		findings_add(out, FINDING_CHAIN, path, "the archive was closed before it");
}

static void
check_head(const struct head *h, const char *known, const struct segment *s, uint64_t n,
    struct findings *out)
{
	char hex[SHA256_HEX];

	if (!h->known || h->sequence != n || memcmp(h->sha256, s->sha256, SHA256_SIZE) == 0)
		return;
	text_hex(hex, h->sha256, SHA256_SIZE);
	findings_add(out, FINDING_CHAIN, s->manifest,
	    "it is not the head that was %s: that is %s", known, hex);
}

static void
notice_clock(struct accept *a, const struct manifest *m, const char *path)
{
	if (a->place.sealed != 0 && m->sealed.nanos < a->place.sealed)
		notices_add(&a->r->notices, NOTICE_TIME_REGRESSION, path,
		    "the clock says that it was sealed before the segment before it");
	else if (m->sealed.nanos < m->opened.nanos)
		notices_add(&a->r->notices, NOTICE_TIME_REGRESSION, path,
		    "the clock says that it was sealed before it was opened");
	a->place.sealed = m->sealed.nanos;
}

static void
notice_declared(struct accept *a, const struct manifest *m, const char *path)
{
	for (size_t i = 0; i < m->recovery_count; i++) {
		notices_add(&a->r->notices, NOTICE_RECOVERED, path, "%s: %s",
		    m->recovery[i].action, m->recovery[i].text);
		if (m->recovery[i].span.has_from || m->recovery[i].span.has_to)
			notices_add(&a->r->notices, NOTICE_GAP, path,
			    "recovery declares a time in which something may be missing");
	}
	for (size_t i = 0; i < m->finding_count; i++)
		notices_add(&a->r->notices, NOTICE_GAP, path, "%s: %s%s%s", m->findings[i].code,
		    m->findings[i].file != NULL ? m->findings[i].file : "",
		    m->findings[i].file != NULL ? ": " : "", m->findings[i].text);
	if (m->interrupted)
		notices_add(&a->r->notices, NOTICE_GAP, path, "the writer was interrupted");
}

static void
list_files(struct accept *a, const struct manifest *m, const struct copies *copies)
{
	for (size_t d = 0; d < copies->count; d++) {
		for (size_t i = 0; i < m->file_count; i++)
			known_add_in(a->known, copies->dirs[d], m->files[i].name);
		for (size_t i = 0; i < m->attachment_count; i++)
			known_add_in(a->known, copies->dirs[d], m->attachments[i].name);
	}
}

/* All that the parsed text is asked. */
static void
take_manifest(struct accept *a, struct segment *s, const struct manifest *m,
    struct copies *copies)
{
	struct fault f = { .status = STATUS_OK };

	s->parsed = true;
	s->closed = m->closed;
	s->opened = m->opened.nanos;
	s->sealed = m->sealed.nanos;
	memcpy(s->next_key, m->next_key, KEY_SIZE);
	check_place(a, m, s->sequence, s->manifest, &s->findings);
	if (manifest_check_counts(m, s->manifest, &f) != STATUS_OK)
		findings_add(&s->findings, FINDING_COUNTS, s->manifest, "%s", f.text);
	notice_clock(a, m, s->manifest);
	notice_declared(a, m, s->manifest);
	result_expire(a->r, m);
	a->r->keys_in_files |= strcmp(m->key_storage, "file") == 0;
	list_files(a, m, copies);
	drop_empty(a, copies, m);
	files_put(a->files, (size_t)(s - a->r->segments), m, (const char *const *)copies->dirs,
	    copies->count);
}

/* One manifest with its copies becomes a segment; *m is its text, NULL where it breaks rules. */
static struct segment *
take_bytes(struct accept *a, uint64_t n, struct claimants *c, const struct claimant *best,
    struct manifest **m)
{
	struct segment *s = result_add(a->r, n);
	struct page *page = &c->page;
	struct copies copies = { .dirs = NULL };
	struct fault f = { .status = STATUS_OK };
	const char *code = NULL;

	if (s == NULL)
		return NULL;
	s->manifest = strdup(a->tree->candidates[best->candidate].path);
	if (s->manifest == NULL) {
		a->r->no_memory = true;
		return NULL;
	}
	memcpy(s->sha256, best->sha256, SHA256_SIZE);
	s->by_hash = best->state == CLAIMANT_PROVEN;
	gather_copies(a, n, c, best, &copies);
	if (a->r->no_memory) {
		free_copies(&copies);
		return s;
	}
	if (!page->read || strcmp(page->path, s->manifest) != 0) {
		page_read(page, a->archive, s->manifest, MANIFEST_SIZE_MAX);
		page_look_large(page);
	}
	if (!page->read || memcmp(page->sha256, best->sha256, SHA256_SIZE) != 0)
		findings_add(&s->findings, FINDING_IO, s->manifest, "it changed while it was read");
	else if (page->large > 0)
		findings_add_as(&s->findings, FINDING_LIMIT, VERDICT_MALFORMED, s->manifest,
		    "%llu bytes are above the limit of %d",
		    (unsigned long long)page->large, (int)MANIFEST_SIZE_MAX);
	else if (manifest_parse(page->bytes.data, page->bytes.len, s->manifest, m, &code, &f) ==
	    STATUS_OK)
		take_manifest(a, s, *m, &copies);
	else
		findings_refused(&s->findings, code, s->manifest, f.text);
	free_copies(&copies);
	return s;
}

static void
tell_fork(const struct claimants *c, struct segment *s)
{
	char hex[SHA256_HEX];

	if (!claimants_forked(c))
		return;
	text_hex(hex, s->sha256, SHA256_SIZE);
	findings_add(&s->findings, FINDING_FORK, s->manifest,
	    "one of several valid manifests for sequence %llu, hash %s",
	    (unsigned long long)s->sequence, hex);
}

/* Further valid manifests with other bytes, each once. */
static void
take_forks(struct accept *a, uint64_t n, struct claimants *c, const struct claimant *best)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct claimant *x = &c->list[i];
		struct manifest *m = NULL;
		struct segment *s;

		if (x->state == CLAIMANT_INVALID || a->tree->candidates[x->candidate].told ||
		    memcmp(x->sha256, best->sha256, SHA256_SIZE) == 0)
			continue;
		s = take_bytes(a, n, c, x, &m);
		manifest_free(m);
		if (s != NULL)
			tell_fork(c, s);
	}
}

static void
move_on(struct place *p, const struct segment *s, bool parsed)
{
	p->key_known = parsed && !s->closed;
	p->key_doubtful = false;
	if (p->key_known)
		memcpy(p->key, s->next_key, KEY_SIZE);
	p->previous_known = true;
	memcpy(p->previous, s->sha256, SHA256_SIZE);
	p->closed = parsed && s->closed;
}

void
accept_segment(struct accept *a, uint64_t n, struct claimants *c, const struct claimant *best)
{
	struct manifest *m = NULL;
	struct segment *s = take_bytes(a, n, c, best, &m);
	struct segment taken;
	struct place before = a->place;

	if (s == NULL) {
		manifest_free(m);
		return;
	}
	check_head(&a->r->given, "given", s, n, &s->findings);
	check_head(&a->r->remembered, "remembered", s, n, &s->findings);
	tell_fork(c, s);
	taken = *s; /* its own place may move when forks are added */
	take_forks(a, n, c, best);
	a->place = before;
	move_on(&a->place, &taken, m != NULL);
	manifest_free(m);
}
