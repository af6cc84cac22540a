/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/lineage.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/claims.h"
#include "archive/find.h"
#include "base/text.h"

enum { CANDIDATES_MAX = 4 << 20 };

struct candidate {
	char *path;
	uint64_t hint; /* what its name says; nothing is believed for it */
	bool used;
};

struct walk {
	struct candidate *list;
	size_t count;
	size_t cap;
	struct claims claims;
	uint64_t unread; /* directories */
	struct chain chain;
	struct lineage *out;
	size_t out_cap;
	reader_notice notice;
	void *ctx;
};

enum status
lineage_read(const char *path, struct buf *text, uint8_t signature[SIGNATURE_SIZE],
    struct fault *f)
{
	char other[FILE_PATH_MAX];
	size_t len = strlen(path);
	struct buf raw = { 0 };
	enum status rc = file_slurp(path, MANIFEST_SIZE_MAX, text, f);

	if (rc != STATUS_OK)
		return rc;
	if (len >= sizeof other)
		return fault_set(f, STATUS_LIMIT, path, "the path is too long");
	memcpy(other, path, len - strlen("json"));
	memcpy(other + len - strlen("json"), "sig", sizeof "sig");
	if (!file_exists(other))
		return fault_set(f, STATUS_ABSENT, other, "FILE_MISSING: the signature is not there");
	rc = file_slurp(other, SIGNATURE_SIZE, &raw, f);
	if (rc == STATUS_OK && raw.len != SIGNATURE_SIZE)
		rc = fault_set(f, STATUS_MALFORMED, other, "SIGNATURE: it has %zu bytes", raw.len);
	if (rc == STATUS_OK)
		memcpy(signature, raw.data, SIGNATURE_SIZE);
	buf_free(&raw);
	return rc;
}

/* Room for one more in a growing array; false without memory. */
static bool
grow(void **list, size_t count, size_t *cap, size_t size)
{
	size_t want = *cap == 0 ? 64 : *cap * 2;
	void *grown;

	if (count < *cap)
		return true;
	grown = realloc(*list, want * size);
	if (grown == NULL)
		return false;
	*list = grown;
	*cap = want;
	return true;
}

static enum status
collect(void *ctx, const char *path, struct fault *f)
{
	struct walk *w = ctx;
	void *list = w->list;

	if (w->count == CANDIDATES_MAX)
		return fault_set(f, STATUS_LIMIT, path, "more than %d manifests", CANDIDATES_MAX);
	if (!grow(&list, w->count, &w->cap, sizeof *w->list))
		return fault_memory(f);
	w->list = list;
	w->list[w->count] = (struct candidate) { .path = strdup(path), .hint = find_sequence(path) };
	return w->list[w->count++].path == NULL ? fault_memory(f) : STATUS_OK;
}

static void
unread(void *ctx, const struct fault *why)
{
	struct walk *w = ctx;

	w->unread++;
	w->notice(w->ctx, why);
}

static int
by_hint(const void *a, const void *b)
{
	const struct candidate *x = a;
	const struct candidate *y = b;

	if (x->hint != y->hint)
		return x->hint < y->hint ? -1 : 1;
	return strcmp(x->path, y->path);
}

static enum status
take(struct walk *w, struct candidate *c, const struct manifest *m,
    const uint8_t sha256[SHA256_SIZE], struct fault *f)
{
	void *list = w->out->segments;
	struct lineage_segment *s;

	if (!grow(&list, w->out->count, &w->out_cap, sizeof *w->out->segments))
		return fault_memory(f);
	w->out->segments = list;
	s = &w->out->segments[w->out->count++];
	*s = (struct lineage_segment) { .path = c->path, .sequence = m->sequence, .hashed = true,
		.flows = m->flows_span };
	memcpy(s->sha256, sha256, SHA256_SIZE);
	c->path = NULL; /* handed over */
	c->used = true;
	return STATUS_OK;
}

/* Does this candidate follow?  A failure is only told where the name said that it should. */
static enum status
try_next(struct walk *w, struct candidate *c, struct fault *why, struct fault *f)
{
	uint8_t signature[SIGNATURE_SIZE];
	struct buf text = { 0 };
	struct manifest *m = NULL;
	enum status rc = lineage_read(c->path, &text, signature, why);

	if (rc == STATUS_OK)
		rc = chain_follow(&w->chain, text.data, text.len, signature, c->path, &m, NULL, why);
	if (rc == STATUS_OK && take(w, c, m, w->chain.sha256, f) != STATUS_OK)
		rc = STATUS_NO_MEMORY;
	manifest_free(m);
	buf_free(&text);
	return rc;
}

/* Each candidate is asked once: names may be wrong, and of two for one sequence both count. */
static enum status
ask(struct walk *w, struct fault *f)
{
	enum status rc = claims_open(&w->claims, w->count, f);

	for (size_t i = 0; i < w->count && rc == STATUS_OK; i++) {
		char archive[ARCHIVE_ID_HEX];
		uint64_t sequence;

		if (find_claim(w->list[i].path, archive, &sequence))
			claims_add(&w->claims, sequence, i);
	}
	if (rc == STATUS_OK)
		claims_sort(&w->claims);
	return rc;
}

/* Renamed ones: no fault of theirs is told. */
static enum status
try_claims(struct walk *w, uint64_t next, struct fault *f)
{
	size_t count;
	const struct claim *claims = claims_of(&w->claims, next, &count);
	enum status rc = STATUS_ABSENT;

	for (size_t i = 0; i < count && rc != STATUS_OK && rc != STATUS_NO_MEMORY; i++) {
		struct candidate *c = &w->list[claims[i].candidate];

		if (!c->used && c->hint != next)
			rc = try_next(w, c, NULL, f);
	}
	return rc;
}

/* Signed by the key that must sign the next one; its hash. */
static bool
is_valid_next(const struct walk *w, const struct candidate *c, uint8_t sha256[SHA256_SIZE])
{
	uint8_t signature[SIGNATURE_SIZE];
	struct buf text = { 0 };
	bool valid = lineage_read(c->path, &text, signature, NULL) == STATUS_OK &&
	    key_verify(w->chain.next_key, text.data, text.len, signature, NULL) == STATUS_OK &&
	    sha256_of(text.data, text.len, sha256, NULL) == STATUS_OK;

	buf_free(&text);
	return valid;
}

/* Two valid, different manifests for the next sequence: none of them is to be preferred. */
static bool
is_forked(struct walk *w, uint64_t next, struct fault *why)
{
	uint8_t first[SHA256_SIZE];
	uint8_t other[SHA256_SIZE];
	const char *path = NULL;
	size_t count;
	const struct claim *claims = claims_of(&w->claims, next, &count);

	for (size_t i = 0; i < count && count > 1; i++) {
		const struct candidate *c = &w->list[claims[i].candidate];

		if (!is_valid_next(w, c, path == NULL ? first : other))
			continue;
		if (path != NULL && memcmp(first, other, SHA256_SIZE) != 0) {
			(void)fault_set(why, STATUS_DIFFERS, c->path, "FORK: this and %s are both valid for "
			    "segment %llu; nothing says which is the archive's", path,
			    (unsigned long long)next);
			w->out->forked = true;
			return true;
		}
		path = path == NULL ? c->path : path;
	}
	return false;
}

static enum status
walk_forward(struct walk *w, struct fault *why, struct fault *f)
{
	size_t hinted = 0;
	enum status rc = ask(w, f);

	if (rc != STATUS_OK)
		return rc;
	while (!w->chain.closed) {
		uint64_t next = w->chain.sequence + 1;

		rc = STATUS_ABSENT;

		while (hinted < w->count && w->list[hinted].hint < next)
			hinted++;
		memset(why, 0, sizeof *why);
		if (is_forked(w, next, why))
			break;
		for (size_t i = hinted; i < w->count && w->list[i].hint == next &&
		    rc != STATUS_OK && rc != STATUS_NO_MEMORY; i++)
			if (!w->list[i].used)
				rc = try_next(w, &w->list[i], why, f);
		if (rc != STATUS_OK && rc != STATUS_NO_MEMORY)
			rc = try_claims(w, next, f);
		if (rc == STATUS_NO_MEMORY)
			return fault_memory(f);
		if (rc != STATUS_OK)
			break;
	}
	return STATUS_OK;
}

/* What was sealed says its own sequence, so only those that claim it are read. */
static struct candidate *
by_hash(struct walk *w, uint64_t sequence, const uint8_t sha256[SHA256_SIZE])
{
	size_t count;
	const struct claim *claims = claims_of(&w->claims, sequence, &count);

	for (size_t i = 0; i < count; i++) {
		struct candidate *c = &w->list[claims[i].candidate];
		struct buf text = { 0 };
		uint8_t seen[SHA256_SIZE];
		bool same = !c->used &&
		    file_slurp(c->path, MANIFEST_SIZE_MAX, &text, NULL) == STATUS_OK &&
		    sha256_of(text.data, text.len, seen, NULL) == STATUS_OK &&
		    memcmp(seen, sha256, SHA256_SIZE) == 0;

		buf_free(&text);
		if (same)
			return c;
	}
	return NULL;
}

/* The head's hash is known, its text names the one before: until what was walked forward. */
static enum status
walk_backward(struct walk *w, const struct anchor *head, struct fault *f)
{
	uint8_t want[SHA256_SIZE];
	uint64_t sequence = head->sequence;
	enum status rc = STATUS_OK;

	memcpy(want, head->manifest_sha256, SHA256_SIZE);
	while (rc == STATUS_OK && sequence > w->chain.sequence) {
		struct candidate *c = by_hash(w, sequence, want);
		struct buf text = { 0 };
		struct manifest *m = NULL;

		if (c == NULL)
			break;
		rc = file_slurp(c->path, MANIFEST_SIZE_MAX, &text, f);
		if (rc == STATUS_OK)
			rc = manifest_parse(text.data, text.len, c->path, &m, NULL, f);
		if (rc == STATUS_OK)
			rc = take(w, c, m, want, f);
		if (rc == STATUS_OK) {
			memcpy(want, m->previous, SHA256_SIZE);
			sequence = m->sequence - 1;
		}
		manifest_free(m);
		buf_free(&text);
	}
	return rc;
}

static int
by_sequence(const void *a, const void *b)
{
	const struct lineage_segment *x = a;
	const struct lineage_segment *y = b;

	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static void
tell_break(const struct walk *w, const struct anchor *head, const struct fault *why)
{
	struct fault told = *why;
	unsigned long long next = w->chain.sequence + 1;

	w->out->missing = head->sequence - w->chain.sequence -
	    (w->out->count - (size_t)w->chain.sequence);
	w->out->unsigned_ones = w->out->missing == 0;
	if (told.status == STATUS_OK)
		(void)fault_set(&told, STATUS_ABSENT, NULL, "SEGMENT_MISSING: segment %llu is not there, though the known "
		    "head is %llu", next, (unsigned long long)head->sequence);
	w->notice(w->ctx, &told);
}

/*
 * Without a known head: a manifest in the next one's place is a break, none is the end, as far as
 * all could be looked at.
 */
static void
tell_end(const struct walk *w, const struct fault *why)
{
	w->out->missing = why->status != STATUS_OK || w->unread > 0;
	if (why->status != STATUS_OK)
		w->notice(w->ctx, why);
}

enum status
lineage_walk(const char *archive, const struct chain *start, const struct anchor *head,
    reader_notice notice, void *ctx, struct lineage *out, struct chain *end, struct fault *f)
{
	struct walk w = { .chain = *start, .out = out, .notice = notice, .ctx = ctx };
	const struct find_calls calls = { .seen = collect, .unread = unread, .ctx = &w };
	struct fault why = { 0 };
	enum status rc;

	memset(out, 0, sizeof *out);
	rc = find_manifests(archive, &calls, f);
	if (rc == STATUS_OK && w.count > 0)
		qsort(w.list, w.count, sizeof *w.list, by_hint);
	if (rc == STATUS_OK)
		rc = walk_forward(&w, &why, f);
	if (rc == STATUS_OK && head != NULL && head->sequence > w.chain.sequence) {
		rc = walk_backward(&w, head, f);
		if (rc == STATUS_OK)
			tell_break(&w, head, &why);
		if (out->count > 0)
			qsort(out->segments, out->count, sizeof *out->segments, by_sequence);
	} else if (rc == STATUS_OK && !w.chain.closed && (head == NULL || out->forked)) {
		tell_end(&w, &why);
	}
	if (end != NULL)
		*end = w.chain;
	for (size_t i = 0; i < w.count; i++)
		free(w.list[i].path);
	free(w.list);
	claims_free(&w.claims);
	if (rc != STATUS_OK)
		lineage_free(out);
	return rc;
}

void
lineage_free(struct lineage *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->segments[i].path);
	free(l->segments);
	memset(l, 0, sizeof *l);
}
