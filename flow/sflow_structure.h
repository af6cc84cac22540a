/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_SFLOW_STRUCTURE_H
#define FLOW_SFLOW_STRUCTURE_H

/*
 * The structures in sFlow's records (flow/sflow.def), and any of them as a JSON object with the
 * specification's names: numbers as numbers, addresses and MACs as text, text as text, floats
 * as decimal text, opaque octets as hex; what is not known is null.  Labels are objects
 * {label, tc, bottom, ttl}, tags {tpid, priority, dei, vlan}, AS path segments {set: [...]} or
 * {sequence: [...]}.
 */

#include "base/jsonw.h"
#include "flow/sflow.h"

struct sflow_structure {
	uint32_t format; /* SFLOW_FORMAT() */
	uint8_t kind;    /* SFLOW_FLOW or SFLOW_COUNTERS */
	const char *name;
	const char *fields;
};

/* NULL where nobody here knows it. */
const struct sflow_structure *sflow_structure_find(enum sflow_kind kind, uint32_t format);
const struct sflow_structure *sflow_structure_table(size_t *count);

/*
 * An object of the fields that are there; octets behind the last one stand in "more", as hex.
 * False if the body ends before the fields do.
 */
bool sflow_structure_write(const struct sflow_structure *s, struct cursor body, struct jsonw *j);

#endif
