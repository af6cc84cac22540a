/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes along from segment to segment, and from run to run. */
#include "capture/collector_core.h"

#include <string.h>

enum { LEAST_MESSAGE = 4 };

/* The sets that are looked for in a datagram. */
struct looking {
	struct decoding g;
	const uint64_t *offsets;
	size_t count;
	uint64_t segment;
	bool inherited;
	ipfix_unknown unknown; /* told of each of them */
};

static void
keep_wanted(void *ctx, uint16_t set_id, struct cursor body)
{
	struct looking *k = ctx;
	size_t offset = k->g.offset + (size_t)(body.at - k->g.start);
	struct waiting_set set = { .header = k->g.header, .datagram = *k->g.datagram,
		.segment = k->segment, .id = set_id, .len = cursor_left(&body), .offset = offset };
	bool wanted = false;

	for (size_t i = 0; i < k->count; i++)
		wanted |= k->offsets[i] >= offset && k->offsets[i] - offset < set.len;
	if (wanted && !waiting_put(&k->g.x->waiting, exporters_waiting(k->g.c->exporters), &set,
	    &k->g.copy))
		k->g.c->failed = STATUS_NO_MEMORY;
}

/* No template is known: all sets of data are told of, and none is decoded. */
static enum status
look_through(struct looking *k, struct template_set *none, struct fault *f)
{
	struct collector *c = k->g.c;
	const struct datagram *d = k->g.datagram;
	struct cursor octets = cursor_over(d->data, d->len);
	struct decode_counters counters = { 0 };
	const struct message_context context = { &c->fixed, none, &counters };
	struct message m;
	struct record_run run;

	while (cursor_left(&octets) >= LEAST_MESSAGE &&
	    message_open(&m, octets.at, cursor_left(&octets), &context) && !m.fixed) {
		k->g.start = octets.at;
		k->g.offset = (size_t)(octets.at - d->data);
		k->g.header = *message_header(&m);
		m.ipfix.unknown = k->unknown;
		m.ipfix.ctx = k;
		while (message_run(&m, TABLE_ROWS, &run))
			continue;
		octets = message_behind(&m);
	}
	waiting_done(&k->g.x->waiting, exporters_waiting(c->exporters), k->g.copy);
	return c->failed == STATUS_OK ? STATUS_OK : fault_memory(f);
}

static enum status
look(struct looking *k, struct fault *f)
{
	struct template_set *none = NULL;
	enum status st = exporters_find(k->g.c->exporters, k->g.datagram, &k->g.x);

	if (st != STATUS_OK)
		return st == STATUS_LIMIT ? STATUS_OK : fault_memory(f);
	k->g.x->inherited |= k->inherited;
	st = template_set_open(&none, f);
	if (st == STATUS_OK)
		st = look_through(k, none, f);
	template_set_free(none);
	return st;
}

enum status
collector_put_late(struct collector *c, const struct datagram *d, uint64_t segment,
    const uint64_t *offsets, size_t count, struct fault *f)
{
	struct looking k = { .g = { .c = c, .datagram = d }, .offsets = offsets, .count = count,
		.segment = segment, .unknown = keep_wanted };

	return look(&k, f);
}

/* The set that is looked for; only of options, whatever its template may be by now. */
static void
learn_wanted(void *ctx, uint16_t set_id, struct cursor body)
{
	struct looking *k = ctx;
	const struct template *t = template_set_find(k->g.x->templates, k->g.header.domain, set_id);
	const struct waiting_set set = { .header = k->g.header, .datagram = *k->g.datagram,
		.segment = k->segment, .id = set_id, .len = cursor_left(&body),
		.offset = k->g.offset + (size_t)(body.at - k->g.start) };

	if (set.offset == k->offsets[0] && t != NULL && t->options &&
	    collector_decode_set(k->g.c, k->g.x, &set, NULL) != STATUS_OK)
		k->g.c->failed = STATUS_NO_MEMORY;
}

/* The one set that waited in an earlier segment, where its template came. */
static enum status
put_set(struct collector *c, const struct datagram *d, uint64_t segment, bool inherited,
    struct fault *f)
{
	const uint64_t offset = d->set;
	struct datagram whole = *d;
	struct looking k = { .g = { .c = c, .datagram = &whole }, .offsets = &offset, .count = 1,
		.segment = segment, .unknown = learn_wanted };

	whole.set = 0;
	k.inherited = inherited;
	return look(&k, f);
}

enum status
collector_put_carried(struct collector *c, const struct datagram *d, uint64_t segment,
    bool inherited, struct fault *f)
{
	const struct collector_counts counts = c->counts;

	if (c->failed != STATUS_OK)
		return c->failed;
	c->carrying = true;
	c->failed = d->set != 0 ? put_set(c, d, segment, inherited, f)
	                        : collector_datagram(c, d, segment, inherited, f);
	c->carrying = false;
	c->counts = counts;
	return c->failed;
}

enum status
collector_carried(struct collector *c, collector_take take, void *ctx, struct fault *f)
{
	size_t count;
	struct exporter *const *list = exporters_list(c->exporters, &count);
	enum status st = STATUS_OK;

	for (size_t i = 0; i < count; i++)
		for (struct carried_datagram *d = list[i]->carried.first; d != NULL && st == STATUS_OK;
		     d = d->next) {
			carried_records(exporters_carried(c->exporters), d);
			st = take(ctx, d, f);
		}
	return st;
}

void
collector_inherit(struct collector *c)
{
	c->silent = true;
}

void
collector_inherited(struct collector *c, int64_t since, int64_t until)
{
	c->silent = false;
	memset(&c->counts, 0, sizeof c->counts);
	exporters_settle(c->exporters, since, until);
}

enum status
collector_forget(struct collector *c, struct fault *f)
{
	struct exporters *fresh;
	enum status st = exporters_open(c->seed, &fresh, f);

	if (st != STATUS_OK)
		return st;
	exporters_free(c->exporters);
	c->exporters = fresh;
	c->silent = false;
	memset(&c->counts, 0, sizeof c->counts);
	return STATUS_OK;
}
