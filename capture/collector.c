/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/collector_core.h"

#include <stdlib.h>
#include <string.h>

#include "base/floor.h"
#include "base/hash.h"
#include "capture/options_learn.h"
#include "flow/quirk.h"

enum {
	NANOS_PER_MICRO = 1000,
	MILLIS_PER_SECOND = 1000,
	LEAST_MESSAGE = 4,
	WEIGHED_EACH = 16, /* datagrams */
	SYSTEM_INIT_MILLISECONDS = 160
};

enum status
collector_open(size_t rows, uint64_t seed, collector_emit emit, void *ctx, struct collector **out,
    struct fault *f)
{
	struct collector *c = calloc(1, sizeof *c);
	enum status st;

	if (c == NULL)
		return fault_memory(f);
	c->emit = emit;
	c->ctx = ctx;
	c->seed = seed;
	st = netflow_fixed_open(&c->fixed, f);
	if (st == STATUS_OK)
		st = table_open(rows, &c->table, f);
	if (st == STATUS_OK)
		st = row_decoder_open(&c->decoder, f);
	if (st == STATUS_OK)
		st = sflow_rows_open(&c->sflow_rows, f);
	if (st == STATUS_OK)
		st = sections_open(&c->sections, f);
	if (st == STATUS_OK)
		st = exporters_open(seed, &c->exporters, f);
	if (st != STATUS_OK) {
		collector_free(c);
		return st;
	}
	*out = c;
	return STATUS_OK;
}

void
collector_free(struct collector *c)
{
	if (c == NULL)
		return;
	netflow_fixed_close(&c->fixed);
	table_free(c->table);
	row_decoder_free(c->decoder);
	sflow_rows_free(c->sflow_rows);
	sections_free(c->sections);
	exporters_free(c->exporters);
	free(c);
}

void
collector_segment(struct collector *c, uint64_t sequence)
{
	c->segment = sequence;
}

enum status
collector_flush(struct collector *c, struct fault *f)
{
	if (c->failed != STATUS_OK)
		return c->failed;
	if (c->table->failed)
		c->failed = fault_memory(f);
	else if (c->table->rows > 0)
		c->failed = c->emit(c->ctx, &c->table, f);
	return c->failed;
}

void
collector_way(const struct decoding *g, const struct run_place *at, struct table *t, size_t row)
{
	const struct datagram *d = g->datagram;
	size_t count = at->count, offset = g->offset + (size_t)(at->octets - g->start);

	if (d->transport != TRANSPORT_FILE)
		table_fill_i64(t, COLUMN_RECEIVED, row, count, floor_div(d->received, NANOS_PER_MICRO));
	else
		table_fill_i32(t, COLUMN_INPUT, row, count, d->input);
	if (d->number != 0) {
		table_fill_i64(t, d->transport == TRANSPORT_UDP ? COLUMN_DATAGRAM : COLUMN_MESSAGE, row,
		    count, (int64_t)d->number);
		for (size_t i = 0; i < count; i++)
			table_set_i64(t, COLUMN_DATAGRAM_RECORD, row + i,
			    (int64_t)(offset + i * at->stride));
		if (g->late_segment != 0)
			table_fill_i64(t, COLUMN_DATAGRAM_SEGMENT, row, count, (int64_t)g->late_segment);
	}
	if (d->frame != 0) {
		table_fill_i32(t, COLUMN_INPUT, row, count, d->input);
		table_fill_i64(t, COLUMN_FIRST_FRAME, row, count, (int64_t)d->frame);
	}
}

static void
apply_sections(const struct decoding *g, const struct record_run *run, struct table *t, size_t row)
{
	if (!sections_in(run->first.template))
		return;
	for (size_t i = 0; i < run->count; i++) {
		struct record r = record_of(run, i);

		sections_apply(g->c->sections, &r, t, row + i);
	}
}

static void
apply_options(const struct decoding *g, const struct record_run *run, struct table *t, size_t row)
{
	if (g->options.own == NULL && g->options.whole == NULL)
		return;
	for (size_t i = 0; i < run->count; i++) {
		struct record r = record_of(run, i);

		options_apply(&g->options, &r, t, row + i);
	}
}

enum status
collector_added(struct collector *c, size_t count, struct fault *f)
{
	c->counts.records += count;
	return table_full(c->table) ? collector_flush(c, f) : STATUS_OK;
}

/* The options in force for the records to come. */
static void
find_options(struct decoding *g)
{
	const struct exporter_domain *whole = NULL;

	if (g->header.domain != 0)
		whole = exporters_known(g->x, g->header.version, 0);
	g->options = (struct options_in_force){ g->domain->options,
		whole == NULL ? NULL : whole->options };
	g->init = 0;
	(void)options_fact(&g->options, SYSTEM_INIT_MILLISECONDS, &g->init);
}

/*
 * One that waited since an earlier segment would hold in this one by nothing that this one has;
 * and over TCP nothing comes before its template.
 */
static bool
came_too_late(const struct decoding *g)
{
	return g->late && !g->c->carrying && (g->late_segment != g->c->segment ||
	    g->datagram->transport != TRANSPORT_UDP);
}

/* Of a carried datagram: whether what stands there holds, and was an option record. */
static bool
is_listed(const struct datagram *d, uint32_t offset)
{
	bool listed = !d->listed;

	for (size_t i = 0; i < d->record_count && !listed; i++)
		listed = d->records[i] == offset;
	return listed;
}

static enum status
add_option(struct decoding *g, const struct record *r, struct fault *f)
{
	const struct carried_key template = { g->header.domain, CARRIED_TEMPLATE, r->template->id };
	const struct carried_key key = { g->header.domain, CARRIED_RECORD,
		options_learn_key(r, &g->header, g->c->seed) };
	const struct option_origin origin = { g->late_segment != 0 ? g->late_segment : g->c->segment,
		g->datagram->number };
	uint32_t number = options_learn_domain(r, &g->header);
	uint32_t offset = (uint32_t)(g->offset + (size_t)(r->octets - g->start));
	struct exporter_domain *domain = g->domain;
	struct options *options;
	enum status st = STATUS_OK;

	g->c->counts.options++;
	if (came_too_late(g) || !is_listed(g->datagram, offset))
		return STATUS_OK;
	exporter_told(g->domain, &g->header);
	if (!carried_note(exporters_carried(g->c->exporters), &key, &template, offset))
		return fault_memory(f);
	if (number != g->header.domain)
		st = exporters_domain(g->c->exporters, g->x, g->header.version, number, &domain);
	if (st == STATUS_LIMIT)
		return STATUS_OK;
	if (st == STATUS_OK)
		st = exporters_options(g->c->exporters, g->x, domain, &options);
	if (st == STATUS_OK)
		st = options_learn(options, r, &g->header, &origin);
	if (st != STATUS_OK)
		return fault_memory(f);
	find_options(g);
	return STATUS_OK;
}

static enum status
add_options(struct decoding *g, const struct record_run *run, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t i = 0; i < run->count && st == STATUS_OK; i++) {
		struct record r = record_of(run, i);

		st = add_option(g, &r, f);
	}
	return st;
}

static enum status
add_rows(struct decoding *g, const struct record_run *run, struct fault *f)
{
	struct collector *c = g->c;
	const struct run_place at = { run->first.octets, run->count, run->first.len };
	struct export_header header = g->header;
	/* nobody knows whose a file is */
	const struct address *address = g->x->address.family == 0 ? NULL : &g->x->address;
	const struct row_origin origin = { &header, address, g->x->port, g->x->templates,
		g->init };
	size_t row;

	if (run->first.template->options)
		return add_options(g, run, f);
	if (c->silent || c->carrying)
		return STATUS_OK;
	row = c->table->rows;
	if (quirk_uptime_in_seconds(&run->first, &header)) {
		header.uptime *= MILLIS_PER_SECOND;
		g->counters->malformed[MALFORMED_UPTIME] += run->count;
	}
	row_decode_run(c->decoder, run, &origin, c->table);
	g->counters->malformed[MALFORMED_COUNTER] += quirk_high_counters(c->table, row, run->count);
	apply_sections(g, run, c->table, row);
	apply_options(g, run, c->table, row);
	collector_way(g, &at, c->table, row);
	if (g->late) {
		c->counts.late += run->count;
		g->domain->now.late += run->count;
	}
	return collector_added(c, run->count, f);
}

static size_t
room(const struct collector *c)
{
	return c->table->capacity - c->table->rows;
}

/* A data set without a template waits for it. */
static void
keep(void *ctx, uint16_t set_id, struct cursor body)
{
	struct decoding *g = ctx;
	struct waiting_set set = { .header = g->header, .datagram = *g->datagram,
		.segment = g->c->segment, .id = set_id, .len = cursor_left(&body),
		.offset = g->offset + (size_t)(body.at - g->start) };

	g->unread += (uint32_t)set.len;
	if (!g->c->carrying &&
	    !waiting_put(&g->x->waiting, exporters_waiting(g->c->exporters), &set, &g->copy))
		g->c->failed = STATUS_NO_MEMORY;
}

/* A template was defined or withdrawn: its datagram is carried. */
static void
told(void *ctx, const struct ipfix_template_told *t)
{
	struct decoding *g = ctx;
	struct carried *carried = exporters_carried(g->c->exporters);
	const struct carried_key key = { t->domain, CARRIED_TEMPLATE, t->id };
	bool noted;

	exporter_told(g->domain, &g->header);
	if (t->again) /* the datagram that told it first is */
		return;
	if (t->withdrawn)
		noted = carried_withdraw(carried, t->domain, t->id < TEMPLATE_ID_MIN ? 0 : t->id,
		    t->options);
	else
		noted = carried_note(carried, &key, NULL, 0);
	if (!noted)
		g->c->failed = STATUS_NO_MEMORY;
}

static bool
has_template(void *ctx, uint32_t domain, uint16_t id)
{
	return template_set_find(ctx, domain, id) != NULL;
}

enum status
collector_decode_set(struct collector *c, struct exporter *x, const struct waiting_set *set,
    struct fault *f)
{
	const uint8_t *octets = set->datagram.data;
	struct datagram alone = set->datagram;
	struct decoding g = { .c = c, .x = x, .datagram = &set->datagram, .start = octets,
		.late_segment = set->segment, .late = true, .header = set->header };
	struct ipfix_message m;
	struct record_run run;
	enum status st = exporters_domain(c->exporters, x, set->header.version, set->header.domain,
	    &g.domain);

	if (st != STATUS_OK)
		return st == STATUS_LIMIT ? STATUS_OK : st;
	if (!ipfix_set_open(&m, &set->header, set->id, cursor_over(octets + set->offset, set->len),
	        x->templates, &g.domain->now.decoded))
		return STATUS_OK;
	/* what else the datagram tells has taken effect before */
	alone.set = set->offset;
	carried_begin(exporters_carried(c->exporters), &x->carried, &alone, set->segment, x->inherited);
	g.counters = &g.domain->now.decoded;
	m.with_options = true;
	find_options(&g);
	while (st == STATUS_OK && ipfix_message_run(&m, room(c), &run))
		st = add_rows(&g, &run, f);
	return st;
}

/* Sets whose template has come. */
static enum status
take_waiting(struct collector *c, struct exporter *x, struct fault *f)
{
	enum status st = STATUS_OK;
	size_t *total = exporters_waiting(c->exporters);
	struct waiting_set *set;

	while (st == STATUS_OK &&
	    (set = waiting_take(&x->waiting, total, has_template, x->templates)) != NULL) {
		st = collector_decode_set(c, x, set, f);
		waiting_set_free(&x->waiting, total, set);
	}
	return st;
}

/* Units of the sequence that a message with these records counts. */
static uint32_t
units_of(const struct export_header *h, uint64_t records)
{
	switch (h->version) {
	case DIALECT_NETFLOW9:
		return 1;
	case DIALECT_IPFIX:
		return (uint32_t)records;
	default:
		return h->count < records ? h->count : (uint32_t)records;
	}
}

/*
 * Units that a message had beyond those that were counted, at most: what its length says of records
 * that were cut off, and of sets that nobody can read, or of which nothing came, one to each octet.
 */
static uint32_t
slack_of(const struct decoding *g, const struct message *m, uint32_t units, const uint8_t *data, size_t len)
{
	const struct export_header *h = &g->header;
	uint32_t gone, behind;

	if (h->version == 5 || h->version == 7)
		return h->count > units ? h->count - units : 0;
	if (h->version != DIALECT_IPFIX)
		return 0;
	gone = load_be16(data + 2) > len ? load_be16(data + 2) - (uint32_t)len : 0;
	behind = gone > m->ipfix.missing ? gone - m->ipfix.missing : 0;
	return g->unread + m->ipfix.cut_records +
	    (behind > IPFIX_SET_HEADER_SIZE ? behind - IPFIX_SET_HEADER_SIZE : 0);
}

enum ledger_verdict
collector_sequence(const struct decoding *g, uint32_t units, uint32_t slack, const uint8_t *data,
    size_t len)
{
	struct ledger_message m = { .number = g->header.sequence, .units = units, .slack = slack,
		.received = g->datagram->received };

	/* nobody knows when a file's messages came */
	m.restarted = g->datagram->transport != TRANSPORT_FILE &&
	    exporter_clock(g->domain, &g->header, g->datagram->received);
	if (g->header.version == 1) /* has no sequence */
		return LEDGER_NEXT;
	m.digest = hash_bytes(data, len, g->c->seed);
	return ledger_take(&g->domain->ledger, &m);
}

/* Units of the message's sequence; an IPFIX header's number becomes one by the RFC. */
static uint32_t
numbered(struct decoding *g, const struct decode_counters *c)
{
	struct habit *habit = &g->domain->habit;
	const struct habit_message m = { g->header.sequence, (uint32_t)c->records,
		(uint32_t)c->option_records };

	if (g->header.version != DIALECT_IPFIX)
		return units_of(&g->header, c->records + c->option_records);
	if (g->unread > 0)
		habit_lose(habit);
	else if (habit_take(habit, &m))
		ledger_expect(&g->domain->ledger, habit_number(habit, &m));
	g->header.sequence = habit_number(habit, &m);
	return habit_units(habit, &m);
}

static enum status
decode_records(struct decoding *g, struct message *m, struct fault *f)
{
	enum status st = STATUS_OK;
	struct record_run run;

	if (!m->fixed) {
		m->ipfix.with_options = true;
		m->ipfix.unknown = keep;
		m->ipfix.told = told;
		m->ipfix.ctx = g;
		find_options(g);
	}
	while (st == STATUS_OK && message_run(m, room(g->c), &run))
		st = add_rows(g, &run, f);
	waiting_done(&g->x->waiting, exporters_waiting(g->c->exporters), g->copy);
	return st == STATUS_OK && g->c->failed != STATUS_OK ? fault_memory(f) : st;
}

static void
count_limit(struct collector *c, const struct datagram *d)
{
	if (d->transport == TRANSPORT_UDP)
		c->counts.rejected_limit++;
	else
		c->counts.message_limit++;
}

/* One message; *used is its octets, 0 if it is none. */
static enum status
put_message(struct collector *c, struct exporter *x, const struct datagram *d,
    struct cursor octets, size_t *used, struct fault *f)
{
	struct decode_counters counters = { 0 };
	const struct message_context context = { &c->fixed, x->templates, &counters };
	struct decoding g = { .c = c, .x = x, .datagram = d, .start = octets.at,
		.offset = (size_t)(octets.at - d->data), .counters = &counters };
	struct cursor behind;
	struct message m;
	enum status st;
	uint32_t units;

	*used = 0;
	if (!message_open(&m, octets.at, cursor_left(&octets), &context))
		return STATUS_OK;
	g.header = *message_header(&m);
	st = exporters_domain(c->exporters, x, g.header.version, g.header.domain, &g.domain);
	if (st == STATUS_LIMIT) {
		count_limit(c, d);
		*used = cursor_left(&octets);
		return STATUS_OK;
	}
	if (st == STATUS_OK && !c->carrying)
		exporter_heard(c->exporters, x, g.domain, &g.header);
	if (st == STATUS_OK)
		st = decode_records(&g, &m, f);
	if (st != STATUS_OK)
		return st == STATUS_NO_MEMORY ? fault_memory(f) : st;
	behind = message_behind(&m);
	*used = cursor_left(&octets) - cursor_left(&behind);
	if (c->carrying)
		return STATUS_OK;
	units = numbered(&g, &counters);
	(void)collector_sequence(&g, units, slack_of(&g, &m, units, octets.at, *used), octets.at, *used);
	counters.malformed[MALFORMED_COUNT] +=
	    g.unread == 0 && quirk_count_is_off(&g.header, &counters);
	decode_counters_add(&g.domain->now.decoded, &counters);
	return counters.templates > 0 ? take_waiting(c, x, f) : STATUS_OK;
}

/* It begins with no message that is decoded; older versions of sFlow are told apart. */
static void
reject(struct collector *c, const struct datagram *d)
{
	unsigned sflow = sflow_version(d->data, d->len);
	unsigned version = d->len < 2 ? 0 : load_be16(d->data);

	if (sflow == 2 || sflow == 4)
		c->counts.rejected_sflow++;
	else if (sflow != 0 || netflow_fixed_known(version) || version == DIALECT_NETFLOW9 ||
	    version == DIALECT_IPFIX)
		c->counts.rejected_header++;
	else
		c->counts.rejected_version++;
}

/* All messages of a datagram: most have one. */
static enum status
put_messages(struct collector *c, struct exporter *x, const struct datagram *d, struct fault *f)
{
	struct cursor octets = cursor_over(d->data, d->len);
	enum status st = STATUS_OK;
	size_t used = 1;

	while (st == STATUS_OK && cursor_left(&octets) >= LEAST_MESSAGE && used > 0) {
		bool sflow = sflow_version(octets.at, cursor_left(&octets)) != 0;

		st = sflow ? collector_sflow(c, x, d, octets, &used, f)
		           : put_message(c, x, d, octets, &used, f);
		cursor_skip(&octets, used);
	}
	if (octets.at == octets.start)
		reject(c, d);
	else
		c->counts.behind += cursor_left(&octets);
	return st;
}

/* The exporter's messages; those of one too many are counted as refused. */
enum status
collector_datagram(struct collector *c, const struct datagram *d, uint64_t segment, bool inherited,
    struct fault *f)
{
	struct exporter *x;
	enum status st = exporters_find(c->exporters, d, &x);

	if (st == STATUS_LIMIT) {
		count_limit(c, d);
		return STATUS_OK;
	}
	if (st != STATUS_OK)
		return fault_memory(f);
	x->inherited |= inherited;
	carried_begin(exporters_carried(c->exporters), &x->carried, d, segment, inherited);
	return put_messages(c, x, d, f);
}

/* Few rows may have many octets in `other`: looked at now and then, since it takes its time. */
static bool
is_heavy(const struct collector *c)
{
	return (c->counts.datagrams + c->counts.messages) % WEIGHED_EACH == 0 &&
	    table_octets(c->table) >= TABLE_OCTETS;
}

enum status
collector_put(struct collector *c, const struct datagram *d, struct fault *f)
{
	if (c->failed != STATUS_OK)
		return c->failed;
	if (d->transport == TRANSPORT_UDP) {
		c->counts.datagrams++;
		c->counts.octets += d->len;
	} else {
		c->counts.messages++;
		c->counts.message_octets += d->len;
	}
	c->failed = collector_datagram(c, d, c->segment, false, f);
	return c->failed == STATUS_OK && is_heavy(c) ? collector_flush(c, f) : c->failed;
}

bool
collector_end(struct collector *c, const struct datagram *d)
{
	struct exporter *x = exporters_look(c->exporters, d);

	if (x == NULL || x->ended)
		return false;
	exporters_end(c->exporters, x);
	return true;
}

const struct template_set *
collector_templates(struct collector *c, const struct datagram *d)
{
	const struct exporter *x = exporters_look(c->exporters, d);

	return x == NULL ? NULL : x->templates;
}

const struct collector_counts *
collector_counts(const struct collector *c)
{
	return &c->counts;
}

struct exporters *
collector_exporters(struct collector *c)
{
	return c->exporters;
}
