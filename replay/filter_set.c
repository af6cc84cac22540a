/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/filter_set.h"

#include <stdlib.h>

/* Room for one more of `size` octets behind `count`; the memory doubles at powers of two. */
static bool
grow(void **items, size_t count, size_t size)
{
	void *bigger;

	if ((count & (count - 1)) != 0)
		return true;
	bigger = realloc(*items, (count == 0 ? 1 : count * 2) * size);
	if (bigger == NULL)
		return false;
	*items = bigger;
	return true;
}

bool
filter_set_add(struct filter_set *s, int64_t low, int64_t high)
{
	void *items = s->ranges;

	if (low > high)
		return true;
	if (!grow(&items, s->count, sizeof(*s->ranges)))
		return false;
	s->ranges = items;
	s->ranges[s->count++] = (struct filter_range){ low, high };
	return true;
}

bool
filter_set_add_addresses(struct filter_set *s, const struct address *low,
    const struct address *high)
{
	void *items = s->wides;

	if (low->family == 4)
		return filter_set_add(s, load_be32(low->octets), load_be32(high->octets));
	if (!grow(&items, s->wide_count, sizeof(*s->wides)))
		return false;
	s->wides = items;
	s->wides[s->wide_count++] = (struct filter_wide_range){
		.low = { load_be64(low->octets), load_be64(low->octets + 8) },
		.high = { load_be64(high->octets), load_be64(high->octets + 8) },
	};
	return true;
}

static int
compare_ranges(const void *a, const void *b)
{
	const struct filter_range *x = a, *y = b;

	return (x->low > y->low) - (x->low < y->low);
}

static int
compare_wides(const void *a, const void *b)
{
	const struct filter_wide_range *x = a, *y = b;

	return filter_wide_compare(&x->low, &y->low);
}

static void
join_ranges(struct filter_set *s)
{
	size_t kept = 0;

	for (size_t i = 1; i < s->count; i++) {
		struct filter_range *last = &s->ranges[kept];

		if (last->high == INT64_MAX || s->ranges[i].low <= last->high + 1) {
			if (s->ranges[i].high > last->high)
				last->high = s->ranges[i].high;
		} else {
			s->ranges[++kept] = s->ranges[i];
		}
	}
	s->count = kept + 1;
}

static void
join_wides(struct filter_set *s)
{
	size_t kept = 0;

	for (size_t i = 1; i < s->wide_count; i++) {
		struct filter_wide_range *last = &s->wides[kept];

		if (filter_wide_compare(&s->wides[i].low, &last->high) <= 0) {
			if (filter_wide_compare(&s->wides[i].high, &last->high) > 0)
				last->high = s->wides[i].high;
		} else {
			s->wides[++kept] = s->wides[i];
		}
	}
	s->wide_count = kept + 1;
}

void
filter_set_seal(struct filter_set *s)
{
	if (s->count > 1) {
		qsort(s->ranges, s->count, sizeof(*s->ranges), compare_ranges);
		join_ranges(s);
	}
	if (s->wide_count > 1) {
		qsort(s->wides, s->wide_count, sizeof(*s->wides), compare_wides);
		join_wides(s);
	}
}

void
filter_set_free(struct filter_set *s)
{
	free(s->ranges);
	free(s->wides);
	*s = (struct filter_set){ 0 };
}
