/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/unproven.h"

#include <stdlib.h>
#include <string.h>

#include "archive/find.h"
#include "base/file.h"

#define MANIFEST ".manifest.json"

enum { FOUND_MAX = 4 << 20 };

/* What the directories hold: the paths of manifests, there or not. */
struct found {
	char **paths;
	size_t count;
	size_t room;
	const char *suffix; /* of the files that are being looked for */
	reader_notice notice;
	void *ctx;
};

static enum status
keep(struct found *w, const char *path, size_t stem, struct fault *f)
{
	char *copy;

	if (w->count == FOUND_MAX)
		return fault_set(f, STATUS_LIMIT, path, "more than %d segments", FOUND_MAX);
	if (w->count == w->room) {
		size_t room = w->room == 0 ? 64 : 2 * w->room;
		char **more = realloc(w->paths, room * sizeof *more);

		if (more == NULL)
			return fault_memory(f);
		w->paths = more;
		w->room = room;
	}
	copy = malloc(stem + sizeof MANIFEST);
	if (copy == NULL)
		return fault_memory(f);
	memcpy(copy, path, stem);
	memcpy(copy + stem, MANIFEST, sizeof MANIFEST);
	w->paths[w->count++] = copy;
	return STATUS_OK;
}

static enum status
seen(void *ctx, const char *path, struct fault *f)
{
	struct found *w = ctx;

	return keep(w, path, strlen(path) - strlen(w->suffix), f);
}

static void
unread(void *ctx, const struct fault *why)
{
	struct found *w = ctx;

	w->notice(w->ctx, why);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* By name, each once. */
static void
sort_found(struct found *w)
{
	size_t kept = 0;

	if (w->count > 0)
		qsort(w->paths, w->count, sizeof *w->paths, by_path);
	for (size_t i = 0; i < w->count; i++) {
		if (kept > 0 && strcmp(w->paths[kept - 1], w->paths[i]) == 0)
			free(w->paths[i]);
		else
			w->paths[kept++] = w->paths[i];
	}
	w->count = kept;
}

/* One of the proven, of which there are `proven` in the order of their sequences. */
static bool
is_proven(const struct lineage *l, size_t proven, uint64_t sequence)
{
	size_t low = 0, high = proven;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->segments[middle].sequence < sequence)
			low = middle + 1;
		else
			high = middle;
	}
	return low < proven && l->segments[low].sequence == sequence;
}

/* The one that would be next, if it were. */
static const char *
next_finding(const struct chain *end, const struct buf *text, const uint8_t signature[SIGNATURE_SIZE],
    const char *path)
{
	struct chain c = *end;
	const char *code = "CHAIN";

	return chain_follow(&c, text->data, text->len, signature, path, NULL, &code, NULL) == STATUS_OK ? "FORK" :
	    code;
}

/* Why the manifest of s is not proven, and its hash; SEGMENT_MISSING where there is none. */
static const char *
finding_of(const char *path, const struct chain *end, struct lineage_segment *s)
{
	char archive[ARCHIVE_ID_HEX];
	uint8_t signature[SIGNATURE_SIZE];
	struct buf text = { 0 };
	struct fault why = { 0 };
	const char *code = "CHAIN";
	uint64_t claimed;
	enum status st = lineage_read(path, &text, signature, &why);

	s->hashed = text.len > 0 && sha256_of(text.data, text.len, s->sha256, NULL) == STATUS_OK;
	if (st != STATUS_OK && text.len == 0)
		code = st == STATUS_ABSENT ? "SEGMENT_MISSING" : "IO";
	else if (st != STATUS_OK)
		code = st == STATUS_ABSENT ? "FILE_MISSING" : "SIGNATURE";
	else if (!find_claim(path, archive, &claimed))
		code = "SIGNATURE";
	else if (end != NULL && strcmp(archive, end->archive) == 0 && s->sequence == end->sequence + 1 &&
	    !end->closed)
		code = next_finding(end, &text, signature, path);
	buf_free(&text);
	return code;
}

/* Of one that is there. */
static bool
is_copy(const struct lineage *l, size_t from, const struct lineage_segment *s)
{
	for (size_t i = from; i < l->count && s->hashed; i++)
		if (l->segments[i].hashed && memcmp(l->segments[i].sha256, s->sha256, SHA256_SIZE) == 0)
			return true;
	return false;
}

static enum status
append(struct lineage *l, const struct lineage_segment *s, struct fault *f)
{
	struct lineage_segment *more = realloc(l->segments, (l->count + 1) * sizeof *more);

	if (more == NULL)
		return fault_memory(f);
	l->segments = more;
	l->segments[l->count++] = *s;
	return STATUS_OK;
}

/* What the text says of its place, else its name; false where neither does. */
static bool
sequence_of(const char *path, uint64_t *out)
{
	char archive[ARCHIVE_ID_HEX];

	if (find_claim(path, archive, out))
		return true;
	*out = find_sequence(path);
	return *out != UINT64_MAX;
}

/* A file without a manifest is one of those that another claimant's manifest lists. */
static bool
is_listed(const struct lineage *l, size_t from, const struct lineage_segment *s)
{
	for (size_t i = from; i < l->count && !s->hashed; i++)
		if (l->segments[i].hashed && l->segments[i].sequence == s->sequence)
			return true;
	return false;
}

static enum status
add(struct found *w, char **path, const struct chain *end, size_t proven, struct lineage *l,
    struct fault *f)
{
	struct lineage_segment s = { .path = *path, .unproven = true };
	struct fault told = { 0 };
	enum status st;

	if (!sequence_of(*path, &s.sequence) || is_proven(l, proven, s.sequence))
		return STATUS_OK;
	s.finding = finding_of(*path, end, &s);
	if (is_copy(l, proven, &s) || is_listed(l, proven, &s))
		return STATUS_OK;
	st = append(l, &s, f);
	if (st != STATUS_OK)
		return st;
	(void)fault_set(&told, STATUS_DIFFERS, *path, "%s: segment %llu is not proven; it is read all the same",
	    s.finding, (unsigned long long)s.sequence);
	w->notice(w->ctx, &told);
	*path = NULL; /* handed over */
	return STATUS_OK;
}

static int
by_sequence(const void *a, const void *b)
{
	const struct lineage_segment *x = a, *y = b;

	if (x->sequence != y->sequence)
		return x->sequence < y->sequence ? -1 : 1;
	return strcmp(x->path, y->path);
}

enum status
unproven_add(const char *archive, const struct chain *end, const char *const suffixes[],
    struct lineage *l, reader_notice notice, void *ctx, struct fault *f)
{
	struct found w = { .suffix = MANIFEST, .notice = notice, .ctx = ctx };
	const struct find_calls calls = { .seen = seen, .unread = unread, .ctx = &w };
	size_t proven = l->count;
	enum status st = find_files(archive, MANIFEST, &calls, f);

	for (size_t i = 0; suffixes[i] != NULL && st == STATUS_OK; i++) {
		w.suffix = suffixes[i];
		st = find_files(archive, w.suffix, &calls, f);
	}
	sort_found(&w);
	for (unsigned bare = 0; bare < 2; bare++)
		for (size_t i = 0; i < w.count && st == STATUS_OK; i++)
			if (w.paths[i] != NULL && file_exists(w.paths[i]) == (bare == 0))
				st = add(&w, &w.paths[i], end, proven, l, f);
	if (l->count > 0)
		qsort(l->segments, l->count, sizeof *l->segments, by_sequence);
	for (size_t i = 0; i < w.count; i++)
		free(w.paths[i]);
	free(w.paths);
	return st;
}
