/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CMD_CAPTURE_LIVE_LOOP_H
#define CAPTURE_CMD_CAPTURE_LIVE_LOOP_H

/* The live run itself: cmd_capture_live.c, and what it tells while it goes on. */

#include "capture/cmd_capture_live_run.h"

enum { LIVE_BATCH = 256, LIVE_STATUS_MAX = 1024 };

struct live_run {
	const struct capture_settings *set;
	struct capture_result *result;
	struct live *live;
	struct meter *meter;
	struct handover *handover;
	struct live_sealer sealer; /* of the handover's thread while that runs */
	struct live_options_text options;
	struct live_interface before[LIVE_INTERFACES_MAX]; /* as the open segment began */
	struct capture_live_findings findings;             /* of the open segment */
	struct live_tally tallies[LIVE_INTERFACES_MAX];    /* of the open segment */
	bool gone_told[LIVE_INTERFACES_MAX];
	int64_t from;       /* of the open segment */
	int64_t to;         /* packets from here on belong to the next; INT64_MAX: none do */
	int64_t latest;     /* packet time, as far as it came */
	int64_t drained_at; /* wall clock before the rings were last found empty */
	int64_t tick_due;   /* monotonic */
	int64_t clock_ahead; /* of the wall clock, of the monotonic one */
	uint64_t read;      /* packets of the open segment */
	uint64_t rows;      /* flows that ended in it */
	uint64_t packets;   /* in all */
	uint64_t durable;   /* packets and flows ended when that was last ordered */
	uint64_t sequence;  /* of the open segment */
	char state[FILE_PATH_MAX]; /* the directory */
	bool counted_out;   /* -c */
	bool terminal;
	bool shown;         /* a line on the terminal that renews itself */
	int64_t shown_at;   /* monotonic, and the packets then: for the rate */
	uint64_t shown_packets;
	struct packet batch[LIVE_BATCH];
};

/* The clock or a packet reached `time`: ends the segments that are over by then. */
MUST_USE enum status live_run_advance(struct live_run *r, int64_t time, bool packet,
    struct fault *f);

/* cmd_capture_live_tell.c */

/* Interfaces that vanished become findings. */
void live_run_find_gone(struct live_run *r);
/* The status line. */
void live_run_status(struct live_run *r, char *out, size_t size);
/* It, on demand. */
void live_run_tell(struct live_run *r);
/* What is told each second. */
void live_run_show(struct live_run *r);
void live_run_begin(struct live_run *r);
void live_run_end(struct live_run *r);
/* The counters for the summary. */
void live_run_result(struct live_run *r);

/* cmd_capture_live_service.c */

/* The interfaces are open: rights are given up. */
MUST_USE enum status live_run_drop(struct live_run *r, struct fault *f);
/* Everything is open. */
MUST_USE enum status live_run_ready(struct live_run *r, struct fault *f);

#endif
