/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_TARGET_H
#define REPLAY_TARGET_H

/*
 * One of a replay's targets: it reads the input, selects, paces and sends on a thread of its
 * own, so that a slow or dead one holds up nobody else and needs no queue that could overflow.
 *
 * target_open checks what was asked for; target_start; target_progress from any thread, target_look and
 * target_segments_json from any thread, until it says finished; target_join, after which all else
 * holds; target_free.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/sink.h"
#include "base/status.h"
#include "replay/filter.h"
#include "replay/input.h"
#include "replay/outlet.h"
#include "replay/replay_option.h"
#include "replay/schedule.h"

enum { TARGET_SHA256 = 32, TARGET_ID_MAX = 40 };

/* A segment of which something was selected. */
struct target_segment {
	uint64_t sequence;
	bool has_manifest;
	uint8_t manifest[TARGET_SHA256]; /* its hash, zeros where it has none */
	const char *finding; /* why it is not what was sealed (--unverified), or NULL */
	uint64_t selected;   /* flows, or datagrams */
};

/* Where an earlier run of the same replay stopped. */
struct target_resume {
	uint64_t position; /* flows or datagrams of the selection that are done */
	const struct target_segment *segments; /* that they came from, or some of them */
	size_t segment_count;
};

struct target_env {
	const char *path;                    /* of the input; "-" only for a single target */
	const struct reader_options *reader; /* all of them for the target's life */
	const struct filter *filter;
	struct schedule_clock clock;
	const volatile int *interrupt;
	reader_notice notice;                /* called from the target's thread */
	void (*opened)(void *ctx, const struct input *in); /* the input, before its flows go */
	void (*ended)(void *ctx);            /* the target, which says finished from then on */
	void *notice_ctx;                    /* of all three */
	struct sink tap;                     /* of what this target sends; called from its thread */
	bool dry;
	struct target_resume resume;         /* zeroed: from the beginning */
};

struct target_progress {
	uint64_t read;     /* flows; of an exact one datagrams */
	uint64_t matched;
	uint64_t pass;     /* of --loop, from 1 */
	int64_t position;  /* the newest flow's end, microseconds; INT64_MIN before the first */
	bool has_span;     /* of the selection's segments, microseconds: */
	int64_t from;
	int64_t to;
	bool finished;
	struct outlet_counts counts;
};

struct target_result {
	const struct target_options *options;
	const char *format;
	bool exact;          /* what is read, selected and sent are datagrams, not flows */
	uint64_t rate;       /* that it had, in the unit of target_unit; 0: no limit */
	struct target_progress progress;
	char archive[TARGET_ID_MAX]; /* id in hex, "" of other inputs */
	uint64_t skipped;    /* that an earlier run had done */
	const char *anchor;  /* how the genesis was known; "no archive" of other inputs */
	uint64_t stayed;     /* flows whose times could not be moved as asked */
	uint64_t damaged;    /* parts of the input that could not be read */
	uint64_t sent_ahead; /* datagrams from before the window, which define what is in it */
	uint64_t not_ahead;  /* and those that were too many */
	bool nothing_read;   /* of a file that is damaged as a whole */
	bool opened;         /* the input and the way out */
	bool complete;       /* the way out lost nothing */
	bool interrupted;
	int64_t nanos;       /* that it took, or would take */
	struct fault fault;  /* status OK, or what ended it */
	struct jitter jitter;
};

struct target;

/* STATUS_USAGE, or what a filter's text is refused with, before anything is opened. */
MUST_USE enum status target_open(const struct target_options *o, const struct target_env *env,
    struct target **out, struct fault *f);
MUST_USE enum status target_start(struct target *t, struct fault *f);
void target_progress(struct target *t, struct target_progress *out);
/* The result as it stands, from any thread at any time. */
void target_look(struct target *t, struct target_result *out);
/* How much of the selection is done, by earlier runs and as that look saw it. */
uint64_t target_position(const struct target *t, const struct target_result *look);
/* The array of the segments so far, from any thread at any time. */
void target_segments_json(struct target *t, struct jsonw *j);
void target_join(struct target *t);
const struct target_result *target_result(const struct target *t);
/* What the way out says beside its counts; nothing of one that was not opened.  Only once joined. */
void target_say(const struct target *t, struct buf *out);
void target_json(const struct target *t, struct jsonw *j);
/* Joins it where that was not done. */
void target_free(struct target *t);

#endif
