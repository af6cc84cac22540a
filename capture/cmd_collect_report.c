/* SPDX-License-Identifier: BSD-2-Clause */
/* The summary of a run that collected. */
#include "capture/cmd_collect.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
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
	const struct collector_counts c = collect_counts(r);

	return c.message_limit > 0 || r->losses.session_octets_cut > 0 || r->losses.kernel > 0 || r->losses.cut > 0 || r->losses.fragments > 0 ||
	    c.rejected_limit > 0 || !sent_whole(r);
}

static uint64_t
kept_in_all(const struct collect_result *r)
{
	uint64_t kept = 0;

	for (size_t i = 0; i < r->archive_count; i++)
		kept += r->archives[i]->kept;
	return kept;
}

/* Where a run has archives by exporter: each with its way. */
static void
json_archives(struct jsonw *j, const struct collect_result *r)
{
	jsonw_key(j, "archives");
	jsonw_array(j);
	for (size_t i = 0; i < r->archive_count; i++) {
		const struct collect_archive *a = r->archives[i];
		const struct collector_counts *c = collector_counts(a->collector);

		if (!a->sealed.any)
			continue;
		jsonw_object(j);
		jsonw_key_str(j, "path", a->path);
		jsonw_key_str(j, "ident", a->ident);
		receipts_json(&a->sealed, j);
		jsonw_key_u64(j, "received", c->datagrams);
		jsonw_key_u64(j, "kept", a->kept);
		jsonw_key_u64(j, "records", c->records);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

static void
json_refused(struct jsonw *j, const struct collect_result *r)
{
	jsonw_key(j, "refused");
	jsonw_object(j);
	jsonw_key_u64(j, "not_allowed", r->losses.not_allowed);
	jsonw_key_u64(j, "no_route", r->losses.no_route);
	jsonw_key(j, "sources");
	jsonw_array(j);
	for (size_t i = 0; i < r->refused_count; i++) {
		char text[TEXT_ADDRESS_MAX];

		text_address(text, &r->refused[i]);
		jsonw_str(j, text);
	}
	jsonw_array_end(j);
	jsonw_object_end(j);
}

static void
json_reassembly(struct jsonw *j, const struct reassemble_counts *c)
{
	jsonw_key(j, "reassembly");
	jsonw_object(j);
	jsonw_key_u64(j, "read", c->read);
	jsonw_key_u64(j, "used", c->used);
	jsonw_key_u64(j, "copies", c->copies);
	jsonw_key_u64(j, "other", c->other);
	jsonw_key(j, "lost");
	jsonw_object(j);
	for (unsigned i = 0; i < REASSEMBLE_LOSSES; i++)
		if (c->lost[i] > 0)
			jsonw_key_u64(j, reassemble_loss_name((enum reassemble_loss)i), c->lost[i]);
	jsonw_object_end(j);
	jsonw_key_u64(j, "datagrams", c->datagrams);
	jsonw_object_end(j);
}

static void
json_datagrams(struct jsonw *j, const struct collect_result *r)
{
	const struct collector_counts c = collect_counts(r);

	jsonw_key(j, "datagrams");
	jsonw_object(j);
	jsonw_key_u64(j, "received", c.datagrams);
	jsonw_key_u64(j, "octets", c.octets);
	jsonw_key_u64(j, "kept", kept_in_all(r));
	jsonw_key_u64(j, "decoded",
	    c.datagrams - c.rejected_version - c.rejected_header - c.rejected_sflow - c.rejected_limit);
	jsonw_key(j, "rejected");
	jsonw_object(j);
	jsonw_key_u64(j, "version", c.rejected_version);
	jsonw_key_u64(j, "limit", c.rejected_limit);
	jsonw_key_u64(j, "header", c.rejected_header);
	jsonw_key_u64(j, "sflow_version", c.rejected_sflow);
	jsonw_object_end(j);
	jsonw_key(j, "frames");
	jsonw_object(j);
	jsonw_key_u64(j, "read", r->losses.frames);
	jsonw_key_u64(j, "other", r->losses.other);
	jsonw_object_end(j);
	jsonw_key_u64(j, "cut", r->losses.cut);
	jsonw_key_u64(j, "fragments", r->losses.fragments);
	json_reassembly(j, &r->losses.reassembly);
	jsonw_key_u64(j, "kernel_dropped", r->losses.kernel);
	jsonw_key_u64(j, "receive_waits", r->losses.waits);
	json_refused(j, r);
	jsonw_key_u64(j, "repeated", r->repeated);
	jsonw_key_u64(j, "not_repeated", r->not_repeated);
	jsonw_object_end(j);
}

static void
json_messages(struct jsonw *j, const struct collect_result *r)
{
	const struct collector_counts c = collect_counts(r);
	uint64_t kept = 0;

	for (size_t i = 0; i < r->archive_count; i++)
		kept += r->archives[i]->kept_messages;
	jsonw_key(j, "messages");
	jsonw_object(j);
	jsonw_key_u64(j, "received", c.messages);
	jsonw_key_u64(j, "octets", c.message_octets);
	jsonw_key_u64(j, "kept", kept);
	jsonw_key_u64(j, "decoded", c.messages - c.message_limit);
	jsonw_key_u64(j, "octets_lost", r->losses.session_octets_lost);
	jsonw_key_u64(j, "not_kept", r->losses.messages_not_kept);
	jsonw_object_end(j);
	jsonw_key(j, "sessions");
	jsonw_object(j);
	jsonw_key_u64(j, "begun", r->losses.sessions);
	jsonw_key_u64(j, "refused", r->losses.sessions_refused);
	for (unsigned i = 0; i < SESSION_ENDS; i++)
		jsonw_key_u64(j, session_end_name((enum session_end)i), r->losses.session_ends[i]);
	jsonw_object_end(j);
}

static void
json_records(struct jsonw *j, const struct collect_result *r, const struct exporters_sum *sum)
{
	const struct collector_counts c = collect_counts(r);

	jsonw_key(j, "records");
	jsonw_object(j);
	jsonw_key_u64(j, "decoded", c.records);
	jsonw_key_u64(j, "late", c.late);
	jsonw_key_u64(j, "options", c.options);
	jsonw_key_u64(j, "waiting", sum->waiting_sets);
	jsonw_key_u64(j, "without_template", sum->dropped_sets);
	jsonw_object_end(j);
}

static void
json_hooks(struct jsonw *j, const struct collect_hooks *h)
{
	jsonw_key(j, "hooks");
	jsonw_object(j);
	jsonw_key_u64(j, "started", h->run);
	jsonw_key_u64(j, "failed", h->failed);
	jsonw_key_u64(j, "skipped", h->skipped);
	jsonw_object_end(j);
}

/* What came last goes into the totals. */
static enum status
add_up(const struct collect_result *r, struct exporters_sum *waiting, struct fault *f)
{
	bool ok = true;

	*waiting = (struct exporters_sum){ .domains = 0 };
	for (size_t i = 0; i < r->archive_count; i++) {
		struct exporters *e = collector_exporters(r->archives[i]->collector);
		struct exporters_sum sum;
		struct buf list;
		struct jsonw j;

		buf_init(&list, 0);
		jsonw_init(&j, &list);
		exporters_json_write(e, true, &j, &sum);
		ok &= buf_ok(&list);
		buf_free(&list);
		exporters_waiting_sets(e, &sum);
		waiting->waiting_sets += sum.waiting_sets;
		waiting->dropped_sets += sum.dropped_sets;
	}
	return ok ? STATUS_OK : fault_memory(f);
}

static void
write_json(const struct collect_settings *s, const struct collect_result *r,
    const struct exporters_sum *waiting, struct buf *out)
{
	struct exporters_sum sum;
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	if (s->route_count > 0 || s->per_exporter > 0)
		json_archives(&j, r);
	else if (r->archive_count > 0 && r->archives[0]->sealed.any)
		receipts_json(&r->archives[0]->sealed, &j);
	json_datagrams(&j, r);
	json_messages(&j, r);
	json_records(&j, r, waiting);
	if (s->hook != NULL)
		json_hooks(&j, &r->hooks);
	jsonw_key(&j, "exporters");
	jsonw_array(&j);
	for (size_t i = 0; i < r->archive_count; i++)
		exporters_json_elements(collector_exporters(r->archives[i]->collector), false, &j, &sum);
	jsonw_array_end(&j);
	if (r->source != NULL) {
		source_json_inputs(&j, r->source);
		source_json_findings(&j, r->source);
	}
	jsonw_object_end(&j);
	buf_u8(out, '\n');
}

static void
text_archive(const struct collect_archive *a, bool many, struct buf *out)
{
	if (many)
		buf_printf(out, "%s%s%s\n", a->path, a->ident[0] != '\0' ? ", of " : "", a->ident);
	receipts_text(&a->sealed, out);
}

static size_t
exporters_of_all(const struct collect_result *r)
{
	size_t sum = 0;

	for (size_t i = 0; i < r->archive_count; i++) {
		size_t n;

		exporters_list(collector_exporters(r->archives[i]->collector), &n);
		sum += n;
	}
	return sum;
}

static void
text_losses(const struct collect_losses *l, struct buf *out)
{
	if (l->kernel > 0)
		buf_printf(out, "           LOST: the kernel dropped %" PRIu64 "\n", l->kernel);
	if (l->cut + l->fragments > 0)
		buf_printf(out, "           NOT WHOLE: %" PRIu64 " cut, %" PRIu64 " fragments\n", l->cut,
		    l->fragments);
	if (l->not_allowed + l->no_route > 0)
		buf_printf(out, "           REFUSED: %" PRIu64 " of sources that are not allowed, %" PRIu64
		    " of sources without an archive\n", l->not_allowed, l->no_route);
}

static void
text_messages(const struct collect_result *r, const struct collector_counts *c, struct buf *out)
{
	const struct collect_losses *l = &r->losses;

	if (c->messages + l->sessions + l->sessions_refused == 0)
		return;
	buf_printf(out, "messages   %" PRIu64 " received", c->messages);
	if (l->sessions + l->sessions_refused > 0)
		buf_printf(out, " in %" PRIu64 " sessions, %" PRIu64 " refused", l->sessions,
		    l->sessions_refused);
	buf_printf(out, "\n");
	if (l->session_octets_lost > 0)
		buf_printf(out, "           NOT WHOLE: %" PRIu64 " octets of no message\n",
		    l->session_octets_lost);
}

static void
write_text(const struct collect_result *r, const struct exporters_sum *waiting, struct buf *out)
{
	const struct collector_counts c = collect_counts(r);

	buf_printf(out, "datagrams  %" PRIu64 " received from %zu exporters, %" PRIu64 " kept, %" PRIu64
	    " of no known protocol\n", c.datagrams, exporters_of_all(r), kept_in_all(r),
	    c.rejected_version);
	if (c.rejected_header + c.rejected_sflow > 0)
		buf_printf(out, "           NOT DECODED: %" PRIu64 " shorter than their header, %" PRIu64
		    " of sFlow 2 or 4\n", c.rejected_header, c.rejected_sflow);
	if (r->losses.other > 0)
		buf_printf(out, "frames     %" PRIu64 " read, %" PRIu64 " of them are no export datagrams\n",
		    r->losses.frames, r->losses.other);
	text_losses(&r->losses, out);
	text_messages(r, &c, out);
	buf_printf(out, "flows      %" PRIu64 "; %" PRIu64 " of them waited for their template\n",
	    c.records, c.late);
	if (waiting->waiting_sets + waiting->dropped_sets > 0)
		buf_printf(out, "           NOT DECODED: %" PRIu64 " sets whose template never came\n",
		    waiting->waiting_sets + waiting->dropped_sets);
	if (r->hooks.failed + r->hooks.skipped > 0)
		buf_printf(out, "hooks      %" PRIu64 " started, %" PRIu64 " FAILED, %" PRIu64 " left out\n",
		    r->hooks.run, r->hooks.failed, r->hooks.skipped);
	for (size_t i = 0; i < r->target_count; i++)
		sender_report_text(&r->targets[i], out);
	for (size_t i = 0; i < r->archive_count; i++)
		if (r->archives[i]->sealed.any)
			text_archive(r->archives[i], r->archive_count > 1, out);
}

enum status
collect_report(const struct collect_settings *s, const struct collect_result *r, struct fault *f)
{
	int to = STDOUT_FILENO;
	struct exporters_sum waiting;
	struct buf out;
	enum status st;

	for (size_t i = 0; i < s->destination_count; i++)
		if (strcmp(s->destinations[i].name, "-") == 0)
			to = STDERR_FILENO; /* the flows themselves are on standard output */
	if (s->quiet && !s->json)
		return STATUS_OK;
	st = add_up(r, &waiting, f);
	if (st != STATUS_OK)
		return st;
	buf_init(&out, 0);
	if (s->json)
		write_json(s, r, &waiting, &out);
	else
		write_text(r, &waiting, &out);
	st = file_print(to, &out, f);
	buf_free(&out);
	return st;
}
