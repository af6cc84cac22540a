/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_TARGET_PART_H
#define REPLAY_TARGET_PART_H

/* What the files of target.c share: its state, and the two things that it can send. */

#include <pthread.h>

#include "replay/target.h"

enum {
	TARGET_ROWS = 16384,       /* read at a time */
	TARGET_ROWS_ORDERED = 65536 /* and where they are put into the order of their times */
};

struct target {
	struct target_env env;
	const struct target_options *options;
	const struct outlet_kind *kind;
	struct filter *filter; /* the target's own, or NULL */
	struct schedule schedule;
	void *outlet;
	struct input *input;
	size_t rows;            /* of a table */
	struct table *table;    /* being sent; of datagrams, one row for the filter */
	uint8_t *matched;       /* twice the table's rows */
	uint32_t *order;        /* of rows that follow the archive's time, or NULL */
	struct buf ahead;       /* of datagrams: what defines those that are selected */
	uint64_t skip;          /* of what is selected, what an earlier run had done */
	struct buf begun;       /* a bit for each session of which something has gone; bit 0: of UDP */
	struct reader_options reader;
	struct target_result result;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	/* with the lock held: */
	struct target_result shared;
	struct target_segment *segments;
	size_t segment_count;
	size_t segment_room;
};

/* The selected rows, or datagrams, of the input, which is open, to its end. */
MUST_USE enum status target_send_rows(struct target *t, struct fault *f);
MUST_USE enum status target_send_datagrams(struct target *t, struct fault *f);
/* STATUS_USAGE where a filter, or an option, asks for more than is known of a datagram. */
MUST_USE enum status target_check_exact(const struct target *t, struct fault *f);
/*
 * So many of what comes from this place are selected.  STATUS_DIFFERS where the run that is resumed
 * had another segment there.
 */
MUST_USE enum status target_note_segment(struct target *t, const struct flow_place *place,
    uint64_t selected, struct fault *f);
/* What others may look at meanwhile. */
void target_share(struct target *t, bool finished);

#endif
