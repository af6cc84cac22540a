/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/seal.h"

#include <stdio.h>
#include <string.h>

enum status
seal_path(char out[FILE_PATH_MAX], const char *dir, const char *stem, const char *suffix,
    struct fault *f)
{
	int n = snprintf(out, FILE_PATH_MAX, "%s/%s%s", dir, stem, suffix);

	if (n < 0 || n >= FILE_PATH_MAX)
		return fault_set(f, STATUS_LIMIT, stem, "the path is longer than %d", FILE_PATH_MAX - 1);
	return STATUS_OK;
}

enum status
seal_place(const struct site *s, const struct manifest *m, struct seal_place *out, struct fault *f)
{
	size_t len = m->file_count == 0 ? 0 : strcspn(m->files[0].name, ".");

	if (len == 0 || len >= sizeof out->stem)
		return fault_set(f, STATUS_MALFORMED, NULL, "a segment without files has no place");
	memcpy(out->stem, m->files[0].name, len);
	out->stem[len] = '\0';
	if (!layout_directory(out->below, s->layout, out->stem))
		return fault_set(f, STATUS_MALFORMED, out->stem, "no stem of layout %u", s->layout);
	if (out->below[0] == '\0')
		return file_join(out->dir, s->path, ".", f);
	return file_join(out->dir, s->path, out->below, f);
}

enum status
seal_check_free(const struct site *s, const char *stem, struct fault *f)
{
	static const char *const suffixes[] = { ".flows.parquet", ".manifest.sig", ".manifest.json" };
	char below[LAYOUT_DIR_MAX];
	char dir[FILE_PATH_MAX];
	char path[FILE_PATH_MAX];
	enum status rc = STATUS_OK;

	if (!layout_directory(below, s->layout, stem))
		return fault_set(f, STATUS_MALFORMED, stem, "no stem of layout %u", s->layout);
	rc = file_join(dir, s->path, below[0] == '\0' ? "." : below, f);
	for (size_t i = 0; rc == STATUS_OK && i < sizeof suffixes / sizeof *suffixes; i++) {
		rc = seal_path(path, dir, stem, suffixes[i], f);
		if (rc == STATUS_OK && file_exists(path))
			rc = fault_set(f, STATUS_EXISTS, path, "already there, though the state knows nothing "
			    "of it: is the state an old copy?  Nothing is ever replaced");
	}
	return rc;
}

enum status
seal_decide(const struct site *s, const void *manifest, size_t len, struct fault *f)
{
	return state_prepared_store(&s->state, s->anchor.archive, manifest, len, f);
}

/* It lies there, and signs these bytes with the key that must. */
static bool
is_signature(const struct site *s, const char *path, const void *manifest, size_t len,
    uint8_t signature[SIGNATURE_SIZE])
{
	struct buf b = { 0 };
	bool good = file_exists(path) && file_slurp(path, SIGNATURE_SIZE, &b, NULL) == STATUS_OK &&
	    b.len == SIGNATURE_SIZE &&
	    key_verify(s->chain.next_key, manifest, len, b.data, NULL) == STATUS_OK;

	if (good)
		memcpy(signature, b.data, SIGNATURE_SIZE);
	buf_free(&b);
	return good;
}

/* A run whose key was in its memory alone may have come as far as step 6. */
static bool
was_signed(const struct site *s, const struct seal_place *at, const void *manifest, size_t len,
    uint8_t signature[SIGNATURE_SIZE])
{
	char path[FILE_PATH_MAX];

	if (seal_path(path, s->open, at->stem, ".manifest.sig.part", NULL) == STATUS_OK &&
	    is_signature(s, path, manifest, len, signature))
		return true;
	return seal_path(path, at->dir, at->stem, ".manifest.sig", NULL) == STATUS_OK &&
	    is_signature(s, path, manifest, len, signature);
}

/* Step 5. */
static enum status
sign(const struct site *s, const struct seal_place *at, const void *manifest, size_t len,
    const struct manifest *m, uint8_t signature[SIGNATURE_SIZE], struct fault *f)
{
	uint8_t secret[KEY_SIZE];
	enum status rc = state_key_load(&s->state, m->archive, m->sequence, secret, NULL);

	if (rc == STATUS_KEY && was_signed(s, at, manifest, len, signature))
		return STATUS_OK;
	if (rc != STATUS_OK)
		rc = state_key_load(&s->state, m->archive, m->sequence, secret, f);
	if (rc == STATUS_OK)
		rc = key_sign(secret, manifest, len, signature, f);
	key_wipe(secret);
	if (rc == STATUS_OK && key_verify(s->chain.next_key, manifest, len, signature, NULL) !=
	    STATUS_OK)
		rc = fault_set(f, STATUS_KEY, NULL, "the state's key %llu is not the one that the "
		    "archive names for segment %llu", (unsigned long long)m->sequence,
		    (unsigned long long)m->sequence);
	return rc;
}

/* An interrupted run came as far as this file's rename. */
static bool
stands(const char *path, const void *data, size_t len)
{
	struct buf there = { 0 };
	bool same = file_exists(path) && file_slurp(path, len, &there, NULL) == STATUS_OK &&
	    there.len == len && memcmp(there.data, data, len) == 0;

	buf_free(&there);
	return same;
}

/* What such a run may have left half written in open/ is made anew. */
static enum status
write_part(const struct site *s, const struct seal_place *at, const char *suffix,
    const void *data, size_t len, struct fault *f)
{
	char path[FILE_PATH_MAX];
	char part[FILE_PATH_MAX];
	char part_suffix[64];
	enum status rc = seal_path(path, at->dir, at->stem, suffix, f);

	(void)snprintf(part_suffix, sizeof part_suffix, "%s.part", suffix);
	if (rc == STATUS_OK)
		rc = seal_path(part, s->open, at->stem, part_suffix, f);
	if (rc == STATUS_OK && file_exists(part))
		rc = file_unlink(part, f);
	if (rc != STATUS_OK || stands(path, data, len))
		return rc;
	return file_write_new(part, 0644, data, len, f);
}

/* Step 6. */
static enum status
write_statement(const struct site *s, const struct seal_place *at, const void *manifest,
    size_t len, const uint8_t signature[SIGNATURE_SIZE], struct fault *f)
{
	enum status rc = write_part(s, at, ".manifest.json", manifest, len, f);

	if (rc == STATUS_OK)
		rc = write_part(s, at, ".manifest.sig", signature, SIGNATURE_SIZE, f);
	return rc == STATUS_OK ? file_sync_dir(s->open, f) : rc;
}

/* open/NAME.part to DIR/NAME; done already where only the latter is there. */
static enum status
move_one(const struct site *s, const struct seal_place *at, const char *name, const char *suffix,
    struct fault *f)
{
	char from[FILE_PATH_MAX];
	char to[FILE_PATH_MAX];
	char part[64];
	enum status rc;

	(void)snprintf(part, sizeof part, "%s.part", suffix);
	rc = seal_path(from, s->open, name, part, f);
	if (rc == STATUS_OK)
		rc = seal_path(to, at->dir, name, suffix, f);
	if (rc != STATUS_OK || (!file_exists(from) && file_exists(to)))
		return rc;
	return file_rename_new(from, to, f);
}

/* Directories that a killed run made and perhaps did not sync: before anything is moved there. */
static enum status
sync_up(const struct site *s, const char *dir, struct fault *f)
{
	char at[FILE_PATH_MAX];
	char parent[FILE_PATH_MAX];
	enum status rc = STATUS_OK;

	memcpy(at, dir, strlen(dir) + 1);
	while (rc == STATUS_OK && strlen(at) > strlen(s->path)) {
		rc = file_sync_dir(at, f);
		file_parent(parent, at);
		memcpy(at, parent, sizeof at);
	}
	return rc == STATUS_OK ? file_sync_dir(s->path, f) : rc;
}

/*
 * Step 7.  The directory is synced before the manifest too: no order of writing back can
 * then show a manifest in place before what it lists.
 */
static enum status
move_all(const struct site *s, const struct seal_place *at, const struct manifest *m,
    bool recovered, struct fault *f)
{
	enum status rc = file_make_dirs(at->dir, 0755, f);

	if (rc == STATUS_OK && recovered)
		rc = sync_up(s, at->dir, f);
	for (size_t i = 0; rc == STATUS_OK && i < m->file_count; i++)
		rc = move_one(s, at, m->files[i].name, "", f);
	if (rc == STATUS_OK)
		rc = move_one(s, at, at->stem, ".manifest.sig", f);
	if (rc == STATUS_OK)
		rc = file_sync_dir(at->dir, f);
	if (rc == STATUS_OK)
		rc = move_one(s, at, at->stem, ".manifest.json", f);
	if (rc == STATUS_OK)
		rc = file_sync_dir(at->dir, f);
	return rc == STATUS_OK ? file_sync_dir(s->open, f) : rc;
}

static enum status
move_anchor(struct site *s, const struct manifest *m, const uint8_t sha256[SHA256_SIZE],
    struct fault *f)
{
	struct anchor next = s->anchor;
	struct seal_place at;
	enum status rc = seal_place(s, m, &at, f);

	if (rc != STATUS_OK)
		return rc;
	next.sequence = m->sequence;
	memcpy(next.manifest_sha256, sha256, SHA256_SIZE);
	next.closed = m->closed;
	(void)snprintf(next.manifest, sizeof next.manifest, "%s%s%s.manifest.json", at.below,
	    at.below[0] == '\0' ? "" : "/", at.stem);
	rc = anchor_store(s->state.dir, &next, f);
	if (rc == STATUS_OK)
		s->anchor = next;
	return rc;
}

struct manifest_recovery
seal_finished_by_recovery(const struct manifest *m)
{
	return (struct manifest_recovery) { .action = "sealed", .has_sequence = true,
		.sequence = m->sequence,
		.text = "an interrupted run had decided this seal; recovery finished it" };
}

/* What m declared is told; what is new is that m itself was finished by recovery. */
static enum status
settle_recovery(const struct site *s, const struct manifest *m, bool recovered, struct fault *f)
{
	const struct manifest_recovery done = seal_finished_by_recovery(m);

	if (!recovered && m->recovery_count == 0)
		return STATUS_OK;
	return state_recovery_store(&s->state, m->archive, &done, recovered ? 1 : 0, f);
}

enum status
seal_conclude(const struct site *s, const struct manifest *m, struct fault *f)
{
	enum status rc = state_key_destroy(&s->state, m->archive, m->sequence, f);

	/* Of a run that had made the next key and was killed before a text named it. */
	if (rc == STATUS_OK && m->closed)
		rc = state_key_destroy(&s->state, m->archive, m->sequence + 1, f);
	return rc == STATUS_OK ? state_prepared_clear(&s->state, m->archive, f) : rc;
}

/* Steps 8 and 9: the manifest is in place. */
static enum status
record(struct site *s, const void *manifest, size_t len, const struct manifest *m,
    bool recovered, struct fault *f)
{
	uint8_t sha256[SHA256_SIZE];
	enum status rc = sha256_of(manifest, len, sha256, f);

	if (rc == STATUS_OK)
		rc = settle_recovery(s, m, recovered, f);
	if (rc == STATUS_OK)
		rc = move_anchor(s, m, sha256, f); /* step 8 */
	if (rc == STATUS_OK)
		rc = seal_conclude(s, m, f);
	if (rc == STATUS_OK)
		chain_after(&s->chain, m, sha256);
	s->head_time = m->sealed.nanos;
	return rc;
}

enum status
seal_finish(struct site *s, const void *manifest, size_t len, const struct manifest *m,
    bool recovered, struct fault *f)
{
	uint8_t signature[SIGNATURE_SIZE];
	char path[FILE_PATH_MAX];
	struct seal_place at;
	enum status rc = seal_place(s, m, &at, f);
	bool in_place;

	if (rc == STATUS_OK)
		rc = seal_path(path, at.dir, at.stem, ".manifest.json", f);
	in_place = rc == STATUS_OK && stands(path, manifest, len);
	if (rc == STATUS_OK && !in_place)
		rc = sign(s, &at, manifest, len, m, signature, f);
	if (rc == STATUS_OK && !in_place)
		rc = write_statement(s, &at, manifest, len, signature, f);
	if (rc == STATUS_OK)
		rc = move_all(s, &at, m, recovered, f);
	return rc == STATUS_OK ? record(s, manifest, len, m, recovered, f) : rc;
}
