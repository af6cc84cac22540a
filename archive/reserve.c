/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"

enum { STEP = 256 << 10, PIECE = 16 << 10 };

/* Where the file system cannot allocate ahead, octets that are written have their room. */
static enum status
fill(int fd, uint64_t from, uint64_t to, const char *path, struct fault *f)
{
	static const uint8_t zeros[PIECE];
	enum status rc = lseek(fd, (off_t)from, SEEK_SET) < 0 ?
	    fault_errno(f, path, "cannot seek") : STATUS_OK;

	for (; from < to && rc == STATUS_OK; from += PIECE)
		rc = file_write_all(fd, zeros, PIECE, path, f);
	return rc;
}

static enum status
allocate(int fd, uint64_t from, uint64_t to, const char *path, struct fault *f)
{
	int error = posix_fallocate(fd, (off_t)from, (off_t)(to - from));
	struct fault why = { .status = STATUS_OK };

	if (error == EINVAL || error == EOPNOTSUPP || error == ENODEV) {
		if (fill(fd, from, to, path, &why) == STATUS_OK)
			return STATUS_OK;
		error = why.err;
	}
	if (error == 0)
		return STATUS_OK;
	errno = error;
	if (error == ENOSPC || error == EDQUOT || error == EFBIG)
		return fault_set(f, STATUS_LIMIT, path, "the disk has room to seal what there is, and for "
		    "nothing more");
	return fault_errno(f, path, "cannot keep room for the seal");
}

enum status
reserve_keep(const char *open_dir, uint64_t octets, struct fault *f)
{
	char path[FILE_PATH_MAX];
	uint64_t wanted = (octets + STEP - 1) / STEP * STEP;
	struct stat st = { .st_size = 0 };
	enum status rc = file_join(path, open_dir, RESERVE_NAME, f);
	int fd;

	if (rc != STATUS_OK || (lstat(path, &st) == 0 && (uint64_t)st.st_size >= wanted))
		return rc;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return errno == ENOSPC ? fault_set(f, STATUS_LIMIT, path, "the disk has no room") :
		    fault_errno(f, path, "cannot create");
	rc = allocate(fd, (uint64_t)st.st_size, wanted, path, f);
	(void)close(fd);
	return rc;
}

enum status
reserve_release(const char *open_dir, struct fault *f)
{
	char path[FILE_PATH_MAX];
	enum status rc = file_join(path, open_dir, RESERVE_NAME, f);

	return rc == STATUS_OK && file_exists(path) ? file_unlink(path, f) : rc;
}
