/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_EXPORTERS_JSON_H
#define CAPTURE_EXPORTERS_JSON_H

/*
 * The ledger of all exporters as JSON: STEM.exporters.json of a segment (nfseal-archive(5),
 * EXPORTERS), and the summary of `nfseal collect --json`.
 */

#include "base/jsonw.h"
#include "capture/exporters.h"

enum {
	EXPORTERS_LISTED_MAX = 10000, /* domains; what is beyond is added up */
	INTERFACES_LISTED_MAX = 16384, /* of all domains together */
	WAITING_LISTED_MAX = 16        /* templates of a domain that sets wait for; others are added up */
};

/* Sums over all that exporters_json_write has written. */
struct exporters_sum {
	struct exporter_counts counts;
	uint64_t domains;
	uint64_t waiting_sets; /* that wait for their template */
	uint64_t dropped_sets; /* that waited and had to give way */
	uint64_t options_refused; /* entries of options without room, of all that are heard */
	uint64_t gone;            /* exporters that gave way since the segment began */
};

/*
 * An array of one object per exporter, protocol and domain that sent something since the last
 * call (`cut`: they are in the total from then on), or else of the totals.
 */
void exporters_json_write(struct exporters *e, bool cut, struct jsonw *j, struct exporters_sum *sum);

/*
 * The text of the file, which is cut; recovered: it was made again of what an interrupted run had
 * kept, and says so.
 */
void exporters_json_file(struct exporters *e, bool recovered, struct buf *out,
    struct exporters_sum *sum);
/* The same without the array's brackets. */
void exporters_json_elements(struct exporters *e, bool cut, struct jsonw *j,
    struct exporters_sum *sum);

/* "netflow5", "ipfix", "sflow", ... of exporter_domain's version. */
const char *exporters_json_protocol(uint16_t version);

/* What exporters_json_write would add up now, with `cut`; nothing is cut. */
void exporters_so_far(const struct exporters *e, struct exporters_sum *sum);
/* Fills the sum's sets and what had no room alone: as they are now. */
void exporters_waiting_sets(struct exporters *e, struct exporters_sum *sum);

#endif
