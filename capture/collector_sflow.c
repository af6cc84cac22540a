/* SPDX-License-Identifier: BSD-2-Clause */
/* sFlow's datagrams: flow samples into rows, counter samples into facts of interfaces. */
#include "capture/collector_core.h"

#include "flow/sflow_structure.h"

/* The datagram that the samples come in. */
struct taking {
	struct decoding g;
	struct sflow_message message;
	enum ledger_verdict verdict;
};

static enum status
add_row(struct taking *k, struct sflow_sample *s, struct fault *f)
{
	struct collector *c = k->g.c;
	struct table *t = c->table;
	const struct run_place at = { s->octets, 1, 0 };
	size_t row = t->rows;

	if (c->silent)
		return STATUS_OK;
	sflow_rows_add(c->sflow_rows, &k->message, s, k->g.datagram->received,
	    &k->g.domain->now.samples, t);
	table_set_address(t, COLUMN_EXPORTER_IP, row, &k->g.x->address);
	table_set_i32(t, COLUMN_EXPORTER_PORT, row, k->g.x->port);
	table_set_i64(t, COLUMN_OBSERVATION_DOMAIN, row, k->g.header.domain);
	table_set_i32(t, COLUMN_EXPORT_PROTOCOL, row, SFLOW_PROTOCOL);
	collector_way(&k->g, &at, t, row);
	k->message.counters->records++;
	return collector_added(c, 1, f);
}

/* Counters of an interface, or of another source. */
static enum status
take_counters(struct taking *k, struct sflow_sample *s, struct interface *i)
{
	struct sample_counts *counts = &k->g.domain->now.samples;
	const struct interfaces_budget budget = exporters_interfaces(k->g.c->exporters, k->g.x);
	enum status st = STATUS_OK;
	struct sflow_record r;

	while (st == STATUS_OK && sflow_next_record(s, &r)) {
		counts->unknown_records += sflow_structure_find(SFLOW_COUNTERS, r.format) == NULL;
		if (i != NULL && k->verdict != LEDGER_TWICE && k->verdict != LEDGER_LATE)
			st = interfaces_count(k->g.domain->interfaces, &budget, i, &r,
			    k->g.datagram->received);
	}
	return st;
}

static enum sample_way
way_of(enum ledger_verdict v)
{
	return v == LEDGER_LATE ? SAMPLE_LATE : SAMPLE_IN_ORDER;
}

static enum status
take_sample(struct taking *k, struct sflow_sample *s, struct fault *f)
{
	struct exporter_domain *d = k->g.domain;
	const struct interfaces_budget budget = exporters_interfaces(k->g.c->exporters, k->g.x);
	struct interface *i = NULL;
	enum status st = STATUS_OK;

	d->now.samples.samples[s->kind]++;
	if (s->kind == SFLOW_UNKNOWN)
		return STATUS_OK;
	st = interfaces_find(&d->interfaces, &budget, s->source_class, s->source_index, &i);
	if (st == STATUS_NO_MEMORY)
		return fault_memory(f);
	if (i == NULL)
		d->now.samples.unchecked++;
	else if (k->verdict != LEDGER_TWICE)
		samples_take(&i->series[s->kind], s, way_of(k->verdict), &d->now.samples);
	if (s->kind != SFLOW_COUNTERS)
		return add_row(k, s, f);
	return take_counters(k, s, i) == STATUS_OK ? STATUS_OK : fault_memory(f);
}

static enum status
take_samples(struct taking *k, struct fault *f)
{
	enum status st = STATUS_OK;
	struct sflow_sample s;

	/* the agent started anew: so did all of its sources */
	if (k->verdict == LEDGER_RESTART)
		interfaces_anew(k->g.domain->interfaces);
	while (st == STATUS_OK && sflow_next(&k->message, &s))
		st = take_sample(k, &s, f);
	return st;
}

enum status
collector_sflow(struct collector *c, struct exporter *x, const struct datagram *d,
    struct cursor octets, size_t *used, struct fault *f)
{
	struct decode_counters counters = { 0 };
	struct taking k = { .g = { .c = c, .x = x, .datagram = d, .start = octets.at,
		.offset = (size_t)(octets.at - d->data) } };
	enum status st;

	*used = 0;
	if (!sflow_open(&k.message, octets.at, cursor_left(&octets), &counters))
		return STATUS_OK;
	k.g.header = k.message.header;
	*used = cursor_left(&octets);
	if (c->carrying) /* nothing in it holds for others */
		return STATUS_OK;
	st = exporters_agent(c->exporters, x, &k.message.agent, k.g.header.domain, &k.g.domain);
	if (st == STATUS_LIMIT) {
		c->counts.rejected_limit++;
		return STATUS_OK;
	}
	if (st != STATUS_OK)
		return fault_memory(f);
	k.verdict = collector_sequence(&k.g, 1, 0, octets.at, *used);
	st = take_samples(&k, f);
	if (st == STATUS_OK)
		*used -= cursor_left(&k.message.rest);
	decode_counters_add(&k.g.domain->now.decoded, &counters);
	return st;
}
