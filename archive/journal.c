/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/flowlog.h"
#include "base/text.h"

/* A statement has its limit, and the longest of texts in it too. */
enum { FINDINGS_AT_A_TIME = 8 };

struct journal {
	char open_dir[FILE_PATH_MAX];
	char archive[ARCHIVE_ID_HEX];
	char stem[LAYOUT_STEM_MAX];
	uint64_t sequence;
	uint8_t *secret; /* in memory of key_keep */
	int64_t (*now)(void);
	const char *(*clock_state)(void);
	struct manifest_time opened;
	uint64_t next; /* index of the next statement */
	uint8_t last[SHA256_SIZE];
	struct statement said; /* the last one: its facts hold for what it completes */
	size_t findings;       /* that were told */
	int fd; /* of the statements; -1: closed */
	char path[FILE_PATH_MAX];
	struct flowlog_writer *flows;
	struct buf messages;
	struct journal_file files[JOURNAL_FILES_MAX]; /* the first is that of flows */
	size_t count;
};

static enum status
statements_path(char out[FILE_PATH_MAX], const char *open_dir, const char *stem, struct fault *f)
{
	char name[STATEMENT_NAME_MAX + 32];

	(void)snprintf(name, sizeof name, "%s.%s.part", stem, STATEMENT_SUFFIX);
	return file_join(out, open_dir, name, f);
}

static enum status
add_file(struct journal *j, const char *suffix, struct journal_file **out, struct fault *f)
{
	struct journal_file *file = &j->files[j->count];
	enum status rc;

	if (j->count == JOURNAL_FILES_MAX)
		return fault_set(f, STATUS_LIMIT, suffix, "more than %d files", (int)JOURNAL_FILES_MAX);
	rc = segment_file_create(&file->file, j->open_dir, j->stem, suffix, f);
	if (rc != STATUS_OK)
		return rc;
	j->count++;
	file->new_name = true;
	*out = file;
	return sha256_open(&file->block, f);
}

static enum status
append_to(struct journal_file *file, const void *data, size_t len, struct fault *f)
{
	struct sink sink = segment_file_sink(&file->file);
	enum status rc = sink_write(&sink, data, len, f);

	return rc == STATUS_OK ? sha256_update(file->block, data, len, f) : rc;
}

enum status
journal_put(struct journal *j, const struct table *t, struct fault *f)
{
	uint32_t seconds = (uint32_t)(j->now() / 1000000000);
	enum status rc;

	buf_reset(&j->messages);
	rc = flowlog_put(j->flows, t, seconds, &j->messages, f);
	return rc == STATUS_OK ? append_to(&j->files[0], j->messages.data, j->messages.len, f) : rc;
}

enum status
journal_append(struct journal *j, const char *suffix, const void *data, size_t len,
    struct fault *f)
{
	size_t stem = strlen(j->stem) + 1;
	struct journal_file *file = NULL;
	enum status rc = STATUS_OK;

	for (size_t i = 1; i < j->count && file == NULL; i++)
		if (strcmp(j->files[i].file.name + stem, suffix) == 0)
			file = &j->files[i];
	if (file == NULL)
		rc = add_file(j, suffix, &file, f);
	return rc == STATUS_OK ? append_to(file, data, len, f) : rc;
}

/* Text and signature of one statement, appended to out; the chain moves on. */
static enum status
state(struct journal *j, struct statement *s, struct buf *out, struct fault *f)
{
	uint8_t signature[SIGNATURE_SIZE];
	char hex[2 * SIGNATURE_SIZE + 1];
	size_t start = out->len;
	enum status rc;

	memcpy(s->archive, j->archive, sizeof s->archive);
	s->sequence = j->sequence;
	s->index = j->next;
	memcpy(s->previous, j->last, SHA256_SIZE);
	s->made = (struct manifest_time) { j->now(), j->clock_state() };
	statement_write(s, out);
	if (!buf_ok(out))
		return fault_memory(f);
	rc = key_sign(j->secret, out->data + start, out->len - start, signature, f);
	if (rc == STATUS_OK)
		rc = sha256_of(out->data + start, out->len - start, j->last, f);
	/* What would be no statement to recovery must not be made. */
	if (rc == STATUS_OK) {
		struct statement again;

		rc = statement_parse(out->data + start, out->len - start, j->path, &again, f);
		if (rc == STATUS_OK) {
			statement_free(&j->said);
			j->said = again;
		}
	}
	text_hex(hex, signature, SIGNATURE_SIZE);
	buf_put(out, hex, sizeof hex - 1);
	buf_u8(out, '\n');
	j->next++;
	return rc;
}

static enum status
write_out(struct journal *j, const struct buf *text, struct fault *f)
{
	enum status rc = buf_ok(text) ? file_write_all(j->fd, text->data, text->len, j->path, f) :
	    fault_memory(f);

	return rc == STATUS_OK ? file_sync(j->fd, j->path, f) : rc;
}

/* The files are durable, those that are new by their names too. */
static enum status
sync_files(struct journal *j, struct fault *f)
{
	enum status rc = STATUS_OK;
	bool new_names = false;

	for (size_t i = 0; i < j->count && rc == STATUS_OK; i++) {
		struct journal_file *file = &j->files[i];

		if (file->file.digest.size > file->vouched)
			rc = file_sync(file->file.fd, file->file.path, f);
		new_names |= file->new_name;
		file->new_name = false;
	}
	return rc == STATUS_OK && new_names ? file_sync_dir(j->open_dir, f) : rc;
}

/* What was written to it since the last statement. */
static enum status
vouch(struct journal *j, struct journal_file *file, const struct manifest *facts,
    struct buf *out, struct fault *f)
{
	struct manifest copy = *facts;
	struct statement s = { .file = file->file.name, .offset = file->vouched,
		.length = file->file.digest.size - file->vouched, .facts = &copy };
	enum status rc = sha256_finish(file->block, s.sha256, f);

	if (rc == STATUS_OK)
		rc = state(j, &s, out, f);
	file->vouched = file->file.digest.size;
	return rc;
}

/* The facts as they were, with nothing newly found. */
static struct manifest
old_facts(const struct journal *j)
{
	struct manifest m = *j->said.facts;

	m.finding_count = 0;
	return m;
}

/* Of what was found, the next few that no statement has told. */
static struct manifest
new_facts(struct journal *j, const struct manifest *facts)
{
	struct manifest m = *facts;
	size_t left = facts->finding_count > j->findings ? facts->finding_count - j->findings : 0;

	m.finding_count = left > FINDINGS_AT_A_TIME ? FINDINGS_AT_A_TIME : left;
	if (m.finding_count > 0)
		m.findings += j->findings;
	j->findings += m.finding_count;
	return m;
}

/* The flows come last: with them the new counts hold, before them the old ones. */
enum status
journal_durable(struct journal *j, const struct manifest *facts, struct fault *f)
{
	const struct manifest fresh = new_facts(j, facts);
	struct buf text = { 0 };
	enum status rc = manifest_check_counts(facts, j->path, f);

	if (rc == STATUS_OK)
		rc = sync_files(j, f);
	for (size_t i = 1; i < j->count && rc == STATUS_OK; i++)
		if (j->files[i].file.digest.size > j->files[i].vouched) {
			const struct manifest old = old_facts(j);

			rc = vouch(j, &j->files[i], &old, &text, f);
		}
	if (rc == STATUS_OK)
		rc = vouch(j, &j->files[0], &fresh, &text, f);
	if (rc == STATUS_OK)
		rc = write_out(j, &text, f);
	buf_free(&text);
	return rc;
}

static enum status
open_statements(struct journal *j, const struct manifest *opening, struct fault *f)
{
	struct manifest copy = *opening;
	struct statement s = { .opens = true, .stem = j->stem, .facts = &copy };
	struct buf text = { 0 };
	enum status rc = statements_path(j->path, j->open_dir, j->stem, f);

	copy.finding_count = 0;
	if (rc == STATUS_OK)
		rc = manifest_check_counts(opening, j->path, f);
	if (rc == STATUS_OK)
		rc = file_create(j->path, 0644, &j->fd, f);
	if (rc == STATUS_OK)
		rc = state(j, &s, &text, f);
	if (rc == STATUS_OK)
		rc = write_out(j, &text, f);
	j->opened = s.made;
	buf_free(&text);
	return rc;
}

static enum status
open_files(struct journal *j, const struct manifest *opening, struct fault *f)
{
	struct journal_file *flows;
	enum status rc = flowlog_writer_open(&j->flows, f);

	if (rc == STATUS_OK)
		rc = add_file(j, JOURNAL_FLOWS, &flows, f);
	if (rc == STATUS_OK)
		rc = open_statements(j, opening, f);
	if (rc == STATUS_OK)
		rc = file_sync_dir(j->open_dir, f);
	j->files[0].new_name = false;
	return rc;
}

enum status
journal_open(struct journal_place *place, const struct manifest *opening, struct journal **out,
    struct fault *f)
{
	struct journal *j = calloc(1, sizeof *j);
	enum status rc = j == NULL ? fault_memory(f) : STATUS_OK;

	if (j != NULL) {
		j->fd = -1;
		(void)snprintf(j->open_dir, sizeof j->open_dir, "%s", place->open_dir);
		(void)snprintf(j->archive, sizeof j->archive, "%s", place->archive);
		(void)snprintf(j->stem, sizeof j->stem, "%s", place->stem);
		j->sequence = place->sequence;
		j->secret = key_keep(place->secret);
		memcpy(j->last, place->previous, SHA256_SIZE);
		j->now = place->now;
		j->clock_state = place->clock_state;
		rc = j->secret == NULL ? fault_memory(f) : open_files(j, opening, f);
	}
	key_wipe(place->secret);
	if (rc == STATUS_OK)
		*out = j;
	else
		journal_free(j);
	return rc;
}

uint64_t
journal_size(const struct journal *j)
{
	return j->files[0].file.digest.size;
}

uint64_t
journal_index(const struct journal *j)
{
	return j->next - 1;
}

const uint8_t *
journal_hash(const struct journal *j)
{
	return j->last;
}

const struct manifest_time *
journal_opened(const struct journal *j)
{
	return &j->opened;
}

enum status
journal_finish(struct journal *j, const struct segment_file **flows,
    const struct segment_file *kept[JOURNAL_FILES_MAX], size_t *count, struct fault *f)
{
	struct segment_file *first = &j->files[0].file;
	enum status rc = digest_finish(&first->digest, f);

	/* Whoever reads it compares it with its hash, from storage. */
	file_drop_cache(first->fd);
	*count = 0;
	for (size_t i = 1; i < j->count && rc == STATUS_OK; i++) {
		rc = segment_file_finish(&j->files[i].file, f);
		kept[(*count)++] = &j->files[i].file;
	}
	*flows = first;
	return rc;
}

static enum status
drop(const char *path, struct fault *f)
{
	return file_exists(path) ? file_unlink(path, f) : STATUS_OK;
}

enum status
journal_drop(const char *open_dir, const char *stem, struct fault *f)
{
	char path[FILE_PATH_MAX];
	char name[STATEMENT_NAME_MAX + 32];
	enum status rc;

	(void)snprintf(name, sizeof name, "%s.%s.part", stem, JOURNAL_FLOWS);
	rc = file_join(path, open_dir, name, f);
	if (rc == STATUS_OK)
		rc = drop(path, f);
	if (rc == STATUS_OK)
		rc = statements_path(path, open_dir, stem, f);
	if (rc == STATUS_OK)
		rc = drop(path, f);
	/* Also where nothing was left: a killed run may have dropped it for no disk yet. */
	return rc == STATUS_OK ? file_sync_dir(open_dir, f) : rc;
}

void
journal_free(struct journal *j)
{
	if (j == NULL)
		return;
	if (j->fd >= 0)
		(void)close(j->fd);
	for (size_t i = 0; i < j->count; i++) {
		segment_file_free(&j->files[i].file);
		sha256_free(j->files[i].block);
	}
	flowlog_writer_free(j->flows);
	statement_free(&j->said);
	buf_free(&j->messages);
	key_drop(j->secret);
	free(j);
}
