/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/vouch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WINDOW = 2 * STATEMENT_SIZE_MAX, PIECE = 1 << 16 };

/* What ended it. */
struct ending {
	struct fault why;
	char where[STATEMENT_NAME_MAX + 32];
	uint64_t offset;
	uint64_t length;
};

struct reading {
	const struct vouch_place *place;
	const struct durable_segment *known;
	struct vouched *out;
	uint64_t limit; /* index of the first statement not to be looked at */
	struct statement_chain chain;
	int fds[JOURNAL_FILES_MAX];
	struct sha256 *block;
	char path[FILE_PATH_MAX]; /* of the statements */
	int fd;
	struct buf window; /* what was read of them and not yet taken */
	bool at_end;
	struct ending end;
};

/* What the system refuses is no finding of ours; all else ends what is vouched for. */
static bool
is_ours(enum status rc)
{
	return rc != STATUS_IO && rc != STATUS_NO_MEMORY;
}

static enum status
open_data(struct reading *r, const char *name, int *fd, struct fault *f)
{
	char path[FILE_PATH_MAX];
	char part[STATEMENT_NAME_MAX + 8];
	enum status rc;

	(void)snprintf(part, sizeof part, "%s.part", name);
	rc = file_join(path, r->place->open_dir, part, f);
	if (rc == STATUS_OK && !file_exists(path) && r->place->sealed_dir != NULL)
		rc = file_join(path, r->place->sealed_dir, name, f);
	return rc == STATUS_OK ? file_open_regular(path, fd, NULL, f) : rc;
}

/* The file of that name, opened where it is a new one. */
static enum status
find_file(struct reading *r, const char *name, size_t *index, struct fault *f)
{
	struct vouched *v = r->out;
	size_t stem = strlen(r->known->stem);
	enum status rc;

	for (*index = 0; *index < v->count; ++*index)
		if (strcmp(v->files[*index].name, name) == 0)
			return STATUS_OK;
	if (v->count == JOURNAL_FILES_MAX || strncmp(name, r->known->stem, stem) != 0 ||
	    name[stem] != '.')
		return fault_set(f, STATUS_MALFORMED, name, "no file of this segment");
	rc = digest_open(&v->files[v->count].digest, true, f);
	if (rc != STATUS_OK)
		return rc;
	(void)snprintf(v->files[v->count].name, sizeof v->files->name, "%s", name);
	r->fds[v->count++] = -1;
	return open_data(r, name, &r->fds[*index], f);
}

/* The block's octets go into the file's digest; they are what the statement says. */
static enum status
check_block(struct reading *r, const struct statement *s, struct fault *f)
{
	uint8_t piece[PIECE];
	uint8_t sha256[SHA256_SIZE];
	struct digest *d;
	size_t i;
	enum status rc = find_file(r, s->file, &i, f);

	if (rc != STATUS_OK)
		return rc;
	d = &r->out->files[i].digest;
	if (s->offset != d->size)
		return fault_at(f, STATUS_MALFORMED, s->file, s->offset, "a block that does not follow");
	for (uint64_t left = s->length; left > 0 && rc == STATUS_OK;) {
		size_t n = left > PIECE ? PIECE : (size_t)left;

		rc = file_read_at(r->fds[i], piece, n, d->size, s->file, f);
		if (rc == STATUS_OK)
			rc = digest_update(d, piece, n, f);
		if (rc == STATUS_OK)
			rc = sha256_update(r->block, piece, n, f);
		left -= n;
	}
	if (rc == STATUS_OK)
		rc = sha256_finish(r->block, sha256, f);
	if (rc == STATUS_OK && memcmp(sha256, s->sha256, SHA256_SIZE) != 0)
		rc = fault_at(f, STATUS_DIFFERS, s->file, s->offset, "%llu octets are not those that were "
		    "durable", (unsigned long long)s->length);
	return rc;
}

/* More of the file of statements, unless it is at its end. */
static enum status
refill(struct reading *r, size_t taken, struct fault *f)
{
	size_t got = 1;
	enum status rc = STATUS_OK;

	memmove(r->window.data, r->window.data + taken, r->window.len - taken);
	r->window.len -= taken;
	while (rc == STATUS_OK && got > 0 && r->window.len < WINDOW) {
		rc = file_read(r->fd, r->window.data + r->window.len, WINDOW - r->window.len, &got,
		    r->path, f);
		if (rc == STATUS_OK)
			r->window.len += got;
	}
	r->at_end = got == 0;
	return rc;
}

static void
free_text(const char *s)
{
	free((void *)(uintptr_t)s);
}

/* What it tells of findings outlives it. */
static enum status
keep_findings(struct vouched *v, const struct manifest *facts, struct fault *f)
{
	struct manifest_finding *list;

	if (facts->finding_count == 0)
		return STATUS_OK;
	if (facts->finding_count > MANIFEST_LIST_MAX - v->finding_count)
		return fault_set(f, STATUS_LIMIT, NULL, "more than %d findings", (int)MANIFEST_LIST_MAX);
	list = realloc(v->findings, (v->finding_count + facts->finding_count) * sizeof *list);
	if (list == NULL)
		return fault_memory(f);
	v->findings = list;
	for (size_t i = 0; i < facts->finding_count; i++) {
		const struct manifest_finding *from = &facts->findings[i];
		struct manifest_finding *to = &list[v->finding_count++];

		*to = *from;
		to->code = strdup(from->code);
		to->file = from->file == NULL ? NULL : strdup(from->file);
		to->text = strdup(from->text);
		if (to->code == NULL || to->text == NULL || (to->file == NULL) != (from->file == NULL))
			return fault_memory(f);
	}
	return STATUS_OK;
}

/* This statement holds. */
static void
take(struct reading *r, struct statement *s)
{
	struct vouched *v = r->out;

	v->any = true;
	v->index = s->index;
	memcpy(v->sha256, r->chain.sha256, SHA256_SIZE);
	if (s->index == r->known->index)
		v->complete = memcmp(v->sha256, r->known->sha256, SHA256_SIZE) == 0;
	if (s->opens) {
		v->opening = *s;
		return;
	}
	statement_free(&v->last);
	v->last = *s;
}

static enum status
next_one(struct reading *r, size_t *at, struct fault *f)
{
	struct statement s;
	size_t before = *at;
	enum status rc;

	if (r->chain.next == r->limit)
		return STATUS_END;
	rc = statement_next(&r->chain, r->window.data, r->window.len, at, r->path, &s, f);
	if (rc != STATUS_OK)
		return rc;
	if (!s.opens)
		rc = check_block(r, &s, f);
	else if (strcmp(s.stem, r->known->stem) != 0)
		rc = fault_set(f, STATUS_DIFFERS, r->path, "it opens another segment");
	if (rc == STATUS_OK)
		rc = keep_findings(r->out, s.facts, f);
	if (rc != STATUS_OK) {
		/* The digest has taken what must not be in it: once more, up to here. */
		r->limit = s.index;
		if (!s.opens) {
			(void)snprintf(r->end.where, sizeof r->end.where, "%s.part", s.file);
			r->end.offset = s.offset;
			r->end.length = s.length;
		}
		statement_free(&s);
		return rc;
	}
	r->out->statements_size += *at - before;
	take(r, &s);
	return STATUS_OK;
}

static enum status
read_statements(struct reading *r, struct fault *f)
{
	struct fault *why = &r->end.why;
	size_t at = 0;
	enum status rc = refill(r, 0, f);

	while (rc == STATUS_OK) {
		memset(why, 0, sizeof *why);
		rc = next_one(r, &at, why);
		if (r->at_end || (rc != STATUS_OK && rc != STATUS_END && rc != STATUS_TRUNCATED) ||
		    (at == 0 && r->window.len == WINDOW)) /* no statement is as long */
			continue;
		if (rc != STATUS_OK || at > WINDOW / 2) {
			rc = refill(r, at, f);
			at = 0;
		}
	}
	if (!is_ours(rc) && f != NULL && f->status == STATUS_OK)
		*f = *why;
	why->status = rc;
	return is_ours(rc) ? STATUS_OK : rc;
}

static enum status
open_statements(struct reading *r, struct fault *f)
{
	enum status rc = sha256_open(&r->block, f);

	(void)snprintf(r->end.where, sizeof r->end.where, "%s.%s.part", r->known->stem,
	    STATEMENT_SUFFIX);
	if (rc == STATUS_OK)
		rc = file_join(r->path, r->place->open_dir, r->end.where, f);
	if (rc == STATUS_OK && !buf_reserve(&r->window, WINDOW))
		rc = fault_memory(f);
	return rc;
}

static enum status
finish_digests(struct vouched *v, struct fault *f)
{
	enum status rc = STATUS_OK;

	for (size_t i = 0; i < v->count && rc == STATUS_OK; i++)
		rc = digest_finish(&v->files[i].digest, f);
	return rc;
}

/* All up to the limit; moves it down, and says so, where a block does not hold. */
static enum status
pass(struct reading *r, struct fault *f)
{
	struct fault *why = &r->end.why;
	uint64_t limit = r->limit;
	enum status rc = open_statements(r, f);

	if (rc == STATUS_OK) {
		rc = file_open_regular(r->path, &r->fd, NULL, why);
		if (rc == STATUS_OK) {
			rc = read_statements(r, f);
			(void)close(r->fd);
		} else if (is_ours(rc)) {
			rc = STATUS_OK; /* nothing is vouched for */
		} else if (f != NULL && f->status == STATUS_OK) {
			*f = *why;
		}
	}
	if (rc == STATUS_OK && r->limit == limit)
		rc = finish_digests(r->out, f);
	for (size_t i = 0; i < r->out->count; i++)
		if (r->fds[i] >= 0)
			(void)close(r->fds[i]);
	sha256_free(r->block);
	buf_free(&r->window);
	return rc;
}

enum status
vouch_read(const struct vouch_place *place, const struct durable_segment *known,
    struct vouched *out, struct fault *f)
{
	struct ending end = { .offset = 0 };
	uint64_t limit = UINT64_MAX;
	bool again = true;
	enum status rc = STATUS_OK;

	while (rc == STATUS_OK && again) {
		struct reading r = { .place = place, .known = known, .out = out, .limit = limit };

		memset(out, 0, sizeof *out);
		memcpy(r.chain.archive, place->archive, sizeof r.chain.archive);
		r.chain.sequence = known->sequence;
		memcpy(r.chain.key, known->key, KEY_SIZE);
		rc = pass(&r, f);
		again = r.limit != limit;
		if (again || limit == UINT64_MAX)
			end = r.end; /* the last pass ends where it was told to */
		limit = r.limit;
		if (again || rc != STATUS_OK)
			vouch_free(out);
	}
	out->why = end.why;
	memcpy(out->where, end.where, sizeof out->where);
	out->offset = end.offset;
	out->length = end.length;
	return rc;
}

static const struct vouched_file *
file_of(const struct vouched *v, const char *wanted)
{
	for (size_t i = 0; i < v->count; i++) {
		const char *suffix = strchr(v->files[i].name, '.');

		if (suffix != NULL && strcmp(suffix + 1, wanted) == 0)
			return &v->files[i];
	}
	return NULL;
}

const struct vouched_file *
vouched_flows(const struct vouched *v)
{
	return file_of(v, JOURNAL_FLOWS);
}

const struct vouched_file *
vouched_datagrams(const struct vouched *v)
{
	return file_of(v, JOURNAL_DATAGRAMS);
}

const struct vouched_file *
vouched_messages(const struct vouched *v)
{
	return file_of(v, JOURNAL_MESSAGES);
}

const struct vouched_file *
vouched_ledger(const struct vouched *v)
{
	return file_of(v, JOURNAL_LEDGER);
}

void
vouch_free(struct vouched *v)
{
	statement_free(&v->opening);
	statement_free(&v->last);
	for (size_t i = 0; i < v->count; i++)
		digest_free(&v->files[i].digest);
	v->count = 0;
	for (size_t i = 0; i < v->finding_count; i++) {
		free_text(v->findings[i].code);
		free_text(v->findings[i].file);
		free_text(v->findings[i].text);
	}
	free(v->findings);
	v->findings = NULL;
	v->finding_count = 0;
}
