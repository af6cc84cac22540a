/* SPDX-License-Identifier: BSD-2-Clause */
/* The run: datagrams from sockets or captures into segments. */
#include "capture/cmd_collect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "capture/cmd_capture.h"
#include "capture/inbox.h"
#include "capture/udp.h"

enum {
	FRAMES = 256,        /* of a capture at a time */
	INBOX_LEAST = 64 << 20,   /* octets that may wait between reception and decoding */
	INBOX_SHARE = 8,          /* of the memory there is, between these */
	WAIT_MILLIS = 200,
	STREAM_BATCHES = 16       /* of sessions, between two batches of datagrams */
};
#define INBOX_MOST (UINT64_C(2) << 30)
#define TICK_NANOS INT64_C(1000000000)
#define LOOK_NANOS INT64_C(50000000) /* for archives between two batches of datagrams */

struct run {
	struct collect_common common;
	const struct collect_settings *set;
	struct collect_result *result;
	struct collect_routes *routes;
	struct collect_ports ports;
	struct inbox *inbox;
	size_t queue; /* octets that may wait in it */
	struct udp_reader *udp; /* of captures */
	struct collect_streams *streams;
	int64_t latest;   /* received time */
	int64_t tick_due; /* monotonic */
	int64_t started;  /* wall clock */
	size_t looked_at; /* the archive that was looked after last */
	bool behind;      /* not all of them were */
	bool terminal;    /* somebody looks on */
	uint64_t dropped; /* by the kernel, as told last */
	uint64_t left;    /* -c */
	struct packet frames[FRAMES];
};

static enum status
take_datagram(struct run *r, struct datagram *d, uint64_t dropped, struct fault *f)
{
	struct collect_segment *s;
	enum status st;

	collect_repeat(&r->common, d);
	st = collect_routes_find(r->routes, d, &s, f);
	if (d->received > r->latest)
		r->latest = d->received;
	if (st != STATUS_OK || s == NULL)
		return st;
	st = collect_segment_advance(s, d->received, true, f);
	if (st == STATUS_OK && d->transport == TRANSPORT_UDP)
		st = collect_segment_keep(s, d, dropped, f);
	else if (st == STATUS_OK)
		st = collect_stream_keep(s, d, f);
	return st == STATUS_OK ? collector_put(s->archive->collector, d, f) : st;
}

/* By two ways that count the same: with the datagrams, and at the sockets; each may be ahead. */
static void
note_dropped(struct run *r, uint64_t dropped)
{
	if (dropped <= r->dropped)
		return;
	r->result->losses.kernel += dropped - r->dropped;
	r->dropped = dropped;
}

static enum status
take_batch(struct run *r, struct inbox_batch *batch, struct fault *f)
{
	enum status st = STATUS_OK;
	size_t i = 0;

	for (; i < batch->count && r->left > 0 && st == STATUS_OK; i++) {
		st = take_datagram(r, &batch->datagrams[i], batch->dropped, f);
		r->left--;
	}
	if (st != STATUS_OK)
		r->result->losses.not_kept += batch->count - i + 1; /* with the one that failed */
	note_dropped(r, batch->dropped);
	r->result->losses.cut += batch->cut;
	inbox_give_back(r->inbox, batch);
	return st;
}

/* What may wait for the decoder: a burst of some seconds, where there is the memory for it. */
static size_t
inbox_limit(const struct collect_settings *s)
{
	uint64_t share = memory_usable("") / INBOX_SHARE;

	if (s->queue != 0)
		return (size_t)s->queue;
	return share > INBOX_MOST ? (size_t)INBOX_MOST : share < INBOX_LEAST ? INBOX_LEAST : (size_t)share;
}

static void
status_line(const struct run *r, char *out, size_t size)
{
	const struct collector_counts c = collect_counts(r->result);
	const struct collect_losses *l = &r->result->losses;
	size_t exporters = 0, count, at, waiting;
	struct collect_segment *const *list = collect_routes_segments(r->routes, &count);

	for (size_t i = 0; i < count; i++) {
		size_t n;

		exporters_list(collector_exporters(list[i]->archive->collector), &n);
		exporters += n;
	}
	at = (size_t)snprintf(out, size, "%" PRIu64 " datagrams from %zu exporters, %" PRIu64
	    " flows, %" PRIu64 " dropped by the kernel", c.datagrams, exporters, c.records, r->dropped);
	if (l->not_allowed + l->no_route > 0 && at < size)
		at += (size_t)snprintf(out + at, size - at, ", %" PRIu64 " refused",
		    l->not_allowed + l->no_route);
	waiting = r->inbox == NULL ? 0 : inbox_octets(r->inbox) >> 20;
	if (waiting > 0 && at < size)
		at += (size_t)snprintf(out + at, size - at, ", %zu of %zu MiB wait", waiting,
		    r->queue >> 20);
	if (count == 1 && at < size)
		snprintf(out + at, size - at, ", segment %" PRIu64, list[0]->sequence);
	else if (at < size)
		snprintf(out + at, size - at, ", %zu archives", count);
}

/* Each second: what came is durable, and a segment that is over by the clock ends. */
static enum status
look_after(struct collect_segment *s, int64_t now, struct fault *f)
{
	enum status st;

	if (now < s->durable_due)
		return STATUS_OK;
	s->durable_due = now + TICK_NANOS;
	st = collect_segment_advance(s, clock_wall_nanos() - TICK_NANOS / 2, false, f);
	return st == STATUS_OK ? collect_segment_durable(s, f) : st;
}

/* For a while, so that many archives do not keep the datagrams waiting; the rest comes next. */
static enum status
look_after_some(struct run *r, int64_t now, struct fault *f)
{
	size_t count;
	struct collect_segment *const *list = collect_routes_segments(r->routes, &count);
	int64_t enough = now + LOOK_NANOS;
	enum status st = STATUS_OK;

	r->behind = false;
	for (size_t i = 0; i < count && !r->behind && st == STATUS_OK; i++) {
		r->looked_at = (r->looked_at + 1) % count;
		st = look_after(list[r->looked_at], now, f);
		r->behind = i + 1 < count && clock_monotonic_nanos() > enough;
	}
	return st;
}

static struct collect_gauges
gauges_of(const struct run *r)
{
	struct collect_gauges g = { .queue_octets = r->inbox == NULL ? 0 : inbox_octets(r->inbox),
		.queue_limit = r->queue, .now = (uint64_t)(clock_wall_nanos() / 1000000000),
		.started = (uint64_t)(r->started / 1000000000) };

	collect_streams_gauges(r->streams, &g);
	return g;
}

static enum status
tick(struct run *r, int64_t now, struct fault *f)
{
	struct collect_gauges gauges = gauges_of(r);
	char line[256];

	r->result->losses.waits += inbox_waits(r->inbox);
	note_dropped(r, collect_ports_dropped(&r->ports));
	status_line(r, line, sizeof line);
	service_alive(r->set->running, now, line);
	if (r->terminal)
		log_progress(line);
	collect_hook_tick(&r->common);
	collect_metrics_tick(&r->common, &gauges);
	return collect_outputs_tick(&r->common, f);
}

static enum status
rotate_all(struct run *r, struct fault *f)
{
	size_t count;
	struct collect_segment *const *list = collect_routes_segments(r->routes, &count);
	enum status st = STATUS_OK;

	for (size_t i = 0; i < count && st == STATUS_OK; i++)
		st = collect_segment_rotate(list[i], clock_wall_nanos(), f);
	return st;
}

static enum status
look_around(struct run *r, struct fault *f)
{
	int64_t now = clock_monotonic_nanos();
	enum status st = look_after_some(r, now, f);
	char line[256];

	if (st == STATUS_OK && now >= r->tick_due) {
		r->tick_due = now + TICK_NANOS;
		st = tick(r, now, f);
	}
	if (st == STATUS_OK && interrupt_rotate_wanted()) {
		service_reloading(r->set->running, now);
		st = rotate_all(r, f);
		service_reloaded(r->set->running);
	}
	if (interrupt_status_wanted()) {
		status_line(r, line, sizeof line);
		log_status("%s", line);
	}
	return st;
}

static enum status
take_message(void *ctx, struct datagram *d, struct fault *f)
{
	struct run *r = ctx;

	if (r->left == 0)
		return STATUS_OK;
	r->left--;
	return take_datagram(r, d, 0, f);
}

static enum status
receive_all(struct run *r, struct fault *f)
{
	enum status st = STATUS_OK;
	struct inbox_batch *batch;
	bool more = false;

	while (st == STATUS_OK && r->left > 0 && *interrupt_flag() == 0) {
		st = inbox_take(r->inbox, r->behind || more ? 0 : WAIT_MILLIS, &batch, f);
		if (st == STATUS_OK && batch != NULL)
			st = take_batch(r, batch, f);
		if (st == STATUS_OK)
			st = collect_streams_take(r->streams, STREAM_BATCHES, &more, f);
		if (st == STATUS_OK)
			st = look_around(r, f);
	}
	if (st == STATUS_OK)
		st = collect_streams_finish(r->streams, f);
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

/* All that came is in a segment, and each of them is sealed. */
static enum status
finish(struct run *r, int64_t to, struct fault *f)
{
	size_t count;
	struct collect_segment *const *list = collect_routes_segments(r->routes, &count);
	enum status st = STATUS_OK;

	for (size_t i = 0; i < count && st == STATUS_OK; i++) {
		st = collect_segment_advance(list[i], r->latest, true, f);
		if (st == STATUS_OK)
			st = collector_flush(list[i]->archive->collector, f);
	}
	if (st == STATUS_OK)
		st = collect_outputs_finish(&r->common, f);
	for (size_t i = 0; i < count && st == STATUS_OK; i++)
		st = collect_segment_finish(list[i], to, f);
	return st;
}

/*
 * Something failed, most likely a disk that is full: what can still be sealed is, also in archives
 * that lie elsewhere, and says how many datagrams and messages were received and not kept.
 */
static void
seal_what_can(struct run *r)
{
	struct inbox_batch *batch;
	struct collect_segment *const *list;
	size_t count;

	if (r->routes == NULL || r->inbox == NULL)
		return;
	inbox_stop(r->inbox);
	while (inbox_take(r->inbox, 0, &batch, NULL) == STATUS_OK && batch != NULL) {
		r->result->losses.not_kept += batch->count;
		inbox_give_back(r->inbox, batch);
	}
	collect_streams_drop(r->streams);
	list = collect_routes_segments(r->routes, &count);
	for (size_t i = 0; i < count; i++) {
		struct fault why = { 0 }; /* the first one is told */

		if (collect_segment_finish(list[i], r->latest, &why) != STATUS_OK)
			log_notice("%s: what was durable is sealed by the next run", list[i]->archive->path);
	}
	if (r->result->losses.not_kept > 0)
		log_notice("%" PRIu64 " datagrams were received and not kept", r->result->losses.not_kept);
	if (r->result->losses.messages_not_kept > 0)
		log_notice("%" PRIu64 " messages were received and not kept",
		    r->result->losses.messages_not_kept);
}

static enum status
open_routes(struct run *r, struct fault *f)
{
	enum status st = collect_outputs_open(&r->common, f);

	return st == STATUS_OK ? collect_routes_open(&r->common, &r->routes, f) : st;
}

/* All that a collector needs, in the order in which rights and system calls can be given up. */
static enum status
open_live(struct run *r, int64_t now, struct fault *f)
{
	struct collect_gauges gauges;
	enum status st = collect_ports_open(r->set, &r->ports, f);

	r->latest = r->started = now;
	r->terminal = !r->set->quiet && isatty(STDERR_FILENO);
	if (st == STATUS_OK)
		st = collect_repeat_open(&r->common, f);
	if (st == STATUS_OK)
		st = collect_streams_listen(r->set, &r->result->losses, &r->streams, f);
	if (st == STATUS_OK)
		st = collect_rights_drop(&r->common, f);
	if (st == STATUS_OK)
		st = collect_hook_open(&r->common, f);
	if (st == STATUS_OK)
		st = open_routes(r, f);
	if (st == STATUS_OK)
		st = collect_routes_begin(r->routes, now, f);
	r->result->losses.before = r->ports.before; /* the first segments tell of it */
	gauges = gauges_of(r);
	return st == STATUS_OK ? collect_metrics_write(&r->common, &gauges, f) : st;
}

static enum status
run_live(struct run *r, struct fault *f)
{
	struct inbox_options o = { .receivers = r->ports.receivers, .octets = r->queue,
		.now = clock_wall_nanos };
	struct collect_streams_sink sink = { .put = take_message, .ctx = r };
	int64_t now = clock_wall_nanos();
	enum status st = open_live(r, now, f);

	o.receiver_count = r->ports.count;
	if (st == STATUS_OK)
		(void)service_confine(r->set->running); /* before there are threads */
	if (st == STATUS_OK)
		st = inbox_open(&o, &r->inbox, f);
	sink.inbox = r->inbox;
	sink.routes = r->routes;
	if (st == STATUS_OK)
		st = collect_streams_start(r->streams, &sink, f);
	if (st == STATUS_OK)
		st = service_ready(r->set->running, "receiving", f);
	if (st == STATUS_OK)
		st = receive_all(r, f);
	if (r->terminal)
		log_progress(NULL);
	note_dropped(r, collect_ports_dropped(&r->ports));
	service_stopping(r->set->running);
	now = clock_wall_nanos();
	if (st == STATUS_OK)
		return finish(r, now > r->latest ? now : r->latest, f);
	seal_what_can(r);
	return st;
}

static void
note_fragments(struct run *r)
{
	struct collect_losses *l = &r->result->losses;

	l->reassembly = *udp_reader_counts(r->udp);
	l->fragments = reassemble_lost(&l->reassembly);
}

/* A message out of a file: each input is a session of its own. */
static struct datagram
message_of(const struct packet *p)
{
	return (struct datagram){ .transport = TRANSPORT_FILE, .session = (uint64_t)p->input + 1,
		.received = p->time, .data = p->data, .len = p->captured, .input = p->input };
}

static enum status
take_frame(struct run *r, const struct packet *p, struct fault *f)
{
	struct collect_losses *l = &r->result->losses;
	struct datagram d;

	l->frames++;
	if (r->set->messages) {
		r->left--;
		d = message_of(p);
		return take_datagram(r, &d, 0, f);
	}
	switch (udp_reader_take(r->udp, p, &d)) {
	case UDP_OTHER:
		l->other++;
		return STATUS_OK;
	case UDP_FRAGMENT:
		note_fragments(r);
		return STATUS_OK;
	case UDP_CUT:
		l->cut++;
		break;
	case UDP_DATAGRAM:
		break;
	}
	note_fragments(r);
	r->left--;
	return take_datagram(r, &d, 0, f);
}

/* What is written is made only when the first input has proved to be a capture. */
static enum status
open_first(struct run *r, int64_t time, struct fault *f)
{
	enum status st = collect_hook_open(&r->common, f);

	r->latest = time;
	if (st == STATUS_OK)
		st = open_routes(r, f);
	return st == STATUS_OK ? collect_routes_begin(r->routes, time, f) : st;
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
	if (st == STATUS_END) /* and not stopped before it: what waits waited in vain */
		udp_reader_finish(r->udp);
	note_fragments(r);
	st = opened ? STATUS_OK : open_first(r, clock_wall_nanos(), f);
	return st == STATUS_OK ? finish(r, r->latest, f) : st;
}

static enum status
run_files(struct run *r, struct fault *f)
{
	const struct source_options o = { .paths = r->set->inputs, .path_count = r->set->input_count,
		.hash = true, .messages = r->set->messages, .interrupted = interrupt_flag() };
	enum status st = source_open(&o, &r->result->source, f);

	if (st == STATUS_OK)
		st = udp_reader_open(r->common.seed, &r->udp, f);
	return st == STATUS_OK ? read_all(r, f) : st;
}

enum status
collect_run(const struct collect_settings *s, struct collect_result *out, struct fault *f)
{
	struct run *r = calloc(1, sizeof *r);
	enum status st = STATUS_OK;

	if (r == NULL)
		return fault_memory(f);
	r->set = r->common.set = s;
	r->result = r->common.result = out;
	r->left = s->count == 0 ? UINT64_MAX : s->count;
	r->queue = inbox_limit(s);
	interrupt_install();
	if (s->input_count == 0)
		interrupt_install_rotate();
	if (RAND_bytes((unsigned char *)&r->common.seed, sizeof r->common.seed) != 1)
		st = fault_set(f, STATUS_NO_MEMORY, NULL, "the library has no random numbers");
	if (st == STATUS_OK)
		st = s->input_count > 0 ? run_files(r, f) : run_live(r, f);
	out->signal = *interrupt_flag();
	collect_streams_free(r->streams);
	inbox_close(r->inbox);
	udp_reader_free(r->udp);
	collect_ports_close(&r->ports);
	collect_outputs_free(&r->common);
	collect_repeat_close(&r->common);
	collect_routes_free(r->routes);
	collect_hook_close(&r->common);
	free(r);
	return st;
}

struct collector_counts
collect_counts(const struct collect_result *r)
{
	struct collector_counts sum = { .datagrams = 0 };

	for (size_t i = 0; i < r->archive_count; i++) {
		const struct collector_counts *c = collector_counts(r->archives[i]->collector);

		sum.datagrams += c->datagrams;
		sum.octets += c->octets;
		sum.rejected_version += c->rejected_version;
		sum.rejected_header += c->rejected_header;
		sum.rejected_sflow += c->rejected_sflow;
		sum.rejected_limit += c->rejected_limit;
		sum.messages += c->messages;
		sum.message_octets += c->message_octets;
		sum.message_limit += c->message_limit;
		sum.behind += c->behind;
		sum.records += c->records;
		sum.late += c->late;
		sum.options += c->options;
	}
	return sum;
}

void
collect_result_free(struct collect_result *r)
{
	source_close(r->source);
	for (size_t i = 0; i < r->archive_count; i++) {
		collector_free(r->archives[i]->collector);
		receipts_free(&r->archives[i]->sealed);
		free(r->archives[i]);
	}
	free(r->archives);
	memset(r, 0, sizeof *r);
}
