/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/recover.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/seal.h"

/* More leftovers than that are no accident of ours. */
enum { LEFTOVERS_MAX = 1000, LEFTOVER_NAMES_MAX = 10000 };

static enum status
hash_file(const char *path, bool with_chunks, struct digest *d, struct fault *f)
{
	enum status rc = digest_open(d, with_chunks, f);
	int fd;

	if (rc != STATUS_OK)
		return rc;
	rc = file_open_regular(path, &fd, NULL, f);
	if (rc == STATUS_OK) {
		rc = digest_read(d, fd, path, f);
		(void)close(fd);
	}
	if (rc == STATUS_OK)
		rc = digest_finish(d, f);
	if (rc != STATUS_OK)
		digest_free(d);
	return rc;
}

/* A listed file, in open/ or in place, is what was decided to be signed. */
static enum status
check_listed(const struct site *s, const struct seal_place *at, const struct manifest_file *file,
    struct fault *f)
{
	char path[FILE_PATH_MAX];
	struct digest d;
	enum status rc = seal_path(path, s->open, file->name, ".part", f);

	if (rc == STATUS_OK && !file_exists(path))
		rc = file_join(path, at->dir, file->name, f);
	if (rc == STATUS_OK)
		rc = hash_file(path, false, &d, f);
	if (rc != STATUS_OK)
		return rc;
	if (d.size != file->size || memcmp(d.sha256, file->sha256, SHA256_SIZE) != 0)
		rc = fault_set(f, STATUS_DIFFERS, path, "it differs from what the interrupted run had "
		    "decided to seal; its key may sign nothing else");
	digest_free(&d);
	return rc;
}

/* The very bytes stand in place: only the state has to learn it. */
static bool
is_in_place(const struct seal_place *at, const struct buf *bytes)
{
	char path[FILE_PATH_MAX];
	struct buf there = { 0 };
	bool same;

	if (seal_path(path, at->dir, at->stem, ".manifest.json", NULL) != STATUS_OK ||
	    !file_exists(path))
		return false;
	same = file_slurp(path, MANIFEST_SIZE_MAX, &there, NULL) == STATUS_OK &&
	    there.len == bytes->len && memcmp(there.data, bytes->data, bytes->len) == 0;
	buf_free(&there);
	return same;
}

static enum status
finish_decided(struct site *s, const struct buf *bytes, const struct manifest *m, struct fault *f)
{
	struct seal_place at;
	enum status rc = seal_place(s, m, &at, f);

	for (size_t i = 0; rc == STATUS_OK && i < m->file_count; i++)
		rc = check_listed(s, &at, &m->files[i], f);
	if (rc != STATUS_OK)
		return rc;
	rc = is_in_place(&at, bytes) ? seal_record(s, bytes->data, bytes->len, m, true, f) :
	    seal_finish(s, bytes->data, bytes->len, m, true, f);
	if (rc == STATUS_OK)
		site_notice(s, "recovered: segment %llu, whose seal an interrupted run had decided, "
		    "is sealed", (unsigned long long)m->sequence);
	return rc;
}

enum status
recover_prepared(struct site *s, struct fault *f)
{
	struct buf bytes = { 0 };
	struct manifest *m = NULL;
	enum status rc = state_prepared_load(&s->state, s->anchor.archive, &bytes, f);

	if (rc == STATUS_ABSENT)
		return STATUS_OK;
	if (rc == STATUS_OK)
		rc = manifest_parse(bytes.data, bytes.len, "the state's prepared manifest", &m, NULL, f);
	if (rc == STATUS_OK && m->sequence == s->anchor.sequence) {
		rc = state_key_destroy(&s->state, m->archive, m->sequence, f);
		if (rc == STATUS_OK)
			rc = state_prepared_clear(&s->state, m->archive, f);
	} else if (rc == STATUS_OK && m->sequence == s->anchor.sequence + 1) {
		rc = finish_decided(s, &bytes, m, f);
	} else if (rc == STATUS_OK) {
		rc = fault_set(f, STATUS_DIFFERS, s->path, "the state has decided segment %llu, but its "
		    "head is %llu", (unsigned long long)m->sequence,
		    (unsigned long long)s->anchor.sequence);
	}
	manifest_free(m);
	buf_free(&bytes);
	return rc;
}

struct leftovers {
	struct manifest_leftover *files;
	size_t count;
};

static void
leftovers_free(struct leftovers *l)
{
	for (size_t i = 0; i < l->count; i++)
		free((void *)(uintptr_t)l->files[i].name);
	free(l->files);
}

static enum status
describe(const struct site *s, const char *name, struct manifest_leftover *out, struct fault *f)
{
	char path[FILE_PATH_MAX];
	struct stat st;
	struct digest d;
	enum status rc = file_join(path, s->open, name, f);

	memset(out, 0, sizeof *out);
	if (rc == STATUS_OK && lstat(path, &st) != 0)
		rc = fault_errno(f, path, "cannot stat");
	if (rc != STATUS_OK)
		return rc;
	if (S_ISREG(st.st_mode)) {
		rc = hash_file(path, false, &d, f);
		if (rc != STATUS_OK)
			return rc;
		out->size = d.size;
		out->hashed = true;
		memcpy(out->sha256, d.sha256, SHA256_SIZE);
		digest_free(&d);
	}
	out->name = strdup(name);
	return out->name == NULL ? fault_memory(f) : STATUS_OK;
}

static int
by_name(const void *a, const void *b)
{
	const struct manifest_leftover *x = a;
	const struct manifest_leftover *y = b;

	return strcmp(x->name, y->name);
}

/* All of open/ but the lock, in the order of names. */
static enum status
collect(const struct site *s, struct leftovers *l, struct fault *f)
{
	DIR *d = opendir(s->open);
	enum status rc = STATUS_OK;
	struct dirent *e;

	if (d == NULL)
		return fault_errno(f, s->open, "cannot read");
	l->files = calloc(LEFTOVERS_MAX, sizeof *l->files);
	if (l->files == NULL)
		rc = fault_memory(f);
	while (rc == STATUS_OK && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    strcmp(e->d_name, "lock") == 0)
			continue;
		if (l->count == LEFTOVERS_MAX)
			rc = fault_set(f, STATUS_LIMIT, s->open, "more than %d files: they are not ours",
			    LEFTOVERS_MAX);
		else
			rc = describe(s, e->d_name, &l->files[l->count], f);
		if (rc == STATUS_OK)
			l->count++;
	}
	(void)closedir(d);
	if (l->count > 0)
		qsort(l->files, l->count, sizeof *l->files, by_name);
	return rc;
}

static bool
same_leftovers(const struct manifest_recovery *r, const struct leftovers *l)
{
	bool same = strcmp(r->action, "quarantined") == 0 && r->file_count == l->count;

	for (size_t i = 0; same && i < l->count; i++)
		same = strcmp(r->files[i].name, l->files[i].name) == 0 &&
		    r->files[i].size == l->files[i].size;
	return same;
}

/* Durable in the state before anything moves; once, where this was interrupted and runs again. */
static enum status
remember(const struct site *s, const struct leftovers *l, struct fault *f)
{
	struct state_recovery old;
	struct manifest_recovery *list;
	enum status rc = state_recovery_load(&s->state, s->anchor.archive, &old, f);

	if (rc != STATUS_OK)
		return rc;
	list = calloc(old.count + 1, sizeof *list);
	if (list == NULL) {
		rc = fault_memory(f);
	} else if (old.count == 0 || !same_leftovers(&old.list[old.count - 1], l)) {
		if (old.count > 0)
			memcpy(list, old.list, old.count * sizeof *list);
		list[old.count] = (struct manifest_recovery) { .action = "quarantined",
			.has_sequence = true, .sequence = s->anchor.sequence + 1, .files = l->files,
			.file_count = l->count, .text = "an interrupted run left these unsealed in open/; "
			"they are kept in quarantine/ and are no evidence" };
		rc = state_recovery_store(&s->state, s->anchor.archive, list, old.count + 1, f);
	}
	free(list);
	state_recovery_free(&old);
	return rc;
}

/* quarantine/NAME.K with the first K that is free. */
static enum status
set_aside(const struct site *s, const char *dir, const char *name, struct fault *f)
{
	char from[FILE_PATH_MAX];
	char to[FILE_PATH_MAX];
	enum status rc = file_join(from, s->open, name, f);

	for (int k = 1; rc == STATUS_OK && k <= LEFTOVER_NAMES_MAX; k++) {
		char suffix[16];

		(void)snprintf(suffix, sizeof suffix, ".%d", k);
		rc = seal_path(to, dir, name, suffix, f);
		if (rc != STATUS_OK || file_exists(to))
			continue;
		rc = file_rename_new(from, to, f);
		if (rc == STATUS_OK)
			site_notice(s, "recovered: %s was left by an interrupted run; it is not sealed and is "
			    "kept as %s", from, to);
		return rc;
	}
	return rc != STATUS_OK ? rc : fault_set(f, STATUS_LIMIT, dir, "no free name for %s", name);
}

enum status
recover_quarantine(struct site *s, struct fault *f)
{
	char dir[FILE_PATH_MAX];
	struct leftovers l = { 0 };
	enum status rc = collect(s, &l, f);

	if (rc == STATUS_OK && l.count > 0) {
		rc = remember(s, &l, f);
		if (rc == STATUS_OK)
			rc = file_join(dir, s->path, "quarantine", f);
		if (rc == STATUS_OK)
			rc = file_make_dirs(dir, 0755, f);
		for (size_t i = 0; rc == STATUS_OK && i < l.count; i++)
			rc = set_aside(s, dir, l.files[i].name, f);
		if (rc == STATUS_OK)
			rc = file_sync_dir(dir, f);
		if (rc == STATUS_OK)
			rc = file_sync_dir(s->open, f);
	}
	leftovers_free(&l);
	return rc;
}
