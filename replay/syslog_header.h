/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_SYSLOG_HEADER_H
#define REPLAY_SYSLOG_HEADER_H

/*
 * The header of a syslog message, of RFC 5424 or of RFC 3164: facility local0, severity
 * informational, the time and the exporter of the flow, since the flow is the event and not its
 * replay.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "flow/table.h"

enum syslog_form { SYSLOG_5424, SYSLOG_3164 };

/*
 * Appends the header of row `row`, up to where the message begins.  tagged: the message itself
 * does not begin with a word and a colon, as CEF's and LEEF's do, so that 3164 needs a tag.
 * host: what it has where the row has no exporter; of RFC 3164 the time is UTC.
 */
void syslog_header(struct buf *out, enum syslog_form form, const struct table *t, size_t row,
    const char *host, bool tagged);

#endif
