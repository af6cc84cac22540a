/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_DURABLE_H
#define ARCHIVE_DURABLE_H

/*
 * What the state knows of the open segments of an archive: which there are, and the last
 * statement of each that is durable (nfseal-archive(5), STATE: anchors/ID.durable).  By it an
 * open segment that was cut back is seen.  Others may read it, as they may read anchors.
 */

#include "archive/key.h"
#include "archive/manifest.h"
#include "archive/statement.h"

enum { DURABLE_OPEN_MAX = 2 };

struct durable_segment {
	uint64_t sequence;
	char stem[STATEMENT_NAME_MAX + 1];
	uint8_t key[KEY_SIZE];       /* the public half of the one that signs its statements */
	uint64_t index;              /* of the last durable statement */
	uint8_t sha256[SHA256_SIZE]; /* of its text */
};

struct durable {
	struct durable_segment open[DURABLE_OPEN_MAX]; /* by sequence */
	size_t count;
};

/* None, and STATUS_OK, where the state tells of none. */
MUST_USE enum status durable_load(const char *state, const char *archive, struct durable *out,
    struct fault *f);
/*
 * For verifiers: as above, in `state` or, where that is NULL, the user's default and then the
 * system's; a state that others can write to tells of nothing.
 */
MUST_USE enum status durable_find_record(const char *state, const char *archive,
    struct durable *out, struct fault *f);
/* Durable when it returns; a record of none removes the file. */
MUST_USE enum status durable_store(const char *state, const char *archive,
    const struct durable *d, struct fault *f);
/* The key "open", the array of segments, for the state's other documents. */
struct jsonw;
struct document;
struct json_t;
void durable_open_write(struct jsonw *j, const struct durable *d);
void durable_open_read(struct document *d, const struct json_t *root, struct durable *out);
/* The segment's, NULL where it is not open. */
struct durable_segment *durable_find(struct durable *d, uint64_t sequence);
/* All up to that sequence are sealed. */
void durable_drop(struct durable *d, uint64_t sequence);

#endif
