/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_SAMPLES_H
#define CAPTURE_SAMPLES_H

/*
 * The sequence of sFlow's samples: each data source counts its samples, by kind, from one.
 * What is missing of them was lost with their datagram, or the agent itself left it out.
 *
 * - A number that is ahead by at most SAMPLES_NEAR leaves a gap.
 * - Any other is doubted: it tells nothing until the next one goes on behind it.  Then it was a
 *   gap, or, where it was behind or further ahead than SAMPLES_GAP_MAX, the source began anew.
 *   Where the next one goes on as if it had not been, it was a stray.
 * - What comes in a datagram that is late fills a gap, and nothing else is said of it.
 *
 * No allocation; zeroed is ready.
 */

#include <stdbool.h>
#include <stdint.h>

#include "flow/sflow.h"

enum { SAMPLES_NEAR = 1 << 14 };
#define SAMPLES_GAP_MAX (UINT32_C(1) << 24) /* as of datagrams: flow/ledger.h */

/* Of all sources of a domain together. */
struct sample_counts {
	uint64_t samples[SFLOW_KINDS];
	uint64_t unknown_records; /* of samples, of no known structure */
	uint64_t no_packet;       /* sampled headers without an IP packet that could be read */
	uint64_t missed;          /* by the samples' own sequence */
	uint64_t gaps;
	uint64_t filled;          /* of the missed ones, those that came late */
	uint64_t restarts;        /* sources that began anew */
	uint64_t unchecked;       /* samples of sources beyond the quota */
	uint64_t pool;            /* packets that could have been sampled, as the sources tell */
	uint64_t drops;           /* samples that the agent had no room for, as it tells */
};

/* How the sample's datagram came. */
enum sample_way { SAMPLE_IN_ORDER, SAMPLE_LATE };

/* Where a source stands behind a sample. */
struct sample_place {
	uint32_t expected; /* the number of the next one */
	uint32_t pool;     /* as the sample told them */
	uint32_t drops;
};

/* One source's samples of one kind. */
struct sample_series {
	bool started;
	bool anew;    /* the agent began anew: so may the source, and that is no news */
	bool doubted; /* `doubt` holds */
	struct sample_place at;
	struct sample_place doubt;
	uint32_t ahead; /* of the one that is doubted */
	uint32_t open;  /* missed, and not filled */
};

void samples_take(struct sample_series *s, const struct sflow_sample *sample, enum sample_way way,
    struct sample_counts *counts);
void samples_add(struct sample_counts *to, const struct sample_counts *from);

#endif
