/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_CMD_SEAL_H
#define ARCHIVE_CMD_SEAL_H

/* What `nfseal init` and `nfseal close` have in common. */

#include <stdbool.h>

#include "archive/writer.h"
#include "base/option.h"

struct seal_arguments {
	const char *archive;
	const char *state; /* NULL: the default */
	const char *continues; /* the older archive, or NULL */
	int layout;
	bool json;
	bool help;
};

enum { SEAL_OPTION_STATE = 1, SEAL_OPTION_JSON, SEAL_OPTION_HELP, SEAL_OPTION_LAYOUT,
	SEAL_OPTION_KEY_STORAGE, SEAL_OPTION_CONTINUES };

MUST_USE enum status seal_arguments_read(struct seal_arguments *a, const struct option *table,
    int argc, char **argv, struct fault *f);
/* Opens the writer with this build's names and clocks; notices go to stderr. */
MUST_USE enum status seal_open(const struct seal_arguments *a, bool create, struct writer **out,
    struct fault *f);
/* The receipt on stdout, as text or JSON. */
MUST_USE enum status seal_print(const struct receipt *r, bool json, struct fault *f);

#endif
