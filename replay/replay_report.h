/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_REPLAY_REPORT_H
#define REPLAY_REPLAY_REPORT_H

/* What a replay did, for people and as one JSON document (nfseal-replay(1)). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "flow/sender_report.h"

struct replay_report {
	const char *input;
	const char *anchor;    /* reader_anchor */
	uint64_t read;         /* flows */
	uint64_t matched;
	uint64_t stayed;       /* flows whose times could not be moved as asked */
	uint64_t damaged;      /* segments, or malformed parts of an IPFIX input */
	bool interrupted;
	int64_t nanos;         /* that it took */
	const struct sender_report *targets;
	size_t target_count;
};

void replay_report_text(const struct replay_report *r, struct buf *out);
void replay_report_json(const struct replay_report *r, struct buf *out);
/* Whether every matched flow went to every target. */
bool replay_report_complete(const struct replay_report *r);

#endif
