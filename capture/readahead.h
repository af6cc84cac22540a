/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_READAHEAD_H
#define CAPTURE_READAHEAD_H

/*
 * Packets out of a source in batches, in their order; with `threaded` they are read, filtered
 * and dissected ahead of the caller on a thread of their own, a bounded number of batches.
 * Which thread did what is seen nowhere: the batches are the same, their frames stay in
 * memory while the caller has the batch, and the source is at rest, as it was left by this
 * very batch, while the caller has one that `crosses` into another interval.
 *
 * readahead_open; readahead_next until STATUS_END; readahead_stop, after which the source is
 * the caller's again; readahead_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/item.h"
#include "capture/meter.h"
#include "capture/packet_filter.h"
#include "capture/source.h"

enum { READAHEAD_BATCH = 256 /* packets */ };

struct readahead_options {
	struct source *source;
	struct packet_filter *filter; /* NULL: all packets match */
	const struct meter *meter;    /* for meter_dissect */
	uint64_t count;               /* packets to read at most; 0: all */
	int64_t rotate;               /* the length of an interval of packet time; 0: there are none */
	bool threaded;
};

struct batch {
	size_t count;
	int64_t latest;  /* the highest time of its packets */
	bool crosses;    /* a packet is the first of a later interval */
	bool dissected;  /* items hold */
	uint64_t done;   /* octets, as source_progress tells them */
	uint64_t total;
	struct block *held;
	struct packet packets[READAHEAD_BATCH];
	uint8_t matched[READAHEAD_BATCH]; /* where there is a filter */
	struct item items[READAHEAD_BATCH];
};

struct readahead;

MUST_USE enum status readahead_open(const struct readahead_options *o, struct readahead **out,
    struct fault *f);
/* The next packets, until the next call; STATUS_END, or what source_next failed with. */
MUST_USE enum status readahead_next(struct readahead *a, struct batch **out, struct fault *f);
/* Ends the reading, wherever it is; takes NULL. */
void readahead_stop(struct readahead *a);
void readahead_free(struct readahead *a);

#endif
