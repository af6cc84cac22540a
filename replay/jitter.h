/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_JITTER_H
#define REPLAY_JITTER_H

/*
 * How far from their time datagrams went: a histogram whose steps are a sixteenth of the value,
 * so that its quantiles are right to seven percent and its size does not grow.
 */

#include <stdint.h>

enum { JITTER_BUCKETS = 16 * 61 };

struct jitter {
	uint64_t count;
	int64_t max;
	uint64_t buckets[JITTER_BUCKETS];
};

/* Nanoseconds, early or late alike. */
void jitter_add(struct jitter *j, int64_t nanos);
/* The value that so many percent do not exceed; 0 where nothing was counted. */
int64_t jitter_quantile(const struct jitter *j, unsigned percent);

#endif
