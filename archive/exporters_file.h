/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_EXPORTERS_FILE_H
#define ARCHIVE_EXPORTERS_FILE_H

/*
 * STEM.exporters.json of a collected segment (nfseal-archive(5)), read with bounds and checks: the
 * ledger of each exporter, protocol and domain.  Keys that are not known here are skipped: others
 * were added, and more will be.  exporters_file_parse; exporters_file_add into a sum, which may be
 * one over many segments; exporters_file_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

enum {
	EXPORTERS_FILE_SIZE_MAX = 64 << 20,
	EXPORTERS_FILE_VALUES_MAX = 4 << 20,
	EXPORTERS_FILE_ENTRIES_MAX = 1 << 16, /* of a file, and of a sum; others are added up */
	EXPORTERS_FILE_NAMED_MAX = 24,
	EXPORTERS_FILE_NAME_MAX = 32,
	EXPORTERS_FILE_WAITING_MAX = 17
};

enum exporters_count {
	EXPORTERS_MESSAGES,
	EXPORTERS_RECORDS,
	EXPORTERS_LATE_RECORDS,
	EXPORTERS_OPTION_RECORDS,
	EXPORTERS_TEMPLATES,
	EXPORTERS_WITHDRAWALS,
	EXPORTERS_MISSED,
	EXPORTERS_FILLED,
	EXPORTERS_GAPS,
	EXPORTERS_LATE,
	EXPORTERS_DUPLICATES,
	EXPORTERS_RESTARTS,
	EXPORTERS_UNCOUNTED,
	EXPORTERS_COUNTS
};

struct exporters_named {
	char name[EXPORTERS_FILE_NAME_MAX];
	uint64_t value;
};

/* Counts by name, in the order of their first appearance; what has no room is in the last. */
struct exporters_names {
	struct exporters_named list[EXPORTERS_FILE_NAMED_MAX];
	size_t count;
};

/* Data sets that wait for a template. */
struct exporters_waiting {
	uint16_t id;   /* 0: those that are not told apart */
	uint64_t sets;
	int64_t since; /* nanoseconds since 1970 */
};

struct exporters_entry {
	char address[TEXT_ADDRESS_MAX]; /* "": all others added up, without port and what follows */
	char agent[TEXT_ADDRESS_MAX];   /* of sFlow, or "" */
	char transport[16];
	char protocol[16];
	uint16_t port;
	uint32_t domain;
	uint64_t counts[EXPORTERS_COUNTS];
	struct exporters_names malformed;
	struct exporters_names samples; /* of sFlow */
	struct exporters_waiting waiting[EXPORTERS_FILE_WAITING_MAX]; /* at the end of the last segment */
	size_t waiting_count;
	bool has_missed;                /* the times hold: nanoseconds since 1970 */
	int64_t missed_from;
	int64_t missed_to;
	bool clocked;                   /* the offsets hold: nanoseconds */
	int64_t offset_least;
	int64_t offset_most;
};

struct exporters_file {
	struct exporters_entry *entries;
	size_t count;
	size_t room;
	size_t *places; /* by hash: 1 + the index of an entry, 0: free; of a sum alone */
	size_t place_count;
	uint64_t seed; /* of the hash, of a sum: the caller's, before the first entry */
};

/* The key in the file. */
const char *exporters_count_name(enum exporters_count c);
/* STATUS_MALFORMED, STATUS_LIMIT, STATUS_NO_MEMORY; name: for faults. */
MUST_USE enum status exporters_file_parse(const void *data, size_t len, const char *name,
    struct exporters_file *out, struct fault *f);
/* Adds all entries of `from`, those of an earlier segment first; a zeroed sum is empty. */
MUST_USE enum status exporters_file_add(struct exporters_file *sum,
    const struct exporters_file *from, struct fault *f);
void exporters_file_free(struct exporters_file *file);

#endif
