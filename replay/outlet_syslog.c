/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/outlet_syslog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "replay/event_text.h"
#include "replay/syslog_header.h"
#include "replay/wire.h"

enum { URL_MAX = 512, HOST_MAX = 256 };

struct syslog {
	struct schedule *schedule;
	struct event_text *events;
	struct wire *wire;
	enum syslog_form form;
	bool tagged;
	bool framed;   /* by its length, on a connection */
	char host[HOST_MAX];
	struct buf message;
	uint64_t flows;
	uint64_t settled;
	uint64_t too_long; /* for a datagram */
};

/* The ways, and the ports that IANA gave them. */
static const struct way {
	const char *scheme;
	const char *wire;
	const char *port;
	bool framed;
} ways[] = {
	{ "syslog://", "udp://", "514", false },
	{ "syslog+udp://", "udp://", "514", false },
	{ "syslog+tcp://", "tcp://", "601", true },
	{ "syslog+tls://", "tls://", "6514", true },
};

static bool
has_port(const char *rest)
{
	const char *colon = strrchr(rest, ':'), *bracket = strrchr(rest, ']');

	return colon != NULL && (bracket == NULL || colon > bracket);
}

static enum status
wire_url(struct syslog *o, const char *url, char out[URL_MAX], struct fault *f)
{
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		size_t len = strlen(ways[i].scheme);
		const char *rest = url + len;
		int n;

		if (strncasecmp(url, ways[i].scheme, len) != 0)
			continue;
		o->framed = ways[i].framed;
		n = snprintf(out, URL_MAX, "%s%s%s%s", ways[i].wire, rest, has_port(rest) ? "" : ":",
		    has_port(rest) ? "" : ways[i].port);
		if (n > 0 && n < URL_MAX)
			return STATUS_OK;
	}
	return fault_set(f, STATUS_USAGE, NULL, "--to %s: it is too long", url);
}

static void
syslog_free(void *ctx)
{
	struct syslog *o = ctx;

	if (o == NULL)
		return;
	event_text_free(o->events);
	wire_free(o->wire);
	buf_free(&o->message);
	free(o);
}

/* What a flow without an exporter came from: this machine, by a name that ends nothing. */
static void
take_host(struct syslog *o)
{
	if (gethostname(o->host, sizeof o->host) != 0)
		strcpy(o->host, "-");
	o->host[sizeof o->host - 1] = '\0';
	for (char *p = o->host; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			*p = '-';
	if (o->host[0] == '\0')
		strcpy(o->host, "-");
}

static enum status
syslog_check(const struct target_options *t, struct fault *f)
{
	return wire_check(t, false, f);
}

static enum status
syslog_check_stream(const struct target_options *t, struct fault *f)
{
	return wire_check(t, true, f);
}

static void before_wait(void *ctx);

static enum status
syslog_open(const struct outlet_env *env, void **out, struct fault *f)
{
	const char *format = outlet_format(&outlet_syslog, env->options); /* as the stream's */
	const struct target_options *t = env->options;
	struct wire_options w = { .target = t, .schedule = env->schedule, .tap = env->tap, .dry = env->dry };
	struct syslog *o = calloc(1, sizeof *o);
	char url[URL_MAX];
	enum status st;

	if (o == NULL)
		return fault_memory(f);
	o->schedule = env->schedule;
	o->form = t->syslog_3164 ? SYSLOG_3164 : SYSLOG_5424;
	o->tagged = strcmp(format, "cef") != 0 && strcmp(format, "leef") != 0;
	buf_init(&o->message, 0);
	take_host(o);
	st = event_text_open(format, &o->events, f);
	if (st == STATUS_OK)
		st = wire_url(o, t->url, url, f);
	w.url = url;
	if (st == STATUS_OK)
		st = wire_open(&w, &o->wire, f);
	if (st != STATUS_OK) {
		syslog_free(o);
		return st;
	}
	schedule_before_wait(o->schedule, before_wait, o);
	*out = o;
	return STATUS_OK;
}

static enum status
syslog_flush(void *ctx, struct fault *f)
{
	struct syslog *o = ctx;
	enum status st = wire_flush(o->wire, f);

	o->settled = o->flows;
	return st;
}

static enum status
syslog_finish(void *ctx, struct fault *f)
{
	struct syslog *o = ctx;
	enum status st = syslog_flush(ctx, f);

	return st == STATUS_OK ? wire_finish(o->wire, f) : st;
}

/* What fails here is told with the next flush. */
static void
before_wait(void *ctx)
{
	struct fault later;

	(void)syslog_flush(ctx, &later);
}

/* The message, behind its length where it is framed (RFC 6587 section 3.4.1). */
static void
compose(struct syslog *o, const struct outlet_rows *r, size_t row, const uint8_t *event, size_t len)
{
	char frame[24];
	size_t body;

	buf_reset(&o->message);
	syslog_header(&o->message, o->form, r->t, row, o->host, o->tagged);
	buf_put(&o->message, event, len);
	if (!o->framed || !buf_ok(&o->message))
		return;
	body = o->message.len;
	len = (size_t)snprintf(frame, sizeof frame, "%zu ", body);
	if (buf_grow(&o->message, len) == NULL)
		return;
	memmove(o->message.data + len, o->message.data, body);
	memcpy(o->message.data, frame, len);
}

/* Whose the flow is, for --source exporter. */
static void
set_source(struct syslog *o, const struct table *t, size_t row)
{
	struct raw_end from = { .port = 0 };

	if (table_has(t, COLUMN_EXPORTER_IP, row))
		from = (struct raw_end){ t->columns[COLUMN_EXPORTER_IP].v.address[row],
			(uint16_t)table_int(t, COLUMN_EXPORTER_PORT, row) };
	wire_from(o->wire, &from);
}

static enum status
send_row(struct syslog *o, const struct outlet_rows *r, size_t row, struct fault *f)
{
	enum status st = event_text_row(o->events, r, row, f);
	const uint8_t *event;
	size_t len;

	set_source(o, r->t, row);
	while (st == STATUS_OK && event_text_next(o->events, &event, &len)) {
		compose(o, r, row, event, len);
		if (!buf_ok(&o->message))
			return fault_memory(f);
		if (!o->framed && o->message.len > SOCKET_PAYLOAD_MAX) {
			o->too_long++;
			continue;
		}
		schedule_admit(o->schedule, 1, o->message.len);
		wire_mark(o->wire, o->flows);
		st = wire_send(o->wire, o->message.data, o->message.len, 1, f);
	}
	return st;
}

static enum status
syslog_put(void *ctx, const struct outlet_rows *r, struct fault *f)
{
	struct syslog *o = ctx;
	enum status st = STATUS_OK;

	for (size_t row = r->from; row < r->to && st == STATUS_OK; row++) {
		if (r->matched[row] == 0)
			continue;
		st = send_row(o, r, row, f);
		o->flows++;
	}
	return st;
}

static void
syslog_counts(const void *ctx, struct outlet_counts *out)
{
	const struct syslog *o = ctx;
	const struct wire_counts *w = wire_counts(o->wire);
	uint64_t settled = wire_idle(o->wire) ? o->flows : o->settled;

	*out = (struct outlet_counts){ .flows = o->flows,
		.settled = settled < w->lost_from ? settled : w->lost_from, .records = w->records,
		.datagrams = w->datagrams, .octets = w->octets, .refused = w->refused,
		.waited = w->waited, .reconnects = w->reconnects, .unsent = w->unsent, .unsent_records = w->unsent_records,
		.not_carried = o->too_long, .error = w->error };
	strcpy(out->address, wire_address(o->wire));
}

static bool
syslog_complete(const void *ctx)
{
	const struct syslog *o = ctx;
	const struct wire_counts *w = wire_counts(o->wire);

	return o->too_long == 0 && w->unsent == 0 && w->refused == 0 && w->reconnects == 0 &&
	    w->own_source == 0;
}

static void
syslog_say(const void *ctx, struct buf *out)
{
	wire_say(((const struct syslog *)ctx)->wire, out);
}

static void
syslog_json(const void *ctx, struct jsonw *j)
{
	jsonw_key_u64(j, "own_source", wire_counts(((const struct syslog *)ctx)->wire)->own_source);
}

#define SYSLOG                                                                                  \
	.formats = "cef leef json ndjson ecs", .format = "cef", .open = syslog_open, .put = syslog_put, \
	.flush = syslog_flush, .finish = syslog_finish, .counts = syslog_counts,                      \
	.say = syslog_say, .json = syslog_json, .complete = syslog_complete, .free = syslog_free

const struct outlet_kind outlet_syslog = { .schemes = "syslog syslog+udp", .check = syslog_check, .apart = true,
	SYSLOG };
const struct outlet_kind outlet_syslog_stream = { .schemes = "syslog+tcp syslog+tls",
	.check = syslog_check_stream, .unpaced = true, SYSLOG };
