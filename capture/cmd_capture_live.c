/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop of a live run: packets into the meter, and the clock that ends flows and segments. */
#include "capture/cmd_capture_live_run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "capture/cmd_capture_live_loop.h"
#include "capture/interval.h"

enum {
	HANDOVER_ROWS = 4096, /* flows handed over at once; what is there goes each second */
	HANDOVER_TABLES = 64, /* that wait for a disk, a quarter of a million flows */
	HANDOVER_MARKS = 4,
	WAIT_MILLIS = 100,    /* for packets, before signals and the clock are looked at */
	QUIET_TURNS = 3       /* of LIVE_HOLD_MILLIS without a packet: the rings are empty */
};
#define STEP_NANOS    INT64_C(1000000000) /* of the clock, that is told */
#define TICK_NANOS    INT64_C(1000000000)
/* What a ring shows may be so old; packets from before that have been read. */
#define SLACK_NANOS   (INT64_C(1000000) * (2 * LIVE_HOLD_MILLIS + 50))
/* A run of intervals without packets is sealed as one, at the latest after so long. */
#define SILENCE_NANOS INT64_C(3600000000000)

static enum status
emit(void *ctx, struct table **t, struct fault *f)
{
	struct live_run *r = ctx;

	r->rows += (*t)->rows;
	return handover_put(r->handover, t, f);
}

/* An order about the open segment up to `to`, without its facts; NULL for want of memory. */
static struct seal_order *
new_order(const struct live_run *r, int64_t to)
{
	struct seal_order *o = calloc(1, sizeof *o);

	if (o != NULL) {
		o->facts.from = r->from;
		o->facts.to = to;
	}
	return o;
}

/*
 * Ends the segment at time `to`, and the next begins at `next`; the meter's rows up to there were
 * handed over.
 */
static enum status
seal(struct live_run *r, int64_t to, int64_t next, bool last, struct fault *f)
{
	uint64_t waits = handover_waits(r->handover);
	struct seal_order *o = new_order(r, to);

	if (o == NULL)
		return fault_memory(f);
	if (waits > 0)
		live_find(&r->findings, "STALLED", "", "packets waited %llu times in their rings while "
		    "flows were written", (unsigned long long)waits);
	live_count(r->live);
	live_segment_take(r->live, r->before, r->tallies, &r->findings, &o->segment);
	capture_live_result_add(r->result->live, &o->segment);
	meter_account(r->meter, &o->facts.accounting, true);
	accounting_add(&r->result->total, &o->facts.accounting);
	o->last = last;
	o->close = last && r->set->close;
	o->next = next;
	seal_order_fill(o, &r->options);
	r->from = next;
	r->read = r->rows = r->durable = 0;
	r->sequence++;
	return handover_mark(r->handover, o, f);
}

/*
 * What came up to here shall survive whatever happens, if there is anything new; the meter's rows
 * were handed over.  Where the writer is behind, a later order says the same and more.
 */
static enum status
make_durable(struct live_run *r, int64_t to, struct fault *f)
{
	struct seal_order *o;

	if (r->set->archive == NULL || r->read + r->rows == r->durable ||
	    handover_marked(r->handover))
		return STATUS_OK;
	o = new_order(r, to > r->from ? to : r->from);
	if (o == NULL)
		return fault_memory(f);
	r->durable = r->read + r->rows;
	o->durable = true;
	live_segment_look(r->live, r->before, r->tallies, &o->segment);
	live_findings_copy(&o->segment.findings, &r->findings);
	meter_account_so_far(r->meter, &o->facts.accounting);
	seal_order_fill(o, &r->options);
	return handover_mark(r->handover, o, f);
}

/* Nothing happened since the segment was begun: no packet, no flow ended, nothing was lost. */
static bool
is_silent(struct live_run *r)
{
	size_t count;
	const struct live_interface *now = live_interfaces(r->live, &count);

	for (size_t i = 0; i < count; i++)
		if (now[i].counts.dropped != r->before[i].counts.dropped ||
		    now[i].counts.interface_dropped != r->before[i].counts.interface_dropped)
			return false;
	return r->read == 0 && r->rows == 0 && r->findings.count == 0;
}

/* The silent segment goes on to the interval of `time`, or ends before it. */
static enum status
pass_silence(struct live_run *r, int64_t time, bool packet, struct fault *f)
{
	enum status rc = STATUS_OK;
	int64_t start, end;

	interval_of(time, r->set->rotate, &start, &end);
	if (start > r->from && (packet || start - r->from >= SILENCE_NANOS)) {
		rc = meter_flush(r->meter, start, f);
		if (rc == STATUS_OK)
			rc = seal(r, start, start, false, f);
	}
	r->to = end;
	return rc;
}

enum status
live_run_advance(struct live_run *r, int64_t time, bool packet, struct fault *f)
{
	enum status rc = STATUS_OK;

	while (time >= r->to && rc == STATUS_OK) {
		int64_t start;

		rc = meter_flush(r->meter, r->to, f);
		if (rc == STATUS_OK && is_silent(r)) {
			rc = pass_silence(r, time, packet, f);
		} else if (rc == STATUS_OK) {
			rc = seal(r, r->to, r->to, false, f);
			interval_of(r->from, r->set->rotate, &start, &r->to);
		}
	}
	return rc;
}

static enum status
meter_part(struct live_run *r, size_t at, size_t count, struct fault *f)
{
	r->read += count;
	r->packets += count;
	for (size_t i = at; i < at + count; i++) {
		r->tallies[r->batch[i].input].packets++;
		r->tallies[r->batch[i].input].octets += r->batch[i].captured;
	}
	return count == 0 ? STATUS_OK : meter_put(r->meter, r->batch + at, count, NULL, f);
}

static enum status
meter_batch(struct live_run *r, size_t count, struct fault *f)
{
	enum status rc = STATUS_OK;
	size_t done = 0;

	for (size_t i = 0; i < count && rc == STATUS_OK; i++) {
		int64_t time = r->batch[i].time;

		if (time > r->latest)
			r->latest = time;
		if (time < r->to)
			continue;
		rc = meter_part(r, done, i - done, f);
		done = i;
		if (rc == STATUS_OK)
			rc = live_run_advance(r, time, true, f);
	}
	return rc == STATUS_OK ? meter_part(r, done, count - done, f) : rc;
}

/* Packets from before that time have been read: by the clock, where the rings were empty. */
static int64_t
horizon(const struct live_run *r)
{
	return r->drained_at - SLACK_NANOS > r->latest ? r->drained_at - SLACK_NANOS : r->latest;
}

static enum status
read_packets(struct live_run *r, size_t max, int millis, size_t *count, struct fault *f)
{
	int64_t before = clock_wall_nanos();
	enum status rc = live_next(r->live, r->batch, max, millis, count, f);

	if (rc == STATUS_OK || rc == STATUS_END) {
		enum status metered = meter_batch(r, *count, f);

		if (live_drained(r->live))
			r->drained_at = before;
		rc = metered == STATUS_OK ? rc : metered;
	}
	return rc;
}

/* The clock was set back: what was metered by the old one ends, and a segment by the new begins. */
static enum status
begin_anew(struct live_run *r, int64_t now, struct fault *f)
{
	enum status rc = STATUS_OK;

	do { /* what was stamped before */
		size_t count;

		rc = read_packets(r, LIVE_BATCH, 0, &count, f);
	} while (rc == STATUS_OK && !live_drained(r->live));
	if (rc == STATUS_OK || rc == STATUS_END)
		rc = meter_restart(r->meter, f);
	if (rc == STATUS_OK && r->set->archive != NULL)
		rc = seal(r, r->latest > r->from ? r->latest : r->from, now, false, f);
	r->latest = r->drained_at = now;
	if (r->set->rotate > 0) {
		int64_t start;

		interval_of(now, r->set->rotate, &start, &r->to);
	}
	return rc;
}

/*
 * A wall clock that went another way than time did was set, or the machine slept.  Forward it
 * ends flows and segments as time does; either way the manifest says so.
 */
static enum status
follow_clock(struct live_run *r, struct fault *f)
{
	int64_t now = clock_wall_nanos();
	int64_t ahead = now - clock_monotonic_nanos();
	int64_t step = ahead - r->clock_ahead;
	const char *way;
	long long seconds;

	r->clock_ahead = ahead;
	if (step > -STEP_NANOS && step < STEP_NANOS)
		return STATUS_OK;
	way = step < 0 ? "back" : "forward";
	seconds = (llabs(step) + STEP_NANOS / 2) / STEP_NANOS;
	log_notice("the clock was set %s by %lld s", way, seconds);
	live_find(&r->findings, "CLOCK_STEP", "", "the clock went %s by %lld s", way, seconds);
	return step < 0 ? begin_anew(r, now, f) : STATUS_OK;
}

/* Each second: what is over by the clock, and a look at the counters before they wrap. */
static enum status
tick(struct live_run *r, struct fault *f)
{
	enum status rc;

	live_count(r->live);
	live_run_find_gone(r);
	rc = follow_clock(r, f);
	if (rc == STATUS_OK)
		rc = meter_flush(r->meter, horizon(r), f);
	if (rc == STATUS_OK)
		rc = live_run_advance(r, horizon(r), false, f);
	if (rc == STATUS_OK)
		rc = make_durable(r, horizon(r), f);
	if (rc == STATUS_OK)
		rc = handover_tick(r->handover, f);
	live_run_show(r);
	return rc;
}

static enum status
rotate_now(struct live_run *r, struct fault *f)
{
	int64_t time = horizon(r) > r->from ? horizon(r) : r->from;
	enum status rc = STATUS_OK;

	service_reloading(r->set->live.running, clock_monotonic_nanos());
	if (r->set->archive != NULL)
		rc = meter_flush(r->meter, time, f);
	if (rc == STATUS_OK && r->set->archive != NULL)
		rc = seal(r, time, time, false, f);
	service_reloaded(r->set->live.running);
	return rc;
}

static enum status
look_around(struct live_run *r, struct fault *f)
{
	int64_t now = clock_monotonic_nanos();
	enum status rc = STATUS_OK;

	if (now >= r->tick_due) {
		r->tick_due = now + TICK_NANOS;
		rc = tick(r, f);
	}
	if (rc == STATUS_OK && interrupt_rotate_wanted())
		rc = rotate_now(r, f);
	if (interrupt_status_wanted())
		live_run_tell(r);
	return rc;
}

/* Until a signal, the count or the loss of the last interface ends it. */
static enum status
pump(struct live_run *r, struct fault *f)
{
	uint64_t left = r->set->count == 0 ? UINT64_MAX : r->set->count;
	enum status rc = STATUS_OK;

	while (rc == STATUS_OK && left > 0 && *interrupt_flag() == 0) {
		size_t count;

		rc = read_packets(r, left < LIVE_BATCH ? (size_t)left : LIVE_BATCH, WAIT_MILLIS, &count,
		    f);
		left -= rc == STATUS_OK ? count : 0;
		if (rc == STATUS_OK)
			rc = look_around(r, f);
	}
	r->counted_out = left == 0;
	return rc == STATUS_END ? STATUS_OK : rc;
}

/* What the kernel had taken before the end is read, so that received = read + dropped. */
static enum status
read_rest(struct live_run *r, struct fault *f)
{
	enum status rc = STATUS_OK;

	live_stop(r->live);
	for (int quiet = 0; rc == STATUS_OK && quiet < QUIET_TURNS && !r->counted_out;) {
		size_t count;

		rc = read_packets(r, LIVE_BATCH, LIVE_HOLD_MILLIS, &count, f);
		quiet = count > 0 ? 0 : quiet + 1;
	}
	return rc == STATUS_END ? STATUS_OK : rc;
}

static enum status
finish(struct live_run *r, struct fault *f)
{
	int64_t end = clock_wall_nanos();
	enum status rc = read_rest(r, f);

	live_count(r->live);
	live_run_find_gone(r);
	if (rc == STATUS_OK)
		rc = live_run_advance(r, r->latest, false, f);
	if (rc == STATUS_OK)
		rc = meter_finish(r->meter, f);
	if (end < r->latest)
		end = r->latest;
	if (end < r->from)
		end = r->from;
	if (rc == STATUS_OK)
		rc = seal(r, end, end, true, f);
	if (rc == STATUS_OK)
		rc = handover_drain(r->handover, f);
	return rc == STATUS_OK ? live_sealer_finish(&r->sealer, f) : rc;
}

static enum status
open_live(struct live_run *r, struct fault *f)
{
	const struct capture_settings *s = r->set;
	const struct live_options o = { .interfaces = s->live.interfaces,
		.interface_count = s->live.interface_count, .snap_length = s->live.snap_length,
		.ring = s->live.ring, .promiscuous = !s->live.not_promiscuous,
		.filter = s->filter.len > 0 ? (const char *)s->filter.data : NULL };
	size_t count;
	const struct live_interface *in;
	enum status rc = live_open(&o, &r->live, f);

	if (rc != STATUS_OK)
		return rc;
	in = live_interfaces(r->live, &count);
	for (size_t i = 0; i < count; i++)
		if (in[i].text[0] != '\0')
			log_notice("%s: %s", in[i].name, in[i].text);
	return live_options_text(s, r->live, &r->options, f);
}

static enum status
open_sealer(struct live_run *r, struct fault *f)
{
	struct seal_order *o = new_order(r, r->from);
	enum status rc;

	if (o == NULL)
		return fault_memory(f);
	live_segment_look(r->live, r->before, r->tallies, &o->segment);
	seal_order_fill(o, &r->options);
	rc = live_sealer_open(&r->sealer, r->set, r->result, &o->facts, f);
	seal_order_free(o);

	if (rc != STATUS_OK && r->set->live.service.user != NULL)
		log_notice("it runs as user %s now, to whom archive, state and outputs must belong",
		    r->set->live.service.user);
	return rc;
}

static enum status
open_run(struct live_run *r, struct fault *f)
{
	const struct handover_options ho = { HANDOVER_ROWS, HANDOVER_TABLES, HANDOVER_MARKS };
	struct meter_options mo = r->set->meter;
	struct handover_work work = live_sealer_work(&r->sealer);
	enum status rc = open_live(r, f);

	mo.rows = HANDOVER_ROWS;
	r->latest = r->drained_at = r->from = clock_wall_nanos();
	r->clock_ahead = r->from - clock_monotonic_nanos();
	r->to = INT64_MAX;
	if (r->set->rotate > 0) {
		int64_t start;

		interval_of(r->from, r->set->rotate, &start, &r->to);
	}
	if (rc == STATUS_OK)
		rc = live_run_drop(r, f);
	r->sealer.state = r->state;
	if (rc == STATUS_OK)
		rc = open_sealer(r, f);
	if (rc == STATUS_OK)
		(void)service_confine(r->set->live.running);
	if (rc == STATUS_OK)
		rc = handover_open(&ho, &work, &r->handover, f);
	if (rc == STATUS_OK)
		rc = meter_open(&mo, emit, r, &r->meter, f);
	return rc;
}

enum status
capture_live_run(const struct capture_settings *s, struct capture_result *out, struct fault *f)
{
	struct live_run *r = calloc(1, sizeof *r);
	enum status rc;

	out->live = calloc(1, sizeof *out->live);
	if (r == NULL || out->live == NULL) {
		free(r);
		return fault_memory(f);
	}
	r->set = s;
	r->result = out;
	r->terminal = !s->quiet && isatty(STDERR_FILENO);
	interrupt_install();
	interrupt_install_rotate();
	rc = open_run(r, f);
	if (rc == STATUS_OK) {
		live_run_begin(r);
		rc = live_run_ready(r, f);
	}
	if (rc == STATUS_OK)
		rc = pump(r, f);
	live_run_end(r);
	service_stopping(s->live.running);
	if (rc == STATUS_OK)
		rc = finish(r, f);
	live_run_result(r);
	meter_free(r->meter);
	handover_free(r->handover);
	live_sealer_free(&r->sealer);
	live_close(r->live);
	capture_facts_release(&r->options.base);
	free(r->findings.list);
	free(r);
	return rc;
}
