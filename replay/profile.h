/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_PROFILE_H
#define REPLAY_PROFILE_H

/*
 * What a receiver of a known kind needs: the format that it reads best, the fields that must be
 * there, how templates go.  An option that is given wins over its profile.
 */

#include <stdint.h>

#include "base/buf.h"
#include "flow/announce.h"
#include "flow/column.h"

struct profile {
	const char *name;
	const char *format;
	uint32_t refresh;        /* datagrams after which templates come again */
	uint16_t refresh_seconds;
	uint16_t lead_millis;    /* between new templates and the records behind them */
	unsigned announce;       /* what is told by option records: ANNOUNCE_... */
	uint16_t port;           /* where it usually listens; for people */
	enum column_id required[24]; /* sent as zeros where absent; ends with COLUMN_NONE */
	const char *help;        /* one line */
};

/* NULL where there is none of that name. */
const struct profile *profile_find(const char *name);
/* All of them, a table for people. */
void profile_help(struct buf *out);

#endif
