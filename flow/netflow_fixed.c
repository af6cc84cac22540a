/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/netflow_fixed.h"

#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 21, PADDING = 210, ROUTER_SC = 43 };

struct layout {
	uint16_t id;
	uint8_t octets;
};

/* Cisco's NetFlow FlowCollector User Guide, appendix B, tables 1 to 7. */
static const struct version {
	uint16_t number;
	bool sequence; /* the header has one */
	bool engine;   /* and the engine and the sampling */
	uint8_t reserved;
	struct layout fields[FIELDS_MAX];
} versions[NETFLOW_FIXED_VERSIONS] = {
	{ 1, false, false, 0,
	    { { 8, 4 }, { 12, 4 }, { 15, 4 }, { 10, 2 }, { 14, 2 }, { 2, 4 }, { 1, 4 }, { 22, 4 },
		{ 21, 4 }, { 7, 2 }, { 11, 2 }, { PADDING, 2 }, { 4, 1 }, { 5, 1 }, { 6, 1 },
		{ PADDING, 11 } } },
	{ 5, true, true, 0,
	    { { 8, 4 }, { 12, 4 }, { 15, 4 }, { 10, 2 }, { 14, 2 }, { 2, 4 }, { 1, 4 }, { 22, 4 },
		{ 21, 4 }, { 7, 2 }, { 11, 2 }, { PADDING, 1 }, { 6, 1 }, { 4, 1 }, { 5, 1 },
		{ 16, 2 }, { 17, 2 }, { 9, 1 }, { 13, 1 }, { PADDING, 2 } } },
	{ 7, true, false, 4,
	    { { 8, 4 }, { 12, 4 }, { 15, 4 }, { 10, 2 }, { 14, 2 }, { 2, 4 }, { 1, 4 }, { 22, 4 },
		{ 21, 4 }, { 7, 2 }, { 11, 2 }, { PADDING, 1 }, { 6, 1 }, { 4, 1 }, { 5, 1 },
		{ 16, 2 }, { 17, 2 }, { 9, 1 }, { 13, 1 }, { PADDING, 2 }, { ROUTER_SC, 4 } } },
};

static struct template *
make_template(const struct version *v)
{
	struct template head = { .id = v->number };
	struct template_field fields[FIELDS_MAX];

	memset(fields, 0, sizeof fields);
	while (head.count < FIELDS_MAX && v->fields[head.count].id != 0) {
		fields[head.count].id = v->fields[head.count].id;
		fields[head.count].length = v->fields[head.count].octets;
		head.count++;
	}
	return template_make(&head, fields);
}

enum status
netflow_fixed_open(struct netflow_fixed *n, struct fault *f)
{
	for (size_t i = 0; i < NETFLOW_FIXED_VERSIONS; i++) {
		n->templates[i] = make_template(&versions[i]);
		if (n->templates[i] == NULL) {
			for (size_t k = 0; k < i; k++)
				free(n->templates[k]);
			return fault_memory(f);
		}
	}
	return STATUS_OK;
}

void
netflow_fixed_close(struct netflow_fixed *n)
{
	for (size_t i = 0; i < NETFLOW_FIXED_VERSIONS; i++)
		free(n->templates[i]);
}

static void
read_header(struct cursor *c, const struct version *v, struct export_header *h)
{
	h->count = cursor_be16(c);
	h->uptime = cursor_be32(c);
	h->seconds = cursor_be32(c);
	h->nanos = cursor_be32(c);
	if (v->sequence)
		h->sequence = cursor_be32(c);
	if (v->engine) {
		h->domain = cursor_be16(c); /* engine type and id */
		h->sampling = cursor_be16(c);
	}
	cursor_skip(c, v->reserved);
}

static size_t
find_version(unsigned number)
{
	size_t i = 0;

	while (i < NETFLOW_FIXED_VERSIONS && versions[i].number != number)
		i++;
	return i;
}

bool
netflow_fixed_known(unsigned version)
{
	return find_version(version) < NETFLOW_FIXED_VERSIONS;
}

bool
netflow_fixed_message(struct netflow_fixed_message *m, const void *data, size_t len,
    const struct netflow_fixed *n, struct decode_counters *counters)
{
	struct cursor c = cursor_over(data, len);
	size_t which;

	memset(m, 0, sizeof *m);
	m->counters = counters;
	m->header.version = cursor_be16(&c);
	which = find_version(m->header.version);
	if (cursor_ok(&c) && which == NETFLOW_FIXED_VERSIONS) {
		counters->malformed[MALFORMED_VERSION]++;
		return false;
	}
	if (cursor_ok(&c))
		read_header(&c, &versions[which], &m->header);
	if (!cursor_ok(&c)) {
		counters->malformed[MALFORMED_HEADER]++;
		return false;
	}
	m->template = n->templates[which];
	m->rest = c;
	m->left = cursor_left(&c) / m->template->min_length;
	if (m->header.count > m->left)
		counters->malformed[MALFORMED_COUNT]++;
	else
		m->left = m->header.count;
	counters->messages++;
	return true;
}

bool
netflow_fixed_run(struct netflow_fixed_message *m, size_t most, struct record_run *out)
{
	if (m->left == 0 ||
	    !record_read_run(&m->rest, m->template, most < m->left ? most : m->left, out))
		return false;
	m->left -= out->count;
	m->counters->records += out->count;
	return true;
}

bool
netflow_fixed_next(struct netflow_fixed_message *m, struct record *out)
{
	struct record_run run;

	if (!netflow_fixed_run(m, 1, &run))
		return false;
	*out = run.first;
	return true;
}
