/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/jitter.h"

/* Values below 16 have a bucket each; each power of two above has 16. */
static unsigned
bucket_of(uint64_t v)
{
	unsigned top;

	if (v < 16)
		return (unsigned)v;
	top = 63u - (unsigned)__builtin_clzll(v);
	return (top - 3) * 16 + (unsigned)(v >> (top - 4) & 15);
}

/* The largest value of a bucket. */
static int64_t
bucket_top(unsigned b)
{
	unsigned shift = b / 16 - 1;

	return b < 16 ? (int64_t)b : (int64_t)(((uint64_t)(16 + b % 16 + 1) << shift) - 1);
}

void
jitter_add(struct jitter *j, int64_t nanos)
{
	int64_t v = nanos >= 0 ? nanos : nanos == INT64_MIN ? INT64_MAX : -nanos;

	j->count++;
	j->buckets[bucket_of((uint64_t)v)]++;
	if (v > j->max)
		j->max = v;
}

int64_t
jitter_quantile(const struct jitter *j, unsigned percent)
{
	uint64_t want = j->count / 100 * percent + (j->count % 100 * percent + 99) / 100, seen = 0;

	for (unsigned b = 0; b < JITTER_BUCKETS && j->count > 0; b++) {
		seen += j->buckets[b];
		if (seen >= want && seen > 0)
			return bucket_top(b) < j->max ? bucket_top(b) : j->max;
	}
	return 0;
}
