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

struct element {
	uint32_t pen;
	uint16_t id;
	uint8_t type; /* enum element_type */
	uint8_t rank; /* among the elements that feed the same column: lowest first */
	uint8_t column; /* enum column_id, COLUMN_NONE */
	uint8_t reverse_column; /* the column that its RFC 5103 reverse feeds, COLUMN_NONE */
	const char *name;
};

/* NULL if unknown.  For pen 29305: the forward IANA element. */
const struct element *element_find(uint32_t pen, uint16_t id);
const struct element *element_by_name(const char *name);
/* All of them, in the order of elements.def. */
const struct element *element_table(size_t *count);
/* May have a reverse (RFC 5103 section 6.1 lists those that may not). */
bool element_reversible(const struct element *e);
const char *element_type_name(enum element_type type);
/* Octets of a value on the wire, 0 for variable (RFC 7011 section 6). */
unsigned element_type_size(enum element_type type);

#endif
