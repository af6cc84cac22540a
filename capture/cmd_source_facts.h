/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CMD_SOURCE_FACTS_H
#define CAPTURE_CMD_SOURCE_FACTS_H

/* The inputs and findings of a source of packets as a segment's manifest lists them. */

#include "archive/facts.h"
#include "capture/source.h"

/* As they are by now.  Names and texts stay the source's; the two lists are for the release. */
MUST_USE enum status source_facts_take(struct source *source, struct segment_facts *facts,
    struct fault *f);
/* Also where none were taken. */
void source_facts_release(struct segment_facts *facts);

#endif
