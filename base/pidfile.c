/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/pidfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PIDFILE_TEXT_MAX = 24, TURNS = 10 };

/* Nothing, or a number and a line feed: anything else is somebody's file. */
static bool
read_number(int fd, char out[PIDFILE_TEXT_MAX])
{
	char text[PIDFILE_TEXT_MAX];
	ssize_t n = pread(fd, text, sizeof text, 0);
	size_t digits;

	if (n < 0 || n == (ssize_t)sizeof text)
		return false;
	text[n] = '\0';
	digits = strspn(text, "0123456789");
	memcpy(out, text, digits);
	out[digits] = '\0';
	return (size_t)n == digits || ((size_t)n == digits + 1 && text[digits] == '\n');
}

static enum status
refuse(const char *path, struct fault *f)
{
	char number[PIDFILE_TEXT_MAX] = "";
	int fd = -1;

	if (file_open_read(path, &fd, NULL) == STATUS_OK) {
		if (!read_number(fd, number))
			number[0] = '\0';
		(void)close(fd);
	}
	return fault_set(f, STATUS_LOCKED, path, "process %s runs already",
	    number[0] != '\0' ? number : "of this file");
}

/* The lock is worth something if the file is still the one of that name. */
static bool
is_current(int fd, const char *path)
{
	struct stat mine, named;

	return fstat(fd, &mine) == 0 && lstat(path, &named) == 0 && mine.st_dev == named.st_dev &&
	    mine.st_ino == named.st_ino;
}

static enum status
lock_current(const char *path, int *fd, struct fault *f)
{
	for (int turn = 0; turn < TURNS; turn++) {
		struct fault why = { 0 };
		enum status rc = file_lock(path, fd, &why);

		if (rc == STATUS_LOCKED)
			return refuse(path, f);
		if (rc != STATUS_OK)
			return why.err == 0 ? fault_set(f, rc, path, "%s", why.text) :
			    (errno = why.err, fault_errno(f, path, "cannot open the pid file"));
		if (is_current(*fd, path))
			return STATUS_OK;
		(void)close(*fd);
	}
	return fault_set(f, STATUS_LOCKED, path, "it is made and removed all the time");
}

static enum status
write_number(const struct pidfile *p, struct fault *f)
{
	char text[PIDFILE_TEXT_MAX];
	int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());

	if (ftruncate(p->fd, 0) != 0 || fchmod(p->fd, 0644) != 0)
		return fault_errno(f, p->path, "cannot write the pid file");
	return file_write_all(p->fd, text, (size_t)len, p->path, f);
}

enum status
pidfile_open(struct pidfile *p, const char *path, struct fault *f)
{
	char before[PIDFILE_TEXT_MAX];
	enum status rc;
	int fd;

	p->fd = -1;
	if (strlen(path) >= sizeof p->path)
		return fault_set(f, STATUS_LIMIT, path, "the path is too long");
	rc = lock_current(path, &fd, f);
	if (rc != STATUS_OK)
		return rc;
	if (!read_number(fd, before)) {
		(void)close(fd);
		return fault_set(f, STATUS_EXISTS, path, "is there and is no pid file");
	}
	strcpy(p->path, path);
	p->fd = fd;
	rc = write_number(p, f);
	if (rc != STATUS_OK)
		pidfile_close(p);
	return rc;
}

void
pidfile_close(struct pidfile *p)
{
	if (p->fd < 0)
		return;
	if (unlink(p->path) != 0 && ftruncate(p->fd, 0) != 0)
		p->path[0] = '\0'; /* its lock goes all the same */
	(void)close(p->fd);
	p->fd = -1;
}
