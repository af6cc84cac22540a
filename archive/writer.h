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
 *
 * What comes in live has a journal (nfseal-archive(5), JOURNAL): writer_begin_live, writer_put...
 * and writer_durable, which says up to where nothing can be lost any more; writer_rotate goes on
 * with the next segment at once, while a thread of the writer seals the one before, and
 * writer_sealed gives the receipts; the last one ends with writer_seal.  Freeing without a seal,
 * a crash or a failed write leave the journal, which the next writer_open seals, as far as it
 * was durable, with a declaration of what may be missing.
 *
 * One thread at a time may call.
 */

#include <stdbool.h>
#include <stdint.h>

#include "archive/facts.h"
#include "archive/manifest.h"
#include "base/buf.h"
#include "base/status.h"
#include "flow/table.h"
#include "flow/table_queue.h"

/* What a segment that is recovered keeps as it came: paths below open/, or NULL. */
struct writer_kept {
	const char *datagrams;
	const char *messages;
	uint64_t sequence; /* of the segment */
};

/*
 * For the recovery of a segment that has some: gives the rows again that its datagrams give, in
 * their order; each table becomes a row group.  Those of messages are in the journal.  The text of
 * STEM.exporters.json goes to the end of `ledger`, or nothing where there is none to tell.
 */
typedef enum status (*writer_redecode)(const struct writer_kept *kept, table_consume take,
    void *take_ctx, struct buf *ledger, struct fault *f);

struct writer_options {
	const char *archive;     /* path */
	const char *state;       /* directory, or NULL for the default */
	int layout;              /* -S, 0 to 8 as nfcapd's; of a new archive: an old one keeps its own */
	int zstd_level;          /* 0: default */
	bool must_exist;         /* false: create where absent or an empty directory */
	bool only_recover;       /* nothing will be written: a closed archive is fine */
	bool must_create;        /* fail with STATUS_EXISTS where an archive is there */
	bool keys_in_memory;     /* new keys only in this process: who has them must close the archive */
	const char *continues;   /* path of the archive that a new one continues, or NULL */
	int64_t (*now)(void);    /* wall clock, nanoseconds */
	const char *(*clock_state)(void); /* at this moment, as of base/clock.h; NULL: "unknown" */
	const char *version;     /* of the software, for genesis and manifests; NULL: unknown */
	const char *build;
	writer_redecode redecode; /* NULL: of a segment with datagrams the journalled rows are taken */
	/* Told what recovery found, as the next manifest declares it, before it acts; may be NULL. */
	void (*found)(void *ctx, const struct manifest_recovery *r);
	void *found_ctx;
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
/*
 * Rows of a live segment that the datagrams appended to it give again, so that no journal needs
 * them; `unkept`: those of them that it does not, decoded late or come another way, NULL for none.
 * A segment's rows are all put this way, or none.
 */
MUST_USE enum status writer_put_kept(struct writer *w, const struct table *t,
    const struct table *unkept, struct fault *f);
MUST_USE enum status writer_seal(struct writer *w, const struct segment_facts *facts,
    bool close_archive, struct receipt *out, struct fault *f);
/*
 * Opens a live segment.  Of opening: source, inputs and options, by which recovery describes a
 * segment that its run could not end; interval and accounting as far as they are known.
 */
MUST_USE enum status writer_begin_live(struct writer *w, int64_t time,
    const struct segment_facts *opening, struct fault *f);
/*
 * All rows that were put, and all octets appended, are durable and vouched for when it returns.
 * so_far: the segment's accounting up to here, whose identities must hold with the rows put
 * (STATUS_MALFORMED); its flows that have not ended yet are carried_out.
 *
 * STATUS_LIMIT: all is durable, but the disk has only the room that is kept for the seal: the
 * segment can be ended by writer_seal, and should be.  After any other failure it cannot, and what
 * was durable is sealed by the next writer_open.
 */
MUST_USE enum status writer_durable(struct writer *w, const struct segment_facts *so_far,
    struct fault *f);
/*
 * Octets of a file STEM.SUFFIX of the live segment, listed in its manifest: "datagrams.pcapng.zst".
 * It grows as it will be sealed, so what is durable should end where a reader can begin to read on.
 */
MUST_USE enum status writer_append(struct writer *w, const char *suffix, const void *data,
    size_t len, struct fault *f);
/*
 * Ends the live segment and opens the next one, whose stem's time is next_time; source, inputs,
 * options and the flows carried over are taken from facts.  The seal goes on in a thread; a
 * rotation that comes before it is done waits for it.
 */
MUST_USE enum status writer_rotate(struct writer *w, const struct segment_facts *facts,
    int64_t next_time, struct fault *f);
/*
 * The receipt of the next segment, in order, that writer_rotate has had sealed; STATUS_ABSENT,
 * with f untouched, where there is none (or, without wait, none yet).  Other failures are those
 * of the seal, and end the writer.
 */
MUST_USE enum status writer_sealed(struct writer *w, bool wait, struct receipt *out,
    struct fault *f);
/*
 * Gives up the open segment and removes its files, as if it had not been begun: for a command
 * that failed, said so, and whose input is still there.  Nothing where none is open, and of a
 * live one, which is left for the next writer_open.
 */
void writer_discard(struct writer *w);
/* The head as it is now. */
void writer_receipt(const struct writer *w, struct receipt *out);
void writer_free(struct writer *w);

#endif
