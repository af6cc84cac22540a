/* SPDX-License-Identifier: BSD-2-Clause */
/* The run: datagrams from sockets or captures into segments. */
#include "capture/cmd_collect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "archive/anchor.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "capture/cmd_capture.h"
#include "capture/inbox.h"
#include "capture/interval.h"
#include "capture/udp.h"

enum {
	ROWS = 4096,         /* of a table of flows */
	FRAMES = 256,        /* of a capture at a time */
	INBOX_OCTETS = 64 << 20,
	WAIT_MILLIS = 200
};
#define TICK_NANOS    INT64_C(1000000000)
/* A run of intervals without datagrams is sealed as one, at the latest after so long. */
#define SILENCE_NANOS INT64_C(3600000000000)

struct run {
	const struct collect_settings *set;
	struct collect_result *result;
	struct collect_segment segment;
	struct receiver *receivers[COLLECT_PORTS_MAX];
	size_t receiver_count;
	struct inbox *inbox;
	int64_t to;       /* of the open segment; INT64_MAX: it has no end */
	int64_t latest;   /* received time */
	int64_t tick_due; /* monotonic */
	uint64_t dropped; /* by the kernel, as told last */
	uint64_t left;    /* -c */
	struct packet frames[FRAMES];
};

static bool
is_silent(const struct run *r)
{
	return collector_counts(r->result->collector)->datagrams == r->segment.before.datagrams &&
	    r->segment.lost.kernel == 0 && r->segment.lost.frames == 0;
}

/* The clock or a datagram reached `time`: ends the segments that are over by then. */
static enum status
advance(struct run *r, int64_t time, bool datagram, struct fault *f)
{
	enum status st = STATUS_OK;

	while (time >= r->to && st == STATUS_OK) {
		int64_t start, end, at = r->to;

		interval_of(time, r->set->rotate, &start, &end);
		if (is_silent(r)) {
			r->to = end;
			if (start <= r->segment.from || (!datagram && start - r->segment.from < SILENCE_NANOS))
				continue;
			at = start;
		}
		st = collect_segment_rotate(&r->segment, at, f);
		interval_of(at, r->set->rotate, &start, &r->to);
	}
	return st;
}

static enum status
take_datagram(struct run *r, struct datagram *d, uint64_t dropped, struct fault *f)
{
	enum status st;

	if (d->received > r->latest)
		r->latest = d->received;
	st = advance(r, d->received, true, f);
	if (st == STATUS_OK)
		st = collect_segment_keep(&r->segment, d, dropped, f);
	return st == STATUS_OK ? collector_put(r->result->collector, d, f) : st;
}

static void
note_dropped(struct run *r, uint64_t dropped)
{
	r->segment.lost.kernel += dropped - r->dropped;
	r->result->losses.kernel += dropped - r->dropped;
	r->dropped = dropped;
}

static enum status
take_batch(struct run *r, struct inbox_batch *batch, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t i = 0; i < batch->count && r->left > 0 && st == STATUS_OK; i++) {
		st = take_datagram(r, &batch->datagrams[i], batch->dropped, f);
		r->left--;
	}
	note_dropped(r, batch->dropped);
	r->segment.lost.cut += batch->cut;
	r->result->losses.cut += batch->cut;
	inbox_give_back(r->inbox, batch);
	return st;
}

static void
status_line(const struct run *r, char *out, size_t size)
{
	const struct collector_counts *c = collector_counts(r->result->collector);
	size_t exporters;

	exporters_list(collector_exporters(r->result->collector), &exporters);
	snprintf(out, size, "%" PRIu64 " datagrams from %zu exporters, %" PRIu64 " flows, %" PRIu64
	           " dropped by the kernel, segment %" PRIu64, c->datagrams, exporters, c->records,
	    r->dropped, r->segment.sequence);
}

/* Each second: what came is durable, and a segment that is over by the clock ends. */
static enum status
tick(struct run *r, struct fault *f)
{
	uint64_t waits = inbox_waits(r->inbox);
	enum status st = advance(r, clock_wall_nanos() - TICK_NANOS / 2, false, f);

	r->segment.lost.waits += waits;
	r->result->losses.waits += waits;
	return st == STATUS_OK ? collect_segment_durable(&r->segment, f) : st;
}

static enum status
look_around(struct run *r, struct fault *f)
{
	int64_t now = clock_monotonic_nanos();
	enum status st = STATUS_OK;
	char line[256];

	if (now >= r->tick_due) {
		r->tick_due = now + TICK_NANOS;
		st = tick(r, f);
		status_line(r, line, sizeof line);
		service_alive(r->set->running, now, line);
	}
	if (st == STATUS_OK && interrupt_rotate_wanted()) {
		service_reloading(r->set->running, now);
		st = collect_segment_rotate(&r->segment, clock_wall_nanos(), f);
		service_reloaded(r->set->running);
	}
	if (interrupt_status_wanted()) {
		status_line(r, line, sizeof line);
		log_status("%s", line);
	}
	return st;
}

static enum status
open_ports(struct run *r, struct fault *f)
{
	enum status st = STATUS_OK;

	for (size_t i = 0; i < r->set->port_count && st == STATUS_OK; i++) {
		st = receive_open(&r->set->ports[i], &r->receivers[i], f);
		if (st == STATUS_OK)
			r->receiver_count++;
	}
	return st;
}

static enum status
receive_all(struct run *r, struct fault *f)
{
	enum status st = STATUS_OK;
	struct inbox_batch *batch;

	while (st == STATUS_OK && r->left > 0 && *interrupt_flag() == 0) {
		st = inbox_take(r->inbox, WAIT_MILLIS, &batch, f);
		if (st == STATUS_OK && batch != NULL)
			st = take_batch(r, batch, f);
		if (st == STATUS_OK)
			st = look_around(r, f);
	}
	inbox_stop(r->inbox);
	do {
		batch = NULL;
		if (st == STATUS_OK && r->left > 0)
			st = inbox_take(r->inbox, 0, &batch, f);
		if (batch != NULL)
			st = take_batch(r, batch, f);
	} while (batch != NULL && st == STATUS_OK);
	return st;
}

/* Rights are needed for the ports alone. */
static enum status
drop_rights(struct run *r, struct fault *f)
{
	const struct collect_settings *s = r->set;
	char state[FILE_PATH_MAX] = "";
	const char *const directories[] = { s->archive, s->archive != NULL ? state : NULL };
	enum status st = STATUS_OK;

	if (s->archive != NULL && s->state == NULL)
		st = state_default(state, f); /* root's, as long as it is root who asks */
	else if (s->archive != NULL && strlen(s->state) >= sizeof state)
		st = fault_set(f, STATUS_LIMIT, s->state, "the path is too long");
	else if (s->archive != NULL)
		(void)snprintf(state, sizeof state, "%s", s->state);
	snprintf(r->segment.state, sizeof r->segment.state, "%s", state);
	return st == STATUS_OK ? service_drop(s->running, directories, 2, f) : st;
}

static enum status
run_live(struct run *r, struct fault *f)
{
	const struct inbox_options o = { r->receivers, r->set->port_count, INBOX_OCTETS,
		clock_wall_nanos };
	int64_t now = clock_wall_nanos(), start;
	enum status st = open_ports(r, f);

	r->latest = now;
	if (r->set->rotate > 0)
		interval_of(now, r->set->rotate, &start, &r->to);
	if (st == STATUS_OK)
		st = drop_rights(r, f);
	if (st == STATUS_OK)
		st = collect_segment_open(&r->segment, now, f);
	if (st == STATUS_OK)
		st = inbox_open(&o, &r->inbox, f);
	if (st == STATUS_OK)
		st = service_ready(r->set->running, "receiving", f);
	if (st == STATUS_OK)
		st = receive_all(r, f);
	service_stopping(r->set->running);
	now = clock_wall_nanos();
	return st == STATUS_OK ? collect_segment_finish(&r->segment, now > r->latest ? now : r->latest, f)
	                       : st;
}

static enum status
take_frame(struct run *r, const struct packet *p, struct fault *f)
{
	struct collect_losses *seg = &r->segment.lost, *all = &r->result->losses;
	struct datagram d;

	seg->frames++;
	all->frames++;
	switch (udp_take(p, &d)) {
	case UDP_OTHER:
		seg->other++;
		all->other++;
		return STATUS_OK;
	case UDP_FRAGMENT:
		seg->fragments++;
		all->fragments++;
		return STATUS_OK;
	case UDP_CUT:
		seg->cut++;
		all->cut++;
		break;
	case UDP_DATAGRAM:
		break;
	}
	r->left--;
	return take_datagram(r, &d, 0, f);
}

/* What is written is made only when the first input has proved to be a capture. */
static enum status
open_first(struct run *r, int64_t time, struct fault *f)
{
	int64_t start = time;

	r->latest = time;
	if (r->set->rotate > 0)
		interval_of(time, r->set->rotate, &start, &r->to);
	return collect_segment_open(&r->segment, start, f);
}

static enum status
read_all(struct run *r, struct fault *f)
{
	bool opened = false;
	enum status st;

	for (;;) {
		size_t count;

		st = source_next(r->result->source, r->frames, FRAMES, &count, f);
		if (st == STATUS_OK && !opened)
			st = open_first(r, r->frames[0].time, f);
		if (st != STATUS_OK)
			break;
		opened = true;
		for (size_t i = 0; i < count && r->left > 0 && st == STATUS_OK; i++)
			st = take_frame(r, &r->frames[i], f);
		if (st != STATUS_OK || r->left == 0)
			break;
	}
	if (st != STATUS_OK && st != STATUS_END)
		return st;
	if (!opened && capture_findings_exit(r->result->source) != 0 &&
	    capture_findings_exit(r->result->source) != 3)
		return STATUS_OK; /* nothing was a capture: nothing is made */
	st = opened ? STATUS_OK : open_first(r, clock_wall_nanos(), f);
	return st == STATUS_OK ? collect_segment_finish(&r->segment, r->latest, f) : st;
}

static enum status
run_files(struct run *r, struct fault *f)
{
	const struct source_options o = { .paths = r->set->inputs, .path_count = r->set->input_count,
		.hash = true, .interrupted = interrupt_flag() };
	enum status st = source_open(&o, &r->result->source, f);

	return st == STATUS_OK ? read_all(r, f) : st;
}

enum status
collect_run(const struct collect_settings *s, struct collect_result *out, struct fault *f)
{
	struct run *r = calloc(1, sizeof *r);
	uint64_t seed;
	enum status st;

	if (r == NULL)
		return fault_memory(f);
	r->set = r->segment.set = s;
	r->result = r->segment.result = out;
	r->to = INT64_MAX;
	r->left = s->count == 0 ? UINT64_MAX : s->count;
	interrupt_install();
	if (s->input_count == 0)
		interrupt_install_rotate();
	if (RAND_bytes((unsigned char *)&seed, sizeof seed) != 1)
		st = fault_set(f, STATUS_NO_MEMORY, NULL, "the library has no random numbers");
	else
		st = collector_open(ROWS, seed, collect_segment_rows, &r->segment, &out->collector, f);
	if (st == STATUS_OK)
		st = s->input_count > 0 ? run_files(r, f) : run_live(r, f);
	out->signal = *interrupt_flag();
	if (out->collector != NULL)
		out->counts = *collector_counts(out->collector);
	inbox_close(r->inbox);
	for (size_t i = 0; i < r->receiver_count; i++)
		receive_close(r->receivers[i]);
	collect_segment_free(&r->segment);
	free(r);
	return st;
}

void
collect_result_free(struct collect_result *r)
{
	source_close(r->source);
	collector_free(r->collector);
	free(r->segments);
	memset(r, 0, sizeof *r);
}
