/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_CMD_REPLAY_RESUME_H
#define REPLAY_CMD_REPLAY_RESUME_H

/* The receipt of a run that is to be finished: nfseal replay --resume. */

#include "replay/replay_option.h"
#include "replay/target.h"

struct resume {
	char sha256[65]; /* of the receipt, hex */
	struct target_resume targets[REPLAY_TARGETS_MAX]; /* their segments are the resume's */
};

/*
 * Reads o->resume, which must be the receipt of a run with the same filter and targets as o.
 * STATUS_USAGE where it is another's, STATUS_MALFORMED where it is none.
 */
MUST_USE enum status resume_read(const struct replay_options *o, struct resume *out,
    struct fault *f);
void resume_free(struct resume *r); /* a zeroed one too */

#endif
