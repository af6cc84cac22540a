/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_MANIFEST_H
#define ARCHIVE_MANIFEST_H

/*
 * The manifest of a segment: nfseal-archive(5), MANIFEST, is the normative text; the
 * fields stand in its order.  A manifest that manifest_parse made owns all that it points
 * to until manifest_free; one that was filled in by hand borrows everything.
 *
 * Check the signature over the bytes before parsing them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/key.h"
#include "archive/sha256.h"
#include "base/buf.h"
#include "base/status.h"

#define MANIFEST_FORMAT "nfseal-manifest/1"
/* The way from records to columns; counted up when the same input gives another table. */
#define MANIFEST_DECODER "2"

/* nfseal-archive(5), LIMITS. */
enum {
	MANIFEST_SIZE_MAX = 8 << 20,
	MANIFEST_VALUES_MAX = 250000,
	MANIFEST_NAME_MAX = 255,  /* of a file, an option, a code, a role, a reason */
	MANIFEST_TEXT_MAX = 8192, /* of an input's name, an option's value, a text */
	MANIFEST_LIST_MAX = 10000,
	ARCHIVE_ID_HEX = 33
};

struct manifest_time {
	int64_t nanos;     /* since 1970, UTC */
	const char *clock; /* "synchronised", "unsynchronised", "unknown" */
};

/* Two times, each null or not. */
struct manifest_span {
	bool has_from;
	bool has_to;
	int64_t from; /* nanoseconds */
	int64_t to;
};

struct manifest_input {
	const char *name;
	uint64_t size;
	bool hashed; /* false: "sha256":null */
	uint8_t sha256[SHA256_SIZE];
	bool contained; /* false: "container":null */
	uint64_t container;
	bool capture;
	const char *format; /* may be NULL */
	uint64_t packets;
};

struct manifest_option {
	const char *name;
	const char *value; /* may be NULL */
};

struct manifest_rejected {
	const char *name;
	uint64_t packets;
	uint64_t wire_bytes;
};

struct manifest_count {
	const char *name;
	uint64_t value;
};

/* The identity carried_in + metered = emitted + carried_out. */
struct manifest_sum {
	uint64_t carried_in;
	uint64_t metered; /* of flows: "started" */
	uint64_t emitted;
	uint64_t carried_out;
};

struct manifest_finding {
	const char *code;
	const char *file;   /* may be NULL */
	bool at_offset;     /* false: "offset":null */
	uint64_t offset;
	const char *text;
};

struct manifest_file {
	const char *name; /* in the manifest's own directory; no slash */
	uint64_t size;
	uint8_t sha256[SHA256_SIZE];
	const uint8_t *chunks; /* SHA256_SIZE bytes each */
	size_t chunk_count;
};

struct manifest_leftover {
	const char *name;
	uint64_t size;
	bool hashed; /* false: no regular file, "sha256":null */
	uint8_t sha256[SHA256_SIZE];
};

struct manifest_recovery {
	const char *action; /* "sealed", "quarantined", ... */
	bool has_sequence;
	uint64_t sequence;
	struct manifest_span span; /* in which something may be missing */
	struct manifest_leftover *files;
	size_t file_count;
	const char *text;
};

struct manifest_attachment {
	const char *role;
	const char *name;
	uint64_t size;
	uint8_t sha256[SHA256_SIZE];
};

struct manifest_expired {
	uint64_t sequence;
	uint8_t manifest_sha256[SHA256_SIZE];
	const char *reason;
};

struct software {
	const char *name;
	const char *version;
	const char *build;
};

struct manifest {
	char archive[ARCHIVE_ID_HEX];
	uint64_t sequence;
	uint8_t previous[SHA256_SIZE];
	struct manifest_time opened;
	struct manifest_time sealed;
	struct manifest_span interval; /* packet time that the segment stands for */
	struct manifest_span flows_span; /* first flow's start, last flow's end */
	const char *source;
	struct manifest_input *inputs;
	size_t input_count;
	struct manifest_option *options;
	size_t option_count;
	bool interrupted;
	uint64_t rows; /* of the flows table */
	struct { uint64_t packets, wire_bytes; } read, metered;
	struct manifest_rejected *rejected;
	size_t rejected_count;
	struct manifest_sum ip_bytes;
	struct manifest_sum flow_packets;
	struct manifest_sum flows;
	struct manifest_count *losses;
	size_t loss_count;
	struct manifest_finding *findings;
	size_t finding_count;
	struct manifest_file *files;
	size_t file_count;
	bool closed; /* "next_key":null */
	uint8_t next_key[KEY_SIZE];
	const char *key_storage;
	struct manifest_recovery *recovery;
	size_t recovery_count;
	const char *decoder_version;
	uint8_t decoder_elements[SHA256_SIZE];
	const char *libzstd;
	struct software software;
	struct manifest_attachment *attachments;
	size_t attachment_count;
	struct manifest_expired *expired;
	size_t expired_count;
	void *root; /* of manifest_parse; NULL in one filled in by hand */
};

/* The canonical bytes, appended to out; only memory can fail (buf_ok). */
void manifest_write(const struct manifest *m, struct buf *out);

/*
 * Every rule of the format page but the arithmetic.  On failure *code (may be NULL) is the
 * finding: VERSION DUPLICATE_KEY NON_CANONICAL SCHEMA LIMIT WEAK_KEY, or IO without memory;
 * the status is MALFORMED, LIMIT, KEY or NO_MEMORY.  name is for the fault.
 */
MUST_USE enum status manifest_parse(const void *data, size_t len, const char *name,
    struct manifest **out, const char **code, struct fault *f);
/* Of the losses, the one that the arithmetic knows: packets that two flows count. */
#define MANIFEST_TWICE "metered_twice"

/* The arithmetic: STATUS_MALFORMED with the identity that does not hold (COUNTS). */
MUST_USE enum status manifest_check_counts(const struct manifest *m, const char *name,
    struct fault *f);
/* The listed file whose name ends in suffix, or NULL. */
const struct manifest_file *manifest_file_by_suffix(const struct manifest *m, const char *suffix);
void manifest_free(struct manifest *m); /* of manifest_parse only; takes NULL */

#endif
