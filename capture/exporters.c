/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/exporters.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "flow/ipfix_decode.h"

enum {
	BUCKETS = 4096,
	LOOKED_AT = 64, /* exporters that may have to give way, for each new one */
	NEXT_TO_NOTHING = 4, /* datagrams */
	UPTIME_SLACK = 60000, /* milliseconds back: reordering, and clocks of whole seconds */
	SEQUENCE_SLACK = 4096 /* records back, likewise */
};

struct exporters {
	uint64_t seed;
	struct exporter *buckets[BUCKETS];
	struct exporter **list;
	size_t count;
	size_t hand; /* where the search for one to give way goes on */
	size_t domains;
	size_t templates; /* what they cost: the budget of all */
	size_t waiting;
	size_t options;
	size_t interfaces;
	struct carried *carried;
	uint64_t gone;
	uint64_t gone_sets;
	struct exporter_counts gone_counts;
};

enum status
exporters_open(uint64_t seed, struct exporters **out, struct fault *f)
{
	struct exporters *e = calloc(1, sizeof *e);

	if (e == NULL)
		return fault_memory(f);
	e->seed = seed;
	e->list = calloc(EXPORTERS_MAX, sizeof(struct exporter *));
	if (e->list == NULL || carried_open(seed, &e->carried, f) != STATUS_OK) {
		free(e->list);
		free(e);
		return fault_memory(f);
	}
	*out = e;
	return STATUS_OK;
}

struct interfaces_budget
exporters_interfaces(struct exporters *e, struct exporter *x)
{
	return (struct interfaces_budget){ &x->interface_octets, &e->interfaces };
}

static void
free_exporter(struct exporters *e, struct exporter *x)
{
	const struct interfaces_budget interfaces = exporters_interfaces(e, x);

	waiting_free(&x->waiting, &e->waiting);
	carried_drop(e->carried, &x->carried);
	while (x->domains != NULL) {
		struct exporter_domain *d = x->domains;

		x->domains = d->next;
		options_free(d->options);
		interfaces_free(d->interfaces, &interfaces);
		free(d);
	}
	template_set_free(x->templates);
	free(x);
}

void
exporters_free(struct exporters *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; i < e->count; i++)
		free_exporter(e, e->list[i]);
	carried_free(e->carried);
	free(e->list);
	free(e);
}

static bool
is(const struct exporter *x, const struct datagram *d)
{
	return x->port == d->src_port && x->session == d->session &&
	    x->address.family == d->src.family &&
	    memcmp(x->address.octets, d->src.octets, sizeof x->address.octets) == 0;
}

static struct exporter **
bucket_of(struct exporters *e, const struct address *address, uint16_t port, uint64_t session)
{
	uint8_t key[sizeof address->octets + 3];

	memcpy(key, address->octets, sizeof address->octets);
	key[sizeof address->octets] = address->family;
	key[sizeof address->octets + 1] = (uint8_t)(port >> 8);
	key[sizeof address->octets + 2] = (uint8_t)port;
	return &e->buckets[(hash_bytes(key, sizeof key, e->seed) + session) % BUCKETS];
}

static void
drop(struct exporters *e, struct exporter *x)
{
	struct exporter **link = bucket_of(e, &x->address, x->port, x->session);

	while (*link != x)
		link = &(*link)->next;
	*link = x->next;
	for (struct exporter_domain *d = x->domains; d != NULL; d = d->next) {
		const struct exporter_counts counts = exporter_cut(d);

		exporter_counts_add(&e->gone_counts, &counts);
	}
	e->gone++;
	e->gone_sets += x->waiting.dropped + x->waiting.count;
	e->count--;
	e->list[x->place] = e->list[e->count];
	e->list[x->place]->place = x->place;
	e->domains -= x->domain_count;
	free_exporter(e, x);
}

static bool
may_go(const struct exporter *x, int64_t now)
{
	int64_t silent;

	if (x->ended)
		return true;
	if (__builtin_sub_overflow(now, x->last, &silent))
		return false;
	return silent > EXPORTER_IDLE || (silent > EXPORTER_TRIED && x->datagrams < NEXT_TO_NOTHING);
}

/* Room for one more; looks at a few at a time, so that a flood costs each datagram the same. */
static bool
make_room(struct exporters *e, int64_t now)
{
	for (unsigned i = 0; i < LOOKED_AT && e->count >= EXPORTERS_MAX; i++) {
		e->hand = (e->hand + 1) % e->count;
		if (may_go(e->list[e->hand], now))
			drop(e, e->list[e->hand]);
	}
	return e->count < EXPORTERS_MAX;
}

struct exporter *
exporters_look(struct exporters *e, const struct datagram *d)
{
	struct exporter *x = *bucket_of(e, &d->src, d->src_port, d->session);

	while (x != NULL && !is(x, d))
		x = x->next;
	return x;
}

static enum status
make(struct exporters *e, const struct datagram *d, struct exporter **out)
{
	struct exporter **bucket = bucket_of(e, &d->src, d->src_port, d->session);
	struct exporter *x;

	if (!make_room(e, d->received))
		return STATUS_LIMIT;
	x = calloc(1, sizeof *x);
	if (x == NULL || template_set_open(&x->templates, NULL) != STATUS_OK) {
		free(x);
		return STATUS_NO_MEMORY;
	}
	template_set_share(x->templates, &e->templates);
	x->address = d->src;
	x->port = d->src_port;
	x->transport = d->transport;
	x->session = d->session;
	x->first = d->received;
	x->place = e->count;
	x->next = *bucket;
	*bucket = x;
	e->list[e->count++] = x;
	*out = x;
	return STATUS_OK;
}

enum status
exporters_find(struct exporters *e, const struct datagram *d, struct exporter **out)
{
	struct exporter *x = exporters_look(e, d);
	enum status st = x != NULL ? STATUS_OK : make(e, d, &x);

	if (st != STATUS_OK)
		return st;
	x->last = d->received;
	x->datagrams++;
	*out = x;
	return STATUS_OK;
}

void
exporters_end(struct exporters *e, struct exporter *x)
{
	x->ended = true;
	x->waiting.dropped += x->waiting.count;
	waiting_free(&x->waiting, &e->waiting);
	carried_drop(e->carried, &x->carried);
	template_set_free(x->templates);
	x->templates = NULL;
}

/* Sessions that are over give their domains back when others need them. */
static void
drop_ended(struct exporters *e)
{
	for (size_t i = e->count; i-- > 0;)
		if (e->list[i]->ended)
			drop(e, e->list[i]);
}

static bool
is_domain(const struct exporter_domain *d, uint16_t version, uint32_t domain,
    const struct address *agent)
{
	return d->domain == domain && d->version == version && d->agent.family == agent->family &&
	    memcmp(d->agent.octets, agent->octets, sizeof agent->octets) == 0;
}

static enum status
find_domain(struct exporters *e, struct exporter *x, uint16_t version, uint32_t domain,
    const struct address *agent, struct exporter_domain **out)
{
	struct exporter_domain **link = &x->domains;

	while (*link != NULL && !is_domain(*link, version, domain, agent))
		link = &(*link)->next;
	if (*link == NULL) {
		if (e->domains >= EXPORTERS_DOMAINS_MAX)
			drop_ended(e);
		if (x->domain_count == EXPORTER_DOMAINS_MAX || (e->domains >= EXPORTERS_DOMAINS_MAX &&
		    x->domain_count >= EXPORTER_DOMAINS_SURE))
			return STATUS_LIMIT;
		*link = calloc(1, sizeof **link);
		if (*link == NULL)
			return STATUS_NO_MEMORY;
		(*link)->version = version;
		(*link)->domain = domain;
		(*link)->agent = *agent;
		x->domain_count++;
		e->domains++;
	}
	*out = *link;
	return STATUS_OK;
}

enum status
exporters_domain(struct exporters *e, struct exporter *x, uint16_t version, uint32_t domain,
    struct exporter_domain **out)
{
	static const struct address none;

	return find_domain(e, x, version, domain, &none, out);
}

enum status
exporters_agent(struct exporters *e, struct exporter *x, const struct address *agent,
    uint32_t sub_agent, struct exporter_domain **out)
{
	return find_domain(e, x, SFLOW_PROTOCOL, sub_agent, agent, out);
}

const struct exporter_domain *
exporters_known(const struct exporter *x, uint16_t version, uint32_t domain)
{
	const struct exporter_domain *d = x->domains;

	while (d != NULL && (d->version != version || d->domain != domain))
		d = d->next;
	return d;
}

enum status
exporters_options(struct exporters *e, struct exporter *x, struct exporter_domain *d,
    struct options **out)
{
	const struct options_budget budget = { &x->option_octets, &e->options };
	enum status st =
	    d->options == NULL ? options_open(e->seed, &budget, &d->options) : STATUS_OK;

	if (st == STATUS_OK)
		*out = d->options;
	return st;
}

struct exporter *const *
exporters_list(const struct exporters *e, size_t *count)
{
	*count = e->count;
	return e->list;
}


size_t *
exporters_waiting(struct exporters *e)
{
	return &e->waiting;
}

uint64_t
exporters_gone_count(const struct exporters *e)
{
	return e->gone;
}

struct exporter_counts
exporters_gone_counts(const struct exporters *e)
{
	return e->gone_counts;
}

uint64_t
exporters_gone_sets(const struct exporters *e)
{
	return e->gone_sets;
}

struct carried *
exporters_carried(struct exporters *e)
{
	return e->carried;
}

static void
add_offsets(struct exporter_counts *to, int64_t least, int64_t most)
{
	if (!to->clocked || least < to->offset_least)
		to->offset_least = least;
	if (!to->clocked || most > to->offset_most)
		to->offset_most = most;
	to->clocked = true;
}

static void
note_offset(struct exporter_domain *d, const struct export_header *h, int64_t received)
{
	int64_t exported = (int64_t)h->seconds * 1000000000 + h->nanos % 1000000000, offset;

	if (!__builtin_sub_overflow(received, exported, &offset))
		add_offsets(&d->now, offset, offset);
}

bool
exporter_clock(struct exporter_domain *d, const struct export_header *h, int64_t received)
{
	uint32_t back = d->uptime - h->uptime;
	/* ahead modulo 2^32 is going on, over the wrap too; far back is a start anew */
	bool anew = d->timed && h->version != DIALECT_IPFIX && back > UPTIME_SLACK &&
	    back <= UINT32_MAX / 2;

	if (h->version != SFLOW_PROTOCOL)
		note_offset(d, h, received);
	if (anew || !d->timed || back > UINT32_MAX / 2)
		d->uptime = h->uptime;
	d->timed = true;
	return anew;
}

static void
add_ledger(struct ledger_counts *to, const struct ledger_counts *from)
{
	if (from->gaps > 0) {
		if (to->gaps == 0)
			to->missed_from = from->missed_from;
		to->missed_to = from->missed_to;
	}
	to->missed += from->missed;
	to->filled += from->filled;
	to->gaps += from->gaps;
	to->late += from->late;
	to->twice += from->twice;
	to->restarts += from->restarts;
	to->uncounted += from->uncounted;
}

void
exporter_counts_add(struct exporter_counts *to, const struct exporter_counts *from)
{
	decode_counters_add(&to->decoded, &from->decoded);
	add_ledger(&to->ledger, &from->ledger);
	samples_add(&to->samples, &from->samples);
	to->late += from->late;
	if (from->clocked)
		add_offsets(to, from->offset_least, from->offset_most);
}

struct exporter_counts
exporter_cut(struct exporter_domain *d)
{
	struct exporter_counts counts = d->now;

	counts.ledger = ledger_cut(&d->ledger);
	exporter_counts_add(&d->total, &counts);
	memset(&d->now, 0, sizeof d->now);
	return counts;
}

struct exporter_counts
exporter_so_far(const struct exporter_domain *d)
{
	struct exporter_counts sum = d->total, now = d->now;

	now.ledger = d->ledger.counts;
	exporter_counts_add(&sum, &now);
	return sum;
}

struct exporter_counts
exporters_gone(struct exporters *e, uint64_t *count)
{
	struct exporter_counts counts = e->gone_counts;

	*count = e->gone;
	e->gone = 0;
	memset(&e->gone_counts, 0, sizeof e->gone_counts);
	return counts;
}

void
exporter_told(struct exporter_domain *d, const struct export_header *h)
{
	d->told = true;
	d->told_uptime = h->uptime;
	d->told_sequence = h->sequence;
}

/* NetFlow 9 says how long the exporter has been up; of IPFIX the sequence begins with 0. */
static bool
started_anew(const struct exporter_domain *d, const struct export_header *h)
{
	uint32_t back = h->version == DIALECT_IPFIX ? d->told_sequence - h->sequence
	                                            : d->told_uptime - h->uptime;

	return back > (h->version == DIALECT_IPFIX ? SEQUENCE_SLACK : UPTIME_SLACK) &&
	    back <= UINT32_MAX / 2;
}

static void
forget_told(struct exporters *e, struct exporter *x)
{
	for (struct exporter_domain *d = x->domains; d != NULL; d = d->next) {
		template_set_withdraw_all(x->templates, d->domain, false);
		template_set_withdraw_all(x->templates, d->domain, true);
		options_free(d->options);
		d->options = NULL;
		d->told = false;
	}
	carried_drop(e->carried, &x->carried);
	/* what waits is of that time, too: a template of the same id would misread it */
	x->waiting.dropped += x->waiting.count;
	waiting_free(&x->waiting, &e->waiting);
}

void
exporter_heard(struct exporters *e, struct exporter *x, const struct exporter_domain *d,
    const struct export_header *h)
{
	if (!x->inherited || !d->told)
		return;
	x->inherited = false;
	if (started_anew(d, h))
		forget_told(e, x);
	else
		carried_mark(&x->carried, false);
}

static void
settle(struct exporters *e, struct exporter *x, int64_t since, int64_t until)
{
	if (!x->ended && (x->last < since || x->last > until))
		forget_told(e, x);
	x->datagrams = 0;
	x->waiting.dropped = 0;
	x->inherited = x->carried.first != NULL;
	carried_mark(&x->carried, true);
	for (struct exporter_domain *d = x->domains; d != NULL; d = d->next) {
		memset(&d->now, 0, sizeof d->now);
		memset(&d->total, 0, sizeof d->total);
		interfaces_settle(d->interfaces);
		(void)ledger_cut(&d->ledger);
	}
}

void
exporters_settle(struct exporters *e, int64_t since, int64_t until)
{
	uint64_t gone;

	(void)exporters_gone(e, &gone);
	e->gone_sets = 0;
	for (size_t i = 0; i < e->count; i++)
		settle(e, e->list[i], since, until);
}
