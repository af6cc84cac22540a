/* SPDX-License-Identifier: BSD-2-Clause */
/* IPFIX over TCP and TLS: listeners, sessions, and their messages into the segment. */
#include "capture/cmd_collect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/activation.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/option_value.h"
#include "base/text.h"
#include "capture/inbox.h"

enum {
	STREAM_LEVEL = 1,        /* zstd's: it keeps up with the network */
	WAITING_OCTETS = 32 << 20,
	TOLD_PER_SECOND = 10     /* sessions that are told of; all are counted */
};
#define SECOND INT64_C(1000000000)

struct collect_streams {
	const struct collect_settings *set;
	struct collect_losses *losses;
	struct collect_streams_sink sink;
	struct tls *tls;
	struct listener *listeners[COLLECT_LISTENERS_MAX];
	const struct tls *with[COLLECT_LISTENERS_MAX];
	size_t count;
	struct sessions *sessions;
	uint64_t open;   /* of them */
	int64_t second;  /* in which `told` were told of */
	unsigned told;
};

static enum status
add_listener(struct collect_settings *s, const char *url, struct fault *f)
{
	struct collect_stream_settings *t = &s->streams;
	struct endpoint e;
	enum status st = endpoint_parse_any(url, ENDPOINT_ANY | ENDPOINT_LISTEN, &e, f);
	size_t i = s->port_count;

	if (st != STATUS_OK)
		return st;
	if (i == COLLECT_PORTS_MAX || t->listener_count == COLLECT_LISTENERS_MAX)
		return fault_set(f, STATUS_LIMIT, NULL, "more than %d times --listen",
		    COLLECT_LISTENERS_MAX);
	if (e.scheme != ENDPOINT_UDP) {
		t->listeners[t->listener_count++] = e;
		return STATUS_OK;
	}
	s->port_texts[i] = strdup(e.port);
	s->host_texts[i] = e.host[0] != '\0' ? strdup(e.host) : NULL;
	s->ports[i].port = s->port_texts[i];
	s->ports[i].host = s->host_texts[i];
	s->port_count++;
	return s->port_texts[i] == NULL || (e.host[0] != '\0' && s->host_texts[i] == NULL)
	    ? fault_memory(f) : STATUS_OK;
}

enum status
collect_streams_option(struct collect_settings *s, int id, const char *value, struct fault *f)
{
	struct collect_stream_settings *t = &s->streams;

	switch (id) {
	case COLLECT_STREAM_LISTEN:
		return add_listener(s, value, f);
	case COLLECT_STREAM_CERT:
		t->certificate = value;
		break;
	case COLLECT_STREAM_KEY:
		t->key = value;
		break;
	case COLLECT_STREAM_CA:
		t->client_ca = value;
		break;
	case COLLECT_STREAM_IDLE:
		return option_interval("--idle", value, &t->idle, f);
	default: /* COLLECT_STREAM_SESSIONS */
		return option_number("--sessions", value, 1, SESSIONS_MAX, &t->sessions, f);
	}
	return STATUS_OK;
}

enum status
collect_streams_check(const struct collect_stream_settings *s, struct fault *f)
{
	bool tls = false;

	for (size_t i = 0; i < s->listener_count; i++)
		tls |= s->listeners[i].scheme == ENDPOINT_TLS;
	if (tls && s->certificate == NULL)
		return fault_set(f, STATUS_USAGE, NULL, "--listen tls:// needs --cert FILE");
	if (!tls && (s->certificate != NULL || s->key != NULL || s->client_ca != NULL))
		return fault_set(f, STATUS_USAGE, NULL,
		    "--cert, --key and --client-ca are for --listen tls://");
	if (s->listener_count + s->handed_over == 0 && (s->idle != 0 || s->sessions != 0))
		return fault_set(f, STATUS_USAGE, NULL,
		    "--idle and --sessions are for --listen tcp:// and tls://");
	return STATUS_OK;
}

static enum status
open_tls(struct collect_streams *c, struct fault *f)
{
	const struct collect_stream_settings *s = &c->set->streams;
	const struct tls_options o = { .server = true, .certificate = s->certificate, .key = s->key,
		.ca = s->client_ca };

	return s->certificate == NULL ? STATUS_OK : tls_open(&o, &c->tls, f);
}

/* Of --listen, the one with the port of a socket that was handed over; or NULL. */
static const struct endpoint *
named(const struct collect_stream_settings *s, uint16_t port)
{
	for (size_t i = 0; i < s->listener_count; i++)
		if (strtoul(s->listeners[i].port, NULL, 10) == port)
			return &s->listeners[i];
	return NULL;
}

/* What a service manager listens on: TCP, unless --listen says tls:// of that port. */
static enum status
adopt(struct collect_streams *c, struct fault *f)
{
	const struct collect_settings *s = c->set;
	enum status st = STATUS_OK;

	for (size_t i = 0; i < s->handed_over && st == STATUS_OK; i++) {
		int fd = ACTIVATION_FIRST + (int)i;
		const struct endpoint *e;

		if (!activation_is_stream(fd))
			continue;
		if (c->count == COLLECT_LISTENERS_MAX)
			return fault_set(f, STATUS_LIMIT, NULL, "more than %d listeners", COLLECT_LISTENERS_MAX);
		st = listener_adopt(fd, &c->listeners[c->count], f);
		if (st != STATUS_OK)
			return st;
		e = named(&s->streams, listener_port(c->listeners[c->count]));
		c->with[c->count++] = e != NULL && e->scheme == ENDPOINT_TLS ? c->tls : NULL;
	}
	return st;
}

/* A manager that has opened a port for us has opened it as it should be. */
static bool
is_adopted(const struct collect_streams *c, size_t adopted, const struct endpoint *e)
{
	for (size_t i = 0; i < adopted; i++)
		if (listener_port(c->listeners[i]) == strtoul(e->port, NULL, 10))
			return true;
	return false;
}

static enum status
listen_all(struct collect_streams *c, struct fault *f)
{
	const struct collect_stream_settings *s = &c->set->streams;
	enum status st = adopt(c, f);
	size_t adopted = c->count;

	for (size_t i = 0; i < s->listener_count && st == STATUS_OK; i++) {
		if (is_adopted(c, adopted, &s->listeners[i]))
			continue;
		if (c->count == COLLECT_LISTENERS_MAX)
			return fault_set(f, STATUS_LIMIT, NULL, "more than %d listeners", COLLECT_LISTENERS_MAX);
		st = listener_open(&s->listeners[i], &c->listeners[c->count], f);
		c->with[c->count] = s->listeners[i].scheme == ENDPOINT_TLS ? c->tls : NULL;
		c->count += st == STATUS_OK;
	}
	return st;
}

enum status
collect_streams_listen(const struct collect_settings *s, struct collect_losses *losses,
    struct collect_streams **out, struct fault *f)
{
	struct collect_streams *c = calloc(1, sizeof *c);
	enum status st;

	if (c == NULL)
		return fault_memory(f);
	c->set = s;
	c->losses = losses;
	st = open_tls(c, f);
	if (st == STATUS_OK)
		st = listen_all(c, f);
	if (st != STATUS_OK) {
		collect_streams_free(c);
		return st;
	}
	*out = c;
	return STATUS_OK;
}

/* On the sessions' thread. */
static void
wake(void *ctx)
{
	struct inbox *inbox = ctx;

	inbox_wake(inbox);
}

enum status
collect_streams_start(struct collect_streams *c, const struct collect_streams_sink *sink,
    struct fault *f)
{
	const struct collect_stream_settings *s = &c->set->streams;
	size_t max = s->sessions != 0 ? s->sessions : SESSIONS_DEFAULT;
	const struct sessions_options o = { .listeners = c->listeners, .tls = c->with,
		.listener_count = c->count, .allowed = c->set->allowed,
		.allowed_count = c->set->allowed_count, .max = max,
		.max_per_source = max / 4 > 0 ? max / 4 : 1, .octets = WAITING_OCTETS,
		.handshake = 10 * SECOND, .message = 30 * SECOND,
		.idle = s->idle != 0 ? s->idle : COLLECT_IDLE_DEFAULT, .now = clock_wall_nanos,
		.clock = clock_monotonic_nanos, .filled = wake, .ctx = sink->inbox };

	c->sink = *sink;
	return c->count == 0 ? STATUS_OK : sessions_open(&o, &c->sessions, f);
}

/* Few are told of in a second, whoever may knock how often. */
static bool
may_tell(struct collect_streams *c, int64_t now)
{
	if (now - c->second >= SECOND || now < c->second) {
		c->second = now;
		c->told = 0;
	}
	return c->told++ < TOLD_PER_SECOND;
}

static void
tell(struct collect_streams *c, const struct sessions_batch *b, const char *what,
    const char *more)
{
	char address[TEXT_ADDRESS_MAX], text[2 * SESSIONS_TEXT_MAX];

	if (!may_tell(c, b->way.received))
		return;
	text_address(address, &b->way.src);
	text_escape(text, sizeof text, b->text, strlen(b->text));
	log_notice("%s session %" PRIu64 " of %s port %u: %s%s%s%s", transport_name(b->way.transport),
	    b->way.session, address, b->way.src_port, what, more, text[0] != '\0' ? ": " : "", text);
}

static void
note_end(struct collect_streams *c, const struct sessions_batch *b)
{
	char more[96];

	c->losses->session_ends[b->end]++;
	c->losses->session_octets_lost += b->lost;
	if (b->messages > 0)
		c->losses->session_octets_cut += b->lost;
	snprintf(more, sizeof more, "; %" PRIu64 " messages, %" PRIu64 " octets of no message",
	    b->messages, b->lost);
	tell(c, b, session_end_help(b->end), more);
}

static enum status
take_messages(struct collect_streams *c, const struct sessions_batch *b, struct fault *f)
{
	enum status st = STATUS_OK;
	struct datagram d;
	size_t at = 0;

	while (st == STATUS_OK && sessions_message(b, &at, &d))
		st = c->sink.put(c->sink.ctx, &d, f);
	if (st == STATUS_OK)
		return st;
	do
		c->losses->messages_not_kept++; /* with the one that failed */
	while (sessions_message(b, &at, &d));
	return st;
}

/* Whichever archive it went into. */
static void
end_session(struct collect_streams *c, const struct datagram *way)
{
	size_t count;
	struct collect_segment *const *list = collect_routes_segments(c->sink.routes, &count);

	for (size_t i = 0; i < count; i++) {
		if (!collector_end(list[i]->archive->collector, way) || list[i]->messagelog == NULL)
			continue;
		messagelog_end(list[i]->messagelog, way);
		list[i]->dirty = true;
	}
}

static enum status
take_batch(struct collect_streams *c, const struct sessions_batch *b, struct fault *f)
{
	switch (b->kind) {
	case SESSIONS_MESSAGES:
		return take_messages(c, b, f);
	case SESSIONS_OPENED:
		c->losses->sessions++;
		c->open++;
		tell(c, b, "begins", "");
		break;
	case SESSIONS_REFUSED:
		c->losses->sessions_refused++;
		tell(c, b, b->not_allowed ? "refused, its source is not allowed" : "refused, there are too many",
		    "");
		break;
	case SESSIONS_CLOSED:
		c->open -= b->opened;
		note_end(c, b);
		end_session(c, &b->way);
		break;
	}
	return STATUS_OK;
}

enum status
collect_streams_take(struct collect_streams *c, size_t batches, bool *more, struct fault *f)
{
	enum status st = STATUS_OK;
	struct sessions_batch *b;

	*more = c->sessions != NULL;
	for (size_t i = 0; i < batches && *more && st == STATUS_OK; i++) {
		st = sessions_take(c->sessions, &b, f);
		*more = st == STATUS_OK && b != NULL;
		if (!*more)
			break;
		st = take_batch(c, b, f);
		sessions_give_back(c->sessions, b);
	}
	return st;
}

enum status
collect_streams_finish(struct collect_streams *c, struct fault *f)
{
	enum status st = STATUS_OK;
	bool more = c->sessions != NULL;

	if (more)
		sessions_stop(c->sessions);
	while (more && st == STATUS_OK)
		st = collect_streams_take(c, 1, &more, f);
	return st;
}

void
collect_streams_gauges(struct collect_streams *c, struct collect_gauges *g)
{
	if (c == NULL || c->sessions == NULL)
		return;
	g->sessions = c->open;
	g->session_octets = sessions_octets(c->sessions);
	g->session_limit = WAITING_OCTETS;
}

static enum status
drop_message(void *ctx, struct datagram *d, struct fault *f)
{
	struct collect_losses *l = ctx;

	(void)d;
	(void)f;
	l->messages_not_kept++;
	return STATUS_OK;
}

void
collect_streams_drop(struct collect_streams *c)
{
	if (c == NULL)
		return;
	c->sink.put = drop_message;
	c->sink.ctx = c->losses;
	if (collect_streams_finish(c, NULL) != STATUS_OK)
		return; /* another failure than the first, which is told */
}

void
collect_streams_free(struct collect_streams *c)
{
	if (c == NULL)
		return;
	sessions_close(c->sessions);
	for (size_t i = 0; i < c->count; i++)
		listener_close(c->listeners[i]);
	tls_free(c->tls);
	free(c);
}

/* The log of messages, of a run that can have some. */
enum status
collect_stream_open(struct collect_segment *s, struct fault *f)
{
	const struct collect_settings *set = s->common->set;

	return set->messages || set->streams.listener_count + set->streams.handed_over > 0
	    ? messagelog_open(STREAM_LEVEL, &s->messagelog, f) : STATUS_OK;
}

enum status
collect_stream_frame(struct collect_segment *s, struct fault *f)
{
	enum status st = STATUS_OK;

	if (s->messagelog == NULL)
		return STATUS_OK;
	st = messagelog_cut(s->messagelog, &s->frame, f);
	if (st == STATUS_OK && s->frame.len > 0)
		st = writer_append(s->writer, "messages.ipfix.zst", s->frame.data, s->frame.len, f);
	buf_reset(&s->frame);
	return st;
}

static enum status
frame_if_due(struct collect_segment *s, struct fault *f)
{
	return messagelog_pending(s->messagelog) < MESSAGELOG_FRAME ? STATUS_OK
	                                                            : collect_stream_frame(s, f);
}

enum status
collect_stream_keep(struct collect_segment *s, struct datagram *d, struct fault *f)
{
	s->dirty = true;
	if (s->messagelog == NULL)
		return STATUS_OK;
	d->number = ++s->messages;
	s->archive->kept_messages++;
	messagelog_put(s->messagelog, d, collector_templates(s->archive->collector, d));
	return frame_if_due(s, f);
}

enum status
collect_stream_carry(struct collect_segment *s, const struct carried_datagram *d, struct fault *f)
{
	s->messages_carried++;
	messagelog_put_carried(s->messagelog, d);
	return frame_if_due(s, f);
}
