/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_PLACE_H
#define BASE_PLACE_H

/*
 * Looking at files by their paths, also where the process has given up to open any by path: in
 * FreeBSD's capability mode what lies below the directories that place_keep opened before is found from
 * there, by the same paths, and nothing else is.  Everywhere else these are the system's own calls.
 */

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* Each as the call of that name: -1 or NULL, and errno. */
int place_open(const char *path, int flags); /* of what is there */
int place_lstat(const char *path, struct stat *st);
int place_stat(const char *path, struct stat *st);
DIR *place_opendir(const char *path);
char *place_realpath(const char *path); /* to be freed; of a kept directory only */

#ifdef __FreeBSD__
/*
 * Opens the directories, with the right to read what lies below and no other; one that is not there
 * stays so.  Once, while there is one thread; they are kept for the process's life.  False, and nothing
 * is kept, where that is impossible.
 */
bool place_keep(const char *const *directories, size_t count);
#endif

#endif
