/* SPDX-License-Identifier: BSD-2-Clause */
/* The half of base/file.h that is about names: rename, unlink, directories, locks. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/place.h"

enum status
file_sync_dir(const char *path, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum status rc;

	if (fd < 0)
		return fault_errno(f, path, "cannot open the directory");
	rc = file_sync(fd, path, f);
	close(fd);
	return rc;
}

/* Without renameat2: link refuses to replace, as rename does not. */
static int
link_and_unlink(const char *from, const char *to)
{
	return link(from, to) != 0 ? -1 : unlink(from);
}

static int
rename_exclusive(const char *from, const char *to)
{
#ifdef RENAME_NOREPLACE
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != ENOSYS && errno != EINVAL)
		return -1;
#endif
	return link_and_unlink(from, to);
}

static bool
same_file(const char *a, const char *b)
{
	struct stat x;
	struct stat y;

	return lstat(a, &x) == 0 && lstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

enum status
file_rename_new(const char *from, const char *to, struct fault *f)
{
	if (rename_exclusive(from, to) == 0)
		return STATUS_OK;
	/* A crash between link and unlink, or amid a rename, leaves one file with both names. */
	if (errno == EEXIST && same_file(from, to))
		return file_unlink(from, f);
	if (errno == EEXIST)
		return fault_set(f, STATUS_EXISTS, to, "already there; nothing is ever replaced");
	return fault_errno(f, to, "cannot rename into place");
}

enum status
file_replace(const char *path, mode_t mode, const void *data, size_t len, struct fault *f)
{
	char temporary[FILE_PATH_MAX];
	char parent[FILE_PATH_MAX];
	enum status rc;

	if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary)
		return fault_set(f, STATUS_LIMIT, path, "the path is too long");
	if (unlink(temporary) != 0 && errno != ENOENT)
		return fault_errno(f, temporary, "cannot remove an old temporary file");
	rc = file_write_new(temporary, mode, data, len, f);
	if (rc != STATUS_OK) {
		(void)unlink(temporary);
		return rc;
	}
	if (rename(temporary, path) != 0)
		return fault_errno(f, path, "cannot rename into place");
	file_parent(parent, path);
	return file_sync_dir(parent, f);
}

enum status
file_publish(const char *path, mode_t mode, const void *data, size_t len, struct fault *f)
{
	char temporary[FILE_PATH_MAX];
	enum status rc;
	int fd;

	if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary)
		return fault_set(f, STATUS_LIMIT, path, "the path is too long");
	if (unlink(temporary) != 0 && errno != ENOENT)
		return fault_errno(f, temporary, "cannot remove an old temporary file");
	rc = file_create(temporary, mode, &fd, f);
	if (rc != STATUS_OK)
		return rc;
	rc = file_write_all(fd, data, len, temporary, f);
	if (file_close(fd, temporary, rc == STATUS_OK ? f : NULL) != STATUS_OK && rc == STATUS_OK)
		rc = STATUS_IO;
	if (rc == STATUS_OK && rename(temporary, path) != 0)
		rc = fault_errno(f, path, "cannot rename into place");
	if (rc != STATUS_OK)
		(void)unlink(temporary);
	return rc;
}

enum status
file_truncate(const char *path, uint64_t size, struct fault *f)
{
	enum status rc = STATUS_OK;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return fault_errno(f, path, "cannot open to write");
	if (size > INT64_MAX || ftruncate(fd, (off_t)size) != 0)
		rc = fault_errno(f, path, "cannot cut");
	if (rc == STATUS_OK)
		rc = file_sync(fd, path, f);
	if (file_close(fd, path, rc == STATUS_OK ? f : NULL) != STATUS_OK && rc == STATUS_OK)
		rc = STATUS_IO;
	return rc;
}

enum status
file_unlink(const char *path, struct fault *f)
{
	if (unlink(path) != 0)
		return fault_errno(f, path, "cannot remove");
	return STATUS_OK;
}

static enum status
make_one_dir(const char *path, mode_t mode, struct fault *f)
{
	char parent[FILE_PATH_MAX];
	struct stat st;

	if (mkdir(path, mode) != 0) {
		if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			return STATUS_OK;
		return fault_errno(f, path, "cannot create the directory");
	}
	file_parent(parent, path);
	return file_sync_dir(parent, f);
}

enum status
file_make_dirs(const char *path, mode_t mode, struct fault *f)
{
	char part[FILE_PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof part)
		return fault_set(f, STATUS_LIMIT, path, "the path is empty or too long");
	for (size_t i = 1; i <= len; i++) {
		struct stat st;
		enum status rc;

		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (i < len && stat(part, &st) == 0)
			continue; /* part of the way is there, perhaps by a link */
		rc = make_one_dir(part, mode, f);
		if (rc != STATUS_OK)
			return rc;
	}
	return STATUS_OK;
}

enum status
file_lock(const char *path, int *fd, struct fault *f)
{
	int got = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (got < 0)
		return fault_errno(f, path, "cannot open the lock file");
	if (flock(got, LOCK_EX | LOCK_NB) != 0) {
		enum status rc = errno == EWOULDBLOCK ?
		    fault_set(f, STATUS_LOCKED, path, "another writer holds this archive") :
		    fault_errno(f, path, "cannot lock");

		close(got);
		return rc;
	}
	*fd = got;
	return STATUS_OK;
}

bool
file_exists(const char *path)
{
	struct stat st;

	return place_lstat(path, &st) == 0;
}

enum status
file_join(char out[FILE_PATH_MAX], const char *dir, const char *name, struct fault *f)
{
	int n = snprintf(out, FILE_PATH_MAX, "%s/%s", dir, name);

	if (n < 0 || n >= FILE_PATH_MAX)
		return fault_set(f, STATUS_LIMIT, name, "the path is longer than %d", FILE_PATH_MAX - 1);
	return STATUS_OK;
}

void
file_parent(char out[FILE_PATH_MAX], const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);

	if (slash == NULL) {
		memcpy(out, ".", 2);
		return;
	}
	if (len == 0)
		len = 1; /* the root */
	if (len >= FILE_PATH_MAX)
		len = FILE_PATH_MAX - 1;
	memcpy(out, path, len);
	out[len] = '\0';
}
