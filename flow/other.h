/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_OTHER_H
#define FLOW_OTHER_H

/*
 * The column `other`: a JSON object of the fields that no column holds, in the order of the
 * record, keyed by IANA's name ("reverse..." for the reverse ones of RFC 5103) or "PEN/ID".
 * Integers and times of whole (milli)seconds are numbers, from 2^53 on decimal strings; text
 * is text; all else is hex.  An element that stands there more than once has an array.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "flow/record.h"

/* Those of count fields of the template that are marked; what fails sticks in out. */
void other_write(const struct template *t, const struct field *fields, const bool *marked,
    size_t count, struct buf *out);

#endif
