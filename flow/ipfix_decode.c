/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/ipfix_decode.h"

#include <string.h>

enum {
	ENTERPRISE_BIT = 0x8000,
	FLOW_OCTETS_LEAST = 16 /* a shorter record may be all zero and mean it */
};

/* The ids of sets: RFC 7011 section 3.3.2, RFC 3954 section 5. */
struct wire_dialect {
	enum dialect dialect;
	uint16_t template_set;
	uint16_t options_set;
	bool enterprises; /* the upper bit of an element's id says that its number follows */
	bool withdrawals; /* a template without fields withdraws (RFC 7011 section 8.1) */
};

static const struct wire_dialect wire_dialects[] = {
	{ DIALECT_NETFLOW9, 0, 1, false, false },
	{ DIALECT_IPFIX, 2, 3, true, true },
};

static const struct wire_dialect *
wire_of(const struct ipfix_message *m)
{
	return &wire_dialects[m->dialect == DIALECT_IPFIX];
}

static void
malformed(struct ipfix_message *m, enum malformed reason)
{
	m->counters->malformed[reason]++;
}

/* RFC 7011 section 3.1: the length is that of the whole message. */
static bool
ipfix_header(struct ipfix_message *m, struct cursor *c)
{
	size_t whole = cursor_left(c) + 2;
	size_t len = cursor_be16(c);

	m->header.seconds = cursor_be32(c);
	m->header.sequence = cursor_be32(c);
	m->header.domain = cursor_be32(c);
	if (!cursor_ok(c) || len < IPFIX_HEADER_SIZE)
		return false;
	if (len != whole)
		malformed(m, MALFORMED_HEADER);
	if (len < whole)
		*c = cursor_sub(c, len - IPFIX_HEADER_SIZE);
	return true;
}

/* RFC 3954 section 5.1. */
static bool
netflow9_header(struct ipfix_message *m, struct cursor *c)
{
	m->header.count = cursor_be16(c);
	m->header.uptime = cursor_be32(c);
	m->header.seconds = cursor_be32(c);
	m->header.sequence = cursor_be32(c);
	m->header.domain = cursor_be32(c);
	return cursor_ok(c);
}

bool
ipfix_message_open(struct ipfix_message *m, const void *data, size_t len,
    struct template_set *templates, struct decode_counters *counters)
{
	struct cursor c = cursor_over(data, len);
	bool good;

	memset(m, 0, sizeof *m);
	m->templates = templates;
	m->counters = counters;
	m->header.version = cursor_be16(&c);
	if (m->header.version != DIALECT_IPFIX && m->header.version != DIALECT_NETFLOW9) {
		malformed(m, MALFORMED_VERSION);
		return false;
	}
	m->dialect = (enum dialect)m->header.version;
	good = m->dialect == DIALECT_IPFIX ? ipfix_header(m, &c) : netflow9_header(m, &c);
	if (!good) {
		malformed(m, MALFORMED_HEADER);
		return false;
	}
	m->rest = c;
	m->set = cursor_over(data, 0);
	counters->messages++;
	return true;
}

/*
 * Some exporters of NetFlow 9 (PAN-OS) fill sets up with zeros that are as long as records, or
 * longer.  IPFIX forbids it, and counts records: there a record of zeros is one.
 */
static void
cut_fill(struct ipfix_message *m)
{
	const struct template *t = m->template;
	const uint8_t *end = m->set.end;
	size_t records;

	if (m->dialect != DIALECT_NETFLOW9 || t->options || t->variable ||
	    t->min_length < FLOW_OCTETS_LEAST)
		return;
	while (end > m->set.at && end[-1] == 0)
		end--;
	if ((size_t)(m->set.end - end) < t->min_length)
		return;
	records = ((size_t)(end - m->set.at) + t->min_length - 1) / t->min_length;
	if (cursor_left(&m->set) - records * t->min_length < t->min_length)
		return;
	malformed(m, MALFORMED_PADDING);
	m->set = cursor_over(m->set.at, records * t->min_length);
}

bool
ipfix_set_open(struct ipfix_message *m, const struct export_header *header, uint16_t set_id,
    struct cursor body, struct template_set *templates, struct decode_counters *counters)
{
	memset(m, 0, sizeof *m);
	m->dialect = (enum dialect)header->version;
	m->header = *header;
	m->templates = templates;
	m->counters = counters;
	m->rest = cursor_over(body.end, 0);
	m->set = body;
	m->template = template_set_find(templates, header->domain, set_id);
	if (m->template != NULL)
		cut_fill(m);
	return m->template != NULL;
}

static bool
all_zero(const struct cursor *c)
{
	for (const uint8_t *p = c->at; p < c->end; p++)
		if (*p != 0)
			return false;
	return true;
}

/* RFC 7011 section 3.2. */
static void
read_field(const struct wire_dialect *wire, struct cursor *c, struct template_field *out)
{
	uint16_t id = cursor_be16(c);

	memset(out, 0, sizeof *out);
	out->length = cursor_be16(c);
	out->id = id;
	if (wire->enterprises && (id & ENTERPRISE_BIT) != 0) {
		out->id = id & (ENTERPRISE_BIT - 1);
		out->pen = cursor_be32(c);
	}
}

static void
tell(struct ipfix_message *m, const struct template *head, bool withdrawn, bool again)
{
	const struct ipfix_template_told t = { head->domain, head->id, head->options, withdrawn,
		again };

	if (m->told != NULL)
		m->told(m->ctx, &t);
}

static void
withdraw(struct ipfix_message *m, const struct template *head, uint16_t set_id)
{
	if (head->id == set_id)
		template_set_withdraw_all(m->templates, head->domain, head->options);
	else if (!template_set_withdraw(m->templates, head->domain, head->id))
		malformed(m, MALFORMED_NO_TEMPLATE);
	m->counters->withdrawals++;
	tell(m, head, true, false);
}

static bool
put_template(struct ipfix_message *m, struct template *head, struct cursor *c)
{
	struct template_field fields[TEMPLATE_FIELDS_MAX];
	enum status st;
	bool again;

	/* four octets each at least: no array is filled from a count that cannot be true */
	if (head->count > TEMPLATE_FIELDS_MAX || head->count > cursor_left(c) / 4)
		return false;
	for (size_t i = 0; i < head->count; i++)
		read_field(wire_of(m), c, &fields[i]);
	if (!cursor_ok(c))
		return false;
	/* exporters repeat them, some before every record */
	again = template_set_same(m->templates, head, fields);
	st = again ? STATUS_OK : template_set_put(m->templates, head, fields, NULL);
	m->counters->templates++;
	tell(m, head, false, again);
	if (st == STATUS_LIMIT || st == STATUS_NO_MEMORY)
		malformed(m, MALFORMED_TEMPLATE_LIMIT);
	else if (st != STATUS_OK)
		malformed(m, MALFORMED_TEMPLATE);
	return true;
}

/* The counts of an options template: RFC 7011 section 3.4.2.2, RFC 3954 section 6.1. */
static bool
options_counts(const struct ipfix_message *m, struct template *head, struct cursor *c)
{
	size_t first = cursor_be16(c);

	size_t others = first == 0 && m->dialect == DIALECT_IPFIX ? 0 : cursor_be16(c);

	/* no template has more scopes than fields: what was NetFlow 9 kept its counts in octets */
	if (m->dialect == DIALECT_IPFIX && (others <= first || first % 4 != 0 || others % 4 != 0)) {
		head->count = (uint16_t)first;
		head->scopes = (uint16_t)others;
	} else { /* both in octets, four a field */
		head->scopes = (uint16_t)(first / 4);
		head->count = (uint16_t)(first / 4 + others / 4);
	}
	return cursor_ok(c) && head->scopes <= head->count;
}

static bool
read_template(struct ipfix_message *m, struct cursor *c, bool options, uint16_t set_id)
{
	const struct wire_dialect *wire = wire_of(m);
	struct template head = { .domain = m->header.domain, .options = options };

	head.id = cursor_be16(c);
	if (!options)
		head.count = cursor_be16(c);
	else if (!options_counts(m, &head, c))
		return false;
	if (!cursor_ok(c))
		return false;
	if (wire->withdrawals && head.count == 0 &&
	    (head.id >= TEMPLATE_ID_MIN || head.id == set_id)) {
		withdraw(m, &head, set_id);
		return true;
	}
	return head.id >= TEMPLATE_ID_MIN && head.count != 0 && put_template(m, &head, c);
}

static void
read_templates(struct ipfix_message *m, struct cursor set, uint16_t set_id, bool options)
{
	/* what is too short for a template, or all zero, is padding */
	while (cursor_left(&set) >= 4 && !all_zero(&set)) {
		if (!read_template(m, &set, options, set_id)) {
			malformed(m, MALFORMED_TEMPLATE);
			return;
		}
	}
	if (!all_zero(&set))
		malformed(m, MALFORMED_PADDING);
}

static void
open_set(struct ipfix_message *m, uint16_t id, struct cursor body)
{
	const struct wire_dialect *wire = wire_of(m);

	m->counters->sets++;
	m->template = NULL;
	if (id == wire->template_set || id == wire->options_set) {
		read_templates(m, body, id, id == wire->options_set);
	} else if (id < TEMPLATE_ID_MIN) {
		malformed(m, MALFORMED_SET_ID);
	} else {
		m->template = template_set_find(m->templates, m->header.domain, id);
		m->set = body;
		if (m->template == NULL) {
			malformed(m, MALFORMED_NO_TEMPLATE);
			if (m->unknown != NULL)
				m->unknown(m->ctx, id, body);
			return;
		}
		cut_fill(m);
	}
}

/* Goes to the next set; false at the end of the message. */
static bool
next_set(struct ipfix_message *m)
{
	uint16_t id, len;
	size_t body;

	if (cursor_left(&m->rest) < IPFIX_SET_HEADER_SIZE) {
		if (!all_zero(&m->rest))
			malformed(m, MALFORMED_SET_LENGTH);
		return false;
	}
	id = cursor_be16(&m->rest);
	len = cursor_be16(&m->rest);
	if (len < IPFIX_SET_HEADER_SIZE) {
		/* where the next set begins cannot be known; zeros are padding */
		if (id != 0 || len != 0 || !all_zero(&m->rest))
			malformed(m, MALFORMED_SET_LENGTH);
		return false;
	}
	body = (size_t)len - IPFIX_SET_HEADER_SIZE;
	if (body > cursor_left(&m->rest)) {
		malformed(m, MALFORMED_SET_LENGTH);
		m->missing = (uint32_t)(body - cursor_left(&m->rest));
		body = cursor_left(&m->rest); /* what there is of it may hold whole records */
	}
	open_set(m, id, cursor_sub(&m->rest, body));
	if (m->template == NULL && id >= TEMPLATE_ID_MIN)
		m->cut_records = m->missing;
	return true;
}

/*
 * RFC 7011 section 3.3.1: padding is zero and shorter than any record.  What is left of a set that
 * was cut is no padding but the beginning of a record.
 */
static bool
only_padding(struct ipfix_message *m)
{
	if (cursor_left(&m->set) >= m->template->min_length)
		return false;
	if (m->missing > 0)
		m->cut_records = ((uint32_t)cursor_left(&m->set) + m->missing) / m->template->min_length;
	else if (!all_zero(&m->set))
		malformed(m, MALFORMED_PADDING);
	return true;
}

bool
ipfix_message_run(struct ipfix_message *m, size_t most, struct record_run *out)
{
	for (;;) {
		while (m->template == NULL)
			if (!next_set(m))
				return false;
		if (only_padding(m)) {
			m->template = NULL;
			continue;
		}
		if (!record_read_run(&m->set, m->template, most, out)) {
			malformed(m, MALFORMED_RECORD);
			m->template = NULL;
			continue;
		}
		if (!m->template->options) {
			m->counters->records += out->count;
			return true;
		}
		m->counters->option_records += out->count;
		if (m->with_options)
			return true;
	}
}

bool
ipfix_message_next(struct ipfix_message *m, struct record *out)
{
	struct record_run run;

	if (!ipfix_message_run(m, 1, &run))
		return false;
	*out = run.first;
	return true;
}
