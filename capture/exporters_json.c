/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/exporters_json.h"

#include <string.h>

#include "base/text.h"
#include "capture/options_json.h"

const char *
exporters_json_protocol(uint16_t version)
{
	switch (version) {
	case 1:
		return "netflow1";
	case 5:
		return "netflow5";
	case 7:
		return "netflow7";
	case 9:
		return "netflow9";
	case SFLOW_PROTOCOL:
		return "sflow";
	default:
		return "ipfix";
	}
}

static void
write_decoded(struct jsonw *j, const struct exporter_counts *c)
{
	const struct decode_counters *d = &c->decoded;

	jsonw_key_u64(j, "messages", d->messages);
	jsonw_key_u64(j, "records", d->records);
	jsonw_key_u64(j, "late_records", c->late);
	jsonw_key_u64(j, "option_records", d->option_records);
	jsonw_key_u64(j, "templates", d->templates);
	jsonw_key_u64(j, "withdrawals", d->withdrawals);
	jsonw_key(j, "malformed");
	jsonw_object(j);
	for (unsigned i = 0; i < MALFORMED_REASONS; i++)
		if (d->malformed[i] > 0)
			jsonw_key_u64(j, malformed_name((enum malformed)i), d->malformed[i]);
	jsonw_object_end(j);
}

static void
write_ledger(struct jsonw *j, const struct ledger_counts *c)
{
	jsonw_key_u64(j, "missed", c->missed);
	jsonw_key_u64(j, "filled", c->filled);
	jsonw_key_u64(j, "gaps", c->gaps);
	jsonw_key_decimal_if(j, "missed_from", c->gaps > 0, c->missed_from);
	jsonw_key_decimal_if(j, "missed_to", c->gaps > 0, c->missed_to);
	jsonw_key_u64(j, "late", c->late);
	jsonw_key_u64(j, "duplicates", c->twice);
	jsonw_key_u64(j, "restarts", c->restarts);
	jsonw_key_u64(j, "uncounted", c->uncounted);
}

/* Of sFlow alone. */
static void
write_samples(struct jsonw *j, const struct sample_counts *c)
{
	jsonw_key(j, "samples");
	jsonw_object(j);
	jsonw_key_u64(j, "flow", c->samples[SFLOW_FLOW]);
	jsonw_key_u64(j, "counters", c->samples[SFLOW_COUNTERS]);
	jsonw_key_u64(j, "discarded_packets", c->samples[SFLOW_DISCARDED]);
	jsonw_key_u64(j, "unknown", c->samples[SFLOW_UNKNOWN]);
	jsonw_key_u64(j, "unknown_records", c->unknown_records);
	jsonw_key_u64(j, "no_packet", c->no_packet);
	jsonw_key_u64(j, "missed", c->missed);
	jsonw_key_u64(j, "filled", c->filled);
	jsonw_key_u64(j, "gaps", c->gaps);
	jsonw_key_u64(j, "restarts", c->restarts);
	jsonw_key_u64(j, "unchecked", c->unchecked);
	jsonw_key_u64(j, "pool", c->pool);
	jsonw_key_u64(j, "drops", c->drops);
	jsonw_object_end(j);
}

static void
write_counts(struct jsonw *j, const struct exporter_counts *c)
{
	write_decoded(j, c);
	write_ledger(j, &c->ledger);
	jsonw_key_decimal_if(j, "clock_offset_least", c->clocked, c->offset_least);
	jsonw_key_decimal_if(j, "clock_offset_most", c->clocked, c->offset_most);
}

/* What is said of those that are not listed one by one; the keys are the same. */
static void
write_others(struct jsonw *j, const struct exporter_counts *c)
{
	jsonw_object(j);
	jsonw_key_null(j, "address");
	jsonw_key_null(j, "port");
	jsonw_key_null(j, "transport");
	jsonw_key_null(j, "protocol");
	jsonw_key_null(j, "domain");
	write_counts(j, c);
	jsonw_object_end(j);
}

/* Sets that wait for one template, or for all that have no place of their own. */
struct awaited {
	uint16_t id; /* 0: those others */
	uint64_t sets;
	int64_t since; /* received time of the first */
};

static void
add_awaited(struct awaited list[WAITING_LISTED_MAX + 1], size_t *count, const struct waiting_set *s)
{
	size_t i = 0;

	while (i < *count && i < WAITING_LISTED_MAX && list[i].id != s->id)
		i++;
	if (i == *count)
		list[(*count)++] = (struct awaited){ .id = i < WAITING_LISTED_MAX ? s->id : 0,
			.since = s->datagram.received };
	list[i].sets++;
}

/* What the domain's data wait for, in the order in which the first ones came. */
static void
write_waiting(struct jsonw *j, const struct exporter *x, const struct exporter_domain *d)
{
	struct awaited list[WAITING_LISTED_MAX + 1];
	size_t count = 0;

	for (const struct waiting_set *s = x->waiting.first; s != NULL; s = s->next)
		if (s->header.version == d->version && s->header.domain == d->domain)
			add_awaited(list, &count, s);
	if (count == 0)
		return;
	jsonw_key(j, "waiting");
	jsonw_array(j);
	for (size_t i = 0; i < count; i++) {
		jsonw_object(j);
		jsonw_key_u64(j, "template", list[i].id);
		jsonw_key_u64(j, "sets", list[i].sets);
		jsonw_key_decimal_if(j, "since", true, list[i].since);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

static void
write_domain(struct jsonw *j, const struct exporter *x, const struct exporter_domain *d,
    const struct exporter_counts *c, size_t *options, size_t *interfaces)
{
	bool sflow = d->version == SFLOW_PROTOCOL;
	char address[TEXT_ADDRESS_MAX];

	text_address(address, &x->address);
	jsonw_object(j);
	jsonw_key_str(j, "address", address);
	jsonw_key_u64(j, "port", x->port);
	jsonw_key_str(j, "transport", transport_name(x->transport));
	jsonw_key_str(j, "protocol", exporters_json_protocol(d->version));
	jsonw_key_u64(j, "domain", d->domain);
	if (sflow) {
		text_address(address, &d->agent);
		jsonw_key_str(j, "agent", d->agent.family == 0 ? NULL : address);
	}
	write_counts(j, c);
	write_waiting(j, x, d);
	options_json_write(d->options, options, j);
	if (sflow)
		write_samples(j, &c->samples);
	if (interfaces != NULL && d->interfaces != NULL) {
		jsonw_key(j, "interfaces");
		interfaces_json(d->interfaces, interfaces, j);
	}
	jsonw_object_end(j);
}

void
exporters_json_elements(struct exporters *e, bool cut, struct jsonw *j, struct exporters_sum *sum)
{
	struct exporter_counts others = { .late = 0 };
	uint64_t more = 0, listed = 0, gone = 0;
	size_t count, options = OPTIONS_LISTED_MAX, interfaces = INTERFACES_LISTED_MAX;
	struct exporter *const *list = exporters_list(e, &count);

	memset(sum, 0, sizeof *sum);
	if (cut)
		others = exporters_gone(e, &gone);
	sum->counts = others;
	sum->gone = more = gone;
	for (size_t i = 0; i < count; i++) {
		for (struct exporter_domain *d = list[i]->domains; d != NULL; d = d->next) {
			const struct exporter_counts c = cut ? exporter_cut(d) : d->total;

			if (c.decoded.messages == 0 && c.decoded.records == 0)
				continue;
			exporter_counts_add(&sum->counts, &c);
			sum->domains++;
			if (listed++ < EXPORTERS_LISTED_MAX) {
				write_domain(j, list[i], d, &c, &options, cut ? &interfaces : NULL);
			} else {
				exporter_counts_add(&others, &c);
				more++;
			}
		}
	}
	if (more > 0)
		write_others(j, &others);
}

void
exporters_so_far(const struct exporters *e, struct exporters_sum *sum)
{
	size_t count;
	struct exporter *const *list = exporters_list(e, &count);

	memset(sum, 0, sizeof *sum);
	sum->counts = exporters_gone_counts(e);
	sum->gone = exporters_gone_count(e);
	for (size_t i = 0; i < count; i++) {
		for (const struct exporter_domain *d = list[i]->domains; d != NULL; d = d->next) {
			struct exporter_counts c = d->now;

			c.ledger = d->ledger.counts;
			if (c.decoded.messages == 0 && c.decoded.records == 0)
				continue;
			exporter_counts_add(&sum->counts, &c);
			sum->domains++;
		}
	}
}

void
exporters_json_write(struct exporters *e, bool cut, struct jsonw *j, struct exporters_sum *sum)
{
	jsonw_array(j);
	exporters_json_elements(e, cut, j, sum);
	jsonw_array_end(j);
}

void
exporters_json_file(struct exporters *e, bool recovered, struct buf *out, struct exporters_sum *sum)
{
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_key_str(&j, "format", "nfseal-exporters/1");
	if (recovered)
		jsonw_key_bool(&j, "recovered", true);
	jsonw_key(&j, "exporters");
	exporters_json_write(e, true, &j, sum);
	jsonw_object_end(&j);
	buf_u8(out, '\n');
}

void
exporters_waiting_sets(struct exporters *e, struct exporters_sum *sum)
{
	size_t count;
	struct exporter *const *list = exporters_list(e, &count);

	sum->waiting_sets = 0;
	sum->dropped_sets = exporters_gone_sets(e);
	sum->options_refused = 0;
	for (size_t i = 0; i < count; i++) {
		sum->waiting_sets += list[i]->waiting.count;
		sum->dropped_sets += list[i]->waiting.dropped;
		for (const struct exporter_domain *d = list[i]->domains; d != NULL; d = d->next)
			sum->options_refused += options_refused(d->options);
	}
}
