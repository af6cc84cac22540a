/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_CMD_REPLAY_CUSTODY_H
#define REPLAY_CMD_REPLAY_CUSTODY_H

/* The receipt's way into the custody log: replay --custody. */

#include "base/buf.h"
#include "base/status.h"
#include "replay/replay_option.h"

/*
 * With the receipt as its one line of JSON; NULL, before anything is sent: whether it could be appended.
 * Says the new head in a notice.
 */
MUST_USE enum status custody_keep(const struct replay_options *o, const struct buf *receipt,
    struct fault *f);

#endif
