/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_FILTER_NODE_H
#define REPLAY_FILTER_NODE_H

/*
 * The filter as a tree, between the parser that builds it and the evaluation: nodes in one
 * array, node 0 unused.  `and` and `or` have any number of children, so that a long chain
 * is not a deep tree.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "flow/column.h"
#include "replay/filter_set.h"

enum filter_kind {
	FILTER_ALL,     /* every row */
	FILTER_AND,
	FILTER_OR,
	FILTER_NOT,     /* one child */
	FILTER_HAS,     /* the column has a value */
	FILTER_INT,     /* INT32, INT64, TIME, MAC in the set */
	FILTER_ADDRESS, /* in the set */
	FILTER_BITS,    /* (value & mask) == want */
	FILTER_ANY_BIT, /* (value & mask) != 0 */
	FILTER_BYTES,   /* TEXT and OCTETS by `match` */
	FILTER_DERIVED  /* what `derived` computes is in the set */
};

enum filter_match {
	FILTER_MATCH_EQUAL,
	FILTER_MATCH_CONTAINS,
	FILTER_MATCH_STARTS,
	FILTER_MATCH_ENDS
};

/* Values that no column has, computed from those that do; absent where one of them is. */
enum filter_derived {
	FILTER_DURATION, /* microseconds, flow_end - flow_start */
	FILTER_PPS,      /* packets per second; absent for a flow without duration */
	FILTER_BPS,      /* bits per second */
	FILTER_BPP,      /* bytes per packet; absent without packets */
	FILTER_TOTAL_PACKETS, /* both ways; a way that is absent counts nothing */
	FILTER_TOTAL_BYTES
};

struct filter_node {
	enum filter_kind kind;
	enum column_id column;
	enum filter_derived derived;
	enum filter_match match;
	bool negate;    /* !=: a value that is there and does not match */
	bool letters;   /* BITS from letters alone: `not` of it means none of them */
	uint32_t first; /* child */
	uint32_t next;  /* sibling */
	uint32_t set;   /* index into the filter's sets; nodes of one term share theirs */
	uint32_t text;  /* offset into the filter's texts */
	uint32_t text_len;
	int32_t mask;
	int32_t want;
};

struct filter {
	struct filter_node *nodes;
	size_t node_count;
	struct filter_set *sets;
	size_t set_count;
	struct buf texts;
	uint32_t root;
	struct column_set columns;
};

#endif
