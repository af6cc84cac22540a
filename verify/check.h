/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFY_CHECK_H
#define VERIFY_CHECK_H

/*
 * The whole check of an archive, from the anchors to the verdict.  Nothing is written,
 * nothing is decompressed (but for `deep`), and no summary is believed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "verify/derive.h"
#include "verify/result.h"

struct check_options {
	const char *archive;
	const char *state;  /* where anchors are remembered; NULL: this user's, the system's */
	bool genesis_given;
	uint8_t genesis[SHA256_SIZE];
	struct head head;   /* as given */
	bool until_head;
	bool deep;
	struct deriver deriver; /* of deep */
	size_t threads;     /* 1 to POOL_THREADS_MAX */
};

/*
 * Fills in *r, to be freed with result_free also after a failure.  Fails only where there
 * is nothing that could be checked: no such directory, no memory.
 */
MUST_USE enum status check_archive(const struct check_options *o, struct result *r,
    struct fault *f);

#endif
