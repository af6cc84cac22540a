/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_EVENT_H
#define FLOW_EVENT_H

/*
 * A flow as systems for events want it: other names for the columns, and other units.  A format
 * is a list of struct event_field that ends with a NULL name; event_value gives the text of one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "flow/place.h"
#include "flow/table.h"

enum event_as {
	EVENT_PLAIN,       /* as in ndjson: numbers, times RFC 3339, addresses and MACs text; none where empty */
	EVENT_FIRST,       /* the column, or `second` where that is null */
	EVENT_QUOTED,      /* an integer as text, where the receiver's type is a keyword */
	EVENT_CONST,       /* the field's own text */
	EVENT_CONST_JSON,  /* the field's own text, JSON as it stands */
	EVENT_SUM,         /* a column and its `second`: both directions */
	EVENT_DURATION_NS, /* between flow_start and flow_end */
	EVENT_DURATION_S,  /* with six decimals */
	EVENT_MILLIS,      /* a time, or `second` where that is null: milliseconds since 1970 */
	EVENT_SECONDS,     /* likewise, seconds since 1970 with six decimals */
	EVENT_NANOS,       /* a time, nanoseconds since 1970; the column `second` where it is there */
	EVENT_PROTO_LOWER, /* "tcp"; the number where it has no name */
	EVENT_PROTO_UPPER,
	EVENT_PROTO_NAME,    /* "TCP", "ICMPv6" */
	EVENT_PROTO_KEYWORD, /* IANA's, lower-case: "tcp", "ipv6-icmp" */
	EVENT_IP_LOWER,    /* "ipv4", "ipv6" */
	EVENT_IP_MIXED,    /* "IPv4", "IPv6" */
	EVENT_FLAGS,       /* "SYN,ACK" */
	EVENT_MAC_HYPHENS, /* "02-00-5E-10-00-FF" */
	EVENT_INGRESS,     /* a direction: "ingress", "egress" */
	EVENT_WAY,         /* the same: 0, 1 */
	EVENT_END_REASON,  /* in words, of RFC 5102 */
	EVENT_ACTION,      /* firewall_event: "allowed", "blocked", "teardown" */
	EVENT_EXPORT,      /* export_protocol: "NETFLOW_V5", "SFLOW_5", "IPFIX" */
	EVENT_ADDRESSES,   /* a column and its `second`: a JSON array of texts */
	EVENT_ICMP_TYPE,   /* of ICMP alone, also where the port tells them (flow/icmp.h) */
	EVENT_ICMP_CODE,
	EVENT_COMMUNITY_ID, /* the column; where it is null made of the flow */
	EVENT_NETWORK,     /* an address, and `second` the length of its prefix: "192.0.2.0/24" */
	EVENT_IPV4,        /* an address only where it is IPv4, and so on */
	EVENT_IPV6,
	EVENT_ID,          /* hash of the segment's manifest, ":", number of the flow in it from 0 */
	EVENT_SHORT_ID,    /* the segment's sequence, ":", and that number */
	EVENT_ARCHIVE,     /* the archive's id */
	EVENT_SEGMENT      /* the segment's sequence */
};

struct event_field {
	const char *name; /* JSON: dots make objects; NULL ends the list */
	enum event_as as;
	enum column_id column;
	enum column_id second;
	const char *text; /* of the constants */
};

struct event_row {
	const struct table *table;
	size_t row;
	const struct flow_place *place; /* NULL: not known, there is no id */
};

enum { EVENT_TEXT_MAX = 160 };

enum event_kind { EVENT_IS_TEXT, EVENT_IS_NUMBER, EVENT_IS_JSON, EVENT_IS_OCTETS };

struct event_value {
	enum event_kind kind;
	const uint8_t *data; /* borrowed from the table, the field or `text` */
	size_t len;
	char text[EVENT_TEXT_MAX];
};

/* False where the row has no such value. */
bool event_value(const struct event_field *field, const struct event_row *row,
    struct event_value *out);
/* The row as one JSON object; fields of one object stand together in the list. */
void event_json(const struct event_field *fields, const struct event_row *row, struct buf *out);

#endif
