/* SPDX-License-Identifier: BSD-2-Clause */
/* file_check of verify/files.h: one file against its sealed description. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/sha256.h"
#include "base/file.h"
#include "verify/files.h"

enum { READ_SIZE = 256 << 10 }; /* stays in the second-level cache between copy and hash */

/* The parts of the file that have a hash of their own. */
struct chunks {
	const uint8_t *hashes;
	uint64_t count;
	uint64_t size;
};

struct check {
	const char *path;  /* below the archive, for findings */
	const char *place; /* to open */
	const struct manifest_file *want;
	struct findings *out;
	uint8_t *buffer; /* READ_SIZE */
	int fd;
	uint64_t size; /* as it is */
};

static struct chunks
chunks_of(const struct manifest_file *want)
{
	if (want->chunk_count > 0)
		return (struct chunks) { want->chunks, want->chunk_count, SHA256_CHUNK };
	return (struct chunks) { want->sha256, want->size > 0, want->size };
}

static void
cannot_open(const struct check *c, const struct fault *f)
{
	if (f->status == STATUS_ABSENT || f->err == ENOTDIR)
		findings_add(c->out, FINDING_FILE_MISSING, c->path, "not there");
	else if (f->status == STATUS_UNSUPPORTED)
		findings_add(c->out, FINDING_FILE_TYPE, c->path, "%s", f->text);
	else
		findings_add(c->out, FINDING_IO, c->path, "%s: %s", f->text,
		    f->err != 0 ? strerror(f->err) : status_text(f->status));
}

/* One part's hash, or the reason why there is none. */
static enum status
hash_part(const struct check *c, uint64_t offset, uint64_t length, uint8_t out[SHA256_SIZE],
    struct fault *f)
{
	struct sha256 *h = NULL;
	enum status rc = sha256_open(&h, f);

	while (rc == STATUS_OK && length > 0) {
		size_t n = length < READ_SIZE ? (size_t)length : READ_SIZE;

		rc = file_read_at(c->fd, c->buffer, n, offset, c->place, f);
		if (rc == STATUS_OK)
			rc = sha256_update(h, c->buffer, n, f);
		offset += n;
		length -= n;
	}
	if (rc == STATUS_OK)
		rc = sha256_finish(h, out, f);
	sha256_free(h);
	return rc;
}

/* A run of neighbouring parts that differ becomes one finding. */
static void
tell_run(const struct check *c, const struct chunks *k, uint64_t first, uint64_t end)
{
	uint64_t from = first * k->size;
	uint64_t to = end * k->size < c->want->size ? end * k->size : c->want->size;

	if (first == end)
		return;
	if (end - first == 1)
		findings_add_at(c->out, FINDING_CHUNK_HASH, c->path, from, to - from,
		    "chunk %llu, bytes %llu to %llu, differs from what was sealed",
		    (unsigned long long)first, (unsigned long long)from,
		    (unsigned long long)(to - 1));
	else
		findings_add_at(c->out, FINDING_CHUNK_HASH, c->path, from, to - from,
		    "chunks %llu to %llu, bytes %llu to %llu, differ from what was sealed",
		    (unsigned long long)first, (unsigned long long)(end - 1),
		    (unsigned long long)from, (unsigned long long)(to - 1));
}

/* Says which parts differ or cannot be read; of a file with another size, of what it has. */
static void
localise(const struct check *c)
{
	const struct chunks k = chunks_of(c->want);
	uint64_t run = 0; /* the first of the parts that differ up to now */

	for (uint64_t i = 0; i < k.count; i++) {
		uint64_t from = i * k.size;
		uint64_t length = c->want->size - from < k.size ? c->want->size - from : k.size;
		uint8_t seen[SHA256_SIZE];
		struct fault f = { .status = STATUS_OK };
		bool differs = false;

		if (c->size < length || from > c->size - length) {
			tell_run(c, &k, run, i);
			return;
		}
		if (hash_part(c, from, length, seen, &f) == STATUS_OK)
			differs = memcmp(seen, k.hashes + i * SHA256_SIZE, SHA256_SIZE) != 0;
		else
			findings_add_at(c->out, FINDING_IO, c->path, from, length,
			    "chunk %llu: %s: %s", (unsigned long long)i, f.text,
			    f.err != 0 ? strerror(f.err) : status_text(f.status));
		if (!differs) {
			tell_run(c, &k, run, i);
			run = i + 1;
		}
	}
	tell_run(c, &k, run, k.count);
}

static void
tell_size(const struct check *c)
{
	uint64_t want = c->want->size;
	uint64_t from = c->size < want ? c->size : want;
	uint64_t length = c->size < want ? want - c->size : c->size - want;

	findings_add_at(c->out, FINDING_FILE_SIZE, c->path, from, length,
	    "%llu bytes, %llu were sealed", (unsigned long long)c->size,
	    (unsigned long long)want);
}

/* Hashes what is there, at most one byte more than was sealed. */
static enum status
hash_whole(const struct check *c, struct digest *d, struct fault *f)
{
	uint64_t left = c->want->size + 1;
	enum status rc = STATUS_OK;
	size_t got = 1;

	while (rc == STATUS_OK && got > 0 && left > 0) {
		rc = file_read(c->fd, c->buffer, left < READ_SIZE ? (size_t)left : READ_SIZE, &got,
		    c->place, f);
		if (rc == STATUS_OK)
			rc = digest_update(d, c->buffer, got, f);
		left -= rc == STATUS_OK ? got : 0;
	}
	return rc == STATUS_OK ? digest_finish(d, f) : rc;
}

static bool
agrees(const struct manifest_file *want, const struct digest *d, bool deep)
{
	if (d->size != want->size || memcmp(d->sha256, want->sha256, SHA256_SIZE) != 0)
		return false;
	return !deep || want->chunk_count == 0 ||
	    (digest_chunk_count(d) == want->chunk_count &&
		memcmp(d->chunks.data, want->chunks, want->chunk_count * SHA256_SIZE) == 0);
}

static void
check_content(const struct check *c, bool deep, uint64_t *bytes)
{
	struct fault f = { .status = STATUS_OK };
	struct digest d = { .size = 0 };
	size_t before = c->out->count;
	enum status rc;

	rc = digest_open(&d, deep, &f);
	if (rc == STATUS_OK)
		rc = hash_whole(c, &d, &f);
	*bytes += d.size;
	if (rc == STATUS_NO_MEMORY) {
		findings_add(c->out, FINDING_IO, c->path, "out of memory");
	} else if (rc != STATUS_OK || !agrees(c->want, &d, deep)) {
		localise(c);
		if (c->out->count == before && rc != STATUS_OK)
			findings_add(c->out, FINDING_IO, c->path, "%s: %s", f.text, strerror(f.err));
		else if (c->out->count == before)
			findings_add_at(c->out, FINDING_CHUNK_HASH, c->path, 0, c->want->size,
			    "the hash of the whole differs, those of the chunks do not: "
			    "was it changed while it was read?");
	}
	digest_free(&d);
}

static void
check_open(struct check *c, bool deep, uint64_t *bytes)
{
	c->buffer = malloc(READ_SIZE);
	if (c->buffer == NULL) {
		findings_add(c->out, FINDING_IO, c->path, "out of memory");
		return;
	}
#ifdef POSIX_FADV_SEQUENTIAL
	(void)posix_fadvise(c->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
	if (c->size != c->want->size) {
		tell_size(c);
		localise(c);
	} else {
		check_content(c, deep, bytes);
	}
	free(c->buffer);
}

void
file_check(const char *archive, const char *path, const struct manifest_file *want, bool deep,
    struct findings *out, uint64_t *bytes)
{
	char place[FILE_PATH_MAX];
	struct check c = { .path = path, .place = place, .want = want, .out = out };
	struct fault f = { .status = STATUS_OK };
	struct stat st;

	if (file_join(place, archive, path, &f) != STATUS_OK) {
		findings_add(out, FINDING_LIMIT, path, "%s", f.text);
		return;
	}
	if (file_open_regular(place, &c.fd, &st, &f) != STATUS_OK) {
		cannot_open(&c, &f);
		return;
	}
	c.size = (uint64_t)st.st_size;
	check_open(&c, deep, bytes);
	close(c.fd);
}
