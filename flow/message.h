/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_MESSAGE_H
#define FLOW_MESSAGE_H

/*
 * An export message of any NetFlow version or of IPFIX, told by its content and not by the
 * port that it came to: message_open, then message_next until it says false.
 */

#include "flow/ipfix_decode.h"
#include "flow/netflow_fixed.h"

struct message {
	bool fixed; /* which of these two it is */
	struct netflow_fixed_message fixed_message;
	struct ipfix_message ipfix;
	struct cursor behind; /* what follows the message: the next one, in some files */
};

/* What a message needs to know of those before it, from the same exporter. */
struct message_context {
	const struct netflow_fixed *fixed;
	struct template_set *templates;
	struct decode_counters *counters;
};

/* False, and counted, if it is no message of a known version. */
bool message_open(struct message *m, const void *data, size_t len,
    const struct message_context *context);
/* The next data record, borrowed; its template is valid until the next call. */
bool message_next(struct message *m, struct record *out);

/* The next data records of one template, one behind the other, at most `most`. */
bool message_run(struct message *m, size_t most, struct record_run *out);

static inline const struct export_header *
message_header(const struct message *m)
{
	return m->fixed ? &m->fixed_message.header : &m->ipfix.header;
}

/* What is behind it, once message_next said false. */
static inline struct cursor
message_behind(const struct message *m)
{
	return m->fixed ? m->fixed_message.rest : m->behind;
}

#endif
