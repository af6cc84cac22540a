/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_OLDER_H
#define VERIFY_OLDER_H

/*
 * The archives that an archive continues, one after the other: its genesis names the older one's
 * fingerprint and head, which are the anchors for checking that.  Where they lie is told by the
 * user or remembered by the state; one that is not found is named in the report, and its absence
 * does not change the verdict: the newer archive is whole without it.
 */

#include "verify/check.h"

enum {
	OLDER_MAX = 64,        /* places that can be told */
	OLDER_GENERATIONS = 12 /* that are followed: each lies two levels deeper in --json */
};

struct older_options {
	const char *state;              /* as of check_options */
	const char *places[OLDER_MAX]; /* directories that may be one of them */
	size_t count;
	bool deep;
	struct deriver deriver;
	size_t threads;
};

/* Checks the older archives of r, which has been settled, and hangs each under its successor. */
void older_follow(const struct older_options *o, struct result *r);

#endif
