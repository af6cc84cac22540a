/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#ifdef __FreeBSD__

#include <string.h>
#include <sys/capsicum.h>
#include <unistd.h>

struct kept {
	char *name; /* as it was called */
	char *real; /* as realpath calls it; NULL where it was not there */
	int fd;     /* -1: it was not there */
};

/*
 * The process's, as its capability mode is: written once, before there are threads, by place_keep.
 */
static struct {
	struct kept *list;
	size_t count;
} all;

/* The rest of the path below a directory of that name, "." for itself; NULL where it is not below. */
static const char *
below(const char *path, const char *name)
{
	size_t len = name == NULL ? 0 : strlen(name);

	while (len > 1 && name[len - 1] == '/')
		len--;
	if (len == 0 || strncmp(path, name, len) != 0)
		return NULL;
	path += len;
	if (name[len - 1] != '/' && *path != '/' && *path != '\0')
		return NULL;
	path += strspn(path, "/");
	return *path == '\0' ? "." : path;
}

/* The kept directory that the path is below by the most; NULL where none is. */
static const struct kept *
find(const char *path, const char **rest)
{
	const struct kept *best = NULL;

	for (size_t i = 0; i < all.count; i++) {
		const struct kept *k = &all.list[i];
		const char *by_name = below(path, k->name);
		const char *by_real = below(path, k->real);
		const char *got = by_name != NULL ? by_name : by_real;

		if (got == NULL || (best != NULL && strlen(got) >= strlen(*rest)))
			continue;
		best = k;
		*rest = got;
	}
	return best;
}

/*
 * From where to look for *rest: AT_FDCWD and the path itself where no kept directory is meant, then the
 * system judges; -1 and errno where that was not there.
 */
static int
start(const char *path, const char **rest)
{
	const struct kept *k = find(path, rest);

	if (k == NULL) {
		*rest = path;
		return AT_FDCWD;
	}
	errno = ENOENT;
	return k->fd;
}

int
place_open(const char *path, int flags)
{
	const char *rest;
	int dir = start(path, &rest);

	return dir == -1 ? -1 : openat(dir, rest, flags);
}

int
place_lstat(const char *path, struct stat *st)
{
	const char *rest;
	int dir = start(path, &rest);

	return dir == -1 ? -1 : fstatat(dir, rest, st, AT_SYMLINK_NOFOLLOW);
}

int
place_stat(const char *path, struct stat *st)
{
	const char *rest;
	int dir = start(path, &rest);

	return dir == -1 ? -1 : fstatat(dir, rest, st, 0);
}

DIR *
place_opendir(const char *path)
{
	int fd = place_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && d == NULL)
		(void)close(fd);
	return d;
}

char *
place_realpath(const char *path)
{
	const char *rest;
	const struct kept *k = find(path, &rest);

	if (k == NULL)
		return realpath(path, NULL);
	if (k->real != NULL && strcmp(rest, ".") == 0)
		return strdup(k->real);
	errno = ENOENT;
	return NULL;
}

static void
forget(void)
{
	for (size_t i = 0; i < all.count; i++) {
		if (all.list[i].fd >= 0)
			(void)close(all.list[i].fd);
		free(all.list[i].name);
		free(all.list[i].real);
	}
	free(all.list);
	all.list = NULL;
	all.count = 0;
}

static bool
keep(struct kept *k, const char *directory)
{
	cap_rights_t rights;

	k->fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	k->name = strdup(directory);
	k->real = k->fd < 0 ? NULL : realpath(directory, NULL);
	if (k->name == NULL || (k->fd >= 0 && k->real == NULL))
		return false;
	if (k->fd < 0)
		return true;
	/* What is opened below has these rights too: fdopendir asks for the last two. */
	cap_rights_init(&rights, CAP_READ, CAP_SEEK, CAP_LOOKUP, CAP_FSTAT, CAP_FSTATFS, CAP_FCNTL);
	return cap_rights_limit(k->fd, &rights) == 0 || errno == ENOSYS;
}

bool
place_keep(const char *const *directories, size_t count)
{
	bool ok = true;

	if (count == 0 || all.list != NULL)
		return false;
	all.list = calloc(count, sizeof *all.list);
	if (all.list == NULL)
		return false;
	for (; all.count < count && ok; all.count++)
		ok = keep(&all.list[all.count], directories[all.count]);
	if (!ok)
		forget();
	return ok;
}

#else

int
place_open(const char *path, int flags)
{
	return open(path, flags);
}

int
place_lstat(const char *path, struct stat *st)
{
	return lstat(path, st);
}

int
place_stat(const char *path, struct stat *st)
{
	return stat(path, st);
}

DIR *
place_opendir(const char *path)
{
	return opendir(path);
}

char *
place_realpath(const char *path)
{
	return realpath(path, NULL);
}

#endif
