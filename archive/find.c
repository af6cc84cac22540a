/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/find.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define SUFFIX ".manifest.json"

enum {
	FIND_DEPTH_MAX = 16,
	FIND_PEEK = 128 /* holds the beginning of a manifest, its sequence included */
};

/* What is looked for, and whom it is told. */
struct search {
	const char *suffix;
	const struct find_calls *calls;
};

static bool
ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name), tail = strlen(suffix);

	return len > tail && strcmp(name + len - tail, suffix) == 0;
}

static enum status visit_dir(const struct search *w, const char *dir, unsigned depth, struct fault *f);

static enum status
visit(const struct search *w, const char *dir, const char *name, unsigned depth, struct fault *f)
{
	char path[FILE_PATH_MAX];
	struct stat st;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return STATUS_OK;
	/* What is there was never sealed, or was set aside. */
	if (depth == 0 && (strcmp(name, "open") == 0 || strcmp(name, "quarantine") == 0))
		return STATUS_OK;
	/* A path too long for us, or a file gone since, is no candidate. */
	if (file_join(path, dir, name, NULL) != STATUS_OK || lstat(path, &st) != 0)
		return STATUS_OK;
	if (S_ISDIR(st.st_mode) && depth < FIND_DEPTH_MAX)
		return visit_dir(w, path, depth + 1, f);
	if (S_ISREG(st.st_mode) && ends_with(name, w->suffix))
		return w->calls->seen(w->calls->ctx, path, f);
	return STATUS_OK;
}

static enum status
visit_dir(const struct search *w, const char *dir, unsigned depth, struct fault *f)
{
	DIR *d = opendir(dir);
	struct fault why = { 0 };
	enum status rc = STATUS_OK;
	struct dirent *e;

	if (d == NULL && (depth == 0 || errno == ENOMEM))
		return fault_errno(f, dir, "cannot read the directory");
	if (d == NULL) {
		(void)fault_errno(&why, dir, "cannot read the directory");
		w->calls->unread(w->calls->ctx, &why);
		return STATUS_OK;
	}
	while (rc == STATUS_OK && (e = readdir(d)) != NULL)
		rc = visit(w, dir, e->d_name, depth, f);
	(void)closedir(d);
	return rc;
}

enum status
find_manifests(const char *archive, const struct find_calls *calls, struct fault *f)
{
	return find_files(archive, SUFFIX, calls, f);
}

enum status
find_files(const char *archive, const char *suffix, const struct find_calls *calls, struct fault *f)
{
	const struct search w = { suffix, calls };

	return visit_dir(&w, archive, 0, f);
}

bool
find_claim(const char *path, char archive[ARCHIVE_ID_HEX], uint64_t *sequence)
{
	static const char before[] = "{\"format\":\"" MANIFEST_FORMAT "\",\"archive\":\"";
	static const char after[] = "\",\"sequence\":";
	const size_t id = sizeof before - 1;
	const size_t at = id + ARCHIVE_ID_HEX - 1;
	char text[FIND_PEEK + 1];
	char *number = text + at + sizeof after - 1;
	size_t got = 0;
	int fd;

	if (file_open_regular(path, &fd, NULL, NULL) != STATUS_OK)
		return false;
	if (file_read(fd, text, FIND_PEEK, &got, path, NULL) != STATUS_OK)
		got = 0;
	(void)close(fd);
	text[got] = '\0';
	if (got < at + sizeof after || memcmp(text, before, sizeof before - 1) != 0 ||
	    memcmp(text + at, after, sizeof after - 1) != 0)
		return false;
	number[strspn(number, "0123456789")] = '\0';
	if (!text_parse_u64(number, UINT64_MAX, sequence))
		return false;
	memcpy(archive, text + id, ARCHIVE_ID_HEX - 1);
	archive[ARCHIVE_ID_HEX - 1] = '\0';
	return true;
}

unsigned
find_parts(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	unsigned count = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		size_t len = strlen(e->d_name);

		count += len > strlen(".part") && strcmp(e->d_name + len - strlen(".part"), ".part") == 0;
	}
	if (d != NULL)
		(void)closedir(d);
	return count;
}

uint64_t
find_sequence(const char *path)
{
	const char *end = path + strlen(path);
	const char *p;
	uint64_t n = 0;

	if (!ends_with(path, SUFFIX))
		return UINT64_MAX;
	end -= strlen(SUFFIX);
	p = end;
	while (p > path && p[-1] >= '0' && p[-1] <= '9' && end - p < 19)
		p--;
	if (p == end || p == path || p[-1] != '-')
		return UINT64_MAX;
	for (; p < end; p++)
		n = n * 10 + (uint64_t)(*p - '0');
	return n;
}
