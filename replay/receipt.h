/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_RECEIPT_H
#define REPLAY_RECEIPT_H

/*
 * What a replay did, for people and as one JSON document (nfseal-replay(1)), at its end or while
 * it runs; the latter is what another run can go on from.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "replay/target.h"

enum { RECEIPT_SHA256 = 32 };

struct receipt_target {
	struct target *target;
	bool hashed;
	uint8_t sha256[RECEIPT_SHA256]; /* over all octets that went, in order */
};

struct receipt {
	const char *input;
	const char *filter;    /* the run's, as it was given */
	bool unverified;       /* what differs from what was sealed was sent too */
	bool dry;
	bool running;          /* the targets are not joined yet */
	const struct fault *findings; /* what was wrong with the input */
	size_t finding_count;
	uint64_t more_findings; /* that are not among these */
	const char *resumes;   /* SHA-256 in hex of the receipt that this run went on from, or NULL */
	int64_t began;         /* nanoseconds since 1970 */
	int64_t ended;
	int64_t nanos;         /* that it took */
	struct receipt_target *targets;
	size_t target_count;
};

void receipt_text(const struct receipt *r, struct buf *out);
void receipt_json(const struct receipt *r, struct buf *out);
/* Whether every flow that was selected went to every target as it is. */
bool receipt_complete(const struct receipt *r);
bool receipt_target_complete(const struct target_result *t);
/* Of all targets: what one read or selected at most, whether one was interrupted. */
struct target_result receipt_overall(const struct receipt *r);

#endif
