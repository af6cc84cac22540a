/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_RESTATE_H
#define FLOW_RESTATE_H

/*
 * Messages of IPFIX that say which templates a domain has and no others: all are withdrawn, then
 * those in force are defined (RFC 7011 section 8.1).  A file in which messages of several
 * transport sessions stand needs them where another session's begin, since both may call
 * different templates by the same id.
 */

#include "base/buf.h"
#include "flow/decode.h"
#include "flow/template.h"

/*
 * Appends them, of the domain, time and sequence of the message that follows; templates NULL: it
 * has none yet.  How many messages they are.  A failure sticks to the buffer.
 */
size_t restate_templates(struct buf *out, const struct template_set *templates,
    const struct export_header *next);

#endif
