/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_LOSS_H
#define FLOW_LOSS_H

/* What an export protocol could not carry: nothing is left out in silence. */

#include <stdint.h>

#include "flow/column.h"

enum refusal {
#define REFUSAL(id, name, help) REFUSAL_##id,
#include "flow/refusal.def"
#undef REFUSAL
	REFUSAL_COUNT,
	REFUSAL_NONE = REFUSAL_COUNT
};

struct loss {
	uint64_t refused[REFUSAL_COUNT]; /* flows that were not sent at all */
	uint64_t columns[COLUMN_COUNT];  /* flows sent without a value that they have there */
	uint64_t rounded;                /* flows whose times were cut to milliseconds */
	uint64_t padded;                 /* flows whose absent values went out as zeros */
};

const char *refusal_name(enum refusal r);
const char *refusal_help(enum refusal r);
void loss_add(struct loss *to, const struct loss *more);
uint64_t loss_refused(const struct loss *l); /* for all reasons */

#endif
