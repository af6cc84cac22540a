/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_OPTIONS_LEARN_H
#define CAPTURE_OPTIONS_LEARN_H

/*
 * An option record becomes entries of its domain's tables.  What it is about is told by its
 * scopes, NetFlow 9's (RFC 3954 section 6.1: system, interface, line card, cache, template) or
 * IPFIX's elements, and by what else it names, in whatever order: exporters differ in which
 * of the two they use, and some give scopes without octets.
 */

#include "capture/options.h"
#include "flow/decode.h"
#include "flow/record.h"

/* The domain that the record is about: the header's, unless a scope names another. */
uint32_t options_learn_domain(const struct record *r, const struct export_header *h);
/*
 * The same for records of which a later one replaces all that an earlier one has told: those of the
 * same layout and scope, which become entries of the same kinds and keys, with the same texts empty.
 */
uint64_t options_learn_key(const struct record *r, const struct export_header *h, uint64_t seed);
/* STATUS_NO_MEMORY; what finds no room is counted by options_refused. */
MUST_USE enum status options_learn(struct options *o, const struct record *r,
    const struct export_header *h, const struct option_origin *origin);

/*
 * The key of an applicationId (RFC 6759 section 4): the classification engine's octet on top,
 * and the selector, whose leading zeros may or may not be there.  False where it is no such id.
 */
bool option_application_key(const uint8_t *octets, size_t len, uint64_t *key);

/* Of an enterprise's element, and what it is of. */
uint64_t option_element_key(uint32_t pen, uint16_t id);
uint32_t option_element_pen(uint64_t key);
uint16_t option_element_id(uint64_t key);

#endif
