/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_FILTER_SET_H
#define REPLAY_FILTER_SET_H

/*
 * A set of integers and addresses as sorted ranges that do not touch, so that a test is
 * one comparison, or a binary search.  IPv4 addresses are integers; IPv6 ones are pairs
 * of 64 bits.  filter_set_add..., filter_set_seal once, then filter_set_has...; zeroed at first.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/text.h"

struct filter_range {
	int64_t low, high; /* both belong to it */
};

struct filter_wide {
	uint64_t high, low;
};

struct filter_wide_range {
	struct filter_wide low, high;
};

struct filter_set {
	struct filter_range *ranges;
	size_t count;
	struct filter_wide_range *wides;
	size_t wide_count;
};

/* False where there is no memory. */
bool filter_set_add(struct filter_set *s, int64_t low, int64_t high);
/* Both of one family. */
bool filter_set_add_addresses(struct filter_set *s, const struct address *low,
    const struct address *high);
/* Sorts and joins the ranges. */
void filter_set_seal(struct filter_set *s);
void filter_set_free(struct filter_set *s);

/* -1, 0, 1 */
static inline int
filter_wide_compare(const struct filter_wide *a, const struct filter_wide *b)
{
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return (a->low > b->low) - (a->low < b->low);
}

static inline bool
filter_set_has(const struct filter_set *s, int64_t v)
{
	size_t from = 0, to = s->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (v > s->ranges[middle].high)
			from = middle + 1;
		else if (v < s->ranges[middle].low)
			to = middle;
		else
			return true;
	}
	return false;
}

static inline bool
filter_set_has_address(const struct filter_set *s, const struct address *a)
{
	struct filter_wide v;
	size_t from = 0, to = s->wide_count;

	if (a->family == 4)
		return filter_set_has(s, load_be32(a->octets));
	v = (struct filter_wide){ load_be64(a->octets), load_be64(a->octets + 8) };
	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (filter_wide_compare(&v, &s->wides[middle].high) > 0)
			from = middle + 1;
		else if (filter_wide_compare(&v, &s->wides[middle].low) < 0)
			to = middle;
		else
			return a->family == 6;
	}
	return false;
}

#endif
