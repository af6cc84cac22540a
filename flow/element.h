/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_ELEMENT_H
#define FLOW_ELEMENT_H

/*
 * The information elements (RFC 7012): enterprise number, id, IANA name, abstract type
 * and the column that an element feeds.  elements.def is the only place where one is
 * described.  Reverse elements (RFC 5103, enterprise 29305) are looked up by their
 * forward id; an enterprise may mark reverses with a bit of its own (elements.def says).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "flow/column.h"

enum { ELEMENT_PEN_IANA = 0, ELEMENT_PEN_REVERSE = 29305, ELEMENT_PEN_CERT = 6871 };

/* RFC 7011 section 6.1, in the order of IANA's registry of data types, then RFC 6313's. */
enum element_type {
	ELEMENT_octetArray,
	ELEMENT_unsigned8,
	ELEMENT_unsigned16,
	ELEMENT_unsigned32,
	ELEMENT_unsigned64,
	ELEMENT_signed8,
	ELEMENT_signed16,
	ELEMENT_signed32,
	ELEMENT_signed64,
	ELEMENT_float32,
	ELEMENT_float64,
	ELEMENT_boolean,
	ELEMENT_macAddress,
	ELEMENT_string,
	ELEMENT_dateTimeSeconds,
	ELEMENT_dateTimeMilliseconds,
	ELEMENT_dateTimeMicroseconds,
	ELEMENT_dateTimeNanoseconds,
	ELEMENT_ipv4Address,
	ELEMENT_ipv6Address,
	ELEMENT_basicList,
	ELEMENT_subTemplateList,
	ELEMENT_subTemplateMultiList,
	ELEMENT_unsigned256,
	ELEMENT_TYPE_COUNT
};

/* How an element's value becomes that of its column. */
enum element_rule {
	ELEMENT_RULE_PLAIN,   /* as it is, a time in the column's unit */
	ELEMENT_RULE_NANOS,   /* a time; its nanoseconds go into flow_start_ns or flow_end_ns too */
	ELEMENT_RULE_UPTIME,  /* ms since the exporter started: the header's clock makes it a time */
	ELEMENT_RULE_DELTA,   /* us before the header's export time */
	ELEMENT_RULE_INSTANT, /* the time of an event: flow_end too, where nothing else feeds that */
	ELEMENT_RULE_ICMP,    /* type * 256 + code: icmp_type, and icmp_code with the same rank */
	ELEMENT_RULE_MPLS,    /* 3 octets of a label stack entry: the label is the upper 20 bits */
	ELEMENT_RULE_SPACED,  /* samplingPacketInterval: with the pause beside it, one in how many */
	ELEMENT_RULE_UNION,   /* flags of all packets but the first, whose flags have a column */
	ELEMENT_RULE_COUNT
};

struct element {
	uint32_t pen;
	uint16_t id;
	uint8_t type; /* enum element_type */
	uint8_t rank; /* among the elements that feed the same column: lowest first */
	uint8_t column; /* enum column_id, COLUMN_NONE */
	uint8_t reverse_column; /* the column that its RFC 5103 reverse feeds, COLUMN_NONE */
	uint8_t rule; /* enum element_rule */
	const char *name;
};

/*
 * NULL if unknown.  A reverse finds its forward element: pen 29305 that of IANA, an id
 * with its enterprise's reverse bit the one without.  Ids from 32768 with pen 0 are those
 * that NetFlow version 9 exporters use; IPFIX cannot express them.
 */
const struct element *element_find(uint32_t pen, uint16_t id);
/* What element_find found for these is their forward element. */
bool element_is_reverse(uint32_t pen, uint16_t id);
/* "vmware", "cert"...; "" for IANA's, their reverses, and enterprises without elements here. */
const char *element_enterprise(uint32_t pen);
/* "octetDeltaCount"; IANA's where others have the name too, which "vmware:ruleId" gives. */
const struct element *element_by_name(const char *name);
/* All of them, in the order of elements.def. */
const struct element *element_table(size_t *count);
/* May have a reverse (RFC 5103 section 6.1 lists those that may not). */
bool element_reversible(const struct element *e);
const char *element_type_name(enum element_type type);
/* Octets of a value on the wire, 0 for variable (RFC 7011 section 6). */
unsigned element_type_size(enum element_type type);
/*
 * The whole table as text, a line for each element: "0 1 octetDeltaCount unsigned64 bytes
 * 0 rev_bytes plain", "-" for no column.  The manifest's decoder.elements is its SHA-256.
 */
void element_describe(struct buf *out);

#endif
