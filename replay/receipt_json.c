/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/receipt.h"

#include <string.h>

#include "base/jsonw.h"
#include "base/version.h"
#include "replay/filter_canonical.h"

static void
key_filter(struct jsonw *j, const char *text)
{
	struct buf b = { 0 };

	jsonw_key(j, "filter");
	if (text == NULL) {
		jsonw_null(j);
		return;
	}
	filter_canonical(text, &b);
	jsonw_str(j, buf_cstr(&b));
	if (!buf_ok(&b))
		j->out->failed = true;
	buf_free(&b);
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
key_bound(struct jsonw *j, const char *key, int64_t micros, int64_t open)
{
	char text[TEXT_TIME_MAX];

	text_time_micros(text, micros);
	jsonw_key_str(j, key, micros == open ? NULL : text);
}

/* What was asked for. */
static void
json_order(const struct target_result *t, struct jsonw *j)
{
	static const char *const units[] = { [SCHEDULE_FLOWS] = "flows",
		[SCHEDULE_DATAGRAMS] = "datagrams", [SCHEDULE_BITS] = "bits" };
	const struct target_options *o = t->options;

	key_filter(j, o->filter);
	jsonw_key(j, "window");
	jsonw_object(j);
	key_bound(j, "from", o->window.from, INT64_MIN);
	key_bound(j, "to", o->window.to, INT64_MAX);
	jsonw_object_end(j);
	jsonw_key_u64(j, "rate", t->rate);
	jsonw_key_str(j, "rate_unit", units[target_unit(o)]);
	jsonw_key_u64(j, "speed_thousandths", o->speed);
	jsonw_key(j, "loop");
	if (o->loop == REPLAY_LOOP_FOREVER)
		jsonw_null(j);
	else
		jsonw_u64(j, o->loop);
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
		jsonw_key_str(j, "error", c->error != 0 ? strerror(c->error) : "by its answer");
	jsonw_object_end(j);
}

static void
json_end(const struct target_result *t, struct jsonw *j)
{
	char why[FAULT_FILE_MAX + FAULT_TEXT_MAX + 64];

	jsonw_key_bool(j, "interrupted", t->interrupted);
	jsonw_key_bool(j, "complete", receipt_target_complete(t));
	if (t->fault.status == STATUS_OK)
		return;
	fault_print(&t->fault, why, sizeof why);
	jsonw_key_str(j, "fault", why);
}

static void
json_target(const struct receipt *r, size_t i, struct jsonw *j)
{
	const struct receipt_target *own = &r->targets[i];
	struct target_result t;

	target_look(own->target, &t);
	jsonw_object(j);
	jsonw_key_str(j, "to", t.options->url);
	jsonw_key_str(j, "address", t.progress.counts.address);
	jsonw_key_str(j, "format", t.format);
	jsonw_key_str(j, "unit", t.exact ? "datagrams" : "flows");
	json_order(&t, j);
	jsonw_key_u64(j, "read", t.progress.read);
	jsonw_key_u64(j, "matched", t.progress.matched);
	jsonw_key_u64(j, "skipped", t.skipped);
	jsonw_key_u64(j, "position", target_position(own->target, &t));
	json_counts(&t, j);
	if (t.exact) {
		jsonw_key_u64(j, "sent_ahead", t.sent_ahead);
		jsonw_key_u64(j, "not_ahead", t.not_ahead);
	}
	if (!r->running)
		target_json(own->target, j);
	jsonw_key_i64(j, "nanos", t.nanos);
	json_jitter(&t.jitter, j);
	jsonw_key(j, "sha256");
	if (own->hashed)
		jsonw_hex(j, own->sha256, RECEIPT_SHA256);
	else
		jsonw_null(j);
	jsonw_key(j, "segments");
	target_segments_json(own->target, j);
	json_end(&t, j);
	jsonw_object_end(j);
}

/* A message of the reader's begins with its finding's code, where it has one. */
static void
json_finding(const struct fault *f, struct jsonw *j)
{
	size_t len = strspn(f->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
	char code[FAULT_TEXT_MAX];

	memcpy(code, f->text, len);
	code[len] = '\0';
	jsonw_object(j);
	jsonw_key_str(j, "code", len > 0 && f->text[len] == ':' ? code : NULL);
	jsonw_key_str(j, "file", f->file[0] != '\0' ? f->file : NULL);
	jsonw_key(j, "offset");
	if (f->at_offset)
		jsonw_u64(j, f->offset);
	else
		jsonw_null(j);
	jsonw_key_str(j, "text", f->text);
	jsonw_object_end(j);
}

static void
json_findings(const struct receipt *r, struct jsonw *j)
{
	jsonw_key(j, "findings");
	jsonw_array(j);
	for (size_t i = 0; i < r->finding_count; i++)
		json_finding(&r->findings[i], j);
	jsonw_array_end(j);
	jsonw_key_u64(j, "more_findings", r->more_findings);
}

static void
key_time(struct jsonw *j, const char *key, int64_t nanos)
{
	char text[TEXT_TIME_MAX];

	text_time_nanos(text, nanos);
	jsonw_key_str(j, key, text);
}

static void
json_head(const struct receipt *r, const struct target_result *all, struct jsonw *j)
{
	jsonw_key_str(j, "format", "nfseal-replay-receipt/1");
	jsonw_key_str(j, "state", r->running ? "running" : all->interrupted ? "interrupted" : "done");
	jsonw_key_bool(j, "dry_run", r->dry);
	jsonw_key(j, "software");
	jsonw_object(j);
	jsonw_key_str(j, "name", "nfseal");
	jsonw_key_str(j, "version", VERSION_TEXT);
	jsonw_key_str(j, "build", version_build());
	jsonw_object_end(j);
	key_time(j, "began", r->began);
	key_time(j, "ended", r->ended);
	jsonw_key_str(j, "input", r->input);
	jsonw_key_str(j, "archive", all->archive[0] != '\0' ? all->archive : NULL);
	jsonw_key_str(j, "anchor", all->anchor);
	jsonw_key_bool(j, "unverified", r->unverified || all->archive[0] == '\0');
	key_filter(j, r->filter);
	jsonw_key_str(j, "resumes", r->resumes);
}

void
receipt_json(const struct receipt *r, struct buf *out)
{
	struct target_result all = receipt_overall(r);
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	json_head(r, &all, &j);
	jsonw_key(&j, "flows");
	jsonw_object(&j);
	jsonw_key_u64(&j, "read", all.progress.read);
	jsonw_key_u64(&j, "matched", all.progress.matched);
	jsonw_object_end(&j);
	jsonw_key_u64(&j, "times_not_moved", all.stayed);
	jsonw_key_u64(&j, "damaged", all.damaged);
	json_findings(r, &j);
	jsonw_key_bool(&j, "interrupted", all.interrupted);
	jsonw_key_bool(&j, "complete", !r->running && receipt_complete(r));
	jsonw_key(&j, "targets");
	jsonw_array(&j);
	for (size_t i = 0; i < r->target_count; i++)
		json_target(r, i, &j);
	jsonw_array_end(&j);
	jsonw_object_end(&j);
	buf_str(out, "\n");
}
