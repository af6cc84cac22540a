/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_REVIVE_H
#define ARCHIVE_REVIVE_H

/*
 * Recovery of open segments that have a journal (nfseal-archive(5), RECOVERY): what their
 * statements vouch for is sealed, in order, what lies behind it is cut off for the quarantine,
 * and what is missing is declared.  Each step can be interrupted and done again; where no
 * segment was left open, nothing is done.
 *
 * revive_tidy; revive_open, which reads; revive_cut; then recover_quarantine without the files
 * of revive_keeps; then revive_seal; revive_free.
 */

#include "archive/site.h"
#include "archive/vouch.h"

struct revived {
	struct durable record;
	struct vouched segments[DURABLE_OPEN_MAX]; /* in its order */
	bool seals[DURABLE_OPEN_MAX]; /* by revive_seal: perhaps without flows */
	const char *from_dir;   /* where the segments' files lie */
	const char *sealed_dir; /* or, of an older archive, may lie; or NULL */
	/*
	 * The id of the older archive whose segments these are, which this one continues and adopts;
	 * NULL: they are this one's own.
	 */
	const char *older;
};

/* Drops the journals of segments that are sealed.  The site's head is there. */
MUST_USE enum status revive_tidy(const struct site *s, struct fault *f);
/* Nothing is prepared, and the key that signs next is at hand.  Writes nothing. */
MUST_USE enum status revive_open(const struct site *s, struct revived *r, struct fault *f);
/* Tells what would be sealed and what is lost, of the segments from index `first` on. */
void revive_tell(const struct site *s, const struct revived *r, size_t first);
/* What revive_cut would cut off. */
enum { REVIVE_TAILS_MAX = DURABLE_OPEN_MAX * (JOURNAL_FILES_MAX + 2) };
struct revive_tails {
	struct manifest_leftover list[REVIVE_TAILS_MAX];
	char names[REVIVE_TAILS_MAX][STATEMENT_NAME_MAX + 32];
	size_t count;
};
MUST_USE enum status revive_look_tails(const struct site *s, const struct revived *r,
    struct revive_tails *out, struct fault *f);
/* Cuts files back to what is vouched for; tells the state what the next manifest declares. */
MUST_USE enum status revive_cut(const struct site *s, const struct revived *r, struct fault *f);
/* A name in open/ that is not for the quarantine; ctx is a struct revived. */
bool revive_keeps(void *ctx, const char *name);
/* All that seals[] tells, in order; or the one of index i alone. */
MUST_USE enum status revive_seal(struct site *s, const struct writer_options *o,
    struct revived *r, struct fault *f);
MUST_USE enum status revive_seal_one(struct site *s, const struct writer_options *o,
    struct revived *r, size_t i, struct fault *f);
/* That of segment i something durable is missing: for the next manifest, once. */
MUST_USE enum status revive_tell_loss(const struct site *s, const struct revived *r, size_t i,
    struct fault *f);
enum { REVIVE_TEXT_MAX = 1024 };
void revive_describe_loss(const struct site *s, const struct revived *r, size_t i,
    char text[REVIVE_TEXT_MAX], struct manifest_recovery *out);
void revive_free(struct revived *r);

#endif
