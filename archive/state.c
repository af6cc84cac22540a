/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive/anchor.h"
#include "archive/genesis.h"
#include "archive/manifest_part.h"
#include "base/jsonw.h"

#define RECOVERY_FORMAT "nfseal-recovery/1"

enum { RECOVERY_KEYS = 2 };

/* Ours, and nobody else can do there what `forbidden` tells. */
static enum status
check_dir(const char *path, mode_t forbidden, struct fault *f)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return fault_errno(f, path, "cannot stat");
	if (!S_ISDIR(st.st_mode))
		return fault_set(f, STATUS_KEY, path, "the state: not a directory");
	if (st.st_uid != geteuid())
		return fault_set(f, STATUS_KEY, path, "the state: owned by user %lu, not by %lu",
		    (unsigned long)st.st_uid, (unsigned long)geteuid());
	if ((st.st_mode & forbidden) != 0)
		return fault_set(f, STATUS_KEY, path, "the state: mode %04o is open to others; "
		    "at most %04o is allowed", (unsigned)(st.st_mode & 07777),
		    (unsigned)(0777 & ~forbidden));
	return STATUS_OK;
}

static enum status
open_part(const struct state *s, const char *name, mode_t mode, mode_t forbidden, struct fault *f)
{
	char path[FILE_PATH_MAX];
	enum status rc = file_join(path, s->dir, name, f);

	if (rc == STATUS_OK && !file_exists(path))
		rc = file_make_dirs(path, mode, f);
	return rc == STATUS_OK ? check_dir(path, forbidden, f) : rc;
}

enum status
state_open(struct state *s, const char *dir, struct keyring *ring, struct fault *f)
{
	char given[FILE_PATH_MAX];
	enum status rc = STATUS_OK;

	keyring_protect_process();
	s->ring = ring;
	if (dir == NULL) {
		rc = state_default(given, f);
		dir = given;
	}
	if (rc == STATUS_OK && !anchor_resolve(s->dir, dir))
		rc = fault_set(f, STATUS_USAGE, dir, "the state: no usable path");
	if (rc == STATUS_OK && !file_exists(s->dir))
		rc = file_make_dirs(s->dir, 0755, f);
	if (rc == STATUS_OK)
		rc = check_dir(s->dir, 0022, f);
	if (rc == STATUS_OK)
		rc = open_part(s, "keys", 0700, 0077, f);
	if (rc == STATUS_OK)
		rc = open_part(s, "anchors", 0755, 0022, f);
	if (rc == STATUS_OK)
		rc = open_part(s, "archives", 0700, 0077, f);
	return rc;
}

enum status
state_own_path(const struct state *s, const char *archive, const char *name, char out[FILE_PATH_MAX],
    struct fault *f)
{
	char dir[FILE_PATH_MAX];
	char below[FILE_PATH_MAX];
	enum status rc = file_join(below, "archives", archive, f);

	if (rc == STATUS_OK)
		rc = open_part(s, below, 0700, 0077, f);
	if (rc == STATUS_OK)
		rc = file_join(dir, s->dir, below, f);
	return rc == STATUS_OK ? file_join(out, dir, name, f) : rc;
}

enum status
state_lock(const struct state *s, const char *archive, int *fd, struct fault *f)
{
	char path[FILE_PATH_MAX];
	enum status rc = state_own_path(s, archive, "lock", path, f);

	return rc == STATUS_OK ? file_lock(path, fd, f) : rc;
}

static enum status
key_path(const struct state *s, const char *archive, uint64_t sequence, char out[FILE_PATH_MAX],
    struct fault *f)
{
	char name[96];

	(void)snprintf(name, sizeof name, "keys/%s-%08llu.key", archive,
	    (unsigned long long)sequence);
	return file_join(out, s->dir, name, f);
}

static enum status
read_key(const char *path, uint8_t secret[KEY_SIZE], struct fault *f)
{
	struct stat st;
	enum status rc;
	int fd;

	rc = file_open_regular(path, &fd, &st, f);
	if (rc != STATUS_OK)
		return rc;
	if (st.st_uid != geteuid() || (st.st_mode & 0077) != 0)
		rc = fault_set(f, STATUS_KEY, path, "the key's mode %04o or owner is open to others",
		    (unsigned)(st.st_mode & 07777));
	else if (st.st_size != KEY_SIZE)
		rc = fault_set(f, STATUS_KEY, path, "a key of %lld bytes, not %d", (long long)st.st_size,
		    (int)KEY_SIZE);
	else
		rc = file_read_at(fd, secret, KEY_SIZE, 0, path, f);
	(void)close(fd);
	return rc;
}

enum status
state_key_load(const struct state *s, const char *archive, uint64_t sequence,
    uint8_t secret[KEY_SIZE], struct fault *f)
{
	char path[FILE_PATH_MAX];
	enum status rc = key_path(s, archive, sequence, path, f);

	if (keyring_get(s->ring, sequence, secret))
		return STATUS_OK;
	if (rc == STATUS_OK && !file_exists(path))
		return fault_set(f, STATUS_KEY, path, "the key that must sign segment %llu is missing "
		    "(lost, or it was in the memory of a process that ended): the archive cannot be "
		    "extended; `nfseal init --continues OLD NEW' begins one that goes on",
		    (unsigned long long)sequence);
	return rc == STATUS_OK ? read_key(path, secret, f) : rc;
}

static enum status
sync_keys(const struct state *s, struct fault *f)
{
	char dir[FILE_PATH_MAX];
	enum status rc = file_join(dir, s->dir, "keys", f);

	return rc == STATUS_OK ? file_sync_dir(dir, f) : rc;
}

enum status
state_key_make(const struct state *s, const char *archive, uint64_t sequence,
    uint8_t public[KEY_SIZE], struct fault *f)
{
	char path[FILE_PATH_MAX];
	uint8_t secret[KEY_SIZE];
	enum status rc = key_path(s, archive, sequence, path, f);

	/* One that a killed run made was never named, and may be cut or zeros: it is not used. */
	if (rc == STATUS_OK && file_exists(path))
		rc = file_unlink(path, f);
	if (rc == STATUS_OK)
		rc = key_generate(secret, public, f);
	if (rc == STATUS_OK && s->ring != NULL)
		rc = keyring_put(s->ring, sequence, secret, f);
	else if (rc == STATUS_OK)
		rc = file_write_new(path, 0600, secret, KEY_SIZE, f);
	key_wipe(secret);
	return rc == STATUS_OK ? sync_keys(s, f) : rc;
}

const char *
state_key_storage(const struct state *s, uint64_t sequence)
{
	return keyring_has(s->ring, sequence) ? "memory" : "file";
}

enum status
state_key_destroy(const struct state *s, const char *archive, uint64_t sequence, struct fault *f)
{
	char path[FILE_PATH_MAX];
	enum status rc = key_path(s, archive, sequence, path, f);

	keyring_drop(s->ring, sequence);
	if (rc == STATUS_OK && file_exists(path))
		rc = file_unlink(path, f);
	return rc == STATUS_OK ? sync_keys(s, f) : rc;
}

enum status
state_prepared_store(const struct state *s, const char *archive, const void *data, size_t len,
    struct fault *f)
{
	char path[FILE_PATH_MAX];
	enum status rc = state_own_path(s, archive, "prepared.json", path, f);

	return rc == STATUS_OK ? file_replace(path, 0600, data, len, f) : rc;
}

enum status
state_prepared_load(const struct state *s, const char *archive, struct buf *out, struct fault *f)
{
	char path[FILE_PATH_MAX];
	enum status rc = state_own_path(s, archive, "prepared.json", path, f);

	if (rc == STATUS_OK && !file_exists(path))
		return STATUS_ABSENT;
	return rc == STATUS_OK ? file_slurp(path, MANIFEST_SIZE_MAX, out, f) : rc;
}

enum status
state_prepared_clear(const struct state *s, const char *archive, struct fault *f)
{
	char path[FILE_PATH_MAX];
	char dir[FILE_PATH_MAX];
	enum status rc = state_own_path(s, archive, "prepared.json", path, f);

	if (rc != STATUS_OK || !file_exists(path))
		return rc;
	rc = file_unlink(path, f);
	file_parent(dir, path);
	return rc == STATUS_OK ? file_sync_dir(dir, f) : rc;
}

enum status
state_recovery_store(const struct state *s, const char *archive,
    const struct manifest_recovery *list, size_t count, struct fault *f)
{
	char path[FILE_PATH_MAX];
	struct buf text = { 0 };
	struct jsonw j;
	enum status rc = state_own_path(s, archive, "recovery.json", path, f);

	jsonw_init(&j, &text);
	jsonw_object(&j);
	jsonw_key_str(&j, "format", RECOVERY_FORMAT);
	recovery_write(&j, list, count);
	jsonw_object_end(&j);
	buf_u8(&text, '\n');
	if (rc == STATUS_OK && !buf_ok(&text))
		rc = fault_memory(f);
	if (rc == STATUS_OK)
		rc = file_replace(path, 0600, text.data, text.len, f);
	buf_free(&text);
	return rc;
}

enum status
state_recovery_load(const struct state *s, const char *archive, struct state_recovery *out,
    struct fault *f)
{
	char path[FILE_PATH_MAX];
	struct state_recovery r = { 0 };
	struct document d = { .root = NULL };
	struct buf text = { 0 };
	enum status rc = state_own_path(s, archive, "recovery.json", path, f);

	if (rc == STATUS_OK && file_exists(path)) {
		rc = file_slurp(path, MANIFEST_SIZE_MAX, &text, f);
		if (rc == STATUS_OK)
			rc = doc_parse(&d, text.data, text.len, MANIFEST_SIZE_MAX, MANIFEST_VALUES_MAX,
			    RECOVERY_FORMAT, path, f);
		if (rc == STATUS_OK) {
			r.list = recovery_read(&d, doc_object(&d, NULL, NULL, RECOVERY_KEYS), &r.count);
			r.root = doc_take(&d);
			rc = d.status;
		}
	}
	if (rc == STATUS_OK)
		*out = r;
	else
		state_recovery_free(&r);
	doc_free(&d);
	buf_free(&text);
	return rc;
}

void
state_recovery_free(struct state_recovery *r)
{
	recovery_free(r->list, r->count);
	doc_release(r->root);
	memset(r, 0, sizeof *r);
}
