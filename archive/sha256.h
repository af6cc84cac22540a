/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_SHA256_H
#define ARCHIVE_SHA256_H

/*
 * SHA-256 (FIPS 180-4), thin over OpenSSL's EVP: of bytes at once, of a stream, and of a
 * file as manifests describe it: its size, the hash of the whole and, above 1 MiB, the
 * hash of each 1 MiB chunk (nfseal-archive(5), FILES).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sink.h"
#include "base/status.h"

enum { SHA256_SIZE = 32, SHA256_HEX = 65, SHA256_CHUNK = 1 << 20 };

MUST_USE enum status sha256_of(const void *data, size_t len, uint8_t out[SHA256_SIZE],
    struct fault *f);

struct sha256;

MUST_USE enum status sha256_open(struct sha256 **out, struct fault *f);
MUST_USE enum status sha256_update(struct sha256 *h, const void *data, size_t len, struct fault *f);
/* The hash of all since open or the last finish; the state is new afterwards. */
MUST_USE enum status sha256_finish(struct sha256 *h, uint8_t out[SHA256_SIZE], struct fault *f);
void sha256_free(struct sha256 *h);

/* A file as it is told byte by byte.  digest_open, digest_update..., digest_finish, digest_free. */
struct digest {
	uint64_t size;
	uint8_t sha256[SHA256_SIZE]; /* after digest_finish */
	struct buf chunks;           /* SHA256_SIZE bytes each; empty for files up to 1 MiB */
	bool finished;
	size_t in_chunk;
	struct sha256 *whole;
	struct sha256 *chunk;
};

/* with_chunks false: only size and whole. */
MUST_USE enum status digest_open(struct digest *d, bool with_chunks, struct fault *f);
MUST_USE enum status digest_update(struct digest *d, const void *data, size_t len, struct fault *f);
MUST_USE enum status digest_finish(struct digest *d, struct fault *f);
/* All that is left to read of an open file. */
MUST_USE enum status digest_read(struct digest *d, int fd, const char *path, struct fault *f);
size_t digest_chunk_count(const struct digest *d);
/* The same size, hash and chunks; both finished. */
bool digest_equal(const struct digest *a, const struct digest *b);
void digest_free(struct digest *d); /* a zeroed one too */

#endif
