/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The metrics file, in the Prometheus text format, version 0.0.4.  Each metric is a row of a table;
 * its samples are those of the run, of each archive, or of each exporter's domain: of these
 * METRICS_DOMAINS have labels of their own, all others are added up.
 */
#include "capture/cmd_collect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/version.h"

enum { METRICS_DOMAINS = 256, LABEL_MAX = 2 * FILE_PATH_MAX };

/* A text as a label's value; what is no text was made one before. */
static void
put_label(struct buf *out, const char *name, const char *value, bool first)
{
	char text[LABEL_MAX];

	text_escape(text, sizeof text, value, strlen(value));
	buf_printf(out, "%s%s=\"", first ? "" : ",", name);
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\\' || *p == '"')
			buf_u8(out, '\\');
		buf_u8(out, (uint8_t)*p);
	}
	buf_u8(out, '"');
}

static void
put_head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP nfseal_collect_%s %s\n# TYPE nfseal_collect_%s %s\n", name, help, name,
	    type);
}

/* Of the run. */

struct run_values {
	const struct collect_result *result;
	const struct collect_gauges *gauges;
};

static uint64_t
queue_octets(const struct run_values *v)
{
	return v->gauges->queue_octets;
}

static uint64_t
queue_limit(const struct run_values *v)
{
	return v->gauges->queue_limit;
}

static uint64_t
queue_full(const struct run_values *v)
{
	return v->result->losses.waits;
}

static uint64_t
kernel_dropped(const struct run_values *v)
{
	return v->result->losses.kernel;
}

static uint64_t
cut(const struct run_values *v)
{
	return v->result->losses.cut;
}

static uint64_t
repeated(const struct run_values *v)
{
	return v->result->repeated;
}

static uint64_t
not_repeated(const struct run_values *v)
{
	return v->result->not_repeated;
}

static uint64_t
started(const struct run_values *v)
{
	return v->gauges->started;
}

static uint64_t
written(const struct run_values *v)
{
	return v->gauges->now;
}

static uint64_t
archives(const struct run_values *v)
{
	return v->result->archive_count;
}

static uint64_t
sessions(const struct run_values *v)
{
	return v->result->losses.sessions;
}

static uint64_t
sessions_refused(const struct run_values *v)
{
	return v->result->losses.sessions_refused;
}

static uint64_t
sessions_open_now(const struct run_values *v)
{
	return v->gauges->sessions;
}

static uint64_t
session_queue_octets(const struct run_values *v)
{
	return v->gauges->session_octets;
}

static uint64_t
session_queue_limit(const struct run_values *v)
{
	return v->gauges->session_limit;
}

static uint64_t
session_octets_lost(const struct run_values *v)
{
	return v->result->losses.session_octets_lost;
}

static const struct {
	const char *name, *type, *help;
	uint64_t (*value)(const struct run_values *);
} run_metrics[] = {
	{ "start_time_seconds", "gauge", "When the collector was started, seconds since 1970.", started },
	{ "written_time_seconds", "gauge", "When this file was written, seconds since 1970.", written },
	{ "archives", "gauge", "Archives that are written.", archives },
	{ "kernel_dropped_total", "counter", "Datagrams that the kernel dropped for want of room.",
	    kernel_dropped },
	{ "cut_total", "counter", "Datagrams that are not whole.", cut },
	{ "queue_octets", "gauge", "Octets that were received and wait to be archived.", queue_octets },
	{ "queue_limit_octets", "gauge", "Octets that may wait.", queue_limit },
	{ "queue_full_total", "counter", "Times that datagrams had to wait in the kernel.", queue_full },
	{ "sessions_total", "counter", "Sessions over TCP and TLS that began.", sessions },
	{ "sessions_refused_total", "counter", "Connections that were not let in.", sessions_refused },
	{ "sessions", "gauge", "Sessions that are open.", sessions_open_now },
	{ "session_queue_octets", "gauge", "Octets of sessions that were received and wait to be archived.",
	    session_queue_octets },
	{ "session_queue_limit_octets", "gauge", "Octets that may wait; then exporters wait. 0: no listeners.",
	    session_queue_limit },
	{ "session_octets_lost_total", "counter", "Octets that came in sessions and are of no message.",
	    session_octets_lost },
	{ "repeated_total", "counter", "Datagrams sent on.", repeated },
	{ "not_repeated_total", "counter", "Datagrams that could not be sent on.", not_repeated },
};

static void
write_run(const struct collect_common *c, const struct collect_gauges *g, struct buf *out)
{
	const struct run_values values = { c->result, g };
	const struct collect_losses *l = &c->result->losses;
	const struct collect_hooks *h = &c->result->hooks;

	put_head(out, "info", "gauge", "The software.");
	buf_str(out, "nfseal_collect_info{");
	put_label(out, "version", VERSION_TEXT, true);
	put_label(out, "build", version_build(), false);
	buf_str(out, "} 1\n");
	for (size_t i = 0; i < sizeof run_metrics / sizeof *run_metrics; i++) {
		put_head(out, run_metrics[i].name, run_metrics[i].type, run_metrics[i].help);
		buf_printf(out, "nfseal_collect_%s %" PRIu64 "\n", run_metrics[i].name,
		    run_metrics[i].value(&values));
	}
	put_head(out, "refused_total", "counter", "Datagrams of sources that may not send, or have no archive.");
	buf_printf(out, "nfseal_collect_refused_total{reason=\"not_allowed\"} %" PRIu64 "\n"
	    "nfseal_collect_refused_total{reason=\"no_route\"} %" PRIu64 "\n", l->not_allowed, l->no_route);
	put_head(out, "sessions_ended_total", "counter", "Sessions that ended, by how.");
	for (unsigned i = 0; i < SESSION_ENDS; i++)
		buf_printf(out, "nfseal_collect_sessions_ended_total{reason=\"%s\"} %" PRIu64 "\n",
		    session_end_name((enum session_end)i), l->session_ends[i]);
	put_head(out, "not_kept_total", "counter", "What was received as an archive failed, and not kept.");
	buf_printf(out, "nfseal_collect_not_kept_total{kind=\"datagrams\"} %" PRIu64 "\n"
	    "nfseal_collect_not_kept_total{kind=\"messages\"} %" PRIu64 "\n", l->not_kept,
	    l->messages_not_kept);
	put_head(out, "hooks_total", "counter", "Commands of -x, by what became of them.");
	buf_printf(out, "nfseal_collect_hooks_total{result=\"started\"} %" PRIu64 "\n"
	    "nfseal_collect_hooks_total{result=\"failed\"} %" PRIu64 "\n"
	    "nfseal_collect_hooks_total{result=\"skipped\"} %" PRIu64 "\n", h->run, h->failed, h->skipped);
}

/* Of an archive. */

struct archive_values {
	const struct collect_archive *archive;
	const struct collector_counts *counts;
	uint64_t exporters, templates, waiting_sets, waiting_octets, dropped_sets;
};

#define VALUE(name, expression)                       \
	static uint64_t                                   \
	name(const struct archive_values *v)              \
	{                                                 \
		return expression;                            \
	}

VALUE(datagrams, v->counts->datagrams)
VALUE(octets, v->counts->octets)
VALUE(messages, v->counts->messages)
VALUE(message_octets, v->counts->message_octets)
VALUE(messages_kept, v->archive->kept_messages)
VALUE(kept, v->archive->kept)
VALUE(records, v->counts->records)
VALUE(late, v->counts->late)
VALUE(rejected_version, v->counts->rejected_version + v->counts->rejected_header +
    v->counts->rejected_sflow)
VALUE(rejected_limit, v->counts->rejected_limit + v->counts->message_limit)
VALUE(exporters, v->exporters)
VALUE(templates, v->templates)
VALUE(waiting_sets, v->waiting_sets)
VALUE(waiting_octets, v->waiting_octets)
VALUE(dropped_sets, v->dropped_sets)
VALUE(sealed, v->archive->sealed_count)
VALUE(sealed_at, (uint64_t)(v->archive->sealed_at / 1000000000))
VALUE(head, v->archive->sealed.head.sequence)

static const struct {
	const char *name, *type, *help;
	uint64_t (*value)(const struct archive_values *);
} archive_metrics[] = {
	{ "datagrams_total", "counter", "Datagrams received.", datagrams },
	{ "octets_total", "counter", "Octets of their payloads.", octets },
	{ "messages_total", "counter", "Messages received over a stream.", messages },
	{ "message_octets_total", "counter", "Their octets.", message_octets },
	{ "messages_kept_total", "counter", "Messages archived as they came.", messages_kept },
	{ "datagrams_kept_total", "counter", "Datagrams archived as they came.", kept },
	{ "records_total", "counter", "Records decoded into flows.", records },
	{ "late_records_total", "counter", "Of these, records that waited for their template.", late },
	{ "undecoded_total", "counter", "Datagrams of no protocol that is known.", rejected_version },
	{ "over_limit_total", "counter", "Datagrams of too many exporters or domains.", rejected_limit },
	{ "exporters", "gauge", "Exporters that are known.", exporters },
	{ "templates", "gauge", "Templates in force.", templates },
	{ "waiting_sets", "gauge", "Sets that wait for their template.", waiting_sets },
	{ "waiting_octets", "gauge", "Octets of the datagrams that they are in.", waiting_octets },
	{ "abandoned_sets_total", "counter", "Sets whose template never came.", dropped_sets },
	{ "sealed_segments_total", "counter", "Segments sealed by this run.", sealed },
	{ "last_seal_time_seconds", "gauge", "When the last segment was sealed, seconds since 1970; 0: none was.",
	    sealed_at },
	{ "head_sequence", "gauge", "The sequence of the archive's head.", head },
};

static struct archive_values
values_of(const struct collect_archive *a)
{
	struct exporter *const *list;
	struct archive_values v = { .archive = a, .counts = collector_counts(a->collector) };
	size_t count;

	list = exporters_list(collector_exporters(a->collector), &count);
	v.exporters = count;
	for (size_t i = 0; i < count; i++) {
		if (list[i]->templates != NULL)
			v.templates += template_set_count(list[i]->templates);
		v.waiting_sets += list[i]->waiting.count;
		v.waiting_octets += list[i]->waiting.octets;
		v.dropped_sets += list[i]->waiting.dropped;
	}
	return v;
}

static void
put_archive_labels(struct buf *out, const struct collect_archive *a)
{
	put_label(out, "archive", a->path, true);
	put_label(out, "ident", a->ident, false);
}

static void
write_archives(const struct collect_result *r, struct buf *out)
{
	struct archive_values *values = calloc(r->archive_count + 1, sizeof *values);

	if (values == NULL) {
		out->failed = true;
		return;
	}
	for (size_t k = 0; k < r->archive_count; k++)
		values[k] = values_of(r->archives[k]);
	for (size_t i = 0; i < sizeof archive_metrics / sizeof *archive_metrics; i++) {
		put_head(out, archive_metrics[i].name, archive_metrics[i].type, archive_metrics[i].help);
		for (size_t k = 0; k < r->archive_count; k++) {
			buf_printf(out, "nfseal_collect_%s{", archive_metrics[i].name);
			put_archive_labels(out, r->archives[k]);
			buf_printf(out, "} %" PRIu64 "\n", archive_metrics[i].value(&values[k]));
		}
	}
	free(values);
}

/* Of an exporter's domain. */

struct domain_values {
	const struct collect_archive *archive;
	const struct exporter *exporter; /* NULL: all others */
	const struct exporter_domain *domain;
	struct exporter_counts counts;
};

static uint64_t
malformed_sum(const struct exporter_counts *c)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < MALFORMED_REASONS; i++)
		sum += c->decoded.malformed[i];
	return sum;
}

#define COUNT(name, expression)                       \
	static uint64_t                                   \
	domain_##name(const struct exporter_counts *c)    \
	{                                                 \
		return expression;                            \
	}

COUNT(messages, c->decoded.messages)
COUNT(records, c->decoded.records)
COUNT(missed, c->ledger.missed - c->ledger.filled)
COUNT(gaps, c->ledger.gaps)
COUNT(duplicates, c->ledger.twice)
COUNT(reordered, c->ledger.late)
COUNT(restarts, c->ledger.restarts)
COUNT(uncounted, c->ledger.uncounted)
COUNT(malformed, malformed_sum(c))

static const struct {
	const char *name, *type, *help;
	uint64_t (*value)(const struct exporter_counts *);
} domain_metrics[] = {
	{ "exporter_messages_total", "counter", "Messages of an exporter's domain.", domain_messages },
	{ "exporter_records_total", "counter", "Records of its messages.", domain_records },
	{ "exporter_missed", "gauge", "Units that its sequence passed over and that did not come late, in "
	                              "the protocol's own unit.", domain_missed },
	{ "exporter_gaps_total", "counter", "Gaps in its sequence.", domain_gaps },
	{ "exporter_duplicates_total", "counter", "Messages that came twice.", domain_duplicates },
	{ "exporter_reordered_total", "counter", "Messages that came behind a later one.", domain_reordered },
	{ "exporter_restarts_total", "counter", "Times that its sequence began anew.", domain_restarts },
	{ "exporter_uncounted_total", "counter", "Records without a template, told by the next number.",
	    domain_uncounted },
	{ "exporter_malformed_total", "counter", "Parts of messages that break the format.", domain_malformed },
};

struct domains {
	struct domain_values list[METRICS_DOMAINS + 1]; /* the last: all others */
	size_t count;
	uint64_t others;
};

static void
gather(const struct collect_archive *a, struct domains *all)
{
	size_t count;
	struct exporter *const *list = exporters_list(collector_exporters(a->collector), &count);

	for (size_t i = 0; i < count; i++) {
		for (const struct exporter_domain *d = list[i]->domains; d != NULL; d = d->next) {
			const struct exporter_counts c = exporter_so_far(d);

			if (all->count < METRICS_DOMAINS) {
				all->list[all->count++] = (struct domain_values){ a, list[i], d, c };
			} else {
				exporter_counts_add(&all->list[METRICS_DOMAINS].counts, &c);
				all->others++;
			}
		}
	}
}

static void
put_domain_labels(struct buf *out, const struct domain_values *v)
{
	char address[TEXT_ADDRESS_MAX] = "others", port[24] = "", domain[24] = "";

	put_label(out, "archive", v->archive == NULL ? "" : v->archive->path, true);
	if (v->exporter != NULL) {
		text_address(address, &v->exporter->address);
		text_u64(port, v->exporter->port);
		text_u64(domain, v->domain->domain);
	}
	put_label(out, "exporter", address, false);
	put_label(out, "port", port, false);
	put_label(out, "protocol", v->domain == NULL ? "" : exporters_json_protocol(v->domain->version),
	    false);
	put_label(out, "domain", domain, false);
	if (v->exporter != NULL && v->exporter->session != 0) {
		text_u64(domain, v->exporter->session);
		put_label(out, "session", domain, false);
	}
	if (v->domain != NULL && v->domain->agent.family != 0) {
		text_address(address, &v->domain->agent);
		put_label(out, "agent", address, false);
	}
}

static void
write_domains(const struct collect_result *r, struct buf *out)
{
	struct domains *all = calloc(1, sizeof *all);

	if (all == NULL) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < r->archive_count; i++)
		gather(r->archives[i], all);
	if (all->others > 0) {
		all->list[all->count] = all->list[METRICS_DOMAINS];
		all->count++;
	}
	for (size_t i = 0; i < sizeof domain_metrics / sizeof *domain_metrics; i++) {
		put_head(out, domain_metrics[i].name, domain_metrics[i].type, domain_metrics[i].help);
		for (size_t k = 0; k < all->count; k++) {
			buf_printf(out, "nfseal_collect_%s{", domain_metrics[i].name);
			put_domain_labels(out, &all->list[k]);
			buf_printf(out, "} %" PRIu64 "\n", domain_metrics[i].value(&all->list[k].counts));
		}
	}
	free(all);
}

void
collect_metrics_text(const struct collect_common *c, const struct collect_gauges *g,
    struct buf *out)
{
	write_run(c, g, out);
	write_archives(c->result, out);
	write_domains(c->result, out);
}

enum status
collect_metrics_write(struct collect_common *c, const struct collect_gauges *g, struct fault *f)
{
	struct buf text;
	enum status st;

	if (c->set->metrics == NULL)
		return STATUS_OK;
	buf_init(&text, 0);
	collect_metrics_text(c, g, &text);
	st = buf_ok(&text) ? file_publish(c->set->metrics, 0644, text.data, text.len, f)
	                   : fault_memory(f);
	buf_free(&text);
	return st;
}

void
collect_metrics_tick(struct collect_common *c, const struct collect_gauges *g)
{
	struct fault f = { 0 };
	bool failed = collect_metrics_write(c, g, &f) != STATUS_OK;

	if (failed && !c->no_metrics)
		log_notice("--metrics cannot be written, and is tried again each second: %s: %s", f.file, f.text);
	else if (!failed && c->no_metrics)
		log_notice("--metrics is written again: %s", c->set->metrics);
	c->no_metrics = failed;
}
