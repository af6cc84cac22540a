/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"

enum { PIECE = 1 << 16 };

struct tail {
	const char *dir;
	const char *path;
	const char *name; /* of the tail's file */
	int from;
	int to;
	uint64_t keep;
	uint64_t size; /* of `path` */
};

/* n octets of `path` from `at` on, to where they belong in the tail. */
static enum status
copy_piece(const struct tail *t, uint64_t at, size_t n, struct fault *f)
{
	uint8_t piece[PIECE];
	enum status rc = file_read_at(t->from, piece, n, at, t->path, f);

	if (rc == STATUS_OK && lseek(t->to, (off_t)(at - t->keep), SEEK_SET) < 0)
		rc = fault_errno(f, t->name, "cannot seek");
	return rc == STATUS_OK ? file_write_all(t->to, piece, n, t->name, f) : rc;
}

static enum status
make_durable(const struct tail *t, struct fault *f)
{
	enum status rc = file_sync(t->to, t->name, f);

	return rc == STATUS_OK ? file_sync_dir(t->dir, f) : rc;
}

static enum status
copy_all(const struct tail *t, struct fault *f)
{
	enum status rc = STATUS_OK;

	for (uint64_t at = t->keep; at < t->size && rc == STATUS_OK; at += PIECE)
		rc = copy_piece(t, at, t->size - at > PIECE ? PIECE : (size_t)(t->size - at), f);
	return rc;
}

/*
 * The last piece first, into a file that has its whole length and no octets yet; behind each, `path`
 * gives its room back.  A tail that is longer than what is left of `path` tells how far this came.
 */
static enum status
move(struct tail *t, uint64_t length, struct fault *f)
{
	enum status rc = STATUS_OK;

	if (length < t->size - t->keep && ftruncate(t->to, (off_t)(t->size - t->keep)) != 0)
		rc = fault_errno(f, t->name, "cannot lengthen");
	if (rc == STATUS_OK)
		rc = make_durable(t, f);
	while (t->size > t->keep && rc == STATUS_OK) {
		size_t n = t->size - t->keep > PIECE ? PIECE : (size_t)(t->size - t->keep);

		rc = copy_piece(t, t->size - n, n, f);
		if (rc == STATUS_OK)
			rc = file_sync(t->to, t->name, f);
		if (rc == STATUS_OK)
			rc = file_truncate(t->path, t->size - n, f);
		t->size -= n;
	}
	return rc;
}

static bool
no_room(const struct fault *f)
{
	return f->err == ENOSPC || f->err == EDQUOT;
}

/* What an interrupted run left under the tail's name; *length of it, 0: nothing of worth. */
static enum status
take_up(struct tail *t, uint64_t *length, struct fault *f)
{
	struct stat st;
	enum status rc;

	*length = 0;
	if (!file_exists(t->name))
		return file_create(t->name, 0644, &t->to, f);
	rc = file_open_regular(t->name, &t->to, &st, f);
	if (rc != STATUS_OK)
		return rc;
	(void)close(t->to);
	if ((uint64_t)st.st_size > t->size - t->keep) {
		*length = (uint64_t)st.st_size;
		t->to = open(t->name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
		return t->to < 0 ? fault_errno(f, t->name, "cannot open to write") : STATUS_OK;
	}
	rc = file_unlink(t->name, f);
	return rc == STATUS_OK ? file_create(t->name, 0644, &t->to, f) : rc;
}

/* All of it at once, where there is room for it beside `path`. */
static enum status
copy(struct tail *t, struct fault *f)
{
	struct fault why = { .status = STATUS_OK };
	enum status rc = copy_all(t, &why);

	if (rc == STATUS_OK)
		rc = make_durable(t, f);
	else if (no_room(&why))
		return ftruncate(t->to, 0) != 0 ? fault_errno(f, t->name, "cannot cut") : move(t, 0, f);
	else if (f != NULL)
		*f = why;
	return rc == STATUS_OK ? file_truncate(t->path, t->keep, f) : rc;
}

static enum status
cut_open(struct tail *t, struct fault *f)
{
	uint64_t length;
	enum status rc = take_up(t, &length, f);

	if (rc != STATUS_OK)
		return rc;
	rc = length > 0 ? move(t, length, f) : copy(t, f);
	if (file_close(t->to, t->name, rc == STATUS_OK ? f : NULL) != STATUS_OK && rc == STATUS_OK)
		rc = STATUS_IO;
	return rc;
}

enum status
tail_cut(const char *dir, const char *path, const char *tail, uint64_t keep, struct fault *f)
{
	struct tail t = { .dir = dir, .path = path, .name = tail, .to = -1, .keep = keep };
	struct stat st;
	enum status rc = file_open_regular(path, &t.from, &st, f);

	if (rc != STATUS_OK)
		return rc;
	t.size = (uint64_t)st.st_size;
	if (t.size > keep)
		rc = cut_open(&t, f);
	(void)close(t.from);
	return rc;
}
