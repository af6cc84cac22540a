/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_ACCOUNTING_H
#define FLOW_ACCOUNTING_H

/*
 * The accounting identity of a segment.  Every packet read lands in exactly one place:
 *   read = metered + sum of rejected            (packets, and wire bytes)
 *   carried_in + metered = emitted + carried_out (packets and IP bytes of flows)
 *   metered packets of flows = metered packets + twice
 *   flows carried_in + started = emitted + carried_out
 * and the emitted sums are those of the segment's table.
 */

#include <stdint.h>

enum reject {
#define REJECT(id, name, help) REJECT_##id,
#include "flow/reject.def"
#undef REJECT
	REJECT_COUNT,
	REJECT_NONE = REJECT_COUNT
};

struct tally {
	uint64_t packets;
	uint64_t wire_bytes; /* lengths of the frames on the wire, before the snap length */
};

/* What flows hold: the unit of the carried, metered and emitted identities. */
struct flow_sum {
	uint64_t flows;
	uint64_t packets;
	uint64_t ip_bytes;
};

struct accounting {
	struct tally read;
	struct tally metered;
	struct tally rejected[REJECT_COUNT];
	struct flow_sum carried_in;
	struct flow_sum metered_sum; /* flows: started here */
	struct flow_sum emitted;
	struct flow_sum carried_out;
	uint64_t evicted;           /* flows ended because the cache was full (of emitted) */
	uint64_t orphan_fragments;  /* later fragments whose first never came (metered) */
	uint64_t time_regressions;  /* packets older than one before them */
	uint64_t length_zero;       /* IP length 0 (TSO): the frame's was taken */
	uint64_t length_beyond;     /* IP length beyond the frame: IP's was taken */
	uint64_t hints_left_out;    /* times that application hints had no memory */
	uint64_t twice;             /* packets in two flows: the one inside a tunnel and the one outside */
	uint64_t tunnel_cut;        /* what a tunnel carries was not all there: the packet outside was taken */
	uint64_t tunnel_depth;      /* tunnels inside each other beyond the limit: the last one within was taken */
};

/* Segments follow each other: what one carried out, the next carried in. */
void accounting_add(struct accounting *to, const struct accounting *from);
const char *reject_name(enum reject r);
const char *reject_help(enum reject r);

#endif
