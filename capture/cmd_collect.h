/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CMD_COLLECT_H
#define CAPTURE_CMD_COLLECT_H

/*
 * The parts of `nfseal collect`: its settings (cmd_collect.c), the run (cmd_collect_run.c), what
 * a segment is made of and sealed with (cmd_collect_segment.c, cmd_collect_facts.c), and what it
 * tells at the end (cmd_collect_report.c).
 */

#include "archive/facts.h"
#include "archive/writer.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/receive.h"
#include "base/service.h"
#include "capture/cmd_capture_out.h"
#include "capture/collector.h"
#include "capture/datalog.h"
#include "capture/exporters_json.h"
#include "capture/source.h"

enum { COLLECT_PORTS_MAX = 64, COLLECT_DESTINATIONS_MAX = 8, COLLECT_RECEIPTS_MAX = 4096 };

struct collect_settings {
	struct receive_options ports[COLLECT_PORTS_MAX]; /* -p; host, group and buffer are of all */
	size_t port_count;
	const char **inputs; /* -r: captures that hold datagrams */
	size_t input_count;
	const char *archive; /* -w or -l, or NULL */
	struct capture_destination destinations[COLLECT_DESTINATIONS_MAX]; /* -o */
	size_t destination_count;
	const char *format;
	struct sender_options sender;
	const char *state;
	int64_t rotate; /* nanoseconds; 0: one segment */
	int layout;
	uint64_t count; /* -c: datagrams, 0: all */
	struct service_options service;
	struct service *running; /* while it runs, and receives */
	bool no_datagrams;
	bool close;
	bool keys_in_memory; /* which closes too: nobody could go on */
	bool nfcapd; /* the options of nfcapd's were used: say what was understood */
	bool json;
	bool quiet;
	bool help;
	char *port_texts[COLLECT_PORTS_MAX];
};

/* What a capture held beside export datagrams, and the kernel kept from us. */
struct collect_losses {
	uint64_t frames;       /* read, of captures */
	uint64_t other;        /* of these, without an export message */
	uint64_t fragments;    /* of UDP, not put together */
	uint64_t cut;          /* datagrams that the snap length or the buffer cut */
	uint64_t kernel;       /* datagrams that the kernel dropped */
	uint64_t waits;        /* times that received datagrams had to wait in the kernel */
};

struct collect_result {
	struct collector_counts counts;
	struct collect_losses losses;
	uint64_t kept; /* datagrams */
	struct receipt receipt;
	struct receipt *segments;
	size_t segment_count;
	bool sealed;
	struct sender_report targets[COLLECT_DESTINATIONS_MAX];
	size_t target_count;
	int signal;
	struct source *source;      /* of -r */
	struct collector *collector; /* for its exporters */
};

/* The open segment, and where rows and datagrams go. */
struct collect_segment {
	const struct collect_settings *set;
	struct collect_result *result;
	struct writer *writer; /* NULL without an archive */
	struct datalog *datalog;
	struct output *outputs[COLLECT_DESTINATIONS_MAX];
	struct buf frame;
	struct accounting sums;    /* of its rows: what exporters metered */
	struct collector_counts before; /* the collector's counts as it began */
	struct collect_losses lost;     /* since it began */
	char state[FILE_PATH_MAX]; /* the state directory, "" for the default */
	uint64_t sequence;
	uint64_t datagrams;
	int64_t from;
	bool dirty; /* something came since it was last made durable */
};

/* cmd_collect_segment.c */

/* Opens outputs, the archive, and the first segment, which begins at `time`. */
MUST_USE enum status collect_segment_open(struct collect_segment *s, int64_t time, struct fault *f);
/* A datagram is kept; *number is its number. */
MUST_USE enum status collect_segment_keep(struct collect_segment *s, struct datagram *d,
    uint64_t dropped, struct fault *f);
/* A collector_emit: ctx is the segment. */
enum status collect_segment_rows(void *ctx, struct table **t, struct fault *f);
/* All that came is durable. */
MUST_USE enum status collect_segment_durable(struct collect_segment *s, struct fault *f);
/* Ends it at time `to` and goes on with the next. */
MUST_USE enum status collect_segment_rotate(struct collect_segment *s, int64_t to, struct fault *f);
MUST_USE enum status collect_segment_finish(struct collect_segment *s, int64_t to, struct fault *f);
void collect_segment_free(struct collect_segment *s);

/* cmd_collect_facts.c */

enum { COLLECT_FACT_LOSSES = 48, COLLECT_FACT_OPTIONS = 16 };

struct collect_facts {
	struct segment_facts facts;
	struct facts_loss losses[COLLECT_FACT_LOSSES];
	char names[COLLECT_FACT_LOSSES][64];
	struct facts_option options[COLLECT_FACT_OPTIONS];
	char numbers[COLLECT_FACT_OPTIONS][32];
	char ports[8 * COLLECT_PORTS_MAX];
	struct facts_input *inputs;
	struct facts_finding *findings;
};

/* The segment's facts up to `to`; sum NULL while it is open. */
MUST_USE enum status collect_facts_fill(const struct collect_segment *s, int64_t to,
    const struct exporters_sum *sum, struct collect_facts *out, struct fault *f);
void collect_facts_free(struct collect_facts *facts);

/* cmd_collect_run.c */

MUST_USE enum status collect_run(const struct collect_settings *s, struct collect_result *out,
    struct fault *f);
void collect_result_free(struct collect_result *r);

/* cmd_collect_report.c */

MUST_USE enum status collect_report(const struct collect_settings *s,
    const struct collect_result *r, struct fault *f);
/* Of what was asked for, something did not come or did not go: exit 3. */
bool collect_lost(const struct collect_result *r);

#endif
