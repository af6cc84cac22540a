/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_TARGET_PART_H
#define REPLAY_TARGET_PART_H

/* What the files of target.c share: its state, and the two things that it can send. */

#include <pthread.h>

#include "replay/target.h"

enum { TARGET_ROWS = 16384 /* read at a time */ };

struct target {
	struct target_env env;
	const struct target_options *options;
	const struct outlet_kind *kind;
	struct filter *filter; /* the target's own, or NULL */
	struct schedule schedule;
	void *outlet;
	struct input *input;
	struct table *table;
	uint8_t *matched;       /* twice TARGET_ROWS */
	struct buf ahead;       /* of datagrams: what defines those that are selected */
	bool is_ahead;          /* that has been sent */
	struct reader_options reader;
	struct target_result result;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	struct target_progress shared; /* with the lock held */
};

/* The selected rows, or datagrams, of the input, which is open, to its end. */
MUST_USE enum status target_send_rows(struct target *t, struct fault *f);
MUST_USE enum status target_send_datagrams(struct target *t, struct fault *f);
/* STATUS_USAGE where a filter, or an option, asks for more than is known of a datagram. */
MUST_USE enum status target_check_exact(const struct target *t, struct fault *f);
/* What others may look at meanwhile. */
void target_share(struct target *t, bool finished);

#endif
