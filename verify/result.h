/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_RESULT_H
#define VERIFY_RESULT_H

/*
 * What a verification found, segment by segment, and the facts that a report shows.
 * result_open, then the checks fill it in, result_settle once, result_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/genesis.h"
#include "verify/finding.h"

/* Where a genesis or head is known from, as --json spells it. */
enum anchor_kind { ANCHOR_NONE, ANCHOR_GIVEN, ANCHOR_REMEMBERED, ANCHOR_CLOSED };

struct head {
	bool known;
	uint64_t sequence;
	uint8_t sha256[SHA256_SIZE];
};

struct segment {
	uint64_t sequence;
	char *manifest; /* path below the archive; NULL where no valid one is there */
	bool missing;   /* proven to exist, and nothing claims to be it */
	bool by_hash;   /* proven by the manifest after it or by a head, not by its signature */
	bool parsed;    /* the fields below hold */
	bool closed;
	int64_t opened; /* nanoseconds, the sensor's clock */
	int64_t sealed;
	uint8_t sha256[SHA256_SIZE];
	uint8_t next_key[KEY_SIZE];
	struct findings findings;
	enum verdict verdict; /* after result_settle */
};

/* An absence that a later manifest declares. */
struct expiry {
	uint64_t sequence;
	uint8_t sha256[SHA256_SIZE];
};

struct result {
	char archive[ARCHIVE_ID_HEX]; /* "" where unknown */
	bool genesis_known;           /* the fingerprint below holds */
	uint8_t genesis[SHA256_SIZE]; /* as given or remembered, else as found */
	enum anchor_kind genesis_anchor;
	bool first_key_known;
	uint8_t first_key[KEY_SIZE]; /* key 0, which signed the genesis */
	struct head given;
	struct head remembered;
	bool until_head;
	struct segment *segments; /* in the order of sequence; 0 is the genesis */
	size_t count;
	struct expiry *expired;
	size_t expired_count;
	struct notices notices;
	bool is_continuation; /* the genesis names an older archive: */
	struct genesis_continues continues;
	struct result *older; /* its check, ours; NULL where it was not looked at */
	char *older_path;
	bool keys_in_files; /* some key lay in a file while it was in use */
	uint64_t unread;    /* directories that could not be read */
	uint64_t files;     /* listed files that were checked */
	uint64_t bytes;     /* of them */
	struct custody_check *custody; /* of a log that was asked for, the caller's; or NULL */
	bool no_memory;
	struct fault memory_fault; /* why what is remembered could not be read, if so */
	/* after result_settle */
	enum verdict verdict;
	struct head head; /* the last segment that is proven */
	enum anchor_kind anchor;
};

/* A new segment at the end, or NULL and no_memory. */
struct segment *result_add(struct result *r, uint64_t sequence);
/* The segment of that sequence, the first of a fork; NULL if none. */
struct segment *result_find(const struct result *r, uint64_t sequence);
void result_expire(struct result *r, const struct manifest *m);
/* Turns absences into findings or notices, sorts, and decides all verdicts. */
void result_settle(struct result *r);
/* Takes over the check of the archive that this one continues: the worst of both wins. */
void result_take_older(struct result *r, struct result *older);
void result_free(struct result *r);
const char *anchor_name(enum anchor_kind k);

#endif
