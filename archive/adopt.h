/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_ADOPT_H
#define ARCHIVE_ADOPT_H

/*
 * What an archive that nobody can extend any more has left open, and its signed statements vouch
 * for, becomes the first segments of the archive that continues it (nfseal-archive(5), RECOVERY).
 * Of the older archive nothing is changed.
 *
 * adopt_find looks, adopt_decide makes it durable in the state before the new genesis is, and
 * adopt_run does it; that can be interrupted and done again by whoever opens the new archive.
 */

#include "archive/genesis.h"
#include "archive/revive.h"

struct adoption {
	char path[FILE_PATH_MAX]; /* of the older archive */
	char archive[ARCHIVE_ID_HEX];
	unsigned layout;
	struct durable open; /* its segments; none: nothing is to be done */
};

/*
 * By the state, where that knows the older archive (out->archive) to have open segments behind its
 * head; else the one whose statements are signed by `key`, which must sign the head's successor
 * (NULL: unknown, and nothing is found).  Of out, path, archive and layout are set.  STATUS_LOCKED where
 * a writer has that archive open.
 */
MUST_USE enum status adopt_find(const struct state *s, uint64_t head, const uint8_t *key,
    struct adoption *out, struct fault *f);
/*
 * Under the id of the new archive, which also declares what the older one's next manifest would have.
 */
MUST_USE enum status adopt_decide(const struct state *s, const char *archive,
    const struct adoption *a, struct fault *f);
/* What adopt_run would do, by the site's calls. */
MUST_USE enum status adopt_tell(const struct site *s, struct fault *f);
/* The site is open, its own recovery done; nothing where nothing was decided. */
MUST_USE enum status adopt_run(struct site *s, const struct writer_options *o, struct fault *f);

#endif
