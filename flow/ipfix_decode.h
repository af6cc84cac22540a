/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_IPFIX_DECODE_H
#define FLOW_IPFIX_DECODE_H

/*
 * Decodes NetFlow 9 (RFC 3954) and IPFIX (RFC 7011): one codec, two dialects.  A message is
 * walked on the stack: ipfix_message_open, then ipfix_message_next until it says false;
 * templates go into the caller's set on the way.  What is malformed is counted by its
 * reason and costs the set that it stands in, not the rest of the message.
 */

#include "base/cursor.h"
#include "flow/decode.h"
#include "flow/record.h"

enum dialect { DIALECT_NETFLOW9 = 9, DIALECT_IPFIX = 10 };

enum {
	IPFIX_HEADER_SIZE = 16,
	NETFLOW9_HEADER_SIZE = 20,
	IPFIX_MESSAGE_MAX = 65535,
	IPFIX_SET_HEADER_SIZE = 4
};

/* A data set whose template is not known; its body is borrowed for the call. */
typedef void (*ipfix_unknown)(void *ctx, uint16_t set_id, struct cursor body);

/* A template that a message defined (it may have been refused), or withdrew. */
struct ipfix_template_told {
	uint32_t domain;
	uint16_t id;    /* the template set's own for all of a kind */
	bool options;
	bool withdrawn;
	bool again;     /* it was in force, just so */
};
typedef void (*ipfix_told)(void *ctx, const struct ipfix_template_told *t);

struct ipfix_message {
	enum dialect dialect;
	struct export_header header;
	struct cursor rest;               /* the sets to come */
	struct cursor set;                /* what is left of the present one */
	const struct template *template;  /* of the present set, NULL if it has no records */
	uint32_t missing;                 /* octets that the last set has behind the message's end */
	uint32_t cut_records;             /* records that it had beyond those that are given, at most */
	struct template_set *templates;
	struct decode_counters *counters;
	/* The caller's to set once it is open: */
	bool with_options;                /* records of options are given, too */
	ipfix_unknown unknown;            /* NULL, or told of each such set */
	ipfix_told told;                  /* NULL, or told of each template, as it takes effect */
	void *ctx;
};

/*
 * One message of len octets: a whole datagram for NetFlow 9; of IPFIX, what lies behind the
 * header's length is counted as HEADER and left.  False if it is no message at all.
 */
bool ipfix_message_open(struct ipfix_message *m, const void *data, size_t len,
    struct template_set *templates, struct decode_counters *counters);
/*
 * The body of one data set of an earlier message, whose template has come since then: records
 * by ipfix_message_next.  False if there is still no such template.
 */
bool ipfix_set_open(struct ipfix_message *m, const struct export_header *header, uint16_t set_id,
    struct cursor body, struct template_set *templates, struct decode_counters *counters);
/*
 * The next data record, borrowed from the message; its template is valid until the next
 * call.  Records of options are counted, and passed over unless m->with_options.  False at
 * the message's end.
 */
bool ipfix_message_next(struct ipfix_message *m, struct record *out);
/* Likewise as many as stand one behind the other, at most `most`. */
bool ipfix_message_run(struct ipfix_message *m, size_t most, struct record_run *out);

#endif
