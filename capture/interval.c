/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/interval.h"

#include "base/floor.h"

void
interval_of(int64_t time, int64_t length, int64_t *from, int64_t *to)
{
	int64_t into = floor_mod(time, length);

	if (__builtin_sub_overflow(time, into, from) || *from == INT64_MIN)
		*from = -INT64_MAX;
	if (__builtin_add_overflow(time, length - into, to))
		*to = INT64_MAX;
}
