/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/anchor.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/manifest_part.h"
#include "base/jsonw.h"
#include "base/place.h"

#define ANCHOR_FORMAT "nfseal-anchor/1"

#ifdef __FreeBSD__
#define SYSTEM_STATE "/var/db/nfseal"
#else
#define SYSTEM_STATE "/var/lib/nfseal"
#endif

enum { ANCHOR_SIZE_MAX = 64 << 10, ANCHOR_VALUES_MAX = 16, ANCHOR_KEYS = 8 };

static bool
copy_path(char out[FILE_PATH_MAX], const char *path)
{
	size_t len = strlen(path);

	if (len >= FILE_PATH_MAX)
		return false;
	memcpy(out, path, len + 1);
	return true;
}

enum status
state_default(char out[FILE_PATH_MAX], struct fault *f)
{
	const char *xdg = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	/* Who sets the variable means it, also as root: a test or a demo must not touch /var. */
	if (xdg != NULL && xdg[0] == '/')
		return file_join(out, xdg, "nfseal", f);
	if (geteuid() == 0) {
		memcpy(out, SYSTEM_STATE, sizeof SYSTEM_STATE);
		return STATUS_OK;
	}
	if (home != NULL && home[0] == '/')
		return file_join(out, home, ".local/state/nfseal", f);
	return fault_set(f, STATUS_USAGE, NULL, "no HOME to keep the state in; --state tells where");
}

const char *
state_system(void)
{
	return SYSTEM_STATE;
}

/* base and the names behind it, however many slashes stand between them. */
static bool
append_names(char out[FILE_PATH_MAX], const char *base, const char *names)
{
	size_t len = strcmp(base, "/") == 0 ? 0 : strlen(base);

	if (!copy_path(out, base))
		return false;
	for (names += strspn(names, "/"); *names != '\0'; names += strspn(names, "/")) {
		size_t n = strcspn(names, "/");

		if (len + 1 + n >= FILE_PATH_MAX)
			return false;
		out[len++] = '/';
		memcpy(out + len, names, n);
		len += n;
		out[len] = '\0';
		names += n;
	}
	return true;
}

/* The longest beginning of the path that is there, and the names that are not. */
bool
anchor_resolve(char out[FILE_PATH_MAX], const char *path)
{
	char part[FILE_PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || !copy_path(part, path))
		return false;
	for (;;) {
		char *real;

		part[len] = '\0';
		real = place_realpath(len > 0 ? part : ".");
		if (real != NULL) {
			bool ok = append_names(out, real, path + len);

			free(real);
			return ok;
		}
		if (len == 0)
			return false;
		while (len > 0 && path[len - 1] == '/')
			len--;
		while (len > 0 && path[len - 1] != '/')
			len--;
	}
}

static void
write_anchor(const struct anchor *a, struct buf *out)
{
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_key_str(&j, "format", ANCHOR_FORMAT);
	jsonw_key_str(&j, "archive", a->archive);
	jsonw_key_str(&j, "path", a->path);
	jsonw_key_hex(&j, "genesis", a->genesis, SHA256_SIZE);
	jsonw_key_u64(&j, "sequence", a->sequence);
	jsonw_key_hex(&j, "manifest_sha256", a->manifest_sha256, SHA256_SIZE);
	jsonw_key_str(&j, "manifest", a->manifest);
	jsonw_key_bool(&j, "closed", a->closed);
	jsonw_object_end(&j);
	buf_u8(out, '\n');
}

static void
read_fields(struct document *d, struct anchor *a)
{
	const struct json_t *root = doc_object(d, NULL, NULL, ANCHOR_KEYS);
	const char *path = doc_text(d, root, "path", FILE_PATH_MAX - 1);
	const char *manifest = doc_text(d, root, "manifest", sizeof a->manifest - 1);

	archive_id_read(d, root, "archive", a->archive);
	memcpy(a->path, path, strlen(path) + 1);
	doc_hex(d, root, "genesis", a->genesis, SHA256_SIZE);
	a->sequence = doc_u64(d, root, "sequence");
	doc_hex(d, root, "manifest_sha256", a->manifest_sha256, SHA256_SIZE);
	memcpy(a->manifest, manifest, strlen(manifest) + 1);
	a->closed = doc_bool(d, root, "closed");
}

static enum status
anchor_read(const char *file, struct anchor *out, struct fault *f)
{
	struct anchor a = { .sequence = 0 };
	struct document d = { .root = NULL };
	struct buf text = { 0 };
	enum status rc = file_slurp(file, ANCHOR_SIZE_MAX, &text, f);

	if (rc == STATUS_OK)
		rc = doc_parse(&d, text.data, text.len, ANCHOR_SIZE_MAX, ANCHOR_VALUES_MAX, ANCHOR_FORMAT,
		    file, f);
	if (rc == STATUS_OK) {
		read_fields(&d, &a);
		rc = d.status;
	}
	if (rc == STATUS_OK)
		*out = a;
	doc_free(&d);
	buf_free(&text);
	return rc;
}

enum status
anchor_store(const char *state, const struct anchor *a, struct fault *f)
{
	char dir[FILE_PATH_MAX];
	char path[FILE_PATH_MAX];
	char name[ARCHIVE_ID_HEX + 8];
	struct buf text = { 0 };
	enum status rc = file_join(dir, state, "anchors", f);

	memcpy(name, a->archive, ARCHIVE_ID_HEX - 1);
	memcpy(name + ARCHIVE_ID_HEX - 1, ".json", sizeof ".json");
	write_anchor(a, &text);
	if (rc == STATUS_OK)
		rc = file_join(path, dir, name, f);
	if (rc == STATUS_OK && !buf_ok(&text))
		rc = fault_memory(f);
	if (rc == STATUS_OK)
		rc = file_replace(path, 0644, text.data, text.len, f);
	buf_free(&text);
	return rc;
}

/* Others must not be able to write what we believe. */
static bool
believable(const char *dir)
{
	struct stat st;

	return place_stat(dir, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool
anchor_believable(const char *state)
{
	char dir[FILE_PATH_MAX];

	return file_join(dir, state, "anchors", NULL) == STATUS_OK && believable(dir);
}

static bool
is_anchor_name(const char *name)
{
	return strlen(name) == ARCHIVE_ID_HEX - 1 + strlen(".json") &&
	    strcmp(name + ARCHIVE_ID_HEX - 1, ".json") == 0;
}

/* Each anchor in dir until seen says false; *rc is the first failure to read one. */
static void
visit(const char *dir, bool (*seen)(void *ctx, const struct anchor *a), void *ctx,
    enum status *rc, struct fault *f)
{
	DIR *d = place_opendir(dir);
	bool go_on = true;
	struct dirent *e;

	*rc = STATUS_OK;
	if (d == NULL && errno != ENOENT)
		*rc = fault_errno(f, dir, "cannot read");
	while (d != NULL && go_on && (e = readdir(d)) != NULL) {
		char file[FILE_PATH_MAX];
		struct anchor a;
		enum status one;

		if (!is_anchor_name(e->d_name))
			continue;
		one = file_join(file, dir, e->d_name, f);
		if (one == STATUS_OK)
			one = anchor_read(file, &a, f);
		if (one == STATUS_OK)
			go_on = seen(ctx, &a);
		else if (*rc == STATUS_OK)
			*rc = one;
	}
	if (d != NULL)
		(void)closedir(d);
}

struct by_path {
	const char *path;
	struct anchor *out;
	bool found;
};

static bool
is_path(void *ctx, const struct anchor *a)
{
	struct by_path *b = ctx;

	b->found = strcmp(a->path, b->path) == 0;
	if (b->found)
		*b->out = *a;
	return !b->found;
}

/* The anchor of this path in dir.  One that cannot be read may be it, if no other is. */
static enum status
search_path(const char *dir, const char *path, struct anchor *out, struct fault *f)
{
	struct by_path b = { path, out, false };
	struct fault why = { 0 };
	enum status rc;

	visit(dir, is_path, &b, &rc, &why);
	if (b.found)
		return STATUS_OK;
	if (rc != STATUS_OK && f != NULL && f->status == STATUS_OK)
		*f = why;
	return rc == STATUS_OK ? STATUS_ABSENT : rc;
}

static enum status
search_id(const char *dir, const char *id, struct anchor *out, struct fault *f)
{
	char name[ARCHIVE_ID_HEX + 8];
	char file[FILE_PATH_MAX];
	enum status rc;

	memcpy(name, id, ARCHIVE_ID_HEX - 1);
	memcpy(name + ARCHIVE_ID_HEX - 1, ".json", sizeof ".json");
	rc = file_join(file, dir, name, f);
	if (rc != STATUS_OK)
		return rc;
	return file_exists(file) ? anchor_read(file, out, f) : STATUS_ABSENT;
}

static enum status
search(const char *state, const char *id, const char *path, struct anchor *out, struct fault *f)
{
	char dir[FILE_PATH_MAX];
	enum status rc = file_join(dir, state, "anchors", f);

	if (rc != STATUS_OK)
		return rc;
	if (!believable(dir))
		return STATUS_ABSENT;
	return id != NULL ? search_id(dir, id, out, f) : search_path(dir, path, out, f);
}

static enum status
search_states(const char *state, const char *id, const char *path, struct anchor *out,
    struct fault *f)
{
	char mine[FILE_PATH_MAX] = "";
	enum status rc;

	if (state != NULL)
		return search(state, id, path, out, f);
	rc = state_default(mine, NULL);
	if (rc == STATUS_OK)
		rc = search(mine, id, path, out, f);
	else
		rc = STATUS_ABSENT;
	if (rc == STATUS_ABSENT && strcmp(mine, SYSTEM_STATE) != 0)
		rc = search(SYSTEM_STATE, id, path, out, f);
	return rc;
}

enum status
anchor_find(const char *state, const char *id, const char *path, struct anchor *out, bool *by_path,
    struct fault *f)
{
	char real[FILE_PATH_MAX];
	enum status rc = STATUS_ABSENT;

	if (by_path != NULL)
		*by_path = false;
	if (id != NULL && strlen(id) == ARCHIVE_ID_HEX - 1)
		rc = search_states(state, id, NULL, out, f);
	if (rc != STATUS_ABSENT || path == NULL || !anchor_resolve(real, path))
		return rc;
	rc = search_states(state, NULL, real, out, f);
	if (rc == STATUS_OK && by_path != NULL)
		*by_path = true;
	return rc;
}

struct each_path {
	bool (*seen)(void *ctx, const char *path);
	void *ctx;
};

static bool
give_path(void *ctx, const struct anchor *a)
{
	const struct each_path *e = ctx;

	return e->seen(e->ctx, a->path);
}

static void
paths_in(const char *state, struct each_path *e)
{
	char dir[FILE_PATH_MAX];
	enum status rc;

	if (file_join(dir, state, "anchors", NULL) == STATUS_OK && believable(dir))
		visit(dir, give_path, e, &rc, NULL);
}

void
anchor_paths(const char *state, bool (*seen)(void *ctx, const char *path), void *ctx)
{
	struct each_path e = { seen, ctx };
	char mine[FILE_PATH_MAX] = "";

	if (state != NULL) {
		paths_in(state, &e);
		return;
	}
	if (state_default(mine, NULL) == STATUS_OK)
		paths_in(mine, &e);
	if (strcmp(mine, SYSTEM_STATE) != 0)
		paths_in(SYSTEM_STATE, &e);
}
