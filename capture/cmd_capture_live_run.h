/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CMD_CAPTURE_LIVE_RUN_H
#define CAPTURE_CMD_CAPTURE_LIVE_RUN_H

/*
 * What the files of a live run share.  The sealer lives on the handover's thread; what it gets is
 * a table of flows, or a seal_order, which owns all that it tells about the segment.
 */

#include "capture/cmd_capture.h"
#include "capture/cmd_capture_out.h"
#include "capture/handover.h"

enum { LIVE_LOSSES_EACH = 3, LIVE_OPTIONS_EACH = 4, LIVE_OPTIONS_OWN = 3 };

/* What stands in every manifest of the run. */
struct live_options_text {
	struct segment_facts base; /* the options of every capture */
	struct facts_option list[CAPTURE_FACTS_OPTIONS_MAX + LIVE_OPTIONS_OWN +
	    LIVE_OPTIONS_EACH * LIVE_INTERFACES_MAX];
	size_t count;
	char names[LIVE_OPTIONS_EACH * LIVE_INTERFACES_MAX][48];
	char values[LIVE_OPTIONS_OWN + LIVE_OPTIONS_EACH * LIVE_INTERFACES_MAX][LIVE_NAME_MAX];
};

/* What the meter took of an interface. */
struct live_tally {
	uint64_t packets;
	uint64_t octets; /* as captured */
};

/* Of one segment: the counters as they are, less what they were when it began. */
struct live_segment {
	size_t interface_count;
	struct live_interface interfaces[LIVE_INTERFACES_MAX];
	struct live_tally tallies[LIVE_INTERFACES_MAX];
	struct capture_live_findings findings;
};

/* What the writing thread is to do between two tables. */
struct seal_order {
	bool durable; /* no end: what came so far is to survive a crash */
	struct segment_facts facts;
	struct live_segment segment;
	struct facts_input inputs[LIVE_INTERFACES_MAX];
	struct facts_loss losses[LIVE_LOSSES_EACH * (1 + LIVE_INTERFACES_MAX)];
	char loss_names[LIVE_LOSSES_EACH * LIVE_INTERFACES_MAX][48];
	struct facts_finding findings[CAPTURE_LIVE_FINDINGS_MAX + 1];
	bool last;  /* nothing follows */
	bool close; /* for good */
	int64_t next; /* the next segment's beginning */
};

/* cmd_capture_live_facts.c */

MUST_USE enum status live_options_text(const struct capture_settings *s, struct live *live,
    struct live_options_text *out, struct fault *f);
/* The counters as they are now, less those before; no findings. */
void live_segment_look(struct live *live, const struct live_interface *before,
    const struct live_tally *tallies, struct live_segment *out);
/* A copy, as far as there is memory; its list is to be freed. */
void live_findings_copy(struct capture_live_findings *to, const struct capture_live_findings *from);
/*
 * As before, and a segment ends here: what the system dropped is found, before is as now.  The tallies
 * and findings go over, and begin anew.
 */
void live_segment_take(struct live *live, struct live_interface before[LIVE_INTERFACES_MAX],
    struct live_tally tallies[LIVE_INTERFACES_MAX], struct capture_live_findings *findings,
    struct live_segment *out);
/* Fills the order's facts, but the accounting and the interval, from its segment. */
void seal_order_fill(struct seal_order *o, const struct live_options_text *options);
void seal_order_free(struct seal_order *o);
void live_find(struct capture_live_findings *list, const char *code, const char *file,
    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* cmd_capture_live_report.c */

void capture_live_result_add(struct capture_live_result *r, const struct live_segment *s);

/* cmd_capture_live_seal.c */

struct live_sealer {
	const struct capture_settings *set;
	struct capture_result *result;
	const char *state;     /* directory */
	struct writer *writer; /* NULL without an archive */
	struct output *outputs[CAPTURE_DESTINATIONS_MAX];
};

/* Opens the archive, the first segment, of which `opening` tells, and every -o. */
MUST_USE enum status live_sealer_open(struct live_sealer *s, const struct capture_settings *set,
    struct capture_result *result, const struct segment_facts *opening, struct fault *f);
struct handover_work live_sealer_work(struct live_sealer *s);
/* After the last order: complete the outputs. */
MUST_USE enum status live_sealer_finish(struct live_sealer *s, struct fault *f);
void live_sealer_free(struct live_sealer *s);

#endif
