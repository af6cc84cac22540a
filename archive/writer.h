/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_WRITER_H
#define ARCHIVE_WRITER_H

/*
 * Writes an archive: creates or opens it with its state, holds the locks, finishes what an
 * interrupted run had decided to seal and quarantines the rest, then writes segments one
 * after the other and seals each in the order of nfseal-archive(5), section SEALING.
 *
 * writer_open; then writer_begin, writer_put..., writer_seal per segment (of the last one with
 * close_archive, where nothing shall follow); writer_free.  Freeing without a seal leaves the open
 * segment as .part files, which the next open quarantines.
 */

#include <stdbool.h>
#include <stdint.h>

#include "archive/facts.h"
#include "archive/manifest.h"
#include "base/status.h"
#include "flow/table.h"

struct writer_options {
	const char *archive;     /* path */
	const char *state;       /* directory, or NULL for the default */
	int layout;              /* -S, 0 to 8 as nfcapd's; of a new archive: an old one keeps its own */
	int zstd_level;          /* 0: default */
	bool must_exist;         /* false: create where absent or an empty directory */
	bool must_create;        /* fail with STATUS_EXISTS where an archive is there */
	int64_t (*now)(void);    /* wall clock, nanoseconds */
	const char *clock_state; /* "synchronised", ... */
	const char *version;     /* of the software, for genesis and manifests; NULL: unknown */
	const char *build;
};

/* What the last seal or open made; hex strings are NUL-ended. */
struct receipt {
	char archive_id[ARCHIVE_ID_HEX];
	char genesis[SHA256_HEX]; /* SHA-256 of genesis.json: the fingerprint */
	uint64_t sequence;      /* of the head: 0 is the genesis */
	char manifest_sha256[SHA256_HEX];
	char manifest[FAULT_FILE_MAX]; /* path below the archive, "" for the genesis */
	uint64_t flows;
	bool created;           /* by this writer_open */
	bool closed;
};

/* Told what recovery did and other notices; text is escaped. */
typedef void (*writer_notice)(void *ctx, const char *text);

struct writer;

MUST_USE enum status writer_open(const struct writer_options *o, writer_notice notice,
    void *ctx, struct writer **out, struct fault *f);
/* Opens a segment; time is its stem's (packet time for files), nanoseconds. */
MUST_USE enum status writer_begin(struct writer *w, int64_t time, struct fault *f);
/* One row group of flows. */
MUST_USE enum status writer_put(struct writer *w, const struct table *t, struct fault *f);
MUST_USE enum status writer_seal(struct writer *w, const struct segment_facts *facts,
    bool close_archive, struct receipt *out, struct fault *f);
/*
 * Gives up the open segment and removes its files, as if it had not been begun: for a command
 * that failed, said so, and whose input is still there.  Nothing where none is open.
 */
void writer_discard(struct writer *w);
/* The head as it is now. */
void writer_receipt(const struct writer *w, struct receipt *out);
void writer_free(struct writer *w);

#endif
