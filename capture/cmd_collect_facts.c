/* SPDX-License-Identifier: BSD-2-Clause */
/* What a segment of collected flows tells in its manifest. */
#include "capture/cmd_collect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "capture/cmd_source_facts.h"

/* One of a kind, "KIND_NAME". */
static void
add_loss_of(struct collect_facts *o, const char *kind, const char *name, uint64_t v)
{
	char *copy = o->names[o->facts.loss_count];

	snprintf(copy, sizeof o->names[0], "%s%s", kind, name);
	o->losses[o->facts.loss_count++] = (struct facts_loss){ copy, v };
}

static void
add_loss(struct collect_facts *o, const char *name, uint64_t v)
{
	add_loss_of(o, "", name, v);
}

static void
add_sequence(struct collect_facts *o, const struct ledger_counts *c)
{
	add_loss(o, "sequence_missed", c->missed);
	add_loss(o, "sequence_filled", c->filled);
	add_loss(o, "sequence_gaps", c->gaps);
	add_loss(o, "sequence_late", c->late);
	add_loss(o, "sequence_duplicates", c->twice);
	add_loss(o, "sequence_restarts", c->restarts);
	add_loss(o, "sequence_uncounted", c->uncounted);
}

static void
add_samples(struct collect_facts *o, const struct sample_counts *c)
{
	add_loss(o, "samples_flow", c->samples[SFLOW_FLOW]);
	add_loss(o, "samples_counters", c->samples[SFLOW_COUNTERS]);
	add_loss(o, "samples_discarded_packets", c->samples[SFLOW_DISCARDED]);
	add_loss(o, "samples_unknown", c->samples[SFLOW_UNKNOWN]);
	add_loss(o, "sample_records_unknown", c->unknown_records);
	add_loss(o, "samples_no_packet", c->no_packet);
	add_loss(o, "samples_missed", c->missed);
	add_loss(o, "samples_filled", c->filled);
	add_loss(o, "samples_gaps", c->gaps);
	add_loss(o, "samples_restarts", c->restarts);
	add_loss(o, "samples_unchecked", c->unchecked);
	add_loss(o, "samples_dropped", c->drops);
}

static void
add_malformed(struct collect_facts *o, const struct decode_counters *c)
{
	for (unsigned i = 0; i < MALFORMED_REASONS; i++)
		add_loss_of(o, "malformed_", malformed_name((enum malformed)i), c->malformed[i]);
}

static void
add_reassembly(const struct reassemble_counts *now, const struct reassemble_counts *was,
    struct collect_facts *o)
{
	add_loss(o, "fragments_read", now->read - was->read);
	add_loss(o, "fragments_used", now->used - was->used);
	add_loss(o, "fragments_copies", now->copies - was->copies);
	add_loss(o, "fragments_other", now->other - was->other);
	for (unsigned i = 0; i < REASSEMBLE_LOSSES; i++)
		add_loss_of(o, "fragments_", reassemble_loss_name((enum reassemble_loss)i),
		    now->lost[i] - was->lost[i]);
	add_loss(o, "datagrams_reassembled", now->datagrams - was->datagrams);
}

/* Of the run: which archive's exporters these were of, nobody knows. */
static void
add_common(const struct collect_segment *s, struct collect_facts *o)
{
	const struct collect_losses *now = &s->common->result->losses, *was = &s->before_losses;

	add_loss(o, "frames", now->frames - was->frames);
	add_loss(o, "frames_other", now->other - was->other);
	add_loss(o, "fragments", now->fragments - was->fragments);
	add_reassembly(&now->reassembly, &was->reassembly, o);
	add_loss(o, "datagrams_cut", now->cut - was->cut);
	add_loss(o, "kernel_dropped", now->kernel - was->kernel);
	add_loss(o, "kernel_dropped_before", now->before - was->before);
	add_loss(o, "receive_waits", now->waits - was->waits);
	add_loss(o, "datagrams_not_kept", now->not_kept - was->not_kept);
	add_loss(o, "messages_not_kept", now->messages_not_kept - was->messages_not_kept);
	add_loss(o, "refused_not_allowed", now->not_allowed - was->not_allowed);
	add_loss(o, "refused_no_route", now->no_route - was->no_route);
	add_loss(o, "sessions", now->sessions - was->sessions);
	add_loss(o, "sessions_refused", now->sessions_refused - was->sessions_refused);
	for (unsigned i = 0; i < SESSION_ENDS; i++)
		add_loss_of(o, "sessions_", session_end_name((enum session_end)i),
		    now->session_ends[i] - was->session_ends[i]);
	add_loss(o, "session_octets_lost", now->session_octets_lost - was->session_octets_lost);
}

static void
fill_losses(const struct collect_segment *s, const struct exporters_sum *sum,
    struct collect_facts *o)
{
	const struct collector_counts *now = collector_counts(s->archive->collector);
	const struct collector_counts *was = &s->before;
	struct exporters_sum sets;

	add_loss(o, "datagrams", now->datagrams - was->datagrams);
	add_loss(o, "datagram_octets", now->octets - was->octets);
	add_loss(o, "datagrams_kept", s->datagrams);
	add_loss(o, "datagrams_carried", s->carried);
	add_loss(o, "carried_left_out", s->left_out);
	add_loss(o, "messages", now->messages - was->messages);
	add_loss(o, "message_octets", now->message_octets - was->message_octets);
	add_loss(o, "messages_kept", s->messages);
	add_loss(o, "messages_carried", s->messages_carried);
	add_loss(o, "messages_rejected_limit", now->message_limit - was->message_limit);
	add_loss(o, "rejected_version", now->rejected_version - was->rejected_version);
	add_loss(o, "rejected_header", now->rejected_header - was->rejected_header);
	add_loss(o, "rejected_sflow_version", now->rejected_sflow - was->rejected_sflow);
	add_loss(o, "rejected_limit", now->rejected_limit - was->rejected_limit);
	add_loss(o, "octets_behind", now->behind - was->behind);
	add_loss(o, "records_late", now->late - was->late);
	exporters_waiting_sets(collector_exporters(s->archive->collector), &sets);
	add_loss(o, "sets_waiting", sets.waiting_sets);
	add_loss(o, "sets_dropped", sets.dropped_sets - s->dropped_sets);
	add_loss(o, "options_refused", sets.options_refused);
	add_loss(o, "option_records", now->options - was->options);
	add_common(s, o);
	if (sum == NULL)
		return;
	add_loss(o, "exporter_domains", sum->domains);
	add_loss(o, "exporters_gone", sum->gone);
	add_sequence(o, &sum->counts.ledger);
	add_samples(o, &sum->counts.samples);
	add_malformed(o, &sum->counts.decoded);
}

static void
add_text(struct collect_facts *o, const char *name, const char *value)
{
	o->options[o->facts.option_count++] = (struct facts_option){ name, value };
}

static void
add_number(struct collect_facts *o, const char *name, const char *unit, uint64_t v)
{
	char *text = o->numbers[o->facts.option_count];

	snprintf(text, sizeof o->numbers[0], "%" PRIu64 "%s", v, unit);
	add_text(o, name, text);
}

/* As --listen would have them. */
static const char *
listen_text(const struct collect_stream_settings *s, struct collect_facts *o)
{
	size_t at = 0;

	o->listeners[0] = '\0';
	for (size_t i = 0; i < s->listener_count && at < sizeof o->listeners; i++) {
		const struct endpoint *e = &s->listeners[i];
		bool brackets = strchr(e->host, ':') != NULL;

		at += (size_t)snprintf(o->listeners + at, sizeof o->listeners - at, "%s%s://%s%s%s:%s",
		    i > 0 ? "," : "", endpoint_scheme_name(e->scheme), brackets ? "[" : "", e->host,
		    brackets ? "]" : "", e->port);
	}
	return o->listeners;
}

static void
fill_options(const struct collect_segment *seg, struct collect_facts *o)
{
	const struct collect_settings *s = seg->common->set;
	size_t at = 0;

	o->ports[0] = '\0';
	for (size_t i = 0; i < s->port_count && at < sizeof o->ports; i++)
		at += (size_t)snprintf(o->ports + at, sizeof o->ports - at, "%s%s", i > 0 ? "," : "",
		    s->ports[i].port);
	add_text(o, "ports", o->ports);
	add_text(o, "host", s->port_count > 0 && s->ports[0].host != NULL ? s->ports[0].host : "");
	add_text(o, "group", s->port_count > 0 && s->ports[0].group != NULL ? s->ports[0].group : "");
	add_text(o, "listen", listen_text(&s->streams, o));
	add_text(o, "client_ca", s->streams.client_ca != NULL ? s->streams.client_ca : "");
	add_number(o, "idle", "ns", s->streams.listener_count + s->streams.handed_over == 0 ? 0 :
	    (uint64_t)(s->streams.idle != 0 ? s->streams.idle : COLLECT_IDLE_DEFAULT));
	add_number(o, "buffer", "", s->port_count > 0 ? s->ports[0].buffer : 0);
	add_number(o, "queue", "", s->queue);
	add_number(o, "rotate", "ns", (uint64_t)s->rotate);
	add_number(o, "template_lifetime", "ns", (uint64_t)s->lifetime);
	add_number(o, "count", "", s->count);
	add_text(o, "datagrams", s->no_datagrams ? "false" : "true");
	add_text(o, "ident", seg->archive->ident);
}

enum status
collect_facts_fill(const struct collect_segment *s, int64_t to, const struct exporters_sum *sum,
    struct collect_facts *out, struct fault *f)
{
	memset(out, 0, sizeof *out);
	out->facts.source = "exporters";
	out->facts.accounting = s->sums;
	out->facts.from = s->from;
	out->facts.to = to;
	out->facts.losses = out->losses;
	out->facts.options = out->options;
	fill_losses(s, sum, out);
	fill_options(s, out);
	if (s->common->result->source != NULL)
		return source_facts_take(s->common->result->source, &out->facts, f);
	return STATUS_OK;
}

void
collect_facts_free(struct collect_facts *facts)
{
	source_facts_release(&facts->facts);
}
