/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_OUTLET_H
#define REPLAY_OUTLET_H

/*
 * A way out of a target: rows become records, events or lines, and go.  One row of the table
 * per kind, chosen by the URL's scheme and the format.  All calls come from the target's own thread,
 * in this order: open; prepare and put..., flush before the target waits; finish; free.
 *
 * An outlet waits for nobody but by the schedule (schedule_admit before each datagram, message
 * or request), tells the tap every octet that it has handed over, and ends nothing by itself:
 * what a receiver refuses or the system does not send is counted.  Once the schedule is
 * interrupted it sends what it was given without waiting.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/reader.h"
#include "base/buf.h"
#include "base/jsonw.h"
#include "base/sink.h"
#include "base/status.h"
#include "flow/place.h"
#include "flow/table.h"
#include "replay/replay_option.h"
#include "replay/schedule.h"

enum { OUTLET_ADDRESS_MAX = 300 };

struct outlet_env {
	const struct target_options *options; /* for the outlet's life */
	struct schedule *schedule;
	struct sink tap;     /* of the octets that were handed over, in order; write may be NULL */
	bool dry;            /* nothing is opened or sent; all else is done and counted */
};

/* Rows from to to - 1 of t, those with matched[row] != 0. */
struct outlet_rows {
	const struct table *t;
	size_t from;
	size_t to;
	const uint8_t *matched;
	struct flow_place place; /* of the table's row 0; archive "" where nothing names it */
};

struct outlet_counts {
	uint64_t flows;          /* given */
	uint64_t settled;        /* of these, from the first on, those that went or never will */
	uint64_t records;        /* handed to the system, or acknowledged where somebody does that */
	uint64_t datagrams;      /* or messages, requests; the same */
	uint64_t octets;
	uint64_t refused;        /* times that the receiver or its host refused */
	uint64_t waited;         /* times that the system or the receiver had no room */
	uint64_t reconnects;
	uint64_t unsent;         /* datagrams that could not be sent at all */
	uint64_t unsent_records;
	uint64_t not_carried;    /* flows that the format cannot express */
	int error;               /* errno of the last refusal or failure, 0 */
	char address[OUTLET_ADDRESS_MAX]; /* where the URL led to */
};

struct outlet_kind {
	const char *schemes;  /* "udp", several apart by a space */
	const char *formats;
	const char *format;   /* the one that is taken where none is named */
	bool unpaced;         /* it takes what it can: without --rate there is no limit */
	bool apart;           /* each flow is a datagram */
	/* Columns, up to COLUMN_NONE, of which only whether flows have them is counted; NULL: none. */
	const enum column_id *unread;
	bool exact;           /* takes datagrams and messages as they were received, by put_datagram, not rows */
	/* What is wrong with the options, before anything is opened; NULL: nothing can be. */
	enum status (*check)(const struct target_options *o, struct fault *f);
	enum status (*open)(const struct outlet_env *env, void **out, struct fault *f);
	/* What is needed before the rows that follow goes ahead of them; NULL: nothing. */
	enum status (*prepare)(void *o, const struct outlet_rows *rows, struct fault *f);
	enum status (*put)(void *o, const struct outlet_rows *rows, struct fault *f);
	/* Of an exact one, instead of the two; also that a session is over.  `selected`: it counts, and does
	 * not only go ahead of those that do. */
	enum status (*put_datagram)(void *o, const struct reader_datagram *d, bool selected, struct fault *f);
	enum status (*flush)(void *o, struct fault *f);  /* what is packed goes */
	enum status (*finish)(void *o, struct fault *f); /* the last; and what is to be acknowledged */
	void (*counts)(const void *o, struct outlet_counts *out);
	/* Lines for people, and keys of the target's object, beside the counts; NULL: none. */
	void (*say)(const void *o, struct buf *out);
	void (*json)(const void *o, struct jsonw *j);
	/* Whether all went out as it was; what is lost is said by the two above. */
	bool (*complete)(const void *o);
	void (*free)(void *o);
};

/* STATUS_USAGE tells what there is. */
MUST_USE enum status outlet_find(const struct target_options *o, const struct outlet_kind **out,
    struct fault *f);
/* The format's name in this kind, its default where the target has none. */
const char *outlet_format(const struct outlet_kind *kind, const struct target_options *o);

#endif
