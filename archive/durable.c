/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/durable.h"

#include <stdio.h>
#include <string.h>

#include "archive/anchor.h"
#include "archive/manifest_part.h"
#include "base/file.h"
#include "base/jsonw.h"

#define DURABLE_FORMAT "nfseal-durable/1"

enum { DURABLE_KEYS = 3, SEGMENT_KEYS = 5, SIZE_MAX_OCTETS = 4096, VALUES_MAX = 64 };

/* STATE/anchors/ID.durable: no name of an anchor. */
static enum status
record_path(const char *state, const char *archive, char out[FILE_PATH_MAX], struct fault *f)
{
	char name[ARCHIVE_ID_HEX + 32];

	(void)snprintf(name, sizeof name, "anchors/%s.durable", archive);
	return file_join(out, state, name, f);
}

void
durable_open_write(struct jsonw *j, const struct durable *d)
{
	jsonw_key(j, "open");
	jsonw_array(j);
	for (size_t i = 0; i < d->count; i++) {
		jsonw_object(j);
		jsonw_key_u64(j, "sequence", d->open[i].sequence);
		jsonw_key_str(j, "stem", d->open[i].stem);
		jsonw_key_hex(j, "key", d->open[i].key, KEY_SIZE);
		jsonw_key_u64(j, "index", d->open[i].index);
		jsonw_key_hex(j, "statement", d->open[i].sha256, SHA256_SIZE);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

static void
write_record(const char *archive, const struct durable *d, struct buf *out)
{
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_key_str(&j, "format", DURABLE_FORMAT);
	jsonw_key_str(&j, "archive", archive);
	durable_open_write(&j, d);
	jsonw_object_end(&j);
	buf_u8(out, '\n');
}

static void
read_segment(struct document *d, const struct json_t *o, struct durable_segment *s)
{
	const char *stem = doc_text(d, o, "stem", STATEMENT_NAME_MAX);

	s->sequence = doc_u64(d, o, "sequence");
	doc_hex(d, o, "key", s->key, KEY_SIZE);
	s->index = doc_u64(d, o, "index");
	doc_hex(d, o, "statement", s->sha256, SHA256_SIZE);
	if (!doc_ok(d))
		return;
	if (strchr(stem, '/') != NULL || stem[0] == '.' || stem[0] == '\0')
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "no stem of a segment");
	memcpy(s->stem, stem, strlen(stem) + 1);
}

void
durable_open_read(struct document *d, const struct json_t *root, struct durable *out)
{
	const struct json_t *list = doc_array(d, root, "open", DURABLE_OPEN_MAX, &out->count);

	for (size_t i = 0; i < out->count && doc_ok(d); i++)
		read_segment(d, doc_at(d, list, i, SEGMENT_KEYS), &out->open[i]);
	if (doc_ok(d) && out->count == 2 && out->open[1].sequence != out->open[0].sequence + 1)
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "two open segments that do not follow "
		    "each other");
}

static void
read_record(struct document *d, const char *archive, struct durable *out)
{
	const struct json_t *root = doc_object(d, NULL, NULL, DURABLE_KEYS);
	char id[ARCHIVE_ID_HEX] = "";

	archive_id_read(d, root, "archive", id);
	durable_open_read(d, root, out);
	if (doc_ok(d) && strcmp(id, archive) != 0)
		(void)doc_fail(d, "SCHEMA", STATUS_MALFORMED, "it tells of another archive");
}

enum status
durable_load(const char *state, const char *archive, struct durable *out, struct fault *f)
{
	char path[FILE_PATH_MAX];
	struct durable got = { .count = 0 };
	struct document d = { .root = NULL };
	struct buf text = { 0 };
	enum status rc = record_path(state, archive, path, f);

	if (rc == STATUS_OK && file_exists(path)) {
		rc = file_slurp(path, SIZE_MAX_OCTETS, &text, f);
		if (rc == STATUS_OK)
			rc = doc_parse(&d, text.data, text.len, SIZE_MAX_OCTETS, VALUES_MAX, DURABLE_FORMAT,
			    path, f);
		if (rc == STATUS_OK) {
			read_record(&d, archive, &got);
			rc = d.status;
		}
	}
	if (rc == STATUS_OK)
		*out = got;
	doc_free(&d);
	buf_free(&text);
	return rc;
}

static enum status
load_believed(const char *state, const char *archive, struct durable *out, struct fault *f)
{
	*out = (struct durable) { .count = 0 };
	return anchor_believable(state) ? durable_load(state, archive, out, f) : STATUS_OK;
}

enum status
durable_find_record(const char *state, const char *archive, struct durable *out, struct fault *f)
{
	char mine[FILE_PATH_MAX];
	enum status rc = STATUS_OK;

	*out = (struct durable) { .count = 0 };
	if (state != NULL)
		return load_believed(state, archive, out, f);
	if (state_default(mine, NULL) == STATUS_OK)
		rc = load_believed(mine, archive, out, f);
	if (rc == STATUS_OK && out->count == 0)
		rc = load_believed(state_system(), archive, out, f);
	return rc;
}

static enum status
remove_record(const char *path, struct fault *f)
{
	char dir[FILE_PATH_MAX];
	enum status rc;

	if (!file_exists(path))
		return STATUS_OK;
	rc = file_unlink(path, f);
	file_parent(dir, path);
	return rc == STATUS_OK ? file_sync_dir(dir, f) : rc;
}

enum status
durable_store(const char *state, const char *archive, const struct durable *d, struct fault *f)
{
	char path[FILE_PATH_MAX];
	struct buf text = { 0 };
	enum status rc = record_path(state, archive, path, f);

	if (rc != STATUS_OK)
		return rc;
	if (d->count == 0)
		return remove_record(path, f);
	write_record(archive, d, &text);
	rc = buf_ok(&text) ? file_replace(path, 0644, text.data, text.len, f) : fault_memory(f);
	buf_free(&text);
	return rc;
}

struct durable_segment *
durable_find(struct durable *d, uint64_t sequence)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->open[i].sequence == sequence)
			return &d->open[i];
	return NULL;
}

void
durable_drop(struct durable *d, uint64_t sequence)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->count; i++)
		if (d->open[i].sequence > sequence)
			d->open[kept++] = d->open[i];
	d->count = kept;
}
