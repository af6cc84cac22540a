/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_CUSTODY_H
#define ARCHIVE_CUSTODY_H

/*
 * The custody log (nfseal-archive(5), CUSTODY): what was done with archives, one line of JSON an entry,
 * each signed by who did it and naming the hash of the one before.  Entries are only ever appended, under a
 * lock and durable; what a writer left that was interrupted is cut off, which the next entry says.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/key.h"
#include "archive/sha256.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/status.h"

#define CUSTODY_FORMAT "nfseal-custody/1"

enum {
	CUSTODY_LINE_MAX = 16 << 20, /* octets of an entry, its line feed included */
	CUSTODY_NAME_MAX = 255       /* of a user, a host and an action */
};

struct custody_head {
	uint64_t sequence; /* of the last entry; 0: there is none */
	uint8_t sha256[SHA256_SIZE]; /* of its line */
};

struct custody_entry {
	uint64_t sequence;
	int64_t time; /* nanoseconds since 1970 */
	uint8_t previous[SHA256_SIZE];
	uint8_t key[KEY_SIZE];
	uint8_t sha256[SHA256_SIZE]; /* of the line */
	uint64_t cut; /* octets of an interrupted entry that were cut off before it */
	uint8_t cut_sha256[SHA256_SIZE]; /* of these; zeros where there were none */
	char action[CUSTODY_NAME_MAX + 1];
	char user[CUSTODY_NAME_MAX + 1];
	char host[CUSTODY_NAME_MAX + 1];
};

struct custody_writer {
	const char *path;
	const char *state; /* directory, NULL for the default: the key and the remembered head are there */
	const char *user;
	const char *host;
	int64_t time;
};

/*
 * Appends an entry about that, a JSON object of one line; NULL appends nothing, and tells only whether it could
 * be.  STATUS_LOCKED where another writer is at work for too long.  The log is created if it is not there; where
 * anything fails it is as it was.  STATUS_LIMIT where a name is too long, or no number is left for an entry.
 */
MUST_USE enum status custody_append(const struct custody_writer *w, const char *action,
    const struct buf *document, struct custody_head *out, struct fault *f);
/*
 * A line, its line feed included: its shape, octet by octet but within the document, and its
 * signature.  *code is SIGNATURE, WEAK_KEY, or what archive/document.h finds.
 */
MUST_USE enum status custody_parse(const void *line, size_t len, const char *name,
    struct custody_entry *out, const char **code, struct fault *f);
/* The head that this machine remembers of the log whose first line has that hash; STATUS_ABSENT: none. */
MUST_USE enum status custody_remembered(const char *state, const uint8_t first[SHA256_SIZE],
    struct custody_head *out, struct fault *f);

#endif
