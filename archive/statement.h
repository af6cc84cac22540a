/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_STATEMENT_H
#define ARCHIVE_STATEMENT_H

/*
 * A block statement (nfseal-archive(5), JOURNAL): by it the key of the open segment n vouches
 * for a run of octets of one of its files, which are durable.  Statements form a chain, and the
 * first one, which vouches for no octets, names the segment's stem, source and options.
 *
 * In the file of statements each is its canonical text, whose line feed is signed too, and a
 * line of 128 hex digits, the signature.
 */

#include "archive/manifest.h"

#define STATEMENT_FORMAT "nfseal-block/1"
#define STATEMENT_SUFFIX "statements"

enum { STATEMENT_SIZE_MAX = 1 << 20, STATEMENT_NAME_MAX = 128 };

struct statement {
	char archive[ARCHIVE_ID_HEX];
	uint64_t sequence; /* of the open segment */
	uint64_t index;    /* from 0 */
	uint8_t previous[SHA256_SIZE]; /* hash of the statement before; of index 0: see the page */
	struct manifest_time made;
	bool opens;       /* index 0: stem, facts->source and facts->options hold */
	const char *stem; /* NULL where it does not open */
	const char *file; /* NULL where it vouches for nothing; STEM.SUFFIX, without ".part" */
	uint64_t offset;
	uint64_t length;
	uint8_t sha256[SHA256_SIZE]; /* of these octets */
	struct manifest *facts; /* interval and counts so far; what was found since the one before */
};

/* The canonical text, appended to out; only memory can fail (buf_ok). */
void statement_write(const struct statement *s, struct buf *out);
/* Checks all but the signature.  What *out points to is its own, to be freed. */
MUST_USE enum status statement_parse(const void *data, size_t len, const char *name,
    struct statement *out, struct fault *f);
void statement_free(struct statement *s); /* of statement_parse only */

/* The chain of statements of one segment, as far as it holds. */
struct statement_chain {
	char archive[ARCHIVE_ID_HEX];
	uint64_t sequence;
	uint8_t key[KEY_SIZE];         /* public */
	uint64_t next;                 /* index of the next one */
	uint8_t sha256[SHA256_SIZE];   /* of the last one's text */
};

/*
 * The next statement of a file's octets: text and signature from *at on, which moves behind
 * them.  STATUS_END at len; STATUS_TRUNCATED, MALFORMED or DIFFERS where nothing that is vouched
 * for follows.  *out as statement_parse gives it.
 */
MUST_USE enum status statement_next(struct statement_chain *c, const uint8_t *data, size_t len,
    size_t *at, const char *name, struct statement *out, struct fault *f);

#endif
