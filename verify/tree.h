/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_TREE_H
#define VERIFY_TREE_H

/*
 * The directory tree of an archive.  Links are never followed, nothing is opened but the
 * first bytes of what is called *.manifest.json, and what a candidate says of itself, by
 * name or by its first bytes, is only a hint about where to try it: what counts is the
 * signature.  tree_open, look-ups, tree_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/claims.h"
#include "archive/manifest.h"
#include "base/status.h"

enum {
	TREE_DEPTH_MAX = 16,          /* directories below the archive; layouts have four at most */
	TREE_CANDIDATES_MAX = 1 << 24
};

/* In open/ and quarantine/: what was never sealed, and is never evidence. */
bool tree_unsealed(const char *path);

enum tree_type {
	TREE_REGULAR,
	TREE_OTHER,  /* a link, a FIFO, a device, a socket, or a directory called *.manifest.json */
	TREE_UNREAD, /* a directory that could not be read to its end */
	TREE_DEEP    /* a directory below TREE_DEPTH_MAX, not looked into */
};

/* path is below the archive; in no order. */
typedef void (*tree_visitor)(void *ctx, const char *path, enum tree_type type);

/* Fails only where the archive itself is no readable directory. */
MUST_USE enum status tree_visit(const char *archive, tree_visitor visit, void *ctx,
    struct fault *f);

struct candidate {
	char *path;
	bool regular;
	bool foreign;     /* its text names another archive */
	bool told;        /* stands in a finding or notice, or is a segment of the chain */
	uint64_t by_name; /* the sequence that its name claims; 0: none */
	uint64_t by_text; /* that its first bytes claim; 0: none, or they are no manifest's */
	uint8_t previous[SHA256_SIZE]; /* the predecessor that they claim, where by_text is not 0 */
};

struct tree {
	struct candidate *candidates; /* in the order of their paths */
	size_t count;
	struct claims claims; /* of the candidates, each by its name and by its text */
	uint64_t unread; /* directories */
	bool full;       /* TREE_CANDIDATES_MAX was reached */
};

/* archive_id NULL: unknown, nothing is foreign. */
MUST_USE enum status tree_open(const char *archive, const char *archive_id, struct tree *out,
    struct fault *f);
void tree_free(struct tree *t);

#endif
