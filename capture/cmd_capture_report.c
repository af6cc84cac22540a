/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/cmd_capture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/manifest.h"
#include "base/file.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/text.h"
#include "capture/cmd_capture_out.h"
#include "capture/inputs.h"
#include "capture/cmd_source_facts.h"
#include "capture/source_json.h"

int
capture_findings_exit(struct source *source)
{
	size_t inputs, findings;
	const struct source_input *in = source_inputs(source, &inputs);
	const struct source_finding *found = source_findings(source, &findings);
	bool good = false; /* there is a capture, be it an empty one */
	int code = 0;

	for (size_t i = 0; i < inputs; i++)
		good |= in[i].capture;
	for (size_t i = 0; i < findings; i++) {
		if (found[i].code == SOURCE_SKIPPED)
			continue;
		if (good)
			code = 3;
		else if (found[i].code == SOURCE_IO && code == 0)
			code = 2;
		else if (found[i].code != SOURCE_IO)
			code = 5;
	}
	return code;
}

bool
capture_exported_whole(const struct capture_result *r)
{
	for (size_t i = 0; i < r->target_count; i++)
		if (!sender_report_complete(&r->targets[i]))
			return false;
	return true;
}

void
capture_tell_findings(struct source *source)
{
	size_t count;
	const struct source_finding *found = source_findings(source, &count);

	for (size_t i = 0; i < count; i++) {
		char line[1536];

		fault_print(&found[i].fault, line, sizeof line);
		if (found[i].code == SOURCE_SKIPPED)
			log_notice("%s", line);
		else
			log_error("%s", line);
	}
}

_Static_assert((int)INPUTS_MAX <= (int)MANIFEST_LIST_MAX, "a manifest can list all inputs");

static const char *
bool_text(bool v)
{
	return v ? "true" : "false";
}

/* The options in force, as text; the strings live in one block behind the array. */
struct option_text {
	struct facts_option list[CAPTURE_FACTS_OPTIONS_MAX];
	size_t count;
	char numbers[CAPTURE_FACTS_OPTIONS_MAX][32];
	char dpi[CAPTURE_DPI_MAX];
	char tunnel_ports[CAPTURE_TUNNEL_PORTS_MAX];
};

static void
add_text(struct option_text *o, const char *name, const char *value)
{
	o->list[o->count++] = (struct facts_option) { name, value };
}

static void
add_number(struct option_text *o, const char *name, uint64_t v)
{
	text_u64(o->numbers[o->count], v);
	add_text(o, name, o->numbers[o->count]);
}

static void
add_time(struct option_text *o, const char *name, int64_t nanos)
{
	snprintf(o->numbers[o->count], sizeof o->numbers[0], "%" PRId64 "ns", nanos);
	add_text(o, name, o->numbers[o->count]);
}

static void
fill_options(const struct capture_settings *s, struct option_text *o)
{
	const struct meter_options *m = &s->meter;

	add_text(o, "filter", s->filter.len > 0 ? (const char *)s->filter.data : "");
	add_text(o, "uniflow", bool_text(m->uniflow));
	add_text(o, "key_ports", bool_text((m->key & METER_KEY_PORTS) != 0));
	add_text(o, "key_vlan", bool_text((m->key & METER_KEY_VLAN) != 0));
	add_text(o, "key_mac", bool_text((m->key & METER_KEY_MAC) != 0));
	add_text(o, "key_tos", bool_text((m->key & METER_KEY_TOS) != 0));
	add_text(o, "key_mpls", bool_text((m->key & METER_KEY_MPLS) != 0));
	add_text(o, "key_tunnel", bool_text((m->key & METER_KEY_TUNNEL) != 0));
	add_text(o, "tunnels", capture_tunnels_text(m));
	capture_tunnel_ports_text(m, o->tunnel_ports);
	add_text(o, "tunnel_ports", o->tunnel_ports);
	add_time(o, "active_timeout", m->active);
	add_time(o, "idle_timeout", m->idle);
	add_time(o, "linger", m->linger);
	add_time(o, "fragment_wait", m->fragment_wait);
	add_number(o, "max_flows", m->max_flows);
	add_number(o, "max_fragments", m->max_fragments);
	add_time(o, "rotate", s->rotate);
	add_number(o, "count", s->count);
	capture_dpi_text(m, o->dpi);
	add_time(o, "dedup", m->dedup);
	add_text(o, "dpi", o->dpi);
	add_number(o, "payload", m->depth & METER_DEPTH_PAYLOAD ? m->payload : 0);
	add_text(o, "community_id", bool_text((m->depth & METER_DEPTH_COMMUNITY_ID) != 0));
	add_number(o, "community_id_seed", m->community_seed);
	add_text(o, "input_hash", bool_text(s->hash_inputs));
}

enum status
capture_facts_options(const struct capture_settings *s, struct segment_facts *facts,
    struct fault *f)
{
	struct option_text *o = calloc(1, sizeof *o);

	if (o == NULL)
		return fault_memory(f);
	fill_options(s, o);
	facts->options = o->list; /* the first member: freed by this pointer */
	facts->option_count = o->count;
	return STATUS_OK;
}

enum status
capture_facts(const struct capture_settings *s, struct source *source,
    struct segment_facts *facts, struct fault *f)
{
	enum status rc = capture_facts_options(s, facts, f);

	facts->source = "files";
	if (rc == STATUS_OK)
		rc = source_facts_take(source, facts, f);
	if (rc != STATUS_OK)
		capture_facts_release(facts);
	return rc;
}

void
capture_facts_release(struct segment_facts *facts)
{
	free((void *)(uintptr_t)facts->options);
	facts->options = NULL;
	source_facts_release(facts);
}

static void
json_tallies(struct jsonw *j, const struct accounting *a, bool bytes)
{
	jsonw_key(j, bytes ? "wire_bytes" : "packets");
	jsonw_object(j);
	jsonw_key_u64(j, "read", bytes ? a->read.wire_bytes : a->read.packets);
	jsonw_key_u64(j, "metered", bytes ? a->metered.wire_bytes : a->metered.packets);
	jsonw_key(j, "rejected");
	jsonw_object(j);
	for (int i = 0; i < REJECT_COUNT; i++)
		jsonw_key_u64(j, reject_name((enum reject)i),
		    bytes ? a->rejected[i].wire_bytes : a->rejected[i].packets);
	jsonw_object_end(j);
	jsonw_object_end(j);
}

static void
json_counts(struct jsonw *j, const struct accounting *a)
{
	json_tallies(j, a, false);
	json_tallies(j, a, true);
	jsonw_key(j, "ip_bytes");
	jsonw_object(j);
	jsonw_key_u64(j, "metered", a->metered_sum.ip_bytes);
	jsonw_object_end(j);
	jsonw_key(j, "flows");
	jsonw_object(j);
	jsonw_key_u64(j, "carried_in", a->carried_in.flows);
	jsonw_key_u64(j, "started", a->metered_sum.flows);
	jsonw_key_u64(j, "emitted", a->emitted.flows);
	jsonw_key_u64(j, "carried_out", a->carried_out.flows);
	jsonw_key_u64(j, "evicted", a->evicted);
	jsonw_object_end(j);
	jsonw_key_u64(j, "orphan_fragments", a->orphan_fragments);
	jsonw_key_u64(j, "time_regressions", a->time_regressions);
	jsonw_key_u64(j, "length_zero", a->length_zero);
	jsonw_key_u64(j, "length_beyond", a->length_beyond);
	jsonw_key_u64(j, "hints_left_out", a->hints_left_out);
	jsonw_key_u64(j, "metered_twice", a->twice);
	jsonw_key_u64(j, "tunnel_cut", a->tunnel_cut);
	jsonw_key_u64(j, "tunnel_depth", a->tunnel_depth);
}

static void
json_destinations(struct jsonw *j, const struct capture_settings *s, const struct capture_result *r)
{
	jsonw_key(j, "files");
	jsonw_array(j);
	for (size_t i = 0; i < s->destination_count; i++)
		if (!output_is_export(s->destinations[i].name))
			jsonw_str(j, s->destinations[i].name);
	jsonw_array_end(j);
	jsonw_key(j, "targets");
	jsonw_array(j);
	for (size_t i = 0; i < r->target_count; i++)
		sender_report_json(&r->targets[i], j);
	jsonw_array_end(j);
}

static void
write_json(const struct capture_settings *s, const struct capture_result *r, struct buf *out)
{
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	if (r->sealed.any)
		receipts_json(&r->sealed, &j);
	if (r->source != NULL)
		source_json_inputs(&j, r->source);
	json_counts(&j, &r->total);
	if (r->source != NULL)
		source_json_findings(&j, r->source);
	if (r->live != NULL)
		capture_live_json(r->live, &j);
	json_destinations(&j, s, r);
	jsonw_object_end(&j);
	buf_u8(out, '\n');
}

static void
text_rejects(const struct accounting *a, struct buf *out)
{
	for (int i = 0; i < REJECT_COUNT; i++)
		if (a->rejected[i].packets > 0)
			buf_printf(out, "           %" PRIu64 " %s: %s\n", a->rejected[i].packets,
			    reject_name((enum reject)i), reject_help((enum reject)i));
}

static void
text_flows(const struct accounting *a, struct buf *out)
{
	buf_printf(out, "flows      %" PRIu64 " with %" PRIu64 " IP bytes\n", a->emitted.flows,
	    a->emitted.ip_bytes);
	if (a->twice > 0)
		buf_printf(out, "           %" PRIu64 " packets in two: inside and outside of a tunnel\n",
		    a->twice);
	if (a->evicted > 0)
		buf_printf(out, "           %" PRIu64 " ended early, the flow cache was full\n", a->evicted);
	if (a->hints_left_out > 0)
		buf_printf(out, "           application hints left out %" PRIu64
		    " times, their memory was full\n", a->hints_left_out);
}

static void
write_text(const struct capture_result *r, struct buf *out)
{
	const struct accounting *a = &r->total;

	buf_printf(out, "packets    %" PRIu64 " read, %" PRIu64 " metered, %" PRIu64 " rejected\n",
	    a->read.packets, a->metered.packets, a->read.packets - a->metered.packets);
	text_rejects(a, out);
	if (r->live != NULL)
		capture_live_text(r->live, out);
	text_flows(a, out);
	for (size_t i = 0; i < r->target_count; i++) {
		buf_str(out, "exported   ");
		sender_report_text(&r->targets[i], out);
	}
	receipts_text(&r->sealed, out);
}

enum status
capture_report(const struct capture_settings *s, const struct capture_result *r, struct fault *f)
{
	int to = STDOUT_FILENO;
	struct buf out = { 0 };
	enum status rc;

	/* Where the flows themselves go to standard output, the summary would be among them. */
	for (size_t i = 0; i < s->destination_count; i++)
		if (strcmp(s->destinations[i].name, "-") == 0)
			to = STDERR_FILENO;
	if (s->json && to == STDOUT_FILENO)
		write_json(s, r, &out);
	else if (!s->quiet)
		write_text(r, &out);
	rc = file_print(to, &out, f);
	buf_free(&out);
	return rc;
}
