/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_SAMPLES_H
#define CAPTURE_SAMPLES_H

/*
 * The sequence of sFlow's samples: each data source counts its samples, by kind, from one.
 * What is missing of them was lost with their datagram, or the agent itself left it out.
 * A number behind the expected one fills a gap where its datagram came late; else the source
 * began anew.  No allocation; zeroed is ready.
 */

#include <stdbool.h>
#include <stdint.h>

#include "flow/sflow.h"

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

/* One source's samples of one kind. */
struct sample_series {
	bool started;
	uint32_t expected;
	uint32_t open;  /* missed, and not filled */
	uint32_t pool;  /* of the latest sample in order */
	uint32_t drops;
};

void samples_take(struct sample_series *s, const struct sflow_sample *sample, enum sample_way way,
    struct sample_counts *counts);
void samples_add(struct sample_counts *to, const struct sample_counts *from);

#endif
