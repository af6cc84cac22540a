/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_SECTION_H
#define CAPTURE_SECTION_H

/*
 * Sections of packets in records: dataLinkFrameSection, ipHeaderPacketSection,
 * ipPayloadPacketSection (RFC 5477 section 8.5) and layer2packetSectionData (NetFlow-lite).  What
 * a dissected section says fills the columns that the record itself leaves empty; the section
 * stands in `other` all the same.  sections_open; sections_apply per record; sections_free.
 */

#include "base/status.h"
#include "flow/record.h"
#include "flow/table.h"

struct sections;

MUST_USE enum status sections_open(struct sections **out, struct fault *f);
void sections_free(struct sections *s);

/* Whether records of the template have a section. */
bool sections_in(const struct template *t);
void sections_apply(struct sections *s, const struct record *r, struct table *t, size_t row);

#endif
