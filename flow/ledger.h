/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_LEDGER_H
#define FLOW_LEDGER_H

/*
 * The ledger of one sequence: of one exporter, observation domain and protocol.  Numbers run
 * modulo 2^32 in the protocol's own unit: flows (NetFlow 5, 7), datagrams (9, sFlow), data
 * records (IPFIX).  What is missing, what came late, twice or after a restart is told apart;
 * a difference of two numbers alone is never a loss.
 *
 * - A number ahead of the expected one by at most LEDGER_GAP_MAX leaves a gap.
 * - A number behind it that lies in a remembered gap came late: the gap shrinks.
 * - A number behind it that was seen lately, with as many units, came twice.
 * - Any other number, or one below the expected while the exporter's uptime went back,
 *   begins anew: a restart, or the end of what can be known.  Nothing is called lost by it.
 * - A single message that begins anew, or leaves a gap above LEDGER_NEAR, and behind which the
 *   next one goes on as if it had not been, is a stray: it came late, and nothing else is said.
 * - Behind a message whose units could not be counted (data without their template, a message that
 *   was cut), the next number tells how many they were: they are uncounted, not lost.
 * - Units 0 expect the number again (a message of templates alone).
 *
 * No allocation; zeroed is ready.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	LEDGER_GAPS = 128,  /* remembered for those that come late; older ones stay lost */
	LEDGER_RECENT = 256 /* messages remembered for those that come twice */
};
#define LEDGER_GAP_MAX (UINT32_C(1) << 24)
#define LEDGER_NEAR    (UINT32_C(1) << 14) /* units that more than a stray is ahead by */

enum ledger_verdict {
	LEDGER_FIRST,
	LEDGER_NEXT,
	LEDGER_GAP,
	LEDGER_LATE,
	LEDGER_TWICE,
	LEDGER_RESTART
};

struct ledger_message {
	uint32_t number;
	uint32_t units;    /* that the number of the next message is ahead by */
	uint32_t slack;    /* that it may be ahead by beyond them: records that were cut off, or in
	                      sets without a template, as many as these can hold */
	bool restarted;    /* the exporter's own clock says that it started anew */
	int64_t received;  /* nanoseconds */
	uint64_t digest;   /* of the octets: tells a copy from another message of that number */
};

struct ledger_gap {
	uint32_t first;
	uint32_t count;
};

struct ledger_counts {
	uint64_t missed;     /* units of the gaps, as they opened */
	uint64_t filled;     /* of these, units that came late after all */
	uint64_t gaps;
	uint64_t late;       /* messages */
	uint64_t twice;
	uint64_t restarts;
	uint64_t uncounted;  /* units whose number the next message told */
	int64_t missed_from; /* received times around the gaps: of the last message before the */
	int64_t missed_to;   /* first, and of the first behind the last; 0 where there is none */
};

/* Where a sequence stood before a message that may be a stray. */
struct ledger_before {
	bool set;
	bool cut; /* the counts since then were given away */
	uint32_t expected;
	uint32_t slack;
	int64_t last;
	unsigned gap_count;
	struct ledger_counts counts;
};

struct ledger {
	bool started;
	uint32_t slack; /* the next number may be ahead by so much */
	uint32_t expected;
	int64_t last;   /* received time of the latest message in order */
	struct ledger_counts counts;
	struct ledger_before before;
	unsigned gap_count;
	unsigned recent_at;
	struct ledger_gap gaps[LEDGER_GAPS]; /* the oldest first */
	struct {
		uint32_t mark; /* of its octets and units; 0: none */
		uint32_t number;
	} recent[LEDGER_RECENT];
};

enum ledger_verdict ledger_take(struct ledger *s, const struct ledger_message *m);
/* The next number, where the way of counting turned out to be another. */
void ledger_expect(struct ledger *s, uint32_t number);
/*
 * What it came to since the last call.  Gaps stay remembered: what comes late is filled in the
 * segment in which it comes, though it was missed in one before.
 */
struct ledger_counts ledger_cut(struct ledger *s);

#endif
