/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_SEALING_H
#define ARCHIVE_SEALING_H

/*
 * Steps 3 to 9 of SEALING (nfseal-archive(5)) for a segment whose data files are finished: what
 * the writer, its sealing thread and recovery have in common.
 */

#include "archive/site.h"

struct sealing {
	struct manifest_time opened;
	const struct manifest_file *files; /* in the order of their names */
	size_t file_count;
	bool closed;             /* nothing shall follow */
	const uint8_t *next_key; /* public, where key n + 1 is durable already; NULL: it is made */
	const struct manifest_recovery *recovered; /* what to declare besides the state's; or NULL */
};

/* m has interval, source, options, counts and findings; the rest is filled in here. */
MUST_USE enum status sealing_run(struct site *s, const struct writer_options *o,
    const struct sealing *what, struct manifest *m, struct fault *f);

#endif
