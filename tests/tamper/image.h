/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_TAMPER_IMAGE_H
#define TESTS_TAMPER_IMAGE_H

/*
 * A small archive as a list of files in memory, and random numbers from a seed.  image_load,
 * edits on a copy (image_copy), image_write to change the tree on the disk from one to the other.
 */

#include <dirent.h>

#include "tests/verify/forge.h"

enum { IMAGE_FILES_MAX = 64, IMAGE_NAME_MAX = 200 };

struct file {
	char path[IMAGE_NAME_MAX]; /* below the archive */
	struct buf data;
};

struct image {
	struct file files[IMAGE_FILES_MAX];
	size_t count;
};

/* splitmix64 */
static inline uint64_t
random_next(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 to n - 1; 0 where n is 0. */
static inline size_t
random_below(uint64_t *seed, size_t n)
{
	return n == 0 ? 0 : (size_t)(random_next(seed) % n);
}

static inline struct file *
image_find(struct image *m, const char *path)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->files[i].path, path) == 0)
			return &m->files[i];
	return NULL;
}

static inline void
file_set(struct file *f, const void *data, size_t len)
{
	struct buf b;

	buf_init(&b, 0);
	buf_put(&b, data, len);
	assert_true(buf_ok(&b));
	buf_free(&f->data);
	f->data = b;
}

/* A new one or the one of that path, with these bytes; NULL where there is no room. */
static inline struct file *
image_put(struct image *m, const char *path, const void *data, size_t len)
{
	struct file *f = image_find(m, path);

	if (f == NULL && m->count == IMAGE_FILES_MAX)
		return NULL;
	if (f == NULL) {
		f = &m->files[m->count++];
		memset(f, 0, sizeof *f);
		snprintf(f->path, sizeof f->path, "%s", path);
	}
	file_set(f, data, len);
	return f;
}

static inline void
image_remove(struct image *m, struct file *f)
{
	buf_free(&f->data);
	*f = m->files[--m->count];
}

static inline void
image_free(struct image *m)
{
	for (size_t i = 0; i < m->count; i++)
		buf_free(&m->files[i].data);
	m->count = 0;
}

static inline void
image_copy(struct image *to, const struct image *from)
{
	image_free(to);
	for (size_t i = 0; i < from->count; i++)
		assert_non_null(image_put(to, from->files[i].path, from->files[i].data.data,
		    from->files[i].data.len));
}

static inline void
image_load_dir(struct image *m, const char *archive, const char *below)
{
	char dir[FILE_PATH_MAX];
	struct dirent *e;
	DIR *d;

	snprintf(dir, sizeof dir, "%s/%s", archive, below);
	d = opendir(dir);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		char path[IMAGE_NAME_MAX];
		char place[FILE_PATH_MAX];
		struct stat st;
		struct buf b;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    strcmp(e->d_name, "open") == 0)
			continue;
		assert_true(snprintf(path, sizeof path, "%s%s%s", below, below[0] == '\0' ? "" : "/",
		    e->d_name) < (int)sizeof path);
		assert_int_equal(file_join(place, archive, path, NULL), STATUS_OK);
		assert_int_equal(lstat(place, &st), 0);
		if (S_ISDIR(st.st_mode)) {
			image_load_dir(m, archive, path);
			continue;
		}
		buf_init(&b, 0);
		assert_int_equal(file_slurp(place, 1 << 20, &b, NULL), STATUS_OK);
		assert_non_null(image_put(m, path, b.data, b.len));
		buf_free(&b);
	}
	closedir(d);
}

static inline bool
same_bytes(const struct file *a, const struct file *b)
{
	return a->data.len == b->data.len &&
	    (a->data.len == 0 || memcmp(a->data.data, b->data.data, a->data.len) == 0);
}

/* The tree, which is as `from`, becomes as `to`. */
static inline void
image_write(const char *archive, struct image *from, struct image *to)
{
	char place[FILE_PATH_MAX];

	for (size_t i = 0; i < from->count; i++) {
		const struct file *kept = image_find(to, from->files[i].path);

		if (kept != NULL && same_bytes(kept, &from->files[i]))
			continue;
		assert_int_equal(file_join(place, archive, from->files[i].path, NULL), STATUS_OK);
		assert_int_equal(unlink(place), 0);
	}
	for (size_t i = 0; i < to->count; i++) {
		const struct file *was = image_find(from, to->files[i].path);
		int fd = -1;

		if (was != NULL && same_bytes(was, &to->files[i]))
			continue;
		assert_int_equal(file_join(place, archive, to->files[i].path, NULL), STATUS_OK);
		assert_int_equal(file_create(place, 0644, &fd, NULL), STATUS_OK);
		assert_int_equal(file_write_all(fd, to->files[i].data.data, to->files[i].data.len, place,
		    NULL), STATUS_OK);
		assert_int_equal(close(fd), 0);
	}
}

/* Is there, under whatever name, a file with these bytes? */
static inline bool
image_has_bytes(const struct image *m, const struct file *wanted)
{
	for (size_t i = 0; i < m->count; i++)
		if (same_bytes(&m->files[i], wanted))
			return true;
	return false;
}

#endif
