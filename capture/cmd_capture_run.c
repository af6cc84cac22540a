/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/cmd_capture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cpu.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/version.h"
#include "capture/cmd_capture_out.h"
#include "capture/cmd_redecode.h"
#include "capture/interval.h"
#include "capture/packet_filter.h"
#include "capture/readahead.h"
#include "flow/table_queue.h"
#include "nfseal.h"

#define PROGRESS_NANOS 500000000LL

struct run {
	const struct capture_settings *set;
	struct capture_result *result;
	struct source *source;
	struct packet_filter *filter;
	struct meter *meter;
	struct readahead *packets;
	struct table_queue *queue;
	struct writer *writer;
	struct output *outputs[CAPTURE_DESTINATIONS_MAX];
	int64_t from; /* start of the open segment's interval, packet time */
	int64_t to;   /* its end: packets from here on belong to the next; INT64_MAX: none do */
	int64_t latest; /* packet time, as far as it came */
	int64_t progress_due;
	unsigned batches;
	bool terminal; /* there is one to show progress on */
	bool progress_shown;
	bool began; /* a segment is open */
};

/* On the queue's thread: flows to the archive and to every -o. */
static enum status
consume(void *ctx, const struct table *t, struct fault *f)
{
	struct run *r = ctx;
	enum status rc = STATUS_OK;

	if (t->rows == 0)
		return outputs_tick(r->set, r->outputs, f);
	if (r->writer != NULL)
		rc = writer_put(r->writer, t, f);
	return rc == STATUS_OK ? outputs_put(r->set, r->outputs, t, f) : rc;
}

static enum status
emit(void *ctx, struct table **t, struct fault *f)
{
	struct run *r = ctx;

	return table_queue_put(r->queue, t, f);
}

static void
notice(void *ctx, const char *text)
{
	(void)ctx;
	log_notice("%s", text);
}

static enum status
open_writer(struct run *r, struct fault *f)
{
	struct writer_options o = { .archive = r->set->archive, .state = r->set->state,
		.layout = r->set->layout, .keys_in_memory = r->set->keys_in_memory,
		.now = clock_wall_nanos, .clock_state = clock_state, .version = VERSION_TEXT,
		.build = version_build(), .redecode = redecode };

	return writer_open(&o, notice, NULL, &r->writer, f);
}

static enum status
begin_segment(struct run *r, int64_t time, struct fault *f)
{
	enum status rc = r->writer == NULL ? STATUS_OK : writer_begin(r->writer, time, f);

	r->began = rc == STATUS_OK;
	return rc;
}

/* What is written is made only now, when the first input has proved to be a capture. */
static enum status
open_outputs(struct run *r, int64_t first_time, struct fault *f)
{
	enum status rc = outputs_open(r->set, r->outputs, f);

	if (rc == STATUS_OK && r->set->archive != NULL)
		rc = open_writer(r, f); /* last: an archive that is begun cannot be taken back */
	if (rc != STATUS_OK)
		return rc;
	r->from = r->latest = first_time;
	r->to = INT64_MAX;
	if (r->set->rotate > 0)
		interval_of(first_time, r->set->rotate, &r->from, &r->to);
	return begin_segment(r, r->from, f);
}

static enum status
open_run(struct run *r, struct fault *f)
{
	const struct capture_settings *s = r->set;
	struct source_options so = { .paths = s->inputs, .path_count = s->input_count,
		.hash = s->hash_inputs, .interrupted = interrupt_flag() };
	bool threaded = (s->threads == 0 ? cpu_usable() : s->threads) > 1;
	enum status rc = STATUS_OK;

	if (s->filter.len > 0)
		rc = packet_filter_open((const char *)s->filter.data, &r->filter, f);
	if (rc == STATUS_OK)
		rc = table_queue_open(TABLE_ROWS, threaded, consume, r, &r->queue, f);
	if (rc == STATUS_OK)
		rc = meter_open(&s->meter, emit, r, &r->meter, f);
	if (rc == STATUS_OK)
		rc = source_open(&so, &r->source, f);
	if (rc != STATUS_OK)
		return rc;
	r->result->source = r->source;
	return readahead_open(&(struct readahead_options){ r->source, r->filter, r->meter, s->count,
	    s->rotate, threaded }, &r->packets, f);
}

/* Ends the segment at packet time `to`; the meter's rows up to there were handed over. */
static enum status
seal(struct run *r, int64_t to, bool last, struct fault *f)
{
	struct segment_facts facts = { .from = r->from, .to = to };
	struct receipt receipt;
	enum status rc = table_queue_drain(r->queue, f);

	if (rc != STATUS_OK)
		return rc;
	meter_account(r->meter, &facts.accounting, true);
	accounting_add(&r->result->total, &facts.accounting);
	if (r->writer == NULL)
		return STATUS_OK;
	facts.interrupted = last && *interrupt_flag() != 0;
	rc = capture_facts(r->set, r->source, &facts, f);
	if (rc != STATUS_OK)
		return rc;
	rc = writer_seal(r->writer, &facts, last && (r->set->close || r->set->keys_in_memory),
	    &receipt, f);
	capture_facts_release(&facts);
	r->began = false;
	return rc == STATUS_OK ? receipts_add(&r->result->sealed, &receipt, f) : rc;
}

/*
 * A packet of a later interval: seal up to the interval's end; a run of intervals without
 * packets makes one segment, so that the silence is visible and a hole is not.
 */
static enum status
rotate(struct run *r, int64_t time, struct fault *f)
{
	enum status rc = meter_flush(r->meter, r->to, f);
	int64_t start, end;

	interval_of(time, r->set->rotate, &start, &end);
	if (rc == STATUS_OK)
		rc = seal(r, r->to, false, f);
	r->from = r->to;
	if (rc == STATUS_OK && start > r->to) {
		rc = begin_segment(r, r->from, f);
		if (rc == STATUS_OK)
			rc = meter_flush(r->meter, start, f);
		if (rc == STATUS_OK)
			rc = seal(r, start, false, f);
	}
	r->from = start;
	r->to = end;
	return rc == STATUS_OK ? begin_segment(r, r->from, f) : rc;
}

/* The packets of the batch from `at` up to `end`. */
static enum status
meter_part(struct run *r, struct batch *b, size_t at, size_t end, struct fault *f)
{
	if (at == end)
		return STATUS_OK;
	if (b->dissected)
		return meter_update(r->meter, b->items + at, end - at, f);
	return meter_put(r->meter, b->packets + at, end - at,
	    r->filter == NULL ? NULL : b->matched + at, f);
}

static enum status
meter_batch(struct run *r, struct batch *b, struct fault *f)
{
	enum status rc = STATUS_OK;
	size_t done = 0;

	if (b->latest > r->latest)
		r->latest = b->latest;
	for (size_t i = 0; b->crosses && i < b->count && rc == STATUS_OK; i++) {
		if (b->packets[i].time < r->to || r->to == INT64_MAX)
			continue;
		rc = meter_part(r, b, done, i, f);
		done = i;
		if (rc == STATUS_OK)
			rc = rotate(r, b->packets[i].time, f);
	}
	return rc == STATUS_OK ? meter_part(r, b, done, b->count, f) : rc;
}

static void
print_progress(struct run *r, uint64_t packets, uint64_t done, uint64_t total)
{
	bool terminal = r->terminal;

	fprintf(stderr, "%s%" PRIu64 " packets, %" PRIu64 " MiB", terminal ? "\r" : "", packets,
	    done >> 20);
	if (total > 0)
		fprintf(stderr, ", %u %%", (unsigned)(done / (total / 100 + 1)));
	fputs(terminal ? "\033[K" : "\n", stderr);
	r->progress_shown = terminal;
}

/* A line that renews itself on a terminal, and one whenever a signal asks for it. */
static void
show_progress(struct run *r, uint64_t packets, const struct batch *b)
{
	bool due = interrupt_status_wanted();

	if (r->terminal && r->batches++ % 64 == 0) {
		int64_t now = clock_monotonic_nanos();

		/* A run that ends at once shows nothing. */
		if (r->progress_due == 0)
			r->progress_due = now + PROGRESS_NANOS;
		if (now >= r->progress_due) {
			r->progress_due = now + PROGRESS_NANOS;
			due = true;
		}
	}
	if (due)
		print_progress(r, packets, b->done, b->total);
}

/* All packets of all inputs; the outputs are opened with the first. */
static enum status
pump(struct run *r, struct fault *f)
{
	uint64_t packets = 0;
	struct batch *b;
	enum status rc;

	while ((rc = readahead_next(r->packets, &b, f)) == STATUS_OK) {
		if (packets == 0)
			rc = open_outputs(r, b->packets[0].time, f);
		if (rc == STATUS_OK)
			rc = meter_batch(r, b, f);
		if (rc != STATUS_OK)
			break;
		packets += b->count;
		show_progress(r, packets, b);
	}
	readahead_stop(r->packets);
	if (r->progress_shown)
		fputs("\r\033[K", stderr);
	return rc == STATUS_END ? STATUS_OK : rc;
}

static enum status
finish(struct run *r, struct fault *f)
{
	enum status rc = STATUS_OK;

	if (!r->began && capture_findings_exit(r->source) != 0 &&
	    capture_findings_exit(r->source) != 3)
		return STATUS_OK; /* nothing was a capture: nothing is made */
	if (!r->began)
		rc = open_outputs(r, clock_wall_nanos(), f);
	if (rc == STATUS_OK)
		rc = meter_finish(r->meter, f);
	if (rc == STATUS_OK)
		rc = seal(r, r->latest, true, f);
	return rc == STATUS_OK ? outputs_finish(r->set, r->outputs, r->result, f) : rc;
}

/* tcpdump refuses such a filter; among captures of several link types it may be meant. */
static void
tell_meaningless(const struct packet_filter *filter)
{
	uint16_t link_type;

	if (filter != NULL && packet_filter_meaningless(filter, &link_type))
		log_notice("the filter has no meaning for link type %u: its packets were rejected as "
		    "filtered", link_type);
}

enum status
capture_run(const struct capture_settings *s, struct capture_result *out, struct fault *f)
{
	struct run *r = calloc(1, sizeof *r);
	enum status rc;

	if (r == NULL)
		return fault_memory(f);
	r->set = s;
	r->terminal = !s->quiet && isatty(STDERR_FILENO);
	r->result = out;
	interrupt_install();
	rc = open_run(r, f);
	if (rc == STATUS_OK)
		rc = pump(r, f);
	if (rc == STATUS_OK)
		rc = finish(r, f);
	out->signal = *interrupt_flag();
	readahead_free(r->packets);
	meter_free(r->meter);
	table_queue_free(r->queue);
	if (rc != STATUS_OK)
		writer_discard(r->writer);
	for (size_t i = 0; i < CAPTURE_DESTINATIONS_MAX; i++)
		output_free(r->outputs[i]);
	writer_free(r->writer);
	tell_meaningless(r->filter);
	packet_filter_free(r->filter);
	free(r);
	return rc;
}

void
capture_result_free(struct capture_result *r)
{
	source_close(r->source);
	capture_live_result_free(r->live);
	receipts_free(&r->sealed);
	memset(r, 0, sizeof *r);
}
