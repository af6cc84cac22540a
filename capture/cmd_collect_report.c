/* SPDX-License-Identifier: BSD-2-Clause */
/* The summary of a run that collected. */
#include "capture/cmd_collect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "capture/source_json.h"

static bool
sent_whole(const struct collect_result *r)
{
	for (size_t i = 0; i < r->target_count; i++)
		if (!sender_report_complete(&r->targets[i]))
			return false;
	return true;
}

bool
collect_lost(const struct collect_result *r)
{
	return r->losses.kernel > 0 || r->losses.cut > 0 || r->losses.fragments > 0 ||
	    r->counts.rejected_limit > 0 || !sent_whole(r);
}

static void
json_archive(struct jsonw *j, const struct collect_result *r)
{
	jsonw_key_str(j, "archive", r->receipt.archive_id);
	jsonw_key_str(j, "genesis", r->receipt.genesis);
	jsonw_key(j, "head");
	jsonw_object(j);
	jsonw_key_u64(j, "sequence", r->receipt.sequence);
	jsonw_key_str(j, "manifest_sha256", r->receipt.manifest_sha256);
	jsonw_object_end(j);
	jsonw_key_bool(j, "created", r->receipt.created);
	jsonw_key_bool(j, "closed", r->receipt.closed);
	jsonw_key(j, "segments");
	jsonw_array(j);
	for (size_t i = 0; i < r->segment_count; i++) {
		jsonw_object(j);
		jsonw_key_u64(j, "sequence", r->segments[i].sequence);
		jsonw_key_str(j, "manifest", r->segments[i].manifest);
		jsonw_key_u64(j, "flows", r->segments[i].flows);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

static void
json_datagrams(struct jsonw *j, const struct collect_result *r)
{
	const struct collector_counts *c = &r->counts;

	jsonw_key(j, "datagrams");
	jsonw_object(j);
	jsonw_key_u64(j, "received", c->datagrams);
	jsonw_key_u64(j, "octets", c->octets);
	jsonw_key_u64(j, "kept", r->kept);
	jsonw_key_u64(j, "decoded", c->datagrams - c->rejected_version - c->rejected_limit);
	jsonw_key(j, "rejected");
	jsonw_object(j);
	jsonw_key_u64(j, "version", c->rejected_version);
	jsonw_key_u64(j, "limit", c->rejected_limit);
	jsonw_object_end(j);
	jsonw_key_u64(j, "cut", r->losses.cut);
	jsonw_key_u64(j, "fragments", r->losses.fragments);
	jsonw_key_u64(j, "kernel_dropped", r->losses.kernel);
	jsonw_key_u64(j, "receive_waits", r->losses.waits);
	jsonw_object_end(j);
}

static void
json_records(struct jsonw *j, const struct collect_result *r, const struct exporters_sum *sum)
{
	jsonw_key(j, "records");
	jsonw_object(j);
	jsonw_key_u64(j, "decoded", r->counts.records);
	jsonw_key_u64(j, "late", r->counts.late);
	jsonw_key_u64(j, "options", r->counts.options);
	jsonw_key_u64(j, "sets_waiting", sum->waiting_sets);
	jsonw_key_u64(j, "sets_without_template", sum->dropped_sets);
	jsonw_object_end(j);
}

static void
json_inputs(struct jsonw *j, struct source *source)
{
	size_t count;
	const struct source_input *in = source_inputs(source, &count);

	jsonw_key(j, "inputs");
	jsonw_array(j);
	for (size_t i = 0; i < count; i++) {
		jsonw_object(j);
		source_json_input(j, &in[i]);
		jsonw_key_u64(j, "packets", in[i].packets);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	source_json_findings(j, source);
}

static void
write_json(const struct collect_result *r, struct buf *out)
{
	struct exporters *e = collector_exporters(r->collector);
	struct exporters_sum sum;
	struct buf list;
	struct jsonw j;

	/* what came last goes into the totals */
	buf_init(&list, 0);
	jsonw_init(&j, &list);
	exporters_json_write(e, true, &j, &sum);
	buf_free(&list);
	jsonw_init(&j, out);
	jsonw_object(&j);
	if (r->sealed)
		json_archive(&j, r);
	json_datagrams(&j, r);
	exporters_waiting_sets(e, &sum);
	json_records(&j, r, &sum);
	jsonw_key(&j, "exporters");
	exporters_json_write(e, false, &j, &sum);
	if (r->source != NULL)
		json_inputs(&j, r->source);
	jsonw_object_end(&j);
	buf_u8(out, '\n');
}

static void
text_archive(const struct collect_result *r, struct buf *out)
{
	for (size_t i = 0; i < r->segment_count; i++)
		buf_printf(out, "sealed     segment %" PRIu64 ", %" PRIu64 " flows: %s\n",
		    r->segments[i].sequence, r->segments[i].flows, r->segments[i].manifest);
	buf_printf(out, "archive    %s%s%s\n", r->receipt.archive_id,
	    r->receipt.created ? ", created" : "", r->receipt.closed ? ", closed" : "");
	buf_printf(out, "genesis    %s\nhead       %" PRIu64 ":%s\n", r->receipt.genesis,
	    r->receipt.sequence, r->receipt.manifest_sha256);
}

static void
write_text(const struct collect_result *r, struct buf *out)
{
	const struct collector_counts *c = &r->counts;
	struct exporters *e = collector_exporters(r->collector);
	struct exporters_sum sum = { .domains = 0 };
	size_t exporters;

	exporters_list(e, &exporters);
	exporters_waiting_sets(e, &sum);
	buf_printf(out, "datagrams  %" PRIu64 " received from %zu exporters, %" PRIu64 " kept, %" PRIu64
	    " of no known protocol\n", c->datagrams, exporters, r->kept, c->rejected_version);
	if (r->losses.kernel > 0)
		buf_printf(out, "           LOST: the kernel dropped %" PRIu64 "\n", r->losses.kernel);
	if (r->losses.cut + r->losses.fragments > 0)
		buf_printf(out, "           NOT WHOLE: %" PRIu64 " cut, %" PRIu64 " fragments\n",
		    r->losses.cut, r->losses.fragments);
	buf_printf(out, "flows      %" PRIu64 "; %" PRIu64 " of them waited for their template\n",
	    c->records, c->late);
	if (sum.waiting_sets + sum.dropped_sets > 0)
		buf_printf(out, "           NOT DECODED: %" PRIu64 " sets whose template never came\n",
		    sum.waiting_sets + sum.dropped_sets);
	for (size_t i = 0; i < r->target_count; i++)
		sender_report_text(&r->targets[i], out);
	if (r->sealed)
		text_archive(r, out);
}

enum status
collect_report(const struct collect_settings *s, const struct collect_result *r, struct fault *f)
{
	FILE *to = stdout;
	struct buf out;
	bool written;

	for (size_t i = 0; i < s->destination_count; i++)
		if (strcmp(s->destinations[i].name, "-") == 0)
			to = stderr; /* the flows themselves are on standard output */
	if (s->quiet && !s->json)
		return STATUS_OK;
	buf_init(&out, 0);
	if (s->json)
		write_json(r, &out);
	else
		write_text(r, &out);
	if (!buf_ok(&out)) {
		buf_free(&out);
		return fault_memory(f);
	}
	written = fwrite(out.data, 1, out.len, to) == out.len && fflush(to) == 0;
	buf_free(&out);
	return written ? STATUS_OK : fault_errno(f, "standard output", "cannot write");
}
