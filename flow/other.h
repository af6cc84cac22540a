/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_OTHER_H
#define FLOW_OTHER_H

/*
 * The column `other`: a JSON object of the fields that no column holds, in the order of the
 * record, keyed by IANA's name ("reverse..." for the reverse ones of RFC 5103) or by "PEN/ID".
 * Numbers and times of whole (milli)seconds are numbers, integers from 2^53 on decimal strings;
 * text is text; all else is hex.  An element that stands there more than once has an array.
 *
 * Structured data (RFC 6313) is an object: its "semantic", and a basicList's values as an array by
 * their element's name, or "records", an array of such objects as this one.  In there, which is for
 * reading, addresses, MACs and booleans are text or such, too, and an enterprise's element has a
 * name ("cert:initialTCPFlags").  What of it cannot be
 * read, or is beyond the limits, is hex.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "flow/record.h"

enum {
	OTHER_LIST_DEPTH = 4,        /* lists inside each other */
	OTHER_LIST_FIELDS = 256,     /* of a record in a list */
	OTHER_LIST_TEXT = 1 << 18    /* octets that a list becomes */
};

/*
 * Those of count fields of the template that are marked; what fails sticks in out.  templates:
 * for the records in lists; NULL knows none.
 */
void other_write(const struct template *t, const struct template_set *templates,
    const struct field *fields, const bool *marked, size_t count, struct buf *out);

#endif
