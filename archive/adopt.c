/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/adopt.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/manifest_part.h"
#include "archive/orphan.h"
#include "base/jsonw.h"

#define ADOPTS_FORMAT "nfseal-adopts/1"

enum { ADOPTS_KEYS = 5, SIZE_MAX_OCTETS = 16384, VALUES_MAX = 64 };

/* Where the files of one of its segments lie, or may lie if its seal was under way. */
struct place {
	char open_dir[FILE_PATH_MAX];
	char sealed_dir[FILE_PATH_MAX];
};

static enum status
place_of(const struct adoption *a, const char *stem, struct place *out, struct fault *f)
{
	char below[LAYOUT_DIR_MAX];
	enum status rc = file_join(out->open_dir, a->path, "open", f);

	if (rc == STATUS_OK && !layout_directory(below, a->layout, stem))
		rc = fault_set(f, STATUS_MALFORMED, stem, "no stem of layout %u", a->layout);
	if (rc == STATUS_OK)
		rc = file_join(out->sealed_dir, a->path, below[0] == '\0' ? "." : below, f);
	return rc;
}

static enum status
look(const struct adoption *a, const struct durable_segment *known, struct vouched *out,
    struct fault *f)
{
	struct place at;
	const struct vouch_place place = { .open_dir = at.open_dir, .sealed_dir = at.sealed_dir,
		.archive = a->archive };
	enum status rc = place_of(a, known->stem, &at, f);

	return rc == STATUS_OK ? vouch_read(&place, known, out, f) : rc;
}

/* A file of statements that the state knows nothing of: taken where the key signed its first. */
static enum status
try_file(const char *name, uint64_t head, const uint8_t key[KEY_SIZE], struct adoption *a,
    struct fault *f)
{
	struct durable_segment claimed = { .sequence = head + 1, .index = UINT64_MAX };
	struct vouched v;
	enum status rc;

	if (!orphan_stem(name, claimed.stem))
		return STATUS_OK;
	memcpy(claimed.key, key, KEY_SIZE);
	rc = look(a, &claimed, &v, f);
	if (rc == STATUS_MALFORMED) /* a name of somebody else's */
		return STATUS_OK;
	if (rc != STATUS_OK)
		return rc;
	/* Of several, the one that goes on furthest. */
	if (v.any && (a->open.count == 0 || v.index > a->open.open[0].index)) {
		claimed.index = v.index;
		memcpy(claimed.sha256, v.sha256, SHA256_SIZE);
		a->open.open[0] = claimed;
		a->open.count = 1;
	}
	vouch_free(&v);
	return STATUS_OK;
}

static enum status
search(uint64_t head, const uint8_t key[KEY_SIZE], struct adoption *a, struct fault *f)
{
	char dir[FILE_PATH_MAX];
	enum status rc = file_join(dir, a->path, "open", f);
	struct dirent *e;
	DIR *d;

	if (rc != STATUS_OK)
		return rc;
	d = opendir(dir);
	if (d == NULL)
		return errno == ENOENT ? STATUS_OK : fault_errno(f, dir, "cannot read");
	while (rc == STATUS_OK && (e = readdir(d)) != NULL)
		rc = try_file(e->d_name, head, key, a, f);
	(void)closedir(d);
	return rc;
}

/* Nobody may write there meanwhile; on a medium that is only read nobody can. */
static enum status
lock(const struct adoption *a, int *fd, struct fault *f)
{
	char path[FILE_PATH_MAX];
	struct fault why = { .status = STATUS_OK };
	enum status rc = file_join(path, a->path, "open/lock", f);

	*fd = -1;
	if (rc == STATUS_OK && file_exists(path) && file_lock(path, fd, &why) == STATUS_LOCKED) {
		rc = STATUS_LOCKED;
		if (f != NULL)
			*f = why;
	}
	return rc;
}

enum status
adopt_find(const struct state *s, uint64_t head, const uint8_t *key, struct adoption *out,
    struct fault *f)
{
	struct durable *open = &out->open;
	int fd = -1;
	enum status rc = durable_load(s->dir, out->archive, open, f);

	if (rc != STATUS_OK)
		return rc;
	durable_drop(open, head);
	/* A record of another line of the chain than the one that is continued says nothing of it. */
	if (open->count > 0 && (open->open[0].sequence != head + 1 ||
	    (key != NULL && memcmp(open->open[0].key, key, KEY_SIZE) != 0)))
		open->count = 0;
	if (open->count == 0 && key != NULL)
		rc = search(head, key, out, f);
	/* A writer of another state may be at work. */
	if (rc == STATUS_OK && open->count > 0)
		rc = lock(out, &fd, f);
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

static enum status
record_path(const struct state *s, const char *archive, char out[FILE_PATH_MAX], struct fault *f)
{
	return state_own_path(s, archive, "adopts.json", out, f);
}

/* What the older archive's state had for a manifest that nobody will make. */
static enum status
inherit(const struct state *s, const char *archive, const char *older, struct fault *f)
{
	struct state_recovery told;
	struct manifest_recovery *list = NULL;
	char (*texts)[REVIVE_TEXT_MAX] = NULL;
	enum status rc = state_recovery_load(s, older, &told, f);

	if (rc != STATUS_OK || told.count == 0)
		return rc;
	list = calloc(told.count, sizeof *list);
	texts = calloc(told.count, sizeof *texts);
	if (list == NULL || texts == NULL)
		rc = fault_memory(f);
	for (size_t i = 0; i < told.count && rc == STATUS_OK; i++) {
		list[i] = told.list[i];
		list[i].text = texts[i];
		(void)snprintf(texts[i], sizeof texts[i], "of the archive %s, which this one continues: %s",
		    older, told.list[i].text);
	}
	if (rc == STATUS_OK)
		rc = state_recovery_store(s, archive, list, told.count, f);
	free(texts);
	free(list);
	state_recovery_free(&told);
	return rc;
}

enum status
adopt_decide(const struct state *s, const char *archive, const struct adoption *a, struct fault *f)
{
	char path[FILE_PATH_MAX];
	struct buf text = { 0 };
	struct jsonw j;
	enum status rc = record_path(s, archive, path, f);

	if (rc == STATUS_OK)
		rc = inherit(s, archive, a->archive, f);
	if (rc != STATUS_OK || a->open.count == 0)
		return rc;
	jsonw_init(&j, &text);
	jsonw_object(&j);
	jsonw_key_str(&j, "format", ADOPTS_FORMAT);
	jsonw_key_str(&j, "archive", a->archive);
	jsonw_key_str(&j, "path", a->path);
	jsonw_key_u64(&j, "layout", a->layout);
	durable_open_write(&j, &a->open);
	jsonw_object_end(&j);
	buf_u8(&text, '\n');
	rc = buf_ok(&text) ? file_replace(path, 0600, text.data, text.len, f) : fault_memory(f);
	buf_free(&text);
	return rc;
}

static void
read_fields(struct document *d, struct adoption *a)
{
	const struct json_t *root = doc_object(d, NULL, NULL, ADOPTS_KEYS);
	const char *path = doc_text(d, root, "path", FILE_PATH_MAX - 1);
	uint64_t layout = doc_u64(d, root, "layout");

	archive_id_read(d, root, "archive", a->archive);
	memcpy(a->path, path, strlen(path) + 1);
	a->layout = layout > LAYOUT_MAX ? LAYOUT_MAX + 1 : (unsigned)layout;
	durable_open_read(d, root, &a->open);
}

/* None where nothing was decided. */
static enum status
load(const struct site *s, struct adoption *out, struct fault *f)
{
	char path[FILE_PATH_MAX];
	struct document d = { .root = NULL };
	struct buf text = { 0 };
	enum status rc = record_path(&s->state, s->anchor.archive, path, f);

	memset(out, 0, sizeof *out);
	if (rc == STATUS_OK && file_exists(path)) {
		rc = file_slurp(path, SIZE_MAX_OCTETS, &text, f);
		if (rc == STATUS_OK)
			rc = doc_parse(&d, text.data, text.len, SIZE_MAX_OCTETS, VALUES_MAX, ADOPTS_FORMAT,
			    path, f);
		if (rc == STATUS_OK) {
			read_fields(&d, out);
			rc = d.status;
		}
	}
	doc_free(&d);
	buf_free(&text);
	return rc;
}

static enum status
clear(const struct site *s, struct fault *f)
{
	char path[FILE_PATH_MAX];
	char dir[FILE_PATH_MAX];
	enum status rc = record_path(&s->state, s->anchor.archive, path, f);

	if (rc == STATUS_OK)
		rc = file_unlink(path, f);
	file_parent(dir, path);
	return rc == STATUS_OK ? file_sync_dir(dir, f) : rc;
}

static enum status
look_at_all(const struct adoption *a, struct revived *r, struct fault *f)
{
	enum status rc = STATUS_OK;

	r->record = a->open;
	r->older = a->archive;
	for (size_t i = 0; i < a->open.count && rc == STATUS_OK; i++) {
		rc = look(a, &a->open.open[i], &r->segments[i], f);
		r->seals[i] = rc == STATUS_OK && r->segments[i].any;
	}
	/* As in the older archive: before one that holds there is one, though it be empty. */
	r->seals[0] |= r->seals[1];
	return rc;
}

/* Those that are not yet there: segment i of the older one is this one's i + 1. */
static enum status
seal_rest(struct site *s, const struct writer_options *o, const struct adoption *a,
    struct revived *r, struct fault *f)
{
	enum status rc = STATUS_OK;

	for (size_t i = (size_t)s->anchor.sequence; i < a->open.count && rc == STATUS_OK; i++) {
		struct place at;

		rc = place_of(a, a->open.open[i].stem, &at, f);
		r->from_dir = at.open_dir;
		r->sealed_dir = at.sealed_dir;
		if (rc == STATUS_OK && !r->segments[i].complete)
			rc = revive_tell_loss(s, r, i, f);
		if (rc == STATUS_OK && r->seals[i])
			rc = revive_seal_one(s, o, r, i, f);
	}
	r->from_dir = r->sealed_dir = NULL;
	return rc;
}

static enum status
check_there(const struct site *s, const struct adoption *a, struct fault *f)
{
	if (s->anchor.sequence >= a->open.count || file_exists(a->path))
		return STATUS_OK;
	return fault_set(f, STATUS_ABSENT, a->path, "the archive that %s continues is not there, and what "
	    "it had left open is not taken over yet", s->path);
}

enum status
adopt_tell(const struct site *s, struct fault *f)
{
	struct adoption a;
	struct revived r = { .older = NULL };
	enum status rc = load(s, &a, f);

	if (rc == STATUS_OK)
		rc = check_there(s, &a, f);
	if (rc == STATUS_OK && a.open.count > s->anchor.sequence)
		rc = look_at_all(&a, &r, f);
	if (rc == STATUS_OK)
		revive_tell(s, &r, (size_t)s->anchor.sequence);
	revive_free(&r);
	return rc;
}

enum status
adopt_run(struct site *s, const struct writer_options *o, struct fault *f)
{
	struct adoption a;
	struct revived r = { .older = NULL };
	int fd = -1;
	enum status rc = load(s, &a, f);

	if (rc != STATUS_OK || a.open.count == 0)
		return rc;
	rc = check_there(s, &a, f);
	if (rc == STATUS_OK)
		rc = lock(&a, &fd, f);
	if (rc == STATUS_OK)
		rc = look_at_all(&a, &r, f);
	if (rc == STATUS_OK)
		rc = seal_rest(s, o, &a, &r, f);
	revive_free(&r);
	if (fd >= 0)
		(void)close(fd);
	return rc == STATUS_OK ? clear(s, f) : rc;
}
