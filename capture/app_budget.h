/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_APP_BUDGET_H
#define CAPTURE_APP_BUDGET_H

/*
 * The memory that all flows together may hold for application hints: what is taken is given
 * back by the same number of octets.  Where it does not suffice, that flow's reading ends with
 * what was found, and is counted.  What is being put together is lent, and cannot take the
 * reserve that is there for what is found.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app_budget {
	size_t left;      /* octets */
	size_t reserve;   /* of them, not to be lent */
	uint64_t refused; /* times that there was not enough, or no memory at all */
};

static inline bool
app_budget_take(struct app_budget *b, size_t octets)
{
	if (octets > b->left) {
		b->refused++;
		return false;
	}
	b->left -= octets;
	return true;
}

static inline bool
app_budget_lend(struct app_budget *b, size_t octets)
{
	if (b->left < b->reserve || octets > b->left - b->reserve) {
		b->refused++;
		return false;
	}
	b->left -= octets;
	return true;
}

static inline void
app_budget_give(struct app_budget *b, size_t octets)
{
	b->left += octets;
}

#endif
