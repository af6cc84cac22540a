/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/receipt.h"

#include <inttypes.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/text.h"

static const struct target_result *
result_of(const struct receipt *r, size_t i)
{
	return target_result(r->targets[i].target);
}

static bool
target_complete(const struct target_result *t)
{
	return t->opened && t->complete && !t->interrupted && t->damaged == 0 && t->stayed == 0 &&
	    t->not_ahead == 0 &&
	    t->fault.status == STATUS_OK;
}

bool
receipt_complete(const struct receipt *r)
{
	for (size_t i = 0; i < r->target_count; i++)
		if (!target_complete(result_of(r, i)))
			return false;
	return true;
}

/* Of all targets: what one read or selected at most, whether one was interrupted. */
static struct target_result
overall(const struct receipt *r)
{
	struct target_result all = { .anchor = "none" };

	all.exact = true;
	for (size_t i = 0; i < r->target_count; i++)
		all.exact &= result_of(r, i)->exact;
	for (size_t i = 0; i < r->target_count; i++) {
		const struct target_result *t = result_of(r, i);

		if (i == 0 || t->opened)
			all.anchor = t->anchor;
		if (t->stayed > all.stayed)
			all.stayed = t->stayed;
		if (t->damaged > all.damaged)
			all.damaged = t->damaged;
		all.interrupted |= t->interrupted;
		if (t->exact != all.exact)
			continue;
		if (t->progress.read > all.progress.read)
			all.progress.read = t->progress.read;
		if (t->progress.matched > all.progress.matched)
			all.progress.matched = t->progress.matched;
	}
	return all;
}

/* Where it was no system that refused, the way out says more itself. */
static const char *
error_text(const struct outlet_counts *c)
{
	return c->error != 0 ? strerror(c->error) : "by its answer";
}

static void
text_trouble(const struct target_result *t, struct buf *out)
{
	const struct outlet_counts *c = &t->progress.counts;
	char why[FAULT_FILE_MAX + FAULT_TEXT_MAX + 64];

	if (c->refused > 0)
		buf_printf(out, "  %s at %s: it refused %" PRIu64 " times (%s)\n",
		    c->error != 0 ? "NOBODY LISTENS" : "TROUBLE", c->address, c->refused, error_text(c));
	if (c->unsent > 0)
		buf_printf(out, "  NOT SENT: %" PRIu64 " datagrams with %" PRIu64 " records: %s\n",
		    c->unsent, c->unsent_records, error_text(c));
	if (c->reconnects > 0)
		buf_printf(out, "  connected again: %" PRIu64 " times\n", c->reconnects);
	if (t->fault.status != STATUS_OK) {
		fault_print(&t->fault, why, sizeof why);
		buf_printf(out, "  ENDED EARLY: %s\n", why);
	}
}

static void
text_target(const struct receipt *r, size_t i, struct buf *out)
{
	const struct target_result *t = result_of(r, i);
	const struct outlet_counts *c = &t->progress.counts;
	double seconds = (double)t->nanos / 1e9;
	char url[1024];

	text_escape(url, sizeof url, t->options->url, strlen(t->options->url));
	buf_printf(out, "%s %s: ", url, t->format);
	if (!t->exact)
		buf_printf(out, "%" PRIu64 " flows as %" PRIu64 " records in ", c->flows - c->not_carried,
		    c->records);
	buf_printf(out, "%" PRIu64 " datagrams, %" PRIu64 " octets, in %.3f s\n", c->datagrams,
	    c->octets, seconds);
	if (t->sent_ahead > 0)
		buf_printf(out, "  of these %" PRIu64 " from before the window, with templates\n",
		    t->sent_ahead);
	if (t->not_ahead > 0)
		buf_printf(out, "  NOT SENT: %" PRIu64 " more datagrams with templates from before the "
		    "window\n", t->not_ahead);
	if (t->jitter.count > 0)
		buf_printf(out, "  off their time: half of them %.3f ms at most, 99 %% %.3f ms, all %.3f ms\n",
		    (double)jitter_quantile(&t->jitter, 50) / 1e6,
		    (double)jitter_quantile(&t->jitter, 99) / 1e6, (double)t->jitter.max / 1e6);
	text_trouble(t, out);
	target_say(r->targets[i].target, out);
	if (r->targets[i].hashed) {
		char hex[2 * RECEIPT_SHA256 + 1];

		text_hex(hex, r->targets[i].sha256, RECEIPT_SHA256);
		buf_printf(out, "  SHA-256 of what went: %s\n", hex);
	}
}

void
receipt_text(const struct receipt *r, struct buf *out)
{
	struct target_result all = overall(r);
	char input[1024];

	text_escape(input, sizeof input, r->input, strlen(r->input));
	buf_printf(out, "%s %" PRIu64 " of %" PRIu64 " %s of %s in %.3f s (genesis: %s)\n",
	    all.interrupted ? "interrupted after" : r->dry ? "would replay" : "replayed",
	    all.progress.matched, all.progress.read, all.exact ? "datagrams" : "flows", input, (double)r->nanos / 1e9, all.anchor);
	if (all.damaged > 0)
		buf_printf(out, "DAMAGED: %" PRIu64 " parts of the input could not be read\n", all.damaged);
	if (all.stayed > 0)
		buf_printf(out, "NOT MOVED: the times of %" PRIu64 " flows\n", all.stayed);
	for (size_t i = 0; i < r->target_count; i++)
		text_target(r, i, out);
}

static void
json_jitter(const struct jitter *g, struct jsonw *j)
{
	jsonw_key(j, "jitter_nanos");
	if (g->count == 0) {
		jsonw_null(j);
		return;
	}
	jsonw_object(j);
	jsonw_key_u64(j, "datagrams", g->count);
	jsonw_key_u64(j, "median", (uint64_t)jitter_quantile(g, 50));
	jsonw_key_u64(j, "p99", (uint64_t)jitter_quantile(g, 99));
	jsonw_key_u64(j, "max", (uint64_t)g->max);
	jsonw_object_end(j);
}

static void
json_counts(const struct target_result *t, struct jsonw *j)
{
	const struct outlet_counts *c = &t->progress.counts;

	jsonw_key_u64(j, "flows", c->flows);
	jsonw_key_u64(j, "settled", c->settled);
	jsonw_key_u64(j, "records", c->records);
	jsonw_key_u64(j, "datagrams", c->datagrams);
	jsonw_key_u64(j, "octets", c->octets);
	jsonw_key_u64(j, "refused_by_host", c->refused);
	jsonw_key_u64(j, "waited", c->waited);
	jsonw_key_u64(j, "reconnects", c->reconnects);
	jsonw_key(j, "unsent");
	jsonw_object(j);
	jsonw_key_u64(j, "datagrams", c->unsent);
	jsonw_key_u64(j, "records", c->unsent_records);
	if (c->unsent > 0)
		jsonw_key_str(j, "error", error_text(c));
	jsonw_object_end(j);
}

static void
json_target(const struct receipt *r, size_t i, struct jsonw *j)
{
	const struct target_result *t = result_of(r, i);
	char why[FAULT_FILE_MAX + FAULT_TEXT_MAX + 64];

	jsonw_object(j);
	jsonw_key_str(j, "to", t->options->url);
	jsonw_key_str(j, "address", t->progress.counts.address);
	jsonw_key_str(j, "format", t->format);
	jsonw_key_str(j, "unit", t->exact ? "datagrams" : "flows");
	jsonw_key_u64(j, "read", t->progress.read);
	jsonw_key_u64(j, "matched", t->progress.matched);
	json_counts(t, j);
	if (t->exact) {
		jsonw_key_u64(j, "sent_ahead", t->sent_ahead);
		jsonw_key_u64(j, "not_ahead", t->not_ahead);
	}
	target_json(r->targets[i].target, j);
	jsonw_key_i64(j, "nanos", t->nanos);
	json_jitter(&t->jitter, j);
	jsonw_key(j, "sha256");
	if (r->targets[i].hashed)
		jsonw_hex(j, r->targets[i].sha256, RECEIPT_SHA256);
	else
		jsonw_null(j);
	jsonw_key_bool(j, "interrupted", t->interrupted);
	jsonw_key_bool(j, "complete", target_complete(t));
	if (t->fault.status != STATUS_OK) {
		fault_print(&t->fault, why, sizeof why);
		jsonw_key_str(j, "fault", why);
	}
	jsonw_object_end(j);
}

void
receipt_json(const struct receipt *r, struct buf *out)
{
	struct target_result all = overall(r);
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_key_str(&j, "input", r->input);
	jsonw_key_str(&j, "anchor", all.anchor);
	jsonw_key(&j, "flows");
	jsonw_object(&j);
	jsonw_key_u64(&j, "read", all.progress.read);
	jsonw_key_u64(&j, "matched", all.progress.matched);
	jsonw_object_end(&j);
	jsonw_key_u64(&j, "times_not_moved", all.stayed);
	jsonw_key_u64(&j, "damaged", all.damaged);
	jsonw_key_bool(&j, "interrupted", all.interrupted);
	jsonw_key_bool(&j, "complete", receipt_complete(r));
	jsonw_key(&j, "targets");
	jsonw_array(&j);
	for (size_t i = 0; i < r->target_count; i++)
		json_target(r, i, &j);
	jsonw_array_end(&j);
	jsonw_object_end(&j);
	buf_str(out, "\n");
}
