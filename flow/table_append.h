/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_TABLE_APPEND_H
#define FLOW_TABLE_APPEND_H

/* Rows of one table behind those of another: small tables that come often become row groups. */

#include "flow/table.h"

/*
 * Copies rows at..at+count-1 of from, which to must have room for (capacity - rows).  The count
 * of clamped values is not copied.  What lacks memory shows in to->failed.
 */
void table_append(struct table *to, const struct table *from, size_t at, size_t count);

#endif
