/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_FILE_H
#define BASE_FILE_H

/*
 * Files and directories: create, read, write, make durable, rename without replacing.
 * Every system call on evidence goes through here, so that tests can see and fail it.
 * A failed fsync is final: the caller stops and never retries.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/status.h"

MUST_USE enum status file_open_read(const char *path, int *fd, struct fault *f); /* O_CLOEXEC */
/* As above, but refuses symlinks and whatever is no regular file; st may be NULL. */
MUST_USE enum status file_open_regular(const char *path, int *fd, struct stat *st, struct fault *f);
/* O_CREAT|O_EXCL|O_RDWR. */
MUST_USE enum status file_create(const char *path, mode_t mode, int *fd, struct fault *f);
MUST_USE enum status file_write_all(int fd, const void *data, size_t len, const char *path,
    struct fault *f);
/* A text for people or programs to standard output or error, which must be there whole. */
MUST_USE enum status file_print(int fd, const struct buf *text, struct fault *f);
/* Up to len bytes, retried over EINTR; *got is 0 at the end. */
MUST_USE enum status file_read(int fd, void *data, size_t len, size_t *got, const char *path,
    struct fault *f);
/* Exactly len bytes at offset, else STATUS_TRUNCATED. */
MUST_USE enum status file_read_at(int fd, void *data, size_t len, uint64_t offset,
    const char *path, struct fault *f);
MUST_USE enum status file_sync(int fd, const char *path, struct fault *f);
MUST_USE enum status file_sync_dir(const char *path, struct fault *f);
/* Drops the file's clean pages from the cache, where the system can (else nothing). */
void file_drop_cache(int fd);
MUST_USE enum status file_close(int fd, const char *path, struct fault *f);

/* The whole regular file, at most limit bytes (STATUS_LIMIT above), appended to out. */
MUST_USE enum status file_slurp(const char *path, size_t limit, struct buf *out, struct fault *f);
/* Create, write, fsync, close; the directory is not synced. */
MUST_USE enum status file_write_new(const char *path, mode_t mode, const void *data, size_t len,
    struct fault *f);
/* Write to a temporary name beside it, fsync, rename over, fsync the directory: for state files. */
MUST_USE enum status file_replace(const char *path, mode_t mode, const void *data, size_t len,
    struct fault *f);
/* The same without fsync: what others read now, and nobody misses after a crash. */
MUST_USE enum status file_publish(const char *path, mode_t mode, const void *data, size_t len,
    struct fault *f);
/*
 * Fails with STATUS_EXISTS where `to` is there (renameat2 RENAME_NOREPLACE, else link and
 * unlink), unless it is `from` itself, whose renaming was interrupted and is finished.
 */
MUST_USE enum status file_rename_new(const char *from, const char *to, struct fault *f);
/* Cuts a regular file back to so many octets, durable when it returns. */
MUST_USE enum status file_truncate(const char *path, uint64_t size, struct fault *f);
MUST_USE enum status file_unlink(const char *path, struct fault *f);
/* Creates what is missing of path, each new directory's parent synced. */
MUST_USE enum status file_make_dirs(const char *path, mode_t mode, struct fault *f);
/* An exclusive advisory lock on a file that is created if absent; STATUS_LOCKED if held. */
MUST_USE enum status file_lock(const char *path, int *fd, struct fault *f);
bool file_exists(const char *path); /* lstat says so */

/* dir + "/" + name into out; STATUS_LIMIT if it does not fit. */
enum { FILE_PATH_MAX = 4096 };
MUST_USE enum status file_join(char out[FILE_PATH_MAX], const char *dir, const char *name,
    struct fault *f);
/* The directory part of path ("." if none). */
void file_parent(char out[FILE_PATH_MAX], const char *path);

#endif
