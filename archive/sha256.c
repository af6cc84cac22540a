/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/sha256.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

struct sha256 {
	EVP_MD_CTX *ctx;
};

enum { READ_SIZE = 256 << 10 };

static enum status
library_fault(struct fault *f)
{
	return fault_set(f, STATUS_NO_MEMORY, NULL, "the library's SHA-256 failed");
}

enum status
sha256_of(const void *data, size_t len, uint8_t out[SHA256_SIZE], struct fault *f)
{
	uint8_t got[SHA256_SIZE];

	if (EVP_Digest(data, len, got, NULL, EVP_sha256(), NULL) != 1)
		return library_fault(f);
	memcpy(out, got, SHA256_SIZE);
	return STATUS_OK;
}

enum status
sha256_open(struct sha256 **out, struct fault *f)
{
	struct sha256 *h = calloc(1, sizeof *h);

	if (h == NULL)
		return fault_memory(f);
	h->ctx = EVP_MD_CTX_new();
	if (h->ctx == NULL || EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) != 1) {
		sha256_free(h);
		return library_fault(f);
	}
	*out = h;
	return STATUS_OK;
}

enum status
sha256_update(struct sha256 *h, const void *data, size_t len, struct fault *f)
{
	if (EVP_DigestUpdate(h->ctx, data, len) != 1)
		return library_fault(f);
	return STATUS_OK;
}

enum status
sha256_finish(struct sha256 *h, uint8_t out[SHA256_SIZE], struct fault *f)
{
	if (EVP_DigestFinal_ex(h->ctx, out, NULL) != 1 ||
	    EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) != 1)
		return library_fault(f);
	return STATUS_OK;
}

void
sha256_free(struct sha256 *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

enum status
digest_open(struct digest *d, bool with_chunks, struct fault *f)
{
	enum status rc;

	memset(d, 0, sizeof *d);
	buf_init(&d->chunks, 0);
	rc = sha256_open(&d->whole, f);
	if (rc == STATUS_OK && with_chunks)
		rc = sha256_open(&d->chunk, f);
	if (rc != STATUS_OK)
		digest_free(d);
	return rc;
}

static enum status
end_chunk(struct digest *d, struct fault *f)
{
	uint8_t *place = buf_grow(&d->chunks, SHA256_SIZE);

	if (place == NULL)
		return fault_memory(f);
	d->in_chunk = 0;
	return sha256_finish(d->chunk, place, f);
}

static enum status
update_chunks(struct digest *d, const uint8_t *p, size_t len, struct fault *f)
{
	while (len > 0) {
		size_t n = SHA256_CHUNK - d->in_chunk;
		enum status rc;

		if (n > len)
			n = len;
		rc = sha256_update(d->chunk, p, n, f);
		d->in_chunk += n;
		if (rc == STATUS_OK && d->in_chunk == SHA256_CHUNK)
			rc = end_chunk(d, f);
		if (rc != STATUS_OK)
			return rc;
		p += n;
		len -= n;
	}
	return STATUS_OK;
}

enum status
digest_update(struct digest *d, const void *data, size_t len, struct fault *f)
{
	enum status rc = sha256_update(d->whole, data, len, f);

	d->size += len;
	if (rc == STATUS_OK && d->chunk != NULL)
		rc = update_chunks(d, data, len, f);
	return rc;
}

enum status
digest_finish(struct digest *d, struct fault *f)
{
	enum status rc = sha256_finish(d->whole, d->sha256, f);

	if (rc == STATUS_OK && d->chunk != NULL && d->in_chunk > 0)
		rc = end_chunk(d, f);
	if (d->size <= SHA256_CHUNK)
		buf_reset(&d->chunks); /* the whole's hash says it all */
	d->finished = rc == STATUS_OK;
	return rc;
}

enum status
digest_read(struct digest *d, int fd, const char *path, struct fault *f)
{
	uint8_t *data = malloc(READ_SIZE);
	enum status rc = data == NULL ? fault_memory(f) : STATUS_OK;

	while (rc == STATUS_OK) {
		size_t got;

		rc = file_read(fd, data, READ_SIZE, &got, path, f);
		if (rc != STATUS_OK || got == 0)
			break;
		rc = digest_update(d, data, got, f);
	}
	free(data);
	return rc;
}

size_t
digest_chunk_count(const struct digest *d)
{
	return d->chunks.len / SHA256_SIZE;
}

bool
digest_equal(const struct digest *a, const struct digest *b)
{
	if (!a->finished || !b->finished || a->size != b->size ||
	    memcmp(a->sha256, b->sha256, SHA256_SIZE) != 0)
		return false;
	if (a->chunk == NULL || b->chunk == NULL)
		return true;
	return a->chunks.len == b->chunks.len &&
	    (a->chunks.len == 0 || memcmp(a->chunks.data, b->chunks.data, a->chunks.len) == 0);
}

void
digest_free(struct digest *d)
{
	sha256_free(d->whole);
	sha256_free(d->chunk);
	buf_free(&d->chunks);
	memset(d, 0, sizeof *d);
}
