/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/segment.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum status
segment_file_create(struct segment_file *s, const char *open_dir, const char *stem,
    const char *suffix, struct fault *f)
{
	enum status rc;
	int n;

	memset(s, 0, sizeof *s);
	s->fd = -1;
	n = snprintf(s->name, sizeof s->name, "%s.%s", stem, suffix);
	if (n < 0 || n >= (int)sizeof s->name)
		return fault_set(f, STATUS_LIMIT, suffix, "the name is too long");
	n = snprintf(s->path, sizeof s->path, "%s/%s.part", open_dir, s->name);
	if (n < 0 || n >= (int)sizeof s->path)
		return fault_set(f, STATUS_LIMIT, open_dir, "the path is too long");
	rc = digest_open(&s->digest, true, f);
	if (rc == STATUS_OK)
		rc = file_create(s->path, 0644, &s->fd, f);
	if (rc != STATUS_OK)
		segment_file_free(s);
	return rc;
}

static enum status
write_hashed(void *ctx, const void *data, size_t len, struct fault *f)
{
	struct segment_file *s = ctx;
	enum status rc = file_write_all(s->fd, data, len, s->path, f);

	return rc == STATUS_OK ? digest_update(&s->digest, data, len, f) : rc;
}

struct sink
segment_file_sink(struct segment_file *s)
{
	return (struct sink) { .write = write_hashed, .ctx = s };
}

static enum status
read_back(const struct segment_file *s, struct fault *f)
{
	struct digest again;
	enum status rc;
	int fd;

	/* without the chunks' hashes: where the whole's is the same, the octets are */
	rc = digest_open(&again, false, f);
	if (rc != STATUS_OK)
		return rc;
	rc = file_open_regular(s->path, &fd, NULL, f);
	if (rc == STATUS_OK) {
		rc = digest_read(&again, fd, s->path, f);
		(void)close(fd);
	}
	if (rc == STATUS_OK)
		rc = digest_finish(&again, f);
	if (rc == STATUS_OK && !digest_equal(&again, &s->digest))
		rc = fault_set(f, STATUS_DIFFERS, s->path,
		    "read back it differs from what was written: memory or storage is failing");
	digest_free(&again);
	return rc;
}

enum status
segment_file_finish(struct segment_file *s, struct fault *f)
{
	char dir[FILE_PATH_MAX];
	enum status rc = file_sync(s->fd, s->path, f);
	enum status closed;

	if (rc == STATUS_OK)
		file_drop_cache(s->fd);
	closed = file_close(s->fd, s->path, rc == STATUS_OK ? f : NULL);
	s->fd = -1;
	if (rc == STATUS_OK)
		rc = closed;
	/* Its name too: what is decided must find its files after a power loss. */
	file_parent(dir, s->path);
	if (rc == STATUS_OK)
		rc = file_sync_dir(dir, f);
	if (rc == STATUS_OK)
		rc = digest_finish(&s->digest, f);
	return rc == STATUS_OK ? read_back(s, f) : rc;
}

struct manifest_file
segment_file_entry(const struct segment_file *s)
{
	struct manifest_file file = { .name = s->name, .size = s->digest.size,
		.chunks = s->digest.chunks.data, .chunk_count = digest_chunk_count(&s->digest) };

	memcpy(file.sha256, s->digest.sha256, SHA256_SIZE);
	return file;
}

void
segment_file_free(struct segment_file *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
	digest_free(&s->digest);
}
