/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_LINEAGE_H
#define ARCHIVE_LINEAGE_H

/*
 * The manifests of an archive that the chain proves, for readers: forward by signatures
 * from the genesis and, behind a damaged one, backward by hashes from the known head.
 */

#include "archive/anchor.h"
#include "archive/chain.h"
#include "archive/reader.h"

struct lineage_segment {
	char *path; /* of the manifest */
	uint64_t sequence;
	uint8_t sha256[SHA256_SIZE];
	bool hashed;         /* there is a manifest, and that is its hash */
	struct manifest_span flows; /* of proven ones */
	bool unproven;       /* archive/unproven: nothing is to be believed of it */
	const char *finding; /* why */
};

struct lineage {
	struct lineage_segment *segments; /* by sequence; missing ones are left out */
	size_t count;
	uint64_t missing; /* sequences that exist and could not be proven */
	uint64_t unsigned_ones; /* at least so many that hashes prove, and their own signature does not */
	bool forked; /* two valid manifests for one sequence: only a known head says which is read */
};

/*
 * head: the known one, or NULL.  Tells each break by the notice.  end (may be NULL): where the
 * signatures led to.
 */
MUST_USE enum status lineage_walk(const char *archive, const struct chain *start,
    const struct anchor *head, reader_notice notice, void *ctx, struct lineage *out,
    struct chain *end, struct fault *f);
void lineage_free(struct lineage *l);

/* A signed text (PATH ends in .json) and the signature beside it. */
MUST_USE enum status lineage_read(const char *path, struct buf *text,
    uint8_t signature[SIGNATURE_SIZE], struct fault *f);

#endif
