/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_PAGE_H
#define VERIFY_PAGE_H

/*
 * A signed JSON file as it lies on the disk: its bytes, their hash, and the signature
 * beside it.  Nothing of it is parsed here.  page_read again and again, page_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/key.h"
#include "archive/sha256.h"
#include "base/buf.h"
#include "base/file.h"
#include "verify/finding.h"

struct page {
	struct buf bytes;
	uint8_t sha256[SHA256_SIZE];
	bool read;   /* the two above hold; of a large one, the hash alone */
	uint64_t large; /* octets of one above the limit, which page_look_large has read; 0: none */
	unsigned looked; /* how many times it did, with this page */
	bool sealed; /* a signature of the right size is there */
	uint8_t signature[SIGNATURE_SIZE];
	char place[FILE_PATH_MAX];          /* where it lies */
	char path[FILE_PATH_MAX];           /* below the archive */
	char signature_path[FILE_PATH_MAX]; /* .json replaced by .sig */
	struct fault fault;                 /* of the bytes */
	struct fault signature_fault;
};

/* At most limit bytes of path below the archive, which ends in .json. */
void page_read(struct page *p, const char *archive, const char *path, size_t limit);
/*
 * Bytes above the limit, up to PAGE_LARGE_MAX of them: not held, but hashed, and page_signed_by works, so
 * that what was properly signed and breaks the format is told from what was not.  The first few of a page's
 * life only: many were planted to cost time.
 */
enum { PAGE_LARGE_MAX = 128 << 20, PAGE_LOOKS_MAX = 8 };
void page_look_large(struct page *p);
/*
 * The key's own weakness counts as no signature; what could not be computed for want of memory
 * sets *no_memory, and says nothing of the signature.
 */
bool page_signed_by(const struct page *p, const uint8_t key[KEY_SIZE], bool *no_memory);
/* Memory did not suffice to read it. */
bool page_no_memory(const struct page *p);
/* Why there are no bytes, or no signature to check. */
void page_tell_bytes(const struct page *p, struct findings *out);
void page_tell_signature(const struct page *p, struct findings *out);
void page_free(struct page *p);

#endif
