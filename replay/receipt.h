/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_RECEIPT_H
#define REPLAY_RECEIPT_H

/* What a replay did, for people and as one JSON document (nfseal-replay(1)). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "replay/target.h"

enum { RECEIPT_SHA256 = 32 };

struct receipt_target {
	const struct target *target;
	bool hashed;
	uint8_t sha256[RECEIPT_SHA256]; /* over all octets that went, in order */
};

struct receipt {
	const char *input;
	bool dry;
	int64_t nanos; /* that it took */
	const struct receipt_target *targets;
	size_t target_count;
};

void receipt_text(const struct receipt *r, struct buf *out);
void receipt_json(const struct receipt *r, struct buf *out);
/* Whether every flow that was selected went to every target as it is. */
bool receipt_complete(const struct receipt *r);

#endif
