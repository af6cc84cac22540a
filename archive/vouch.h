/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_VOUCH_H
#define ARCHIVE_VOUCH_H

/*
 * How far the signed statements of an open segment vouch for its files, as they lie there
 * (nfseal-archive(5), JOURNAL): up to the first statement that is not signed by the segment's key,
 * does not follow the one before, or whose octets are not there as it says.  Reads only.
 */

#include "archive/durable.h"
#include "archive/journal.h"

struct vouched_file {
	char name[STATEMENT_NAME_MAX + 1]; /* STEM.SUFFIX, without ".part" */
	struct digest digest;              /* of the octets that are vouched for; finished */
};

struct vouched {
	bool any;       /* the first statement holds; else nothing below is set but `why` */
	bool complete;  /* the statement that the state knows is among those that hold */
	uint64_t index; /* of the last one that holds */
	uint8_t sha256[SHA256_SIZE]; /* of its text */
	struct statement opening;    /* the first one */
	struct statement last;       /* the last one whose counts hold */
	struct manifest_finding *findings; /* of all that hold, with their texts */
	size_t finding_count;
	uint64_t statements_size;    /* octets of the file of statements up to there */
	struct vouched_file files[JOURNAL_FILES_MAX];
	size_t count;
	/* What ended it, STATUS_END where that is the end of the statements, and where. */
	struct fault why;
	char where[STATEMENT_NAME_MAX + 32]; /* a file's name in open/ */
	uint64_t offset;
	uint64_t length; /* of the block that does not hold; 0: it is no block */
};

struct vouch_place {
	const char *open_dir;
	const char *sealed_dir; /* where files of a seal that is under way may be; or NULL */
	const char *archive;    /* its id */
};

/* Fails only where the system does not let it read, or has no memory. */
MUST_USE enum status vouch_read(const struct vouch_place *place,
    const struct durable_segment *known, struct vouched *out, struct fault *f);
/* The file of flows among them, NULL where there is none. */
const struct vouched_file *vouched_flows(const struct vouched *v);
/* That of datagrams, likewise. */
const struct vouched_file *vouched_datagrams(const struct vouched *v);
/* That of messages, and that of the exporters' ledger, likewise. */
const struct vouched_file *vouched_messages(const struct vouched *v);
const struct vouched_file *vouched_ledger(const struct vouched *v);
void vouch_free(struct vouched *v);

#endif
