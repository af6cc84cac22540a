/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_DERIVE_H
#define ARCHIVE_DERIVE_H

/*
 * The table of a segment's flows, STEM.flows.parquet, made of what is vouched for: the journal of
 * flows and, where the segment keeps datagrams, these; and its exporters' ledger, by these and by the
 * messages that it keeps.
 */

#include "archive/declare.h"
#include "archive/segment.h"
#include "archive/writer.h"

struct derive_source {
	const char *open_dir;
	const char *stem;
	const char *journal; /* path; NULL: no flows at all */
	uint64_t size;       /* octets of it that are vouched for */
	uint8_t sha256[SHA256_SIZE]; /* of these */
	struct writer_kept kept;  /* what is vouched for; NULLs: none, or not to be decoded */
	writer_redecode redecode; /* not NULL where `kept` has something */
	int level;           /* zstd; 0: default */
	const char *build;
};

/*
 * *file is finished (steps 1 and 2 of SEALING), *table what its rows say; segment_file_free.  ledger: as
 * a writer_redecode has it, or NULL where nothing is decoded.
 */
MUST_USE enum status derive_flows(const struct derive_source *from, struct segment_file *file,
    struct declare_table *table, struct buf *ledger, struct fault *f);
/* STEM.exporters.json with this text, finished likewise; what an interrupted run began is gone. */
MUST_USE enum status derive_ledger(const struct derive_source *from, const struct buf *ledger,
    struct segment_file *file, struct fault *f);

#endif
