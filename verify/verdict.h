/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_VERDICT_H
#define VERIFY_VERDICT_H

/*
 * The verdicts with their exit statuses, from the best to the worst: of several, the
 * greatest wins.  nfseal-verify(1), EXIT STATUS.
 */

enum verdict {
	VERDICT_VERIFIED,
	VERDICT_UNANCHORED,
	VERDICT_UNTRUSTED,
	VERDICT_ERROR,
	VERDICT_INCOMPLETE,
	VERDICT_MALFORMED,
	VERDICT_MODIFIED,
	VERDICT_FORKED,
	VERDICT_COUNT
};

const char *verdict_name(enum verdict v);
int verdict_exit(enum verdict v);
const char *verdict_meaning(enum verdict v); /* one sentence for people */

static inline enum verdict
verdict_worst(enum verdict a, enum verdict b)
{
	return a > b ? a : b;
}

#endif
