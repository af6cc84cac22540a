/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_ROW_ENCODER_H
#define FLOW_ROW_ENCODER_H

/* What row_encode.c and row_run.c share: how the columns of the present table become fields. */

#include "flow/announce.h"
#include "flow/row_encode.h"

enum export_when {
	WHEN_SET,    /* the column has a value */
	WHEN_V4,     /* and is an IPv4 address */
	WHEN_V6,
	WHEN_FLOW4,  /* and the flow is not IPv6 */
	WHEN_FLOW6,
	WHEN_ICMP4,  /* and the protocol is not ICMPv6 */
	WHEN_ICMP6,
	WHEN_SAMPLED, /* and names a sampler that options tell */
	WHEN_MICROS, /* precise, microseconds in the column, and no nanoseconds */
	WHEN_NANOS   /* precise */
};

struct export {
	uint8_t column[2]; /* for the flow's own direction, and for the other */
	uint8_t when;
	uint32_t pen;
	uint16_t id;
	uint16_t octets[2]; /* NetFlow 9, IPFIX */
};

enum {
	EXPORT_COUNT = 0
#define EXPORT(...) +1
#include "flow/export.def"
#undef EXPORT
	,
	PLANS_BEYOND = 64, /* templates of all columns, by what families a row has */
	ENTERPRISE_BIT = 0x8000
};

_Static_assert(EXPORT_COUNT <= 128, "a plan's mask has 128 bits");

/* How a field of the present table becomes octets: the usual ways without a look at the tables. */
enum step_kind {
	STEP_GENERAL, /* by its rule and type */
	STEP_ABSENT,  /* the table has no value */
	STEP_ADDRESS4,
	STEP_ADDRESS16,
	STEP_32,      /* an integer as it is */
	STEP_64,
	STEP_MILLIS,  /* microseconds of the column, cut */
	STEP_UPTIME
};

struct step {
	const uint8_t *present; /* by row */
	const void *values;
	uint8_t kind;
	uint8_t octets;
	uint8_t column;
};

/* A field that rows of the present table may have. */
struct probe {
	const uint8_t *present; /* by row: 0 or 1 */
	uint8_t word;           /* of the mask, and the bit in it */
	uint8_t bit;
	uint8_t when;
	uint8_t column;
};

struct row_encoder {
	enum dialect dialect;
	bool precise;
	size_t payload_most; /* octets */
	const struct announcer *samplers; /* whose ids records name, or NULL */
	uint64_t required[2]; /* fields that every record has */
	struct row_plan *plans[ROW_PLANS_MAX + PLANS_BEYOND];
	size_t plan_count;
	struct row_plan *last[2]; /* of each direction: rows come in runs */
	const struct element *elements[EXPORT_COUNT];
	/* of the present table: what may be there, by direction */
	struct probe probes[2][EXPORT_COUNT];
	size_t probe_count[2];
	struct step steps[2][EXPORT_COUNT];
};

/* Whether a row whose column has a value meets the condition. */
bool row_applies(const struct table *t, size_t row, enum column_id column, enum export_when when);
/* The field `at` of a row in its own direction, of fixed length, at `to`; where it ends. */
uint8_t *row_put_fixed(const struct row_encoder *e, const struct table *t, size_t row, size_t at,
    const struct uptime_clock *clock, uint8_t *to, struct loss *loss);

#endif
