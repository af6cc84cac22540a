/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_PACK_PART_H
#define FLOW_PACK_PART_H

/* What pack.c, messages and their headers, and pack_rows.c, what goes into them, share. */

#include "flow/announce.h"
#include "flow/pack.h"
#include "flow/row_encode.h"
#include "flow/row_run.h"
#include "flow/uptime.h"

struct wire_format {
	const char *name;
	enum dialect dialect;    /* of the template protocols */
	uint16_t header;         /* octets */
	uint16_t template_set;   /* the id */
	uint16_t alignment;      /* of sets, filled up with zeros */
	bool templates;
	bool biflows;
	bool uptime;             /* times are relative to the exporter's start */
	bool timeless;           /* can express a flow without times */
};

struct packer_columns {
	enum column_id ids[COLUMN_COUNT];
	size_t count;
};

struct packer {
	struct pack_options options;
	const struct wire_format *wire;
	pack_emit emit;
	void *ctx;
	struct row_encoder *encoder; /* NULL for NetFlow 5 */
	struct row_run *run;         /* NULL likewise */
	bool simple;                 /* all rows of the run's slice go one way and have both times: */
	int64_t first;               /* from when, milliseconds */
	int64_t last;
	struct buf message;          /* the one being filled; its header is written at the end */
	struct buf header;
	struct buf record;           /* the one to be appended */
	struct announcer *announcer; /* NULL: nothing is told by options */
	uint32_t announced;          /* kinds whose templates were sent, a bit each */
	uint32_t prepared;           /* ... or ever */
	size_t option_records;       /* in the message */
	uint16_t sampling;           /* of NetFlow 5's header: that of all records in it */
	size_t records;              /* in the message */
	size_t templates;
	uint16_t set_id;             /* of the open set, 0 if none */
	size_t set_at;               /* where its header is */
	uint32_t sequence;
	uint32_t since_refresh;      /* messages */
	struct uptime_clock clock;
	int64_t newest;              /* seconds, IPFIX's export time */
	int64_t now;                 /* seconds, 0 where the caller does not tell */
	struct pack_stats stats;
	/* Of the present table: what nothing carries, and what goes only with the record of a direction. */
	struct packer_columns lost;
	bool lost_by_all[COLUMN_COUNT]; /* of these, in each row of the present slice */
	struct packer_columns lost_without[2];
};

/* A set of that id is open behind it; closes another that was. */
void pack_open_set(struct packer *p, uint16_t id);
void pack_close_set(struct packer *p);
void pack_put_template(struct packer *p, struct row_plan *plan);
/* pack_announce.c: all that is due before the row; it may begin a new message. */
MUST_USE enum status pack_announce(struct packer *p, const struct table *t, size_t row, struct fault *f);
/* The templates of these kinds that are due. */
MUST_USE enum status pack_announce_kinds(struct packer *p, unsigned kinds, struct fault *f);
/* All that was told once more, in messages of its own, whose sequence numbers begin at 0 (IPFIX). */
MUST_USE enum status pack_announce_again(struct packer *p, pack_emit emit, void *ctx, struct fault *f);

#endif
