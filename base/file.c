/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/place.h"

enum status
file_open_read(const char *path, int *fd, struct fault *f)
{
	int got = place_open(path, O_RDONLY | O_CLOEXEC);

	if (got < 0)
		return fault_errno(f, path, "cannot open");
	*fd = got;
	return STATUS_OK;
}

enum status
file_open_regular(const char *path, int *fd, struct stat *st, struct fault *f)
{
	struct stat seen;
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	int got = place_open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (got < 0 && (errno == ELOOP || errno == EMLINK || errno == ENXIO))
		return fault_set(f, STATUS_UNSUPPORTED, path, "not a regular file");
	if (got < 0)
		return fault_errno(f, path, "cannot open");
	if (fstat(got, &seen) != 0) {
		enum status rc = fault_errno(f, path, "cannot stat");

		close(got);
		return rc;
	}
	if (!S_ISREG(seen.st_mode)) {
		close(got);
		return fault_set(f, STATUS_UNSUPPORTED, path, "not a regular file");
	}
	if (st != NULL)
		*st = seen;
	*fd = got;
	return STATUS_OK;
}

enum status
file_create(const char *path, mode_t mode, int *fd, struct fault *f)
{
	int got = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, mode);

	if (got < 0 && errno == EEXIST)
		return fault_set(f, STATUS_EXISTS, path, "already there");
	if (got < 0)
		return fault_errno(f, path, "cannot create");
	*fd = got;
	return STATUS_OK;
}

enum status
file_write_all(int fd, const void *data, size_t len, const char *path, struct fault *f)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, path, "cannot write");
		p += n;
		len -= (size_t)n;
	}
	return STATUS_OK;
}

enum status
file_print(int fd, const struct buf *text, struct fault *f)
{
	if (!buf_ok(text))
		return fault_memory(f);
	return file_write_all(fd, text->data, text->len, fd == STDERR_FILENO ? "standard error" :
	    "standard output", f);
}

enum status
file_read(int fd, void *data, size_t len, size_t *got, const char *path, struct fault *f)
{
	ssize_t n;

	do
		n = read(fd, data, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_errno(f, path, "cannot read");
	*got = (size_t)n;
	return STATUS_OK;
}

enum status
file_read_at(int fd, void *data, size_t len, uint64_t offset, const char *path, struct fault *f)
{
	uint8_t *p = data;

	if (offset > INT64_MAX - len)
		return fault_at(f, STATUS_TRUNCATED, path, offset, "offset beyond any file");
	while (len > 0) {
		ssize_t n = pread(fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, path, "cannot read");
		if (n == 0)
			return fault_at(f, STATUS_TRUNCATED, path, offset, "the file ends %zu bytes early",
			    len);
		p += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return STATUS_OK;
}

enum status
file_sync(int fd, const char *path, struct fault *f)
{
	if (fsync(fd) != 0)
		return fault_errno(f, path, "cannot make durable (fsync)");
	return STATUS_OK;
}

void
file_drop_cache(int fd)
{
#ifdef POSIX_FADV_DONTNEED
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
#else
	(void)fd;
#endif
}

enum status
file_close(int fd, const char *path, struct fault *f)
{
	if (close(fd) != 0 && errno != EINTR)
		return fault_errno(f, path, "cannot close");
	return STATUS_OK;
}

static enum status
slurp_open(int fd, const struct stat *st, const char *path, size_t limit, struct buf *out,
    struct fault *f)
{
	size_t start = out->len;
	size_t got = 1;

	if ((uint64_t)st->st_size > limit)
		return fault_set(f, STATUS_LIMIT, path, "%llu bytes are above the limit of %zu",
		    (unsigned long long)st->st_size, limit);
	while (got > 0) {
		size_t room = limit + 1 - (out->len - start);
		enum status rc;

		if (room > 65536)
			room = 65536;
		if (!buf_reserve(out, room))
			return fault_memory(f);
		rc = file_read(fd, out->data + out->len, room, &got, path, f);
		if (rc != STATUS_OK)
			return rc;
		out->len += got;
		if (out->len - start > limit)
			return fault_set(f, STATUS_LIMIT, path, "it grows above the limit of %zu", limit);
	}
	return STATUS_OK;
}

enum status
file_slurp(const char *path, size_t limit, struct buf *out, struct fault *f)
{
	struct stat st;
	enum status rc;
	int fd;

	rc = file_open_regular(path, &fd, &st, f);
	if (rc != STATUS_OK)
		return rc;
	rc = slurp_open(fd, &st, path, limit, out, f);
	close(fd);
	return rc;
}

enum status
file_write_new(const char *path, mode_t mode, const void *data, size_t len, struct fault *f)
{
	enum status rc;
	int fd;

	rc = file_create(path, mode, &fd, f);
	if (rc != STATUS_OK)
		return rc;
	rc = file_write_all(fd, data, len, path, f);
	if (rc == STATUS_OK)
		rc = file_sync(fd, path, f);
	if (rc != STATUS_OK) {
		close(fd);
		return rc;
	}
	return file_close(fd, path, f);
}
