/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_CMD_INFO_H
#define VERIFY_CMD_INFO_H

/* What the parts of `nfseal info` share: one per kind of thing that can be described. */

#include <stdbool.h>
#include <stdint.h>

#include "archive/anchor.h"
#include "archive/genesis.h"
#include "archive/manifest.h"
#include "base/buf.h"
#include "base/jsonw.h"
#include "base/status.h"

struct info_options {
	const char *path;
	const char *state;
	bool json;
	bool verbose;
	bool hash; /* of inputs */
};

/* Text goes to standard output in one piece; the return is the exit status. */
int info_archive(const struct info_options *o);
int info_manifest(const struct info_options *o); /* a segment's, by its own file */
int info_capture(const struct info_options *o);
int info_parquet(const struct info_options *o);
int info_ipfix(const struct info_options *o);
/* Writes and frees the text; status, or 2 where it could not be written. */
int info_print(struct buf *text, int status);
/* Writes what is there already, where that is much; a failure is for info_print to find. */
void info_drain(struct buf *text);

/* "name:          value\n" with the value aligned. */
void info_line(struct buf *out, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The same for a text from outside: escaped. */
void info_text(struct buf *out, const char *name, const char *text);
void info_hex(struct buf *out, const char *name, const void *data, size_t len);
/* Nanoseconds; "unknown" where !known. */
void info_time(struct buf *out, const char *name, bool known, int64_t nanos);

/* One manifest and where it was found. */
struct info_segment {
	struct manifest *manifest; /* in the window; else NULL: info_at reads it again */
	char *path; /* below the archive */
	uint64_t sequence;
	uint8_t previous[SHA256_SIZE];
	uint64_t size; /* of the manifest */
	uint8_t sha256[SHA256_SIZE];
	bool linked; /* it names the hash of the one before it in the list */
	bool ends_run; /* its inputs are all of its run: those before it list fewer, or no hashes */
};

enum { INFO_SEGMENTS_MAX = 1 << 22 };

/* The manifests that are held in memory at a time: see info_at. */
struct info_window {
	size_t *held;
	size_t count;
	uint64_t bytes; /* of their texts */
	bool failed;    /* one could not be read a second time */
};

/* An archive as its manifests tell it, which nothing has checked. */
struct info {
	const char *path;
	struct genesis *genesis; /* NULL for a single manifest */
	uint8_t fingerprint[SHA256_SIZE];
	struct info_segment *segments; /* by sequence */
	size_t count;
	struct info_window *window; /* NULL: all are held */
	uint64_t unread; /* manifests that could not be read */
	bool remembered;
	struct anchor anchor;
};

/* The sums over the segments. */
struct info_sums {
	uint64_t rows;
	uint64_t disk; /* of the listed files, the manifests and their signatures */
	uint64_t read_packets, read_bytes;
	uint64_t metered_packets, metered_bytes;
	uint64_t ip_bytes; /* metered */
	struct manifest_sum flows;
	struct manifest_span span;
	uint64_t inputs;
	uint64_t findings;
	uint64_t missing; /* sequences between the first and the last that have no manifest */
	uint64_t unlinked;
};

/*
 * The manifest of segment i, which with its neighbours stays as long as the next call is for one of
 * the three: all of an archive would be more than memory holds.
 */
const struct manifest *info_at(const struct info *in, size_t i);
MUST_USE enum status info_read_manifest(const char *path, struct info_segment *out, struct fault *f);
void info_window_free(struct info *in);
/* Sets ends_run in all of them. */
void info_find_runs(struct info *in);
/* The segment before it in its run has the same: as inputs, findings are listed again. */
bool info_finding_repeated(const struct info *in, size_t segment, const struct manifest_finding *f);
void info_sum(const struct info *in, struct info_sums *out);
/* The head, NULL where there is no segment. */
const struct info_segment *info_head(const struct info *in);
enum { INFO_NAMES_MAX = 256, INFO_NAME_SIZE = 68 };
/* The values of one name over all segments, in the order of the names' first appearance. */
struct info_named {
	char name[INFO_NAME_SIZE];
	uint64_t packets; /* of losses: the value */
	uint64_t wire_bytes;
};
size_t info_rejected(const struct info *in, struct info_named out[INFO_NAMES_MAX]);
size_t info_losses(const struct info *in, struct info_named out[INFO_NAMES_MAX]);

struct info_ledger; /* cmd_info_ledger.h */

/* verbose: each segment as well. */
void info_write_text(const struct info *in, bool verbose, const struct info_ledger *ledger,
    struct buf *out);
void info_write_json(const struct info *in, bool verbose, const struct info_ledger *ledger,
    struct buf *out);

#endif
