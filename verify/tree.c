/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/file.h"
#include "base/place.h"
#include "base/text.h"

enum { PEEK_SIZE = 512 };

bool
tree_unsealed(const char *path)
{
	return strncmp(path, "open/", 5) == 0 || strncmp(path, "quarantine/", 11) == 0;
}

struct visit {
	tree_visitor visit;
	void *ctx;
	char path[FILE_PATH_MAX]; /* below the archive, as far as the walk is */
};

static bool
has_suffix(const char *s, const char *suffix)
{
	size_t len = strlen(s);
	size_t n = strlen(suffix);

	return len >= n && strcmp(s + len - n, suffix) == 0;
}

static void visit_dir(struct visit *v, int parent, const char *name, size_t len, unsigned depth);

static void
visit_entry(struct visit *v, int dir, const char *name, size_t len, unsigned depth)
{
	struct stat st;
	int n = snprintf(v->path + len, sizeof v->path - len, "%s%s", len == 0 ? "" : "/", name);

	if (n < 0 || (size_t)n >= sizeof v->path - len) {
		v->path[len] = '\0';
		v->visit(v->ctx, v->path, TREE_UNREAD);
		return;
	}
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno != ENOENT) /* else it went while we looked, as .part files do */
			v->visit(v->ctx, v->path, TREE_UNREAD);
	} else if (S_ISDIR(st.st_mode)) {
		if (has_suffix(name, ".manifest.json"))
			v->visit(v->ctx, v->path, TREE_OTHER);
		visit_dir(v, dir, name, len + (size_t)n, depth + 1);
	} else {
		v->visit(v->ctx, v->path, S_ISREG(st.st_mode) ? TREE_REGULAR : TREE_OTHER);
	}
}

static void
visit_entries(struct visit *v, DIR *stream, size_t len, unsigned depth)
{
	struct dirent *e;

	for (errno = 0; (e = readdir(stream)) != NULL; errno = 0) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		visit_entry(v, dirfd(stream), e->d_name, len, depth);
		v->path[len] = '\0';
	}
	if (errno != 0)
		v->visit(v->ctx, v->path, TREE_UNREAD);
}

/* v->path has the directory's own path, of that length. */
static void
visit_dir(struct visit *v, int parent, const char *name, size_t len, unsigned depth)
{
	DIR *stream;
	int fd;

	if (depth > TREE_DEPTH_MAX) {
		v->visit(v->ctx, v->path, TREE_DEEP);
		return;
	}
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	stream = fd < 0 ? NULL : fdopendir(fd);
	if (stream == NULL) {
		if (fd >= 0)
			close(fd);
		v->visit(v->ctx, v->path, TREE_UNREAD);
		return;
	}
	visit_entries(v, stream, len, depth);
	closedir(stream);
}

enum status
tree_visit(const char *archive, tree_visitor visit, void *ctx, struct fault *f)
{
	struct visit v = { .visit = visit, .ctx = ctx };
	DIR *stream = place_opendir(archive);

	if (stream == NULL)
		return fault_errno(f, archive, "cannot open the directory");
	visit_entries(&v, stream, 0, 0);
	closedir(stream);
	return STATUS_OK;
}

/* Decimal digits without a sign; 0 where there are none or they are too many. */
static uint64_t
take_number(struct cursor *c)
{
	uint64_t v = 0;

	while (cursor_left(c) > 0 && *c->at >= '0' && *c->at <= '9' && v < UINT64_MAX / 10 - 1)
		v = v * 10 + (uint64_t)(cursor_u8(c) - '0');
	return v;
}

/* 20261123T070000Z-00000042.manifest.json */
static uint64_t
sequence_of_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	const char *dash = strrchr(name, '-');
	struct cursor c;
	uint64_t v;

	if (dash == NULL)
		return 0;
	c = cursor_over(dash + 1, strlen(dash + 1));
	v = take_number(&c);
	return cursor_left(&c) == strlen(".manifest.json") ? v : 0;
}

static void
take_literal(struct cursor *c, const char *s)
{
	size_t len = strlen(s);
	const uint8_t *p = cursor_bytes(c, len);

	if (p != NULL && memcmp(p, s, len) != 0)
		cursor_fail(c);
}

/* The first keys of the canonical form, which stand in every manifest at the same place. */
static void
peek_text(struct candidate *x, const uint8_t *data, size_t len, const char *archive_id)
{
	struct cursor c = cursor_over(data, len);
	char hex[2 * SHA256_SIZE + 1] = "";
	const uint8_t *id;
	uint64_t sequence;

	take_literal(&c, "{\"format\":\"" MANIFEST_FORMAT "\",\"archive\":\"");
	id = cursor_bytes(&c, ARCHIVE_ID_HEX - 1);
	take_literal(&c, "\",\"sequence\":");
	sequence = take_number(&c);
	take_literal(&c, ",\"previous\":\"");
	cursor_copy(&c, hex, 2 * SHA256_SIZE);
	if (!cursor_ok(&c) || !text_parse_hex(hex, x->previous, SHA256_SIZE))
		return;
	x->by_text = sequence;
	x->foreign = archive_id != NULL && memcmp(id, archive_id, ARCHIVE_ID_HEX - 1) != 0;
}

static void
peek(const char *archive, const char *archive_id, struct candidate *x)
{
	char place[FILE_PATH_MAX];
	uint8_t data[PEEK_SIZE];
	size_t got = 0;
	int fd;

	if (file_join(place, archive, x->path, NULL) != STATUS_OK ||
	    file_open_regular(place, &fd, NULL, NULL) != STATUS_OK)
		return;
	if (file_read(fd, data, sizeof data, &got, place, NULL) == STATUS_OK)
		peek_text(x, data, got, archive_id);
	close(fd);
}

struct gather {
	struct tree *tree;
	bool no_memory;
};

static void
gather_one(void *ctx, const char *path, enum tree_type type)
{
	struct gather *g = ctx;
	struct tree *t = g->tree;
	struct candidate *x = t->candidates;

	t->unread += type == TREE_UNREAD;
	if (type == TREE_UNREAD || type == TREE_DEEP || g->no_memory ||
	    !has_suffix(path, ".manifest.json") || tree_unsealed(path))
		return;
	if (t->count == TREE_CANDIDATES_MAX) {
		t->full = true;
		return;
	}
	if ((t->count & (t->count - 1)) == 0)
		x = realloc(x, (t->count == 0 ? 1 : 2 * t->count) * sizeof *x);
	if (x != NULL) {
		t->candidates = x;
		x[t->count] = (struct candidate) { .path = strdup(path),
			.regular = type == TREE_REGULAR, .by_name = sequence_of_name(path) };
	}
	if (x == NULL || x[t->count].path == NULL)
		g->no_memory = true;
	else
		t->count++;
}

static int
candidate_order(const void *va, const void *vb)
{
	const struct candidate *a = va;
	const struct candidate *b = vb;

	return strcmp(a->path, b->path);
}

static enum status
make_claims(struct tree *t, struct fault *f)
{
	enum status rc = claims_open(&t->claims, 2 * t->count, f);

	if (rc != STATUS_OK)
		return rc;
	for (size_t i = 0; i < t->count; i++) {
		const struct candidate *x = &t->candidates[i];

		if (x->by_text != 0)
			claims_add(&t->claims, x->by_text, i);
		if (x->by_name != 0 && x->by_name != x->by_text)
			claims_add(&t->claims, x->by_name, i);
	}
	claims_sort(&t->claims);
	return STATUS_OK;
}

enum status
tree_open(const char *archive, const char *archive_id, struct tree *out, struct fault *f)
{
	struct tree t = { .count = 0 };
	struct gather g = { .tree = &t };
	enum status rc = tree_visit(archive, gather_one, &g, f);

	if (rc == STATUS_OK && g.no_memory)
		rc = fault_memory(f);
	if (rc == STATUS_OK && t.count > 0)
		qsort(t.candidates, t.count, sizeof *t.candidates, candidate_order);
	for (size_t i = 0; rc == STATUS_OK && i < t.count; i++)
		if (t.candidates[i].regular)
			peek(archive, archive_id, &t.candidates[i]);
	if (rc == STATUS_OK)
		rc = make_claims(&t, f);
	if (rc != STATUS_OK) {
		tree_free(&t);
		return rc;
	}
	*out = t;
	return STATUS_OK;
}

void
tree_free(struct tree *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->candidates[i].path);
	free(t->candidates);
	claims_free(&t->claims);
	*t = (struct tree) { .count = 0 };
}
