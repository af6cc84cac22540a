/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/receipt.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

/* Once all are joined. */
static const struct target_result *
result_of(const struct receipt *r, size_t i)
{
	return target_result(r->targets[i].target);
}

bool
receipt_target_complete(const struct target_result *t)
{
	return t->opened && t->complete && !t->interrupted && t->damaged == 0 && t->stayed == 0 &&
	    t->not_ahead == 0 &&
	    t->fault.status == STATUS_OK;
}

bool
receipt_complete(const struct receipt *r)
{
	for (size_t i = 0; i < r->target_count; i++)
		if (!receipt_target_complete(result_of(r, i)))
			return false;
	return true;
}

static uint64_t
most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

struct target_result
receipt_overall(const struct receipt *r)
{
	struct target_result all = { .anchor = "none", .exact = true }, t;

	for (size_t i = 0; i < r->target_count; i++) {
		target_look(r->targets[i].target, &t);
		all.exact &= t.exact;
	}
	for (size_t i = 0; i < r->target_count; i++) {
		target_look(r->targets[i].target, &t);
		if (i == 0 || t.opened) {
			all.anchor = t.anchor;
			memcpy(all.archive, t.archive, sizeof all.archive);
		}
		all.stayed = most(all.stayed, t.stayed);
		all.damaged = most(all.damaged, t.damaged);
		all.skipped = most(all.skipped, t.skipped);
		all.interrupted |= t.interrupted;
		if (t.exact != all.exact)
			continue;
		all.progress.read = most(all.progress.read, t.progress.read);
		all.progress.matched = most(all.progress.matched, t.progress.matched);
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
		buf_printf(out, "  BROKEN and made again: %" PRIu64 " times (%s); of what was acknowledged the "
		    "receiver may not have read all\n", c->reconnects, error_text(c));
	if (t->fault.status != STATUS_OK) {
		fault_print(&t->fault, why, sizeof why);
		buf_printf(out, "  ENDED EARLY: %s\n", why);
	}
}

/* What held it back: the rate that receivers take, or what was asked for. */
static void
text_pace(const struct target_result *t, struct buf *out)
{
	static const char *const units[] = { [SCHEDULE_FLOWS] = "flows",
		[SCHEDULE_DATAGRAMS] = "datagrams", [SCHEDULE_BITS] = "bits" };
	const struct target_options *o = t->options;

	if (t->rate != 0)
		buf_printf(out, "  at most %" PRIu64 " %s a second%s\n", t->rate, units[target_unit(o)],
		    o->rate_given ? "" : ", which receivers take (--rate changes it)");
	if (o->speed != 0)
		buf_printf(out, "  the archive's own time, %" PRIu64 ".%03" PRIu64 " times as fast\n",
		    o->speed / SCHEDULE_SPEED_ONE, o->speed % SCHEDULE_SPEED_ONE);
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
	buf_printf(out, "%" PRIu64 " datagrams, %" PRIu64 " octets, in %.3f s%s\n", c->datagrams,
	    c->octets, seconds, seconds == 0 ? " (as fast as it goes)" : "");
	if (t->exact && t->progress.read == 0 && t->fault.status == STATUS_OK)
		buf_str(out, "  the input has nothing that was received: its flows were metered\n");
	text_pace(t, out);
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
	struct target_result all = receipt_overall(r);
	char input[1024];

	text_escape(input, sizeof input, r->input, strlen(r->input));
	buf_printf(out, "%s %" PRIu64 " of %" PRIu64 " %s of %s in %.3f s (genesis: %s)\n",
	    all.interrupted ? "interrupted after" : r->dry ? "DRY RUN: would replay" : "replayed",
	    all.progress.matched, all.progress.read, all.exact ? "datagrams" : "flows", input, (double)r->nanos / 1e9, all.anchor);
	if (all.damaged > 0)
		buf_printf(out, "DAMAGED: %" PRIu64 " parts of the input %s\n", all.damaged,
		    r->unverified ? "differ from what was sealed or could not be read: NOT ALL OF THIS IS EVIDENCE" :
		    "could not be read");
	if (all.skipped > 0)
		buf_printf(out, "resumed: %" PRIu64 " had gone before\n", all.skipped);
	if (all.stayed > 0)
		buf_printf(out, "NOT MOVED: the times of %" PRIu64 " flows\n", all.stayed);
	for (size_t i = 0; i < r->target_count; i++)
		text_target(r, i, out);
}

