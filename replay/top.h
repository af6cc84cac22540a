/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_TOP_H
#define REPLAY_TOP_H

/*
 * Ranks flows by a statistic: `show -s STATISTIC[/ORDER] -n N`.  top_open; top_columns says
 * what the tables must hold; top_add per table; top_rank once; top_entry; top_free.
 * Memory is bounded by the limit of keys; the order of equals is that of the keys, so that
 * the result depends on nothing but the flows.
 *
 *	src_ip, src_mac, src_as   who sent: the source counts with the forward packets, the
 *	                          destination with the reverse ones
 *	dst_ip, dst_mac, dst_as   who received, likewise
 *	ip, port, mac, as, if     either end, with the packets of both ways
 *	any other column of       the flow's value, with the packets of both ways
 *	numbers or addresses
 *
 * So the packets and bytes of an address do not depend on whether its traffic was metered
 * into biflows or into one flow per direction.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"
#include "flow/column.h"
#include "flow/table.h"

enum { TOP_KEYS_MAX = 4 << 20, TOP_NAME_MAX = 32 };

enum top_order { TOP_FLOWS, TOP_PACKETS, TOP_BYTES };

struct top_counts {
	uint64_t flows;
	uint64_t packets;
	uint64_t bytes;
	int64_t first; /* earliest flow_start, latest flow_end, microseconds */
	int64_t last;
	bool timed;    /* first and last hold */
};

struct top_entry {
	struct address address; /* family 0 where the key is a number */
	int64_t number;
	struct top_counts counts;
};

struct top;

/*
 * statistic: "src_ip/bytes"; without an order it is that of the flows.  max_keys 0 takes
 * TOP_KEYS_MAX; seed is the hash's and changes nothing in the result.
 */
MUST_USE enum status top_open(const char *statistic, size_t max_keys, uint64_t seed,
    struct top **out, struct fault *f);
/* What it counts ("src_ip") and how the key is printed. */
const char *top_name(const struct top *t);
enum column_id top_column(const struct top *t);
struct column_set top_columns(const struct top *t);
/* The rows with matched[row] != 0. */
MUST_USE enum status top_add(struct top *t, const struct table *table, const uint8_t *matched,
    struct fault *f);
/* Ranks; *count is how many keys there are. */
MUST_USE enum status top_rank(struct top *t, size_t *count, struct fault *f);
/* The entry at a place of the ranking, from 0. */
void top_entry(const struct top *t, size_t place, struct top_entry *out);
/* All flows added, each once with both ways. */
const struct top_counts *top_total(const struct top *t);
/* Flows (or halves of them) left out because their key came when all keys were taken. */
uint64_t top_left_out(const struct top *t);
void top_free(struct top *t);

#endif
