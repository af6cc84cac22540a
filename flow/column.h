/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_COLUMN_H
#define FLOW_COLUMN_H

/* The standard columns (columns.def): what every flow table and every flows.parquet has. */

#include <stdint.h>

#include "base/status.h"

enum column_type {
	COLUMN_TYPE_TIME,    /* int64, microseconds since 1970 UTC */
	COLUMN_TYPE_INT32,   /* unsigned8, unsigned16 */
	COLUMN_TYPE_INT64,   /* unsigned32, unsigned64, nanosecond times */
	COLUMN_TYPE_ADDRESS, /* struct address; text (RFC 5952) in every output */
	COLUMN_TYPE_MAC,     /* 48 bits in a uint64, first octet highest; text in every output */
	COLUMN_TYPE_TEXT,    /* UTF-8 */
	COLUMN_TYPE_OCTETS   /* bytes; hex in text outputs */
};

enum column_id {
#define COLUMN(id, name, type) COLUMN_##id,
#include "flow/columns.def"
#undef COLUMN
	COLUMN_COUNT,
	COLUMN_NONE = COLUMN_COUNT
};

struct column_info {
	const char *name;
	enum column_type type;
};

extern const struct column_info column_infos[COLUMN_COUNT];

/* By name; COLUMN_NONE if there is none. */
enum column_id column_find(const char *name);

/* A set of columns. */
struct column_set {
	uint64_t words[(COLUMN_COUNT + 63) / 64];
};

static inline void
column_set_add(struct column_set *s, enum column_id id)
{
	s->words[id / 64] |= (uint64_t)1 << (id % 64);
}

static inline int
column_set_has(const struct column_set *s, enum column_id id)
{
	return (int)(s->words[id / 64] >> (id % 64) & 1);
}

struct column_set column_set_all(void);

/* Columns in an order of somebody's choice, each at most once. */
struct column_list {
	unsigned count;
	uint8_t ids[COLUMN_COUNT]; /* enum column_id */
};

struct column_list column_list_all(void);
/* "src_ip,dst_ip,bytes"; STATUS_USAGE names what is no column or comes twice. */
MUST_USE enum status column_list_parse(const char *s, struct column_list *out, struct fault *f);

#endif
