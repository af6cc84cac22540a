/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/message.h"

enum { A_DAY = 24 * 3600, SECONDS_OFFSET = 8 };

/*
 * NetFlow 9 does not say how long it is: it is all that there is, unless another one's header stands
 * where a set would.  9 is no set's id (RFC 3954 section 5.2), and the clocks are near.
 */
static size_t
netflow9_length(const uint8_t *data, size_t len)
{
	size_t at = NETFLOW9_HEADER_SIZE;

	while (len >= at && len - at >= NETFLOW9_HEADER_SIZE) {
		size_t set = load_be16(data + at + 2);

		if (load_be16(data + at) == DIALECT_NETFLOW9 &&
		    load_be32(data + at + SECONDS_OFFSET) - load_be32(data + SECONDS_OFFSET) + A_DAY <=
		        2 * A_DAY)
			return at;
		if (set < IPFIX_SET_HEADER_SIZE)
			break;
		at += set;
	}
	return len;
}

static size_t
message_length(const uint8_t *data, size_t len)
{
	size_t said;

	if (len < IPFIX_HEADER_SIZE || load_be16(data) != DIALECT_IPFIX)
		return netflow9_length(data, len);
	said = load_be16(data + 2);
	return said >= IPFIX_HEADER_SIZE && said < len ? said : len;
}

bool
message_open(struct message *m, const void *data, size_t len,
    const struct message_context *context)
{
	unsigned version = len < 2 ? 0 : load_be16(data);
	size_t own;

	m->fixed = version != DIALECT_NETFLOW9 && version != DIALECT_IPFIX;
	if (m->fixed)
		return netflow_fixed_message(&m->fixed_message, data, len, context->fixed,
		    context->counters);
	own = message_length(data, len);
	m->behind = cursor_over((const uint8_t *)data + own, len - own);
	return ipfix_message_open(&m->ipfix, data, own, context->templates, context->counters);
}

bool
message_next(struct message *m, struct record *out)
{
	return m->fixed ? netflow_fixed_next(&m->fixed_message, out)
	                : ipfix_message_next(&m->ipfix, out);
}

bool
message_run(struct message *m, size_t most, struct record_run *out)
{
	return m->fixed ? netflow_fixed_run(&m->fixed_message, most, out)
	                : ipfix_message_run(&m->ipfix, most, out);
}
