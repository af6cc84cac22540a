/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_ICMP_H
#define FLOW_ICMP_H

/* Type and code of ICMP, wherever an exporter has put them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/table.h"

/*
 * False where the flow is not ICMP or does not tell.  Without values of their own they stand in
 * the destination port, the type times 256 and the code, as NetFlow 5 has them; where the source has
 * a port as well that one is something else.
 */
bool icmp_of_row(const struct table *t, size_t row, uint8_t *type, uint8_t *code);

#endif
