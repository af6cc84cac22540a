/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_JOURNAL_H
#define ARCHIVE_JOURNAL_H

/*
 * A segment while it is open, and signed as it grows (nfseal-archive(5), JOURNAL): its flows as
 * IPFIX, files that grow as they will be sealed, and a statement for each run of octets that was
 * made durable.  journal_open; journal_put, journal_append; journal_durable as often as
 * something shall not be lost; journal_finish; journal_drop when all is sealed; journal_free.
 *
 * After a failure nothing goes on but journal_free: recovery takes what was durable.
 */

#include "archive/facts.h"
#include "archive/segment.h"
#include "archive/statement.h"
#include "flow/table.h"

#define JOURNAL_FLOWS     "flows.ipfix"
#define JOURNAL_DATAGRAMS "datagrams.pcapng.zst"
#define JOURNAL_MESSAGES  "messages.ipfix.zst"
#define JOURNAL_LEDGER    "exporters.json"

enum { JOURNAL_FILES_MAX = 4 };

struct journal_place {
	const char *open_dir;
	const char *archive; /* its id */
	const char *stem;
	uint64_t sequence;
	uint8_t secret[KEY_SIZE];      /* of key n; wiped by journal_open */
	uint8_t previous[SHA256_SIZE]; /* what the first statement names */
	int64_t (*now)(void);
	const char *(*clock_state)(void);
};

/* One of its files besides the statements. */
struct journal_file {
	struct segment_file file; /* hashed whole */
	struct sha256 *block;     /* of what no statement vouches for yet */
	uint64_t vouched;         /* octets */
	bool new_name;            /* since the directory was synced */
};

struct journal;

/*
 * The first statement, with the opening facts, is durable when it returns.  Takes interval,
 * source, options and counts of opening; borrows nothing.
 */
MUST_USE enum status journal_open(struct journal_place *place, const struct manifest *opening,
    struct journal **out, struct fault *f);
MUST_USE enum status journal_put(struct journal *j, const struct table *t, struct fault *f);
/* Octets of the file STEM.SUFFIX, which grows as it will be sealed. */
MUST_USE enum status journal_append(struct journal *j, const char *suffix, const void *data,
    size_t len, struct fault *f);
/*
 * All that was put is durable and vouched for when it returns; of facts, interval, counts, and those
 * findings that it did not have the time before (a few at a time: the rest with the next statement).
 * STATUS_MALFORMED where the counts do not agree with themselves.
 */
MUST_USE enum status journal_durable(struct journal *j, const struct manifest *facts,
    struct fault *f);

/* Octets of the journal of flows. */
uint64_t journal_size(const struct journal *j);
/* Of the last statement. */
uint64_t journal_index(const struct journal *j);
const uint8_t *journal_hash(const struct journal *j);
const struct manifest_time *journal_opened(const struct journal *j);

/*
 * Nothing more comes: the files are closed, those that will be sealed read back and compared.
 * *flows is the journal of flows, *kept are the others, *count of them; all the journal's own.
 */
MUST_USE enum status journal_finish(struct journal *j, const struct segment_file **flows,
    const struct segment_file *kept[JOURNAL_FILES_MAX], size_t *count, struct fault *f);
/* Removes statements and the journal of flows of a segment that is sealed; absent is done. */
MUST_USE enum status journal_drop(const char *open_dir, const char *stem, struct fault *f);
void journal_free(struct journal *j);

#endif
