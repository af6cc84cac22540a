/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_DECODE_H
#define FLOW_DECODE_H

/* What the decoders of all export protocols have in common: header and counters. */

#include <stdbool.h>
#include <stdint.h>

enum malformed {
#define MALFORMED(id, name, loss, help) MALFORMED_##id,
#include "flow/decode.def"
#undef MALFORMED
	MALFORMED_REASONS
};

struct decode_counters {
	uint64_t messages;
	uint64_t sets;
	uint64_t templates; /* and options templates: definitions, repeated ones too */
	uint64_t withdrawals;
	uint64_t records;
	uint64_t option_records;
	uint64_t malformed[MALFORMED_REASONS];
};

/* The protocol's name in --json of a reason, and what it means. */
const char *malformed_name(enum malformed m);
const char *malformed_help(enum malformed m);
/* By it, records may have been lost. */
bool malformed_loses(enum malformed m);
uint64_t decode_malformed(const struct decode_counters *c); /* all reasons together */
/* Of these, those by which records may have been lost: only these make an input damaged. */
uint64_t decode_lost(const struct decode_counters *c);

void decode_counters_add(struct decode_counters *to, const struct decode_counters *from);

/* The header of a message of any protocol; what a protocol lacks is zero. */
struct export_header {
	uint16_t version;      /* 5, 9, 10 */
	uint16_t count;        /* as announced; never a bound */
	uint32_t uptime;       /* milliseconds since the exporter started (5, 9) */
	uint32_t seconds;      /* the exporter's clock, since 1970 */
	uint32_t nanos;        /* and its fraction (5) */
	uint32_t sequence;     /* flows (5), datagrams (9), data records (10) */
	uint32_t domain;       /* observation domain, source id, engine type and id */
	uint16_t sampling;     /* 5: mode in the upper 2 bits, interval in the lower 14 */
};

#endif
