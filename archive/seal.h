/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_SEAL_H
#define ARCHIVE_SEAL_H

/*
 * The second half of SEALING (nfseal-archive(5)): from a manifest's exact bytes to a sealed
 * segment.  seal_decide is the point of no return; seal_finish can be called again after a
 * crash at any of its calls, with the bytes that were decided.
 */

#include "archive/layout.h"
#include "archive/site.h"

/* Step 4: the bytes are durable in the state; key n may sign no others. */
MUST_USE enum status seal_decide(const struct site *s, const void *manifest, size_t len,
    struct fault *f);
/*
 * Steps 5 to 9, and the site's anchor and chain move on.  m is the parsed manifest.
 * recovered: an earlier run had decided it; the state then remembers that for the next manifest.
 */
MUST_USE enum status seal_finish(struct site *s, const void *manifest, size_t len,
    const struct manifest *m, bool recovered, struct fault *f);
/* What is told of a seal that recovery finished. */
struct manifest_recovery seal_finished_by_recovery(const struct manifest *m);
/* Step 9 alone: the head is m, durably. */
MUST_USE enum status seal_conclude(const struct site *s, const struct manifest *m,
    struct fault *f);

/* The directory of m's segment, absolute and below the archive ("" for the archive itself). */
struct seal_place {
	char below[LAYOUT_DIR_MAX];
	char dir[FILE_PATH_MAX];
	char stem[LAYOUT_STEM_MAX];
};
/* Nothing may lie where the segment of this stem will be: what is there is never replaced. */
MUST_USE enum status seal_check_free(const struct site *s, const char *stem, struct fault *f);
MUST_USE enum status seal_place(const struct site *s, const struct manifest *m,
    struct seal_place *out, struct fault *f);
/* dir/stem.suffix */
MUST_USE enum status seal_path(char out[FILE_PATH_MAX], const char *dir, const char *stem,
    const char *suffix, struct fault *f);

#endif
