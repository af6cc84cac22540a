/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/verdict.h"

struct verdict_info {
	const char *name;
	int exit;
	const char *meaning;
};

/* The one table of verdicts; the man page's EXIT STATUS is compared with it by a test. */
static const struct verdict_info infos[VERDICT_COUNT] = {
	[VERDICT_VERIFIED] = { "VERIFIED", 0, "every check passed, from the genesis to the head" },
	[VERDICT_UNANCHORED] = { "UNANCHORED", 3,
	    "consistent from the genesis on, but without a known head for all of it: "
	    "that later segments were removed cannot be excluded" },
	[VERDICT_UNTRUSTED] = { "UNTRUSTED", 6,
	    "consistent in itself, but no genesis was given or remembered: "
	    "anybody could have made such an archive" },
	[VERDICT_ERROR] = { "ERROR", 2, "part of the check could not be finished" },
	[VERDICT_INCOMPLETE] = { "INCOMPLETE", 4, "something that is proven to exist is absent" },
	[VERDICT_MALFORMED] = { "MALFORMED", 5,
	    "properly signed bytes break the format, or this is no archive of a known version" },
	[VERDICT_MODIFIED] = { "MODIFIED", 1, "something differs from what was sealed" },
	[VERDICT_FORKED] = { "FORKED", 1, "two valid, different manifests claim one sequence" },
};

const char *
verdict_name(enum verdict v)
{
	return infos[v].name;
}

int
verdict_exit(enum verdict v)
{
	return infos[v].exit;
}

const char *
verdict_meaning(enum verdict v)
{
	return infos[v].meaning;
}
