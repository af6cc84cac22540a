/* SPDX-License-Identifier: BSD-2-Clause */
/* A segment of collected flows: datagrams and rows into it, and its seal. */
#include "capture/cmd_collect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/version.h"
#include "capture/cmd_redecode.h"
#include "capture/interval.h"
#include "flow/table_append.h"

enum {
	ROWS = 4096,      /* of a table of flows */
	DATALOG_LEVEL = 1 /* zstd's: it keeps up with the network */
};
/* A run of intervals without datagrams is sealed as one, at the latest after so long. */
#define SILENCE_NANOS INT64_C(3600000000000)

static void
notice(void *ctx, const char *text)
{
	(void)ctx;
	log_notice("%s", text);
}

static enum status
begin_live(struct collect_segment *s, int64_t time, struct fault *f)
{
	struct collect_facts facts;
	struct receipt head;
	enum status st = collect_facts_fill(s, time, NULL, &facts, f);

	writer_receipt(s->writer, &head);
	s->sequence = head.sequence + 1;
	if (st == STATUS_OK)
		st = writer_begin_live(s->writer, time, &facts.facts, f);
	collect_facts_free(&facts);
	return st;
}

static enum status
open_archive(struct collect_segment *s, struct fault *f)
{
	const struct collect_settings *set = s->common->set;
	const struct writer_options o = { .archive = s->archive->path,
		.state = s->common->state[0] != '\0' ? s->common->state : set->state,
		.layout = set->layout, .keys_in_memory = set->keys_in_memory,
		.now = clock_wall_nanos, .clock_state = clock_state, .version = VERSION_TEXT,
		.build = version_build(), .redecode = redecode };

	return writer_open(&o, notice, NULL, &s->writer, f);
}

enum status
collect_segment_open(struct collect_segment *s, int64_t time, struct fault *f)
{
	const struct collect_settings *set = s->common->set;
	enum status st = collector_open(ROWS, s->common->seed, collect_segment_rows, s,
	    &s->archive->collector, f);

	s->from = time;
	s->to = INT64_MAX;
	s->before_losses = s->common->result->losses;
	if (set->rotate > 0) {
		int64_t start;

		interval_of(time, set->rotate, &start, &s->to);
		if (set->input_count > 0)
			s->from = start;
	}
	if (st != STATUS_OK || s->archive->path[0] == '\0')
		return st;
	if (!set->no_datagrams && (set->port_count + set->handed_over > set->streams.handed_over ||
	                              (set->input_count > 0 && !set->messages)))
		st = datalog_open(DATALOG_LEVEL, &s->datalog, f);
	if (st == STATUS_OK && !set->no_datagrams)
		st = collect_stream_open(s, f);
	if (st == STATUS_OK)
		st = open_archive(s, f);
	if (st == STATUS_OK)
		st = collect_inherit(s, time, f);
	if (st == STATUS_OK)
		st = begin_live(s, s->from, f);
	if (st == STATUS_OK)
		collector_segment(s->archive->collector, s->sequence);
	return st == STATUS_OK ? collect_carry(s, f) : st;
}

enum status
collect_segment_frame(struct collect_segment *s, struct fault *f)
{
	enum status st = datalog_cut(s->datalog, &s->frame, f);

	if (st == STATUS_OK && s->frame.len > 0)
		st = writer_append(s->writer, "datagrams.pcapng.zst", s->frame.data, s->frame.len, f);
	buf_reset(&s->frame);
	return st;
}

enum status
collect_segment_keep(struct collect_segment *s, struct datagram *d, uint64_t dropped,
    struct fault *f)
{
	s->dirty = true;
	if (s->datalog == NULL)
		return STATUS_OK;
	d->number = ++s->datagrams;
	s->archive->kept++;
	datalog_put(s->datalog, d, dropped);
	return datalog_pending(s->datalog) < DATALOG_FRAME ? STATUS_OK : collect_segment_frame(s, f);
}

static uint64_t
sum_of(const struct table *t, enum column_id column)
{
	const struct table_column *c = &t->columns[column];
	uint64_t sum = 0;

	for (size_t row = 0; row < t->rows && c->present != NULL; row++)
		sum += c->present[row] ? (uint64_t)c->v.i64[row] : 0;
	return sum;
}

/* The packets and octets that the records tell of: the exporters metered them, not we. */
static void
add_sums(struct accounting *a, const struct table *t)
{
	uint64_t packets = sum_of(t, COLUMN_PACKETS) + sum_of(t, COLUMN_REV_PACKETS);
	uint64_t octets = sum_of(t, COLUMN_BYTES) + sum_of(t, COLUMN_REV_BYTES);
	const struct flow_sum sum = { t->rows, packets, octets };

	a->read.packets += packets;
	a->metered.packets += packets;
	a->metered_sum.flows += sum.flows;
	a->metered_sum.packets += sum.packets;
	a->metered_sum.ip_bytes += sum.ip_bytes;
	a->emitted = a->metered_sum;
}

/* The segment's datagrams, decoded again, would give the row. */
static bool
is_kept(const struct collect_segment *s, const struct table *t, size_t row)
{
	return table_has(t, COLUMN_DATAGRAM, row) && (!table_has(t, COLUMN_DATAGRAM_SEGMENT, row) ||
	    (uint64_t)table_int(t, COLUMN_DATAGRAM_SEGMENT, row) == s->sequence);
}

static enum status
put_kept(struct collect_segment *s, const struct table *t, struct fault *f)
{
	struct table *unkept = NULL;
	enum status st = STATUS_OK;

	for (size_t row = 0; row < t->rows && st == STATUS_OK; row++) {
		if (is_kept(s, t, row))
			continue;
		if (unkept == NULL)
			st = table_open(t->rows, &unkept, f);
		if (st == STATUS_OK)
			table_append(unkept, t, row, 1);
	}
	if (st == STATUS_OK && unkept != NULL && unkept->failed)
		st = fault_memory(f);
	if (st == STATUS_OK)
		st = writer_put_kept(s->writer, t, unkept, f);
	table_free(unkept);
	return st;
}

enum status
collect_segment_rows(void *ctx, struct table **t, struct fault *f)
{
	struct collect_segment *s = ctx;
	enum status st = collect_outputs_put(s->common, *t, f);

	add_sums(&s->sums, *t);
	if (st == STATUS_OK && s->writer != NULL)
		st = s->datalog == NULL ? writer_put(s->writer, *t, f) : put_kept(s, *t, f);
	table_reset(*t);
	return st;
}

static enum status
note_receipt(struct collect_segment *s, const struct receipt *receipt, struct fault *f)
{
	struct collect_archive *r = s->archive;
	enum status st = receipts_add(&r->sealed, receipt, f);

	if (st != STATUS_OK)
		return st;
	log_notice("sealed %s/%s: %" PRIu64 " flows; head %" PRIu64 ":%s", r->path, receipt->manifest,
	    receipt->flows, receipt->sequence, receipt->manifest_sha256);
	r->sealed_at = clock_wall_nanos();
	r->sealed_count++;
	collect_hook_sealed(s->common, r, receipt);
	return STATUS_OK;
}

/* Receipts of segments whose seal is done. */
static enum status
take_receipts(struct collect_segment *s, bool wait, struct fault *f)
{
	struct receipt receipt;
	enum status st;

	while ((st = writer_sealed(s->writer, wait, &receipt, f)) == STATUS_OK) {
		st = note_receipt(s, &receipt, f);
		if (st != STATUS_OK)
			return st;
	}
	return st == STATUS_ABSENT ? STATUS_OK : st;
}

enum status
collect_segment_durable(struct collect_segment *s, struct fault *f)
{
	struct collect_facts facts;
	struct exporters_sum sum;
	enum status st = collector_flush(s->archive->collector, f);

	if (st != STATUS_OK || s->writer == NULL)
		return st;
	st = take_receipts(s, false, f);
	if (st != STATUS_OK || !s->dirty)
		return st;
	s->dirty = false;
	if (s->datalog != NULL)
		st = collect_segment_frame(s, f);
	if (st == STATUS_OK)
		st = collect_stream_frame(s, f);
	/* if this is the last that recovery knows, it knows the ledger's sums */
	exporters_so_far(collector_exporters(s->archive->collector), &sum);
	if (st == STATUS_OK)
		st = collect_facts_fill(s, clock_wall_nanos(), &sum, &facts, f);
	if (st == STATUS_OK) {
		st = writer_durable(s->writer, &facts.facts, f);
		collect_facts_free(&facts);
	}
	return st;
}

/* The ledger, as a file of the segment. */
static enum status
write_ledger(struct collect_segment *s, struct exporters_sum *sum, struct fault *f)
{
	struct buf text;
	enum status st;

	buf_init(&text, 0);
	exporters_json_file(collector_exporters(s->archive->collector), false, &text, sum);
	st = buf_ok(&text) ? writer_append(s->writer, "exporters.json", text.data, text.len, f)
	                   : fault_memory(f);
	buf_free(&text);
	return st;
}

/* All that the segment gets beside its manifest. */
static enum status
complete(struct collect_segment *s, int64_t to, struct collect_facts *facts, struct fault *f)
{
	struct exporters_sum sum;
	enum status st = collector_flush(s->archive->collector, f);

	if (st == STATUS_OK && s->datalog != NULL)
		st = collect_segment_frame(s, f);
	if (st == STATUS_OK)
		st = collect_stream_frame(s, f);
	if (st == STATUS_OK)
		st = write_ledger(s, &sum, f);
	return st == STATUS_OK ? collect_facts_fill(s, to, &sum, facts, f) : st;
}

/* What is counted by segment begins anew. */
static void
count_anew(struct collect_segment *s, int64_t from)
{
	struct exporters_sum sets;

	memset(&s->sums, 0, sizeof s->sums);
	s->before_losses = s->common->result->losses;
	s->before = *collector_counts(s->archive->collector);
	exporters_waiting_sets(collector_exporters(s->archive->collector), &sets);
	s->dropped_sets = sets.dropped_sets;
	s->datagrams = s->messages = 0;
	s->from = from;
	if (s->messagelog != NULL)
		messagelog_begin(s->messagelog);
	if (s->datalog != NULL)
		datalog_begin(s->datalog);
}

enum status
collect_segment_rotate(struct collect_segment *s, int64_t to, struct fault *f)
{
	struct collect_facts facts = { .facts.inputs = NULL };
	enum status st = STATUS_OK;

	if (s->writer != NULL) {
		st = complete(s, to, &facts, f);
		if (st == STATUS_OK)
			st = writer_rotate(s->writer, &facts.facts, to, f);
		collect_facts_free(&facts);
	}
	count_anew(s, to);
	collector_segment(s->archive->collector, ++s->sequence);
	return st == STATUS_OK ? collect_carry(s, f) : st;
}

static bool
is_silent(const struct collect_segment *s)
{
	const struct collect_losses *now = &s->common->result->losses, *was = &s->before_losses;
	const struct collector_counts *counts = collector_counts(s->archive->collector);

	return counts->datagrams == s->before.datagrams && counts->messages == s->before.messages &&
	    now->kernel == was->kernel && now->frames == was->frames;
}

enum status
collect_segment_advance(struct collect_segment *s, int64_t time, bool datagram, struct fault *f)
{
	int64_t length = s->common->set->rotate;
	enum status st = STATUS_OK;

	/* the clock was set back, by more than an interval: there would be no end to this one */
	if (!datagram && length > 0 && s->common->set->input_count == 0 && time < s->from - length) {
		int64_t start;

		st = collect_segment_rotate(s, time, f);
		interval_of(time, length, &start, &s->to);
	}
	while (time >= s->to && st == STATUS_OK) {
		int64_t start, end, at = s->to;

		interval_of(time, s->common->set->rotate, &start, &end);
		if (is_silent(s)) {
			s->to = end;
			if (start <= s->from || (!datagram && start - s->from < SILENCE_NANOS))
				continue;
			at = start;
		}
		st = collect_segment_rotate(s, at, f);
		interval_of(at, s->common->set->rotate, &start, &s->to);
	}
	return st;
}

enum status
collect_segment_finish(struct collect_segment *s, int64_t to, struct fault *f)
{
	struct collect_facts facts = { .facts.inputs = NULL };
	struct receipt receipt;
	enum status st = collector_flush(s->archive->collector, f);

	if (st != STATUS_OK || s->writer == NULL)
		return st;
	st = complete(s, to, &facts, f);
	if (st == STATUS_OK)
		st = take_receipts(s, true, f);
	facts.facts.interrupted = *interrupt_flag() != 0 && s->common->set->input_count > 0;
	if (st == STATUS_OK)
		st = writer_seal(s->writer, &facts.facts, s->common->set->close || s->common->set->keys_in_memory,
		    &receipt, f);
	collect_facts_free(&facts);
	return st == STATUS_OK ? note_receipt(s, &receipt, f) : st;
}

void
collect_segment_free(struct collect_segment *s)
{
	if (s == NULL)
		return;
	writer_free(s->writer);
	datalog_free(s->datalog);
	messagelog_free(s->messagelog);
	buf_free(&s->frame);
	free(s);
}
