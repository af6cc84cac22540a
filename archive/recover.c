/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/recover.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/reserve.h"
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

static enum status
finish_decided(struct site *s, const struct buf *bytes, const struct manifest *m, struct fault *f)
{
	struct manifest_recovery told;
	struct seal_place at;
	enum status rc = seal_place(s, m, &at, f);

	for (size_t i = 0; rc == STATUS_OK && i < m->file_count; i++)
		rc = check_listed(s, &at, &m->files[i], f);
	if (rc != STATUS_OK)
		return rc;
	rc = reserve_release(s->open, f);
	if (rc != STATUS_OK)
		return rc;
	told = seal_finished_by_recovery(m);
	site_found(s, &told);
	rc = seal_finish(s, bytes->data, bytes->len, m, true, f);
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
	/* The renames in the state may have been seen by us and by no disk yet. */
	if (rc == STATUS_OK)
		rc = state_prepared_store(&s->state, s->anchor.archive, bytes.data, bytes.len, f);
	if (rc == STATUS_OK)
		rc = anchor_store(s->state.dir, &s->anchor, f);
	if (rc == STATUS_OK && m->sequence == s->anchor.sequence) {
		rc = seal_conclude(s, m, f);
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

/* What lies in open/, each with the name that it has or gets in quarantine/. */
struct leftover {
	char *name;
	char *kept_as; /* NAME.K */
	struct manifest_leftover told;
	bool is_new; /* the state does not tell it yet */
};

struct leftovers {
	struct leftover *files;
	size_t count;
	char dir[FILE_PATH_MAX]; /* quarantine/ */
};

static void
leftovers_free(struct leftovers *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->files[i].name);
		free(l->files[i].kept_as);
	}
	free(l->files);
}

/* Its hash is that of durable bytes: a power loss cannot make it another's. */
static enum status
hash_durable(const char *path, struct manifest_leftover *out, struct fault *f)
{
	struct digest d;
	enum status rc;
	int fd;

	rc = file_open_regular(path, &fd, NULL, f);
	if (rc != STATUS_OK)
		return rc;
	rc = file_sync(fd, path, f);
	(void)close(fd);
	if (rc == STATUS_OK)
		rc = hash_file(path, false, &d, f);
	if (rc != STATUS_OK)
		return rc;
	out->size = d.size;
	out->hashed = true;
	memcpy(out->sha256, d.sha256, SHA256_SIZE);
	digest_free(&d);
	return STATUS_OK;
}

static enum status
describe(const struct site *s, const char *name, struct leftover *out, struct fault *f)
{
	char path[FILE_PATH_MAX];
	struct stat st;
	enum status rc = file_join(path, s->open, name, f);

	memset(out, 0, sizeof *out);
	if (rc == STATUS_OK && lstat(path, &st) != 0)
		rc = fault_errno(f, path, "cannot stat");
	if (rc == STATUS_OK && S_ISREG(st.st_mode))
		rc = hash_durable(path, &out->told, f);
	if (rc != STATUS_OK)
		return rc;
	out->name = strdup(name);
	return out->name == NULL ? fault_memory(f) : STATUS_OK;
}

static int
by_name(const void *a, const void *b)
{
	const struct leftover *x = a;
	const struct leftover *y = b;

	return strcmp(x->name, y->name);
}

/* All of open/ but the lock, the reserve and what is kept, in the order of names. */
static enum status
collect(const struct site *s, struct leftovers *l, bool (*keeps)(void *ctx, const char *name),
    void *ctx, struct fault *f)
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
		    strcmp(e->d_name, "lock") == 0 || strcmp(e->d_name, RESERVE_NAME) == 0 ||
		    keeps(ctx, e->d_name))
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

/* What the state tells of a file that was to become `kept_as`; NULL: nothing. */
static const struct manifest_leftover *
find_told(const struct state_recovery *r, const char *kept_as)
{
	for (size_t i = 0; i < r->count; i++)
		for (size_t k = 0; k < r->list[i].file_count; k++)
			if (strcmp(r->list[i].files[k].name, kept_as) == 0)
				return &r->list[i].files[k];
	return NULL;
}

static bool
same_content(const struct manifest_leftover *a, const struct manifest_leftover *b)
{
	return a->hashed == b->hashed && a->size == b->size &&
	    memcmp(a->sha256, b->sha256, SHA256_SIZE) == 0;
}

/* There is one file, perhaps with both names: its rename was interrupted. */
static bool
is_moving(const char *from, const char *to)
{
	struct stat a;
	struct stat b;

	return lstat(to, &b) != 0 ||
	    (lstat(from, &a) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

/* NAME.K that an interrupted recovery told for this very file, else the lowest K that is free. */
static enum status
choose_name(const struct site *s, const struct leftovers *l, const struct state_recovery *r,
    struct leftover *file, struct fault *f)
{
	char from[FILE_PATH_MAX];
	char to[FILE_PATH_MAX];
	enum status rc = file_join(from, s->open, file->name, f);

	for (int k = 1; rc == STATUS_OK && k <= LEFTOVER_NAMES_MAX; k++) {
		const struct manifest_leftover *told;
		char suffix[16];

		(void)snprintf(suffix, sizeof suffix, ".%d", k);
		rc = seal_path(to, l->dir, file->name, suffix, f);
		if (rc != STATUS_OK || !is_moving(from, to))
			continue;
		told = find_told(r, to + strlen(l->dir) + 1);
		if (told != NULL ? !same_content(told, &file->told) : file_exists(to))
			continue;
		file->is_new = told == NULL;
		file->kept_as = strdup(to + strlen(l->dir) + 1);
		file->told.name = file->kept_as;
		return file->kept_as == NULL ? fault_memory(f) : STATUS_OK;
	}
	return rc != STATUS_OK ? rc :
	    fault_set(f, STATUS_LIMIT, l->dir, "no free name for %s", file->name);
}

static struct manifest_recovery
quarantined(const struct site *s, struct manifest_leftover *files, size_t count)
{
	return (struct manifest_recovery) { .action = "quarantined", .has_sequence = true,
		.sequence = s->anchor.sequence + 1, .span = { true, true, s->head_time, s->now() },
		.files = files, .file_count = count,
		.text = "an interrupted run left these unsealed in open/; they are kept in quarantine/ and "
		"are no evidence" };
}

/* Those that nothing tells yet; how many. */
static size_t
list_new(const struct leftovers *l, struct manifest_leftover *out)
{
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		if (l->files[i].is_new)
			out[n++] = l->files[i].told;
	return n;
}

/* What was told already, and one entry for what is new. */
static enum status
tell(const struct site *s, const struct leftovers *l, const struct state_recovery *old,
    struct fault *f)
{
	struct manifest_leftover *files = calloc(l->count, sizeof *files);
	struct manifest_recovery *list = calloc(old->count + 1, sizeof *list);
	enum status rc = files == NULL || list == NULL ? fault_memory(f) : STATUS_OK;
	size_t count = old->count;
	size_t n = rc == STATUS_OK ? list_new(l, files) : 0;

	if (rc == STATUS_OK && count > 0)
		memcpy(list, old->list, count * sizeof *list);
	if (rc == STATUS_OK && n > 0) {
		list[count++] = quarantined(s, files, n);
		site_found(s, &list[count - 1]);
	}
	if (rc == STATUS_OK)
		rc = state_recovery_store(&s->state, s->anchor.archive, list, count, f);
	free(list);
	free(files);
	return rc;
}

static enum status
add_leftovers(struct leftovers *l, const struct manifest_leftover *more, size_t count,
    struct fault *f)
{
	for (size_t i = 0; i < count; i++) {
		if (l->count == LEFTOVERS_MAX)
			return fault_set(f, STATUS_LIMIT, l->dir, "more than %d files", LEFTOVERS_MAX);
		l->files[l->count] = (struct leftover) { .name = strdup(more[i].name), .told = more[i] };
		if (l->files[l->count++].name == NULL)
			return fault_memory(f);
	}
	if (l->count > 0)
		qsort(l->files, l->count, sizeof *l->files, by_name);
	return STATUS_OK;
}

enum status
recover_look(const struct site *s, bool (*keeps)(void *ctx, const char *name), void *ctx,
    const struct manifest_leftover *more, size_t more_count, struct fault *f)
{
	struct leftovers l = { 0 };
	struct manifest_leftover *files = NULL;
	struct state_recovery old = { .list = NULL };
	struct manifest_recovery told;
	enum status rc = collect(s, &l, keeps, ctx, f);

	if (rc == STATUS_OK)
		rc = add_leftovers(&l, more, more_count, f);
	if (rc == STATUS_OK && l.count > 0) {
		rc = file_join(l.dir, s->path, "quarantine", f);
		if (rc == STATUS_OK)
			rc = state_recovery_load(&s->state, s->anchor.archive, &old, f);
		for (size_t i = 0; rc == STATUS_OK && i < l.count; i++)
			rc = choose_name(s, &l, &old, &l.files[i], f);
		files = calloc(l.count, sizeof *files);
		if (rc == STATUS_OK && files == NULL)
			rc = fault_memory(f);
	}
	if (rc == STATUS_OK && l.count > 0) {
		for (size_t i = 0; i < l.count; i++)
			files[i] = l.files[i].told;
		told = quarantined(s, files, l.count);
		site_found(s, &told);
	}
	free(files);
	state_recovery_free(&old);
	leftovers_free(&l);
	return rc;
}

/* Durable in the state before anything moves; once, where this was interrupted and runs again. */
static enum status
remember(const struct site *s, struct leftovers *l, struct fault *f)
{
	struct state_recovery old;
	enum status rc = state_recovery_load(&s->state, s->anchor.archive, &old, f);

	if (rc != STATUS_OK)
		return rc;
	for (size_t i = 0; rc == STATUS_OK && i < l->count; i++)
		rc = choose_name(s, l, &old, &l->files[i], f);
	if (rc == STATUS_OK)
		rc = tell(s, l, &old, f);
	state_recovery_free(&old);
	return rc;
}

static enum status
set_aside(const struct site *s, const struct leftovers *l, const struct leftover *file,
    struct fault *f)
{
	char from[FILE_PATH_MAX];
	char to[FILE_PATH_MAX];
	enum status rc = file_join(from, s->open, file->name, f);

	if (rc == STATUS_OK)
		rc = file_join(to, l->dir, file->kept_as, f);
	if (rc == STATUS_OK)
		rc = file_rename_new(from, to, f);
	if (rc == STATUS_OK)
		site_notice(s, "recovered: %s was left by an interrupted run; it is not sealed and is "
		    "kept as %s", from, to);
	return rc;
}

enum status
recover_quarantine(struct site *s, bool (*keeps)(void *ctx, const char *name), void *ctx,
    struct fault *f)
{
	struct leftovers l = { 0 };
	enum status rc = collect(s, &l, keeps, ctx, f);

	if (rc == STATUS_OK && l.count > 0) {
		rc = file_join(l.dir, s->path, "quarantine", f);
		if (rc == STATUS_OK)
			rc = file_make_dirs(l.dir, 0755, f);
		if (rc == STATUS_OK)
			rc = file_sync_dir(s->path, f); /* a killed run may have made it */
		if (rc == STATUS_OK)
			rc = remember(s, &l, f);
		for (size_t i = 0; rc == STATUS_OK && i < l.count; i++)
			rc = set_aside(s, &l, &l.files[i], f);
		if (rc == STATUS_OK)
			rc = file_sync_dir(l.dir, f);
		if (rc == STATUS_OK)
			rc = file_sync_dir(s->open, f);
	}
	leftovers_free(&l);
	return rc;
}
