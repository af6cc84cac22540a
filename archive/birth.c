/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/birth.h"

#include <openssl/rand.h>
#include <string.h>
#include <unistd.h>

#include "archive/seal.h"
#include "base/text.h"

enum { ID_SIZE = (ARCHIVE_ID_HEX - 1) / 2 };

static enum status
new_id(char out[ARCHIVE_ID_HEX], struct fault *f)
{
	uint8_t id[ID_SIZE];

	if (RAND_bytes(id, sizeof id) != 1)
		return fault_set(f, STATUS_NO_MEMORY, NULL, "the library has no random numbers");
	text_hex(out, id, sizeof id);
	return STATUS_OK;
}

/* Keys 0 and 1 are durable before any text names them. */
static enum status
fill(const struct site *s, const struct writer_options *o, const struct genesis_continues *older,
    struct genesis *g, struct fault *f)
{
	enum status rc = new_id(g->archive, f);

	g->created = (struct manifest_time) { o->now(), o->clock_state() };
	g->layout = (uint64_t)o->layout;
	g->software = site_software(o);
	g->is_continuation = older != NULL;
	if (older != NULL)
		g->continues = *older;
	if (rc == STATUS_OK)
		rc = state_key_make(&s->state, g->archive, 0, g->key, f);
	g->key_storage = state_key_storage(&s->state, 0);
	if (rc == STATUS_OK)
		rc = state_key_make(&s->state, g->archive, 1, g->next_key, f);
	return rc;
}

/* Who may not read a directory cannot have made one in it (see file_make_dirs). */
static enum status
sync_parent(const char *path, struct fault *f)
{
	char parent[FILE_PATH_MAX];

	file_parent(parent, path);
	return access(parent, R_OK) == 0 ? file_sync_dir(parent, f) : STATUS_OK;
}

/* Directories that a killed run made and perhaps did not sync. */
static enum status
sync_places(const struct site *s, struct fault *f)
{
	enum status rc = file_sync_dir(s->state.dir, f);

	if (rc == STATUS_OK)
		rc = sync_parent(s->state.dir, f);
	return rc == STATUS_OK ? sync_parent(s->path, f) : rc;
}

static enum status
decide(struct site *s, const struct genesis *g, struct fault *f)
{
	struct anchor *a = &s->anchor;
	struct buf text = { 0 };
	enum status rc;

	genesis_write(g, &text);
	if (!buf_ok(&text)) {
		buf_free(&text);
		return fault_memory(f);
	}
	memset(a, 0, sizeof *a);
	memcpy(a->archive, g->archive, sizeof a->archive);
	memcpy(a->path, s->path, sizeof a->path);
	rc = sha256_of(text.data, text.len, a->genesis, f);
	memcpy(a->manifest_sha256, a->genesis, SHA256_SIZE);
	if (rc == STATUS_OK)
		rc = state_prepared_store(&s->state, a->archive, text.data, text.len, f);
	if (rc == STATUS_OK)
		rc = anchor_store(s->state.dir, a, f);
	buf_free(&text);
	return rc;
}

/* open/NAME.part, durable, then into place. */
static enum status
place(const struct site *s, const char *name, const void *data, size_t len, struct fault *f)
{
	char part[FILE_PATH_MAX];
	char path[FILE_PATH_MAX];
	enum status rc = seal_path(part, s->open, name, ".part", f);

	if (rc == STATUS_OK)
		rc = file_join(path, s->path, name, f);
	if (rc == STATUS_OK && file_exists(part))
		rc = file_unlink(part, f);
	if (rc == STATUS_OK && !file_exists(path)) {
		rc = file_write_new(part, 0644, data, len, f);
		if (rc == STATUS_OK)
			rc = file_rename_new(part, path, f);
	}
	return rc == STATUS_OK ? file_sync_dir(s->path, f) : rc;
}

static enum status
sign_and_place(const struct site *s, const struct buf *text, struct fault *f)
{
	uint8_t secret[KEY_SIZE];
	uint8_t signature[SIGNATURE_SIZE];
	struct chain c;
	enum status rc = state_key_load(&s->state, s->anchor.archive, 0, secret, f);

	if (rc == STATUS_OK)
		rc = key_sign(secret, text->data, text->len, signature, f);
	key_wipe(secret);
	if (rc == STATUS_OK)
		rc = chain_start(text->data, text->len, signature, "genesis.json", &c, NULL, NULL, f);
	if (rc == STATUS_OK)
		rc = place(s, "genesis.sig", signature, SIGNATURE_SIZE, f);
	if (rc == STATUS_OK)
		rc = place(s, "genesis.json", text->data, text->len, f);
	return rc == STATUS_OK ? file_sync_dir(s->open, f) : rc;
}

/* Keys 0 and 1 were in the memory of a process that ended: what it began cannot be finished. */
static enum status
check_key(const struct site *s, struct fault *f)
{
	uint8_t secret[KEY_SIZE];
	enum status rc = state_key_load(&s->state, s->anchor.archive, 0, secret, NULL);

	key_wipe(secret);
	return rc == STATUS_OK ? rc : fault_set(f, STATUS_KEY, s->path, "the creation of archive %s here "
	    "was interrupted, and its first key is gone: nothing was sealed; to begin anew, empty the "
	    "directory and remove anchors/%s.json from the state", s->anchor.archive, s->anchor.archive);
}

/* The state's prepared text is the genesis, not the first manifest. */
static bool
is_genesis(const struct site *s, const struct buf *text)
{
	uint8_t sha256[SHA256_SIZE];

	return sha256_of(text->data, text->len, sha256, NULL) == STATUS_OK &&
	    memcmp(sha256, s->anchor.genesis, SHA256_SIZE) == 0;
}

/*
 * What a killed run wrote and renamed, but perhaps did not sync, is durable before the key
 * goes: the state's text and anchor (a rename each), the genesis in place.
 */
static enum status
make_durable(const struct site *s, const struct buf *text, struct fault *f)
{
	enum status rc =
	    state_prepared_store(&s->state, s->anchor.archive, text->data, text->len, f);

	if (rc == STATUS_OK)
		rc = anchor_store(s->state.dir, &s->anchor, f);
	return rc == STATUS_OK ? file_sync_dir(s->path, f) : rc;
}

enum status
birth_finish(struct site *s, struct fault *f)
{
	char path[FILE_PATH_MAX];
	struct buf text = { 0 };
	enum status rc = file_join(path, s->path, "genesis.json", f);
	bool in_place = rc == STATUS_OK && file_exists(path);

	if (rc == STATUS_OK)
		rc = state_prepared_load(&s->state, s->anchor.archive, &text, f);
	if (rc == STATUS_ABSENT && in_place)
		return STATUS_OK;
	if (rc == STATUS_ABSENT)
		return fault_set(f, STATUS_ABSENT, s->path, "no genesis is prepared in the state");
	if (rc == STATUS_OK && is_genesis(s, &text)) {
		rc = make_durable(s, &text, f);
		if (rc == STATUS_OK && !in_place)
			rc = check_key(s, f);
		if (rc == STATUS_OK && !in_place)
			rc = sign_and_place(s, &text, f);
		if (rc == STATUS_OK)
			rc = state_key_destroy(&s->state, s->anchor.archive, 0, f);
		if (rc == STATUS_OK)
			rc = state_prepared_clear(&s->state, s->anchor.archive, f);
	}
	buf_free(&text);
	return rc;
}

enum status
birth_create(struct site *s, const struct writer_options *o, const struct genesis_continues *older,
    const struct adoption *adopted, struct fault *f)
{
	struct genesis g = { .layout = 0 };
	enum status rc = fill(s, o, older, &g, f);

	if (rc == STATUS_OK)
		rc = state_lock(&s->state, g.archive, &s->state_lock, f);
	if (rc == STATUS_OK)
		rc = sync_places(s, f);
	if (rc == STATUS_OK && older != NULL)
		rc = adopt_decide(&s->state, g.archive, adopted, f);
	if (rc == STATUS_OK)
		rc = decide(s, &g, f);
	return rc == STATUS_OK ? birth_finish(s, f) : rc;
}
