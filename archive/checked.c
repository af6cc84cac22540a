/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/checked.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/prefetch.h"

/* Columns of a row group are read side by side: several chunks are in use at a time. */
enum { SLOT_COUNT = 8 };

struct slot {
	uint8_t *data; /* SHA256_CHUNK bytes */
	uint64_t chunk;
	uint64_t used; /* when, in reads; 0: empty */
};

struct checked {
	int fd;
	char path[FILE_PATH_MAX];
	uint64_t size;
	uint8_t *hashes; /* of each chunk; of the whole where that is but one */
	uint64_t reads;
	void (*told)(void *ctx, const struct fault *why); /* NULL: what differs is refused */
	void *told_ctx;
	struct slot slots[SLOT_COUNT];
	uint64_t last; /* chunk that was loaded */
	struct prefetch *ahead; /* NULL: nothing is read in order, or there is no thread for it */
};

static enum status
copy_hashes(struct checked *c, const struct manifest_file *file, struct fault *f)
{
	size_t n = file->chunk_count == 0 ? 1 : file->chunk_count;

	c->hashes = calloc(n, SHA256_SIZE);
	if (c->hashes == NULL)
		return fault_memory(f);
	memcpy(c->hashes, file->chunk_count == 0 ? file->sha256 : file->chunks, n * SHA256_SIZE);
	return STATUS_OK;
}

enum status
checked_open(const char *path, const struct manifest_file *file, struct checked **out,
    struct fault *f)
{
	struct checked *c = calloc(1, sizeof *c);
	struct stat st;
	enum status rc;

	if (c == NULL)
		return fault_memory(f);
	c->fd = -1;
	c->size = file->size;
	if (strlen(path) >= sizeof c->path)
		rc = fault_set(f, STATUS_LIMIT, path, "the path is too long");
	else
		rc = copy_hashes(c, file, f);
	if (rc == STATUS_OK) {
		memcpy(c->path, path, strlen(path) + 1);
		rc = file_open_regular(path, &c->fd, &st, f);
	}
	if (rc == STATUS_OK && (uint64_t)st.st_size != file->size)
		rc = fault_set(f, STATUS_DIFFERS, path, "FILE_SIZE: %llu bytes where %llu were sealed",
		    (unsigned long long)st.st_size, (unsigned long long)file->size);
	if (rc == STATUS_OK)
		*out = c;
	else
		checked_free(c);
	return rc;
}

/* The slot that was not used for the longest time. */
static struct slot *
oldest(struct checked *c)
{
	struct slot *found = &c->slots[0];

	for (size_t i = 1; i < SLOT_COUNT; i++)
		if (c->slots[i].used < found->used)
			found = &c->slots[i];
	return found;
}

/* A chunk as it is in the file, and whether that is what was sealed: STATUS_DIFFERS otherwise. */
static enum status
read_chunk(void *ctx, uint64_t chunk, uint8_t *data, struct fault *f)
{
	const struct checked *c = ctx;
	uint64_t offset = chunk * SHA256_CHUNK;
	uint64_t left = c->size - offset;
	size_t len = left > SHA256_CHUNK ? SHA256_CHUNK : (size_t)left;
	uint8_t hash[SHA256_SIZE];
	enum status rc = file_read_at(c->fd, data, len, offset, c->path, f);

	if (rc == STATUS_OK)
		rc = sha256_of(data, len, hash, f);
	if (rc == STATUS_OK && memcmp(hash, c->hashes + chunk * SHA256_SIZE, SHA256_SIZE) != 0)
		rc = fault_at(f, STATUS_DIFFERS, c->path, offset, "CHUNK_HASH: the chunk of %zu bytes "
		    "differs from what was sealed", len);
	return rc;
}

/* The next one is read and hashed meanwhile, where the last ones came in order. */
static enum status
get_chunk(struct checked *c, struct slot *s, uint64_t chunk, struct fault *f)
{
	bool in_order = chunk == c->last + 1;
	enum status rc = STATUS_OK;

	c->last = chunk;
	if (c->ahead == NULL || !prefetch_take(c->ahead, chunk, &s->data, &rc, f))
		rc = read_chunk(c, chunk, s->data, f);
	if (!in_order || (chunk + 1) * SHA256_CHUNK >= c->size)
		return rc;
	if (c->ahead != NULL || prefetch_open(SHA256_CHUNK, read_chunk, c, &c->ahead, NULL) == STATUS_OK)
		prefetch_ask(c->ahead, chunk + 1);
	return rc;
}

static enum status
load(struct checked *c, uint64_t chunk, struct slot **out, struct fault *f)
{
	struct slot *s = oldest(c);
	struct fault why = { 0 };
	enum status rc;

	if (s->data == NULL && (s->data = malloc(SHA256_CHUNK)) == NULL)
		return fault_memory(f);
	s->used = 0;
	rc = get_chunk(c, s, chunk, &why);
	if (rc == STATUS_DIFFERS && c->told != NULL) {
		c->told(c->told_ctx, &why);
		rc = STATUS_OK;
	}
	if (rc != STATUS_OK) {
		if (f != NULL && f->status == STATUS_OK)
			*f = why;
		return rc;
	}
	s->chunk = chunk;
	*out = s;
	return STATUS_OK;
}

static enum status
chunk_of(struct checked *c, uint64_t chunk, struct slot **out, struct fault *f)
{
	for (size_t i = 0; i < SLOT_COUNT; i++) {
		if (c->slots[i].used != 0 && c->slots[i].chunk == chunk) {
			*out = &c->slots[i];
			return STATUS_OK;
		}
	}
	return load(c, chunk, out, f);
}

enum status
checked_read(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f)
{
	struct checked *c = ctx;
	uint8_t *to = data;

	if (len > c->size || offset > c->size - len)
		return fault_at(f, STATUS_MALFORMED, c->path, offset, "a read beyond the file's end");
	while (len > 0) {
		size_t at = (size_t)(offset % SHA256_CHUNK);
		size_t n = SHA256_CHUNK - at < len ? SHA256_CHUNK - at : len;
		struct slot *s = NULL;
		enum status rc = chunk_of(c, offset / SHA256_CHUNK, &s, f);

		if (rc != STATUS_OK)
			return rc;
		s->used = ++c->reads;
		memcpy(to, s->data + at, n);
		to += n;
		offset += n;
		len -= n;
	}
	return STATUS_OK;
}

void
checked_tolerate(struct checked *c, void (*told)(void *ctx, const struct fault *why), void *ctx)
{
	c->told = told;
	c->told_ctx = ctx;
}

void
checked_free(struct checked *c)
{
	if (c == NULL)
		return;
	prefetch_free(c->ahead);
	for (size_t i = 0; i < SLOT_COUNT; i++)
		free(c->slots[i].data);
	free(c->hashes);
	if (c->fd >= 0)
		(void)close(c->fd);
	free(c);
}
