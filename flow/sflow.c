/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/sflow.h"

enum {
	VERSION = 5,
	ADDRESS_UNKNOWN = 0,
	ADDRESS_IPV4 = 1,
	ADDRESS_IPV6 = 2,
	SAMPLE_HEAD = 8, /* format and length, as of a record */
	PORT_SHIFT = 30,
	SOURCE_SHIFT = 24
};

unsigned
sflow_version(const uint8_t *data, size_t len)
{
	uint32_t version, type;

	if (len < 8)
		return 0;
	version = load_be32(data);
	type = load_be32(data + 4);
	if (version != 2 && version != 4 && version != VERSION)
		return 0;
	return type > ADDRESS_IPV6 || (type == ADDRESS_UNKNOWN && version != VERSION) ? 0 : version;
}

struct address
sflow_address(struct cursor *c)
{
	struct address a = { .family = 0 };

	switch (cursor_be32(c)) {
	case ADDRESS_UNKNOWN:
		break;
	case ADDRESS_IPV4:
		a.family = 4;
		cursor_copy(c, a.octets, 4);
		break;
	case ADDRESS_IPV6:
		a.family = 6;
		cursor_copy(c, a.octets, 16);
		break;
	default:
		cursor_fail(c);
		break;
	}
	return a;
}

bool
sflow_open(struct sflow_message *m, const void *data, size_t len, struct decode_counters *counters)
{
	struct cursor c = cursor_over(data, len);
	uint32_t version = cursor_be32(&c), count;

	*m = (struct sflow_message){ .header.version = SFLOW_PROTOCOL, .counters = counters };
	if (!cursor_ok(&c) || version != VERSION) {
		counters->malformed[cursor_ok(&c) ? MALFORMED_VERSION : MALFORMED_HEADER]++;
		return false;
	}
	m->agent = sflow_address(&c);
	m->header.domain = cursor_be32(&c);
	m->header.sequence = cursor_be32(&c);
	m->header.uptime = cursor_be32(&c);
	count = cursor_be32(&c);
	if (!cursor_ok(&c)) {
		counters->malformed[MALFORMED_HEADER]++;
		return false;
	}
	m->header.count = count > UINT16_MAX ? UINT16_MAX : (uint16_t)count;
	m->left = count;
	m->rest = c;
	counters->messages++;
	return true;
}

/*
 * The next `opaque<>` behind its format.  XDR pads it to four octets (RFC 4506 section 4.10);
 * at the very end some exporters do not.
 */
static bool
next_opaque(struct cursor *c, uint32_t *format, struct cursor *body)
{
	uint32_t length, padding;

	*format = cursor_be32(c);
	length = cursor_be32(c);
	*body = cursor_sub(c, length);
	if (!cursor_ok(c))
		return false;
	padding = -length & 3;
	cursor_skip(c, padding < cursor_left(c) ? padding : cursor_left(c));
	return true;
}

static void
read_source(struct cursor *c, struct sflow_sample *s)
{
	uint32_t v = cursor_be32(c);

	s->source_class = s->expanded ? v : v >> SOURCE_SHIFT;
	s->source_index = s->expanded ? cursor_be32(c) : v & ((1u << SOURCE_SHIFT) - 1);
}

static struct sflow_interface
read_interface(struct cursor *c, bool expanded)
{
	uint32_t v = cursor_be32(c);
	struct sflow_interface port = { v >> PORT_SHIFT, v & ((1u << PORT_SHIFT) - 1) };

	if (expanded)
		port = (struct sflow_interface){ v, cursor_be32(c) };
	return port;
}

static void
read_flow(struct cursor *c, struct sflow_sample *s)
{
	s->sequence = cursor_be32(c);
	read_source(c, s);
	s->rate = cursor_be32(c);
	s->pool = cursor_be32(c);
	s->drops = cursor_be32(c);
	s->input = read_interface(c, s->expanded);
	s->output = read_interface(c, s->expanded);
}

static void
read_discarded(struct cursor *c, struct sflow_sample *s)
{
	s->sequence = cursor_be32(c);
	read_source(c, s);
	s->drops = cursor_be32(c);
	s->input.value = cursor_be32(c);
	s->output.value = cursor_be32(c);
	s->reason = cursor_be32(c);
}

static const struct {
	enum sflow_kind kind;
	bool expanded;
} formats[] = {
	[1] = { SFLOW_FLOW, false },
	[2] = { SFLOW_COUNTERS, false },
	[3] = { SFLOW_FLOW, true },
	[4] = { SFLOW_COUNTERS, true },
	[5] = { SFLOW_DISCARDED, true }, /* sflow.org/sflow_drops.txt */
};

/* The fields before the records; false if they are not all there. */
static bool
read_sample(struct cursor c, struct sflow_sample *s)
{
	if (s->format == 0 || s->format >= sizeof formats / sizeof formats[0]) {
		s->kind = SFLOW_UNKNOWN;
		return true;
	}
	s->kind = formats[s->format].kind;
	s->expanded = formats[s->format].expanded;
	switch (s->kind) {
	case SFLOW_FLOW:
		read_flow(&c, s);
		break;
	case SFLOW_DISCARDED:
		read_discarded(&c, s);
		break;
	default:
		s->sequence = cursor_be32(&c);
		read_source(&c, s);
		break;
	}
	s->left = cursor_be32(&c);
	s->records = c;
	return cursor_ok(&c);
}

bool
sflow_next(struct sflow_message *m, struct sflow_sample *out)
{
	while (m->left > 0) {
		struct sflow_sample s = { .octets = m->rest.at, .counters = m->counters };
		struct cursor body;

		if (cursor_left(&m->rest) < SAMPLE_HEAD) {
			m->counters->malformed[MALFORMED_COUNT]++;
			m->left = 0;
			return false;
		}
		if (!next_opaque(&m->rest, &s.format, &body)) {
			m->counters->malformed[MALFORMED_SAMPLE]++;
			m->left = 0;
			return false;
		}
		m->left--;
		m->counters->sets++;
		if (read_sample(body, &s)) {
			*out = s;
			return true;
		}
		m->counters->malformed[MALFORMED_SAMPLE]++;
	}
	return false;
}

bool
sflow_next_record(struct sflow_sample *s, struct sflow_record *out)
{
	if (s->left == 0)
		return false;
	s->left--;
	if (next_opaque(&s->records, &out->format, &out->body))
		return true;
	s->counters->malformed[MALFORMED_RECORD]++;
	s->left = 0;
	return false;
}

static const struct {
	uint32_t number;
	const char *name;
} drops[] = {
#define SFLOW_DROP(number, name) { number, #name },
#include "flow/sflow_drop.def"
#undef SFLOW_DROP
};

const char *
sflow_drop_name(uint32_t reason)
{
	for (size_t i = 0; i < sizeof drops / sizeof drops[0]; i++)
		if (drops[i].number == reason)
			return drops[i].name;
	return NULL;
}
