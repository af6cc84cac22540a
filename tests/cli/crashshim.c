/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A library for LD_PRELOAD that sees each call that changes a file or makes it durable, below
 * the directories that CRASH_DIRS names (absolute, with colons between), counts them from 1,
 * writes them to CRASH_LOG, and spoils the CRASH_AT-th as CRASH_MODE tells:
 *   kill    SIGKILL instead of the call
 *   torn    half of a write, then SIGKILL
 *   eio     the call fails with EIO, once          eio+     that one and all that follow
 *   enospc  what needs space fails with ENOSPC     enospc+  that one and all that follow
 *   short   a write writes half and says so
 * With CRASH_NO_RENAMEAT2 set there is no renameat2 (as on FreeBSD).
 * A line of the log: number, call, 1 or 0 (it succeeded), and its arguments, tabs between.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NUMBER_SIZE = 32, LINE_SIZE = 3 * PATH_MAX, HEX_PART = 512 };

static atomic_ulong calls;

/* A call and its line in the log are one thing, whichever thread is killed or writes beside it. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static int
take_turn(void)
{
	return pthread_mutex_lock(&turn);
}

static void
give_turn(int *taken)
{
	int saved = errno;

	if (*taken == 0)
		(void)pthread_mutex_unlock(&turn);
	errno = saved;
}

#define ONE_AT_A_TIME int taken __attribute__((cleanup(give_turn))) = take_turn()

static bool
is_below(const char *path, const char *dir, size_t len)
{
	return len > 0 && strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static bool
watched(const char *path)
{
	const char *dirs = getenv("CRASH_DIRS");

	while (dirs != NULL) {
		const char *colon = strchr(dirs, ':');
		size_t len = colon == NULL ? strlen(dirs) : (size_t)(colon - dirs);

		if (is_below(path, dirs, len))
			return true;
		dirs = colon == NULL ? NULL : colon + 1;
	}
	return false;
}

static const char *
path_of(int fd, char out[PATH_MAX])
{
	char link_name[64];
	ssize_t n;

	(void)snprintf(link_name, sizeof link_name, "/proc/self/fd/%d", fd);
	n = readlink(link_name, out, PATH_MAX - 1);
	out[n < 0 ? 0 : n] = '\0';
	return out;
}

static void
raw_log(const char *text, size_t len)
{
	const char *log_path = getenv("CRASH_LOG");
	int fd;

	if (log_path == NULL)
		return;
	fd = (int)syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || syscall(SYS_write, fd, text, len) != (long)len)
		abort();
	(void)syscall(SYS_close, fd);
}

static void
say(unsigned long k, const char *call, bool done, const char *fmt, ...)
{
	char line[LINE_SIZE];
	int saved = errno;
	size_t len;
	va_list ap;

	len = (size_t)snprintf(line, sizeof line, "%lu\t%s\t%d\t", k, call, done);
	va_start(ap, fmt);
	len += (size_t)vsnprintf(line + len, sizeof line - len, fmt, ap);
	va_end(ap);
	if (len >= sizeof line - 1)
		abort();
	line[len++] = '\n';
	raw_log(line, len);
	errno = saved;
}

/* The octets of a write as one hex argument. */
static void
say_write(unsigned long k, const char *path, off_t offset, const void *data, ssize_t written)
{
	size_t n = written < 0 ? 0 : (size_t)written;
	const unsigned char *p = data;
	int saved = errno;
	char *line = malloc(LINE_SIZE + 2 * n);
	size_t len;

	if (line == NULL)
		abort();
	len = (size_t)snprintf(line, LINE_SIZE, "%lu\twrite\t%d\t%s\t%lld\t", k, written >= 0, path,
	    (long long)offset);
	for (size_t i = 0; i < n; i++)
		len += (size_t)sprintf(line + len, "%02x", p[i]);
	line[len++] = '\n';
	raw_log(line, len);
	free(line);
	errno = saved;
}

static bool
mode_is(const char *name)
{
	const char *mode = getenv("CRASH_MODE");

	return mode != NULL && strcmp(mode, name) == 0;
}

/* The errno that this call must fail with, or 0; does not return where it must die. */
static int
verdict(unsigned long k, bool takes_space)
{
	const char *text = getenv("CRASH_AT");
	unsigned long at = text == NULL ? 0 : strtoul(text, NULL, 10);

	if (at == 0 || k < at)
		return 0;
	if (k == at && mode_is("kill"))
		(void)raise(SIGKILL);
	if ((k == at && mode_is("eio")) || mode_is("eio+"))
		return EIO;
	if (takes_space && ((k == at && mode_is("enospc")) || mode_is("enospc+")))
		return ENOSPC;
	return 0;
}

static bool
is_halved(unsigned long k)
{
	const char *text = getenv("CRASH_AT");

	return text != NULL && k == strtoul(text, NULL, 10) && (mode_is("torn") || mode_is("short"));
}

static int
failed(unsigned long k, const char *call, int error, const char *path)
{
	say(k, call, false, "%s", path);
	errno = error;
	return -1;
}

static int
open_at(int at, const char *path, int flags, mode_t mode)
{
	ONE_AT_A_TIME;
	bool counted = (flags & O_CREAT) != 0 && watched(path);
	unsigned long k = counted ? ++calls : 0;
	bool there = counted && access(path, F_OK) == 0;
	int error = counted ? verdict(k, !there) : 0;
	int fd;

	if (error != 0)
		return failed(k, "create", error, path);
	fd = (int)syscall(SYS_openat, at, path, flags, mode);
	if (counted && !(fd >= 0 && there))
		say(k, "create", fd >= 0, "%s\t%o", path, (unsigned)mode);
	return fd;
}

#define OPTIONAL_MODE(flags, mode) \
	do { \
		va_list ap; \
		va_start(ap, flags); \
		mode = ((flags) & O_CREAT) != 0 ? (mode_t)va_arg(ap, unsigned) : 0; \
		va_end(ap); \
	} while (0)

int
open(const char *path, int flags, ...)
{
	mode_t mode;

	OPTIONAL_MODE(flags, mode);
	return open_at(AT_FDCWD, path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	mode_t mode;

	OPTIONAL_MODE(flags, mode);
	return open_at(AT_FDCWD, path, flags, mode);
}

int
openat(int at, const char *path, int flags, ...)
{
	mode_t mode;

	OPTIONAL_MODE(flags, mode);
	return open_at(at, path, flags, mode);
}

ssize_t
write(int fd, const void *data, size_t len)
{
	ONE_AT_A_TIME;
	char path[PATH_MAX];
	unsigned long k;
	off_t offset;
	ssize_t n;
	int error;

	if (!watched(path_of(fd, path)))
		return syscall(SYS_write, fd, data, len);
	k = ++calls;
	offset = lseek(fd, 0, SEEK_CUR);
	error = verdict(k, true);
	if (error != 0)
		return failed(k, "write", error, path);
	n = syscall(SYS_write, fd, data, is_halved(k) && len > 1 ? len / 2 : len);
	say_write(k, path, offset, data, n);
	if (is_halved(k) && mode_is("torn"))
		(void)raise(SIGKILL);
	return n;
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t offset)
{
	ONE_AT_A_TIME;
	char path[PATH_MAX];
	unsigned long k;
	ssize_t n;
	int error;

	if (!watched(path_of(fd, path)))
		return syscall(SYS_pwrite64, fd, data, len, offset);
	k = ++calls;
	error = verdict(k, true);
	if (error != 0)
		return failed(k, "write", error, path);
	n = syscall(SYS_pwrite64, fd, data, is_halved(k) && len > 1 ? len / 2 : len, offset);
	say_write(k, path, offset, data, n);
	if (is_halved(k) && mode_is("torn"))
		(void)raise(SIGKILL);
	return n;
}

static int
sync_fd(int fd, long number)
{
	ONE_AT_A_TIME;
	char path[PATH_MAX];
	unsigned long k;
	int error;
	int rc;

	if (!watched(path_of(fd, path)))
		return (int)syscall(number, fd);
	k = ++calls;
	error = verdict(k, true);
	if (error != 0)
		return failed(k, "fsync", error, path);
	rc = (int)syscall(number, fd);
	say(k, "fsync", rc == 0, "%s", path);
	return rc;
}

int
fsync(int fd)
{
	return sync_fd(fd, SYS_fsync);
}

int
fdatasync(int fd)
{
	return sync_fd(fd, SYS_fdatasync);
}

/* The call is tried and told; its number and both arguments are the caller's. */
static int
move(const char *call, long number, const char *from, const char *to, unsigned flags)
{
	ONE_AT_A_TIME;
	unsigned long k;
	int error;
	int rc;

	if (!watched(from) && !watched(to))
		return (int)syscall(number, AT_FDCWD, from, AT_FDCWD, to, flags);
	k = ++calls;
	error = verdict(k, true);
	if (error != 0)
		return failed(k, call, error, to);
	rc = (int)syscall(number, AT_FDCWD, from, AT_FDCWD, to, flags);
	say(k, call, rc == 0, "%s\t%s", from, to);
	return rc;
}

int
rename(const char *from, const char *to)
{
	return move("rename", SYS_renameat2, from, to, 0);
}

int
renameat(int at, const char *from, int to_at, const char *to)
{
	if (at != AT_FDCWD || to_at != AT_FDCWD)
		abort();
	return move("rename", SYS_renameat2, from, to, 0);
}

int
renameat2(int at, const char *from, int to_at, const char *to, unsigned flags)
{
	if (at != AT_FDCWD || to_at != AT_FDCWD)
		abort();
	if (getenv("CRASH_NO_RENAMEAT2") != NULL) {
		errno = EINVAL;
		return -1;
	}
	return move("rename", SYS_renameat2, from, to, flags);
}

int
link(const char *from, const char *to)
{
	return move("link", SYS_linkat, from, to, 0);
}

int
unlink(const char *path)
{
	ONE_AT_A_TIME;
	unsigned long k;
	int error;
	int rc;

	if (!watched(path))
		return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	k = ++calls;
	error = verdict(k, false);
	if (error != 0)
		return failed(k, "unlink", error, path);
	rc = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	say(k, "unlink", rc == 0, "%s", path);
	return rc;
}

int
mkdir(const char *path, mode_t mode)
{
	ONE_AT_A_TIME;
	unsigned long k;
	int error;
	int rc;

	if (!watched(path))
		return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
	k = ++calls;
	error = verdict(k, true);
	if (error != 0)
		return failed(k, "mkdir", error, path);
	rc = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
	say(k, "mkdir", rc == 0, "%s\t%o", path, (unsigned)mode);
	return rc;
}

int
ftruncate(int fd, off_t len)
{
	ONE_AT_A_TIME;
	char path[PATH_MAX];
	unsigned long k;
	int error;
	int rc;

	if (!watched(path_of(fd, path)))
		return (int)syscall(SYS_ftruncate, fd, len);
	k = ++calls;
	error = verdict(k, true);
	if (error != 0)
		return failed(k, "truncate", error, path);
	rc = (int)syscall(SYS_ftruncate, fd, len);
	say(k, "truncate", rc == 0, "%s\t%lld", path, (long long)len);
	return rc;
}

/* Of what was open for writing; the descriptor is gone whatever the answer. */
int
close(int fd)
{
	ONE_AT_A_TIME;
	char path[PATH_MAX];
	int flags = fcntl(fd, F_GETFL);
	unsigned long k;
	int error;
	int rc;

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || !watched(path_of(fd, path)))
		return (int)syscall(SYS_close, fd);
	k = ++calls;
	error = verdict(k, true);
	rc = (int)syscall(SYS_close, fd);
	if (error != 0)
		return failed(k, "close", error, path);
	say(k, "close", rc == 0, "%s", path);
	return rc;
}
