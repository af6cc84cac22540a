/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/open_segments.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "archive/layout.h"
#include "base/file.h"

enum { SIGNATURE_OCTETS = 129 }; /* 128 hex digits and a line feed */

static const char tail[] = "." STATEMENT_SUFFIX ".part";

/* STEM.statements.part */
static bool
stem_of(const char *name, char stem[LAYOUT_STEM_MAX])
{
	char ignored[LAYOUT_DIR_MAX];
	size_t len = strlen(name), behind = sizeof tail - 1;

	if (len <= behind || len - behind >= LAYOUT_STEM_MAX || strcmp(name + len - behind, tail) != 0)
		return false;
	memcpy(stem, name, len - behind);
	stem[len - behind] = '\0';
	return layout_directory(ignored, 0, stem);
}

static enum status
note_block(struct open_segment *s, const struct statement *statement, const char *name,
    struct fault *f)
{
	size_t stem = strlen(s->stem), i = 0;

	s->sequence = statement->sequence;
	s->made = statement->made.nanos;
	if (statement->file == NULL)
		return STATUS_OK;
	if (strncmp(statement->file, s->stem, stem) != 0 || statement->file[stem] != '.' ||
	    strlen(statement->file) > STATEMENT_NAME_MAX)
		return fault_set(f, STATUS_MALFORMED, name, "a statement is of another segment");
	while (i < s->count && strcmp(s->files[i].name, statement->file) != 0)
		i++;
	if (i == JOURNAL_FILES_MAX)
		return fault_set(f, STATUS_LIMIT, name, "more than %d files", JOURNAL_FILES_MAX);
	if (i == s->count)
		memcpy(s->files[s->count++].name, statement->file, strlen(statement->file) + 1);
	s->files[i].size = statement->offset + statement->length;
	return STATUS_OK;
}

/* What is being written behind the last whole statement is for the next look. */
static enum status
read_statements(struct open_segment *s, const struct buf *text, const char *name, struct fault *f)
{
	enum status st = STATUS_OK;
	size_t at = 0;

	while (st == STATUS_OK && at < text->len) {
		const uint8_t *start = text->data + at;
		const uint8_t *end = memchr(start, '\n', text->len - at);
		size_t size = end == NULL ? 0 : (size_t)(end - start) + 1;
		struct statement statement;

		if (end == NULL || text->len - at - size < SIGNATURE_OCTETS)
			return STATUS_OK;
		st = statement_parse(start, size, name, &statement, f);
		if (st != STATUS_OK)
			return st;
		st = note_block(s, &statement, name, f);
		statement_free(&statement);
		at += size + SIGNATURE_OCTETS;
	}
	return st;
}

/* One that is sealed while we look is absent. */
static enum status
read_segment(const char *dir, const char *name, struct open_segment *s, struct fault *f)
{
	char path[FILE_PATH_MAX];
	struct fault why = { 0 };
	struct buf text;
	enum status st = file_join(path, dir, name, f);

	if (st != STATUS_OK)
		return st;
	buf_init(&text, OPEN_STATEMENTS_SIZE_MAX + 1);
	st = file_slurp(path, OPEN_STATEMENTS_SIZE_MAX, &text, &why);
	if (st == STATUS_OK)
		st = read_statements(s, &text, path, &why);
	buf_free(&text);
	if (st != STATUS_OK && why.err == ENOENT)
		return STATUS_ABSENT;
	if (st != STATUS_OK)
		*f = why;
	return st;
}

static int
by_sequence(const void *a, const void *b)
{
	const struct open_segment *x = a, *y = b;

	return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

static enum status
read_all(DIR *d, const char *dir, struct open_segment *out, size_t *count, struct fault *f)
{
	enum status st = STATUS_OK;
	struct dirent *e;

	while (st == STATUS_OK && (e = readdir(d)) != NULL) {
		struct open_segment s = { .count = 0 };

		if (!stem_of(e->d_name, s.stem))
			continue;
		if (*count == OPEN_SEGMENTS_MAX)
			return fault_set(f, STATUS_LIMIT, dir, "more than %d segments are open",
			    OPEN_SEGMENTS_MAX);
		st = read_segment(dir, e->d_name, &s, f);
		if (st == STATUS_OK)
			out[(*count)++] = s;
		else if (st == STATUS_ABSENT)
			st = STATUS_OK;
	}
	qsort(out, *count, sizeof *out, by_sequence);
	return st;
}

enum status
open_segments_read(const char *archive, struct open_segment out[OPEN_SEGMENTS_MAX], size_t *count,
    struct fault *f)
{
	char dir[FILE_PATH_MAX], genesis[FILE_PATH_MAX];
	enum status st = file_join(dir, archive, "open", f);
	DIR *d;

	*count = 0;
	if (st == STATUS_OK)
		st = file_join(genesis, archive, "genesis.json", f);
	if (st != STATUS_OK)
		return st;
	if (!file_exists(genesis))
		return fault_set(f, STATUS_MALFORMED, archive, "no archive: it has no genesis.json");
	d = opendir(dir);
	if (d == NULL)
		return errno == ENOENT ? STATUS_OK : fault_errno(f, dir, "cannot read");
	st = read_all(d, dir, out, count, f);
	(void)closedir(d);
	return st;
}

const struct open_file *
open_segments_file(const struct open_segment *s, const char *suffix)
{
	size_t stem = strlen(s->stem);

	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->files[i].name + stem + 1, suffix) == 0 && s->files[i].size > 0)
			return &s->files[i];
	return NULL;
}
