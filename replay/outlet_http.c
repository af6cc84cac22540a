/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/outlet_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "replay/event_text.h"
#include "replay/hec_ack.h"
#include "replay/http.h"
#include "replay/http_reply.h"

enum {
	URL_MAX = 2048,
	BODY_MAX = 4 << 20, /* octets of a request, but for an event that is longer */
	TRIES = 5,       /* of a request that finds nobody */
	BUSY_TRIES = 8,  /* of one that the server has no time for */
	HTTP_OK_LOW = 200,
	HTTP_OK_HIGH = 299
};

#define FIRST_PAUSE INT64_C(250000000) /* nanoseconds; doubled each time */

enum service { SERVICE_BULK, SERVICE_HEC, SERVICE_LINES };

struct post {
	struct outlet_env env;
	enum service service;
	char url[URL_MAX];
	struct event_text *events;
	struct http *http;
	struct hec_ack *ack; /* NULL: none are asked for */
	struct buf body;
	struct buf reply;
	size_t *ends;        /* of each event in the body */
	enum bulk_verdict *verdicts;
	size_t count;        /* events in the body */
	size_t limit;        /* of them */
	bool ended;          /* nobody takes anything any more: the body stays unsent */
	bool busy;           /* the last request was answered so */
	uint64_t flows;      /* given */
	uint64_t settled;
	uint64_t there;      /* events that the server had already */
	uint64_t refused_events;
	struct outlet_counts counts;
	char reason[REPLY_REASON_MAX];
};

static const struct service_row {
	const char *format;
	const char *content_type;
	const char *authorization;
	const char *path; /* that the URL's must end with; NULL: any */
	enum service service;
} services[] = {
	{ "ecs-bulk", "application/x-ndjson", "ApiKey", "/_bulk", SERVICE_BULK },
	{ "hec", "application/json", "Splunk", "/services/collector/event", SERVICE_HEC },
	{ "ndjson", "application/x-ndjson", "Bearer", NULL, SERVICE_LINES },
	{ "json", "application/x-ndjson", "Bearer", NULL, SERVICE_LINES },
	{ "ecs", "application/x-ndjson", "Bearer", NULL, SERVICE_LINES },
};

static const struct service_row *
find_service(const char *format)
{
	size_t i = 0;

	while (i + 1 < sizeof services / sizeof services[0] && strcmp(services[i].format, format) != 0)
		i++;
	return &services[i];
}

/* The URL with the path that the service has; passwords do not belong into it. */
static enum status
take_url(struct post *o, const struct service_row *s, const char *url, struct fault *f)
{
	const char *host = strstr(url, "://") + 3;
	size_t authority = strcspn(host, "/?#"), len = strlen(url);
	bool has_path = s->path == NULL || (len >= strlen(s->path) &&
	    strcmp(url + len - strlen(s->path), s->path) == 0) || strchr(url, '?') != NULL;
	int n;

	if (memchr(host, '@', authority) != NULL)
		return fault_set(f, STATUS_USAGE, NULL,
		    "a password in a URL is seen by everybody; --token-file has it");
	if (!has_path && url[len - 1] == '/')
		len--;
	n = snprintf(o->url, URL_MAX, "%.*s%s", (int)len, url, has_path ? "" : s->path);
	return n > 0 && n < URL_MAX ? STATUS_OK : fault_set(f, STATUS_USAGE, NULL, "--to %s: it is too long", url);
}

static void
post_free(void *ctx)
{
	struct post *o = ctx;

	if (o == NULL)
		return;
	hec_ack_free(o->ack);
	event_text_free(o->events);
	http_free(o->http);
	buf_free(&o->body);
	buf_free(&o->reply);
	free(o->ends);
	free(o->verdicts);
	free(o);
}

static enum status
open_client(struct post *o, const struct service_row *s, struct fault *f)
{
	const struct target_options *t = o->env.options;
	const struct http_options h = { .content_type = s->content_type, .authorization = s->authorization,
		.token_file = t->token_file, .ca = t->ca, .certificate = t->certificate, .key = t->key,
		.insecure = t->insecure, .extra = o->ack == NULL ? NULL : hec_ack_header(o->ack),
		.interrupt = o->env.schedule->options.interrupt };

	return o->env.dry ? STATUS_OK : http_open(&h, &o->http, f);
}

static enum status
open_parts(struct post *o, struct fault *f)
{
	const struct target_options *t = o->env.options;
	const char *format = outlet_format(&outlet_http, t);
	const struct service_row *s = find_service(format);
	enum status st = take_url(o, s, t->url, f);

	o->service = s->service;
	if (st == STATUS_OK && t->ack && s->service != SERVICE_HEC)
		st = fault_set(f, STATUS_USAGE, NULL, "--ack is for --format hec");
	if (st == STATUS_OK)
		st = event_text_open(format, &o->events, f);
	if (st == STATUS_OK && t->ack)
		st = hec_ack_open(o->url, &o->ack, f);
	return st == STATUS_OK ? open_client(o, s, f) : st;
}

static enum status
post_open(const struct outlet_env *env, void **out, struct fault *f)
{
	struct post *o = calloc(1, sizeof *o);
	enum status st;

	if (o == NULL)
		return fault_memory(f);
	o->env = *env;
	o->limit = env->options->batch;
	buf_init(&o->body, 0);
	buf_init(&o->reply, HTTP_REPLY_MAX);
	o->ends = calloc(o->limit, sizeof *o->ends);
	o->verdicts = calloc(o->limit, sizeof *o->verdicts);
	st = o->ends == NULL || o->verdicts == NULL ? fault_memory(f) : open_parts(o, f);
	if (st != STATUS_OK) {
		post_free(o);
		return st;
	}
	*out = o;
	return STATUS_OK;
}

/* The first n events of the body have gone, `records` of them for good. */
static enum status
note_gone(struct post *o, size_t octets, uint64_t records, struct fault *f)
{
	o->counts.datagrams++;
	o->counts.octets += octets;
	o->counts.records += records;
	return o->env.tap.write == NULL ? STATUS_OK : sink_write(&o->env.tap, o->body.data, octets, f);
}

static void
forget_body(struct post *o)
{
	buf_reset(&o->body);
	o->count = 0;
	if (o->ack == NULL)
		o->settled = o->flows;
}

/* What the server will never take. */
static void
give_up(struct post *o)
{
	o->counts.unsent++;
	o->counts.unsent_records += o->count;
	forget_body(o);
}

/* What it might take another time: it is not settled, so that --resume begins with it. */
static void
end(struct post *o)
{
	o->counts.unsent++;
	o->counts.unsent_records += o->count;
	o->ended = true;
}

/* The events that are to go again move to the front. */
static void
keep_later(struct post *o)
{
	size_t from = 0, kept = 0, at = 0;

	for (size_t i = 0; i < o->count; i++) {
		size_t end = o->ends[i], len = end - from;

		if (o->verdicts[i] == BULK_LATER) {
			memmove(o->body.data + at, o->body.data + from, len);
			at += len;
			o->ends[kept++] = at;
		}
		from = end;
	}
	o->body.len = at;
	o->count = kept;
}

/* Each event's own verdict. */
static enum status
take_bulk(struct post *o, struct fault *f)
{
	char reason[REPLY_REASON_MAX];
	uint64_t taken = 0;
	struct fault bad;
	enum status st;

	if (reply_bulk(o->reply.data, o->reply.len, o->verdicts, o->count, reason, &bad) != STATUS_OK) {
		text_escape(o->reason, sizeof o->reason, bad.text, strlen(bad.text));
		o->counts.refused++;
		give_up(o);
		return STATUS_OK;
	}
	for (size_t i = 0; i < o->count; i++) {
		taken += o->verdicts[i] == BULK_TAKEN;
		o->there += o->verdicts[i] == BULK_THERE;
		o->refused_events += o->verdicts[i] == BULK_REFUSED;
	}
	if (reason[0] != '\0' && o->reason[0] == '\0')
		memcpy(o->reason, reason, sizeof reason);
	st = note_gone(o, o->body.len, taken, f);
	keep_later(o);
	if (o->count == 0)
		forget_body(o);
	return st;
}

static enum status
take_success(struct post *o, struct fault *f)
{
	uint64_t id;
	enum status st;

	if (o->service == SERVICE_BULK)
		return take_bulk(o, f);
	st = note_gone(o, o->body.len, o->ack == NULL ? o->count : 0, f);
	if (st == STATUS_OK && o->ack != NULL) {
		if (!reply_ack_id(o->reply.data, o->reply.len, &id))
			return fault_set(f, STATUS_UNSUPPORTED, o->url,
			    "the collector gives no acknowledgements: they are switched on with its token");
		st = hec_ack_expect(o->ack, id, o->flows, o->count, f);
	}
	forget_body(o);
	return st;
}

static bool
is_busy(long status)
{
	return status == 408 || status == 429 || status >= 500;
}

/* One request.  What is left in the body when it returns is to be tried again. */
static enum status
attempt(struct post *o, struct fault *f)
{
	struct fault why = { 0 };
	long status = 0;
	enum status st = http_post(o->http, o->url, o->body.data, o->body.len, &status, &o->reply, &why);

	o->busy = st == STATUS_OK;
	if (st == STATUS_ABSENT) {
		o->counts.refused++;
		text_escape(o->reason, sizeof o->reason, why.text, strlen(why.text));
		return STATUS_OK;
	}
	if (st != STATUS_OK) {
		*f = why;
		return st;
	}
	if (status >= HTTP_OK_LOW && status <= HTTP_OK_HIGH)
		return take_success(o, f);
	o->counts.refused++;
	reply_reason(o->reply.data, o->reply.len, o->reason);
	if (o->reason[0] == '\0')
		snprintf(o->reason, sizeof o->reason, "status %ld", status);
	if (status == 401 || status == 403) {
		end(o);
		return fault_set(f, STATUS_UNSUPPORTED, o->url, "refused with status %ld: %s", status, o->reason);
	}
	if (!is_busy(status))
		give_up(o);
	return STATUS_OK;
}

/* Enough was tried, or there is no time to try more. */
static enum status
stop_trying(struct post *o, unsigned tries, struct fault *f)
{
	end(o);
	if (schedule_interrupted(o->env.schedule))
		return STATUS_INTERRUPTED;
	return fault_set(f, STATUS_ABSENT, o->url, "%u requests in vain, the last reason: %s; --resume goes on here",
	    tries, o->reason);
}

static enum status
send_body(struct post *o, struct fault *f)
{
	enum status st = STATUS_OK;

	if (o->count == 0 || o->ended)
		return STATUS_OK;
	if (!buf_ok(&o->body))
		return fault_memory(f);
	schedule_admit(o->env.schedule, o->count, o->body.len);
	if (o->env.dry) {
		st = note_gone(o, o->body.len, o->count, f);
		forget_body(o);
		return st;
	}
	for (unsigned i = 0; st == STATUS_OK && o->count > 0; i++) {
		unsigned tries = o->busy ? BUSY_TRIES : TRIES;

		if (i > 0 && (i >= tries || schedule_interrupted(o->env.schedule)))
			return stop_trying(o, i, f);
		if (i > 0) {
			o->counts.waited++;
			schedule_pause(o->env.schedule, FIRST_PAUSE << (i - 1));
		}
		st = attempt(o, f);
	}
	return st;
}

/* Not too many may wait for their acknowledgement. */
static enum status
look_for_acks(struct post *o, bool all, struct fault *f)
{
	enum status st;

	if (o->ack == NULL || o->env.dry)
		return STATUS_OK;
	st = hec_ack_wait(o->ack, o->http, o->env.schedule, all, f);
	o->settled = hec_ack_settled(o->ack);
	o->counts.records = hec_ack_records(o->ack);
	return st;
}

static enum status
post_put(void *ctx, const struct outlet_rows *r, struct fault *f)
{
	struct post *o = ctx;
	enum status st = STATUS_OK;

	for (size_t row = r->from; row < r->to && st == STATUS_OK; row++) {
		const uint8_t *text;
		size_t len;

		if (r->matched[row] == 0)
			continue;
		st = event_text_row(o->events, r, row, f);
		if (st != STATUS_OK)
			break;
		text = event_text_all(o->events, &len);
		if (o->count > 0 && o->body.len + len > BODY_MAX)
			st = send_body(o, f);
		if (st != STATUS_OK)
			break;
		buf_put(&o->body, text, len);
		o->ends[o->count++] = o->body.len;
		o->flows++;
		if (st == STATUS_OK && o->count == o->limit)
			st = send_body(o, f);
	}
	return st == STATUS_OK ? look_for_acks(o, false, f) : st;
}

static enum status
post_flush(void *ctx, struct fault *f)
{
	struct post *o = ctx;
	enum status st = send_body(o, f);

	return st == STATUS_OK ? look_for_acks(o, false, f) : st;
}

static enum status
post_finish(void *ctx, struct fault *f)
{
	struct post *o = ctx;
	enum status st = send_body(o, f);

	return st == STATUS_OK ? look_for_acks(o, true, f) : st;
}

static uint64_t
unacknowledged(const struct post *o)
{
	return o->ack == NULL ? 0 : hec_ack_missing(o->ack);
}

static void
post_counts(const void *ctx, struct outlet_counts *out)
{
	const struct post *o = ctx;

	*out = o->counts;
	out->flows = o->flows;
	out->settled = o->settled;
	out->not_carried = o->refused_events;
	text_escape(out->address, sizeof out->address, o->url, strlen(o->url));
}

static void
post_say(const void *ctx, struct buf *out)
{
	const struct post *o = ctx;

	if (o->there > 0)
		buf_printf(out, "  %" PRIu64 " flows were there already\n", o->there);
	if (o->refused_events > 0)
		buf_printf(out, "  REFUSED by the server: %" PRIu64 " flows\n", o->refused_events);
	if (unacknowledged(o) > 0)
		buf_printf(out, "  NOT ACKNOWLEDGED: %" PRIu64 " flows\n", unacknowledged(o));
	if (o->reason[0] != '\0')
		buf_printf(out, "  its last reason: %s\n", o->reason);
}

static void
post_json(const void *ctx, struct jsonw *j)
{
	const struct post *o = ctx;

	jsonw_key_u64(j, "already_there", o->there);
	jsonw_key_u64(j, "refused_events", o->refused_events);
	if (o->ack != NULL)
		jsonw_key_u64(j, "not_acknowledged", unacknowledged(o));
	if (o->reason[0] != '\0')
		jsonw_key_str(j, "reason", o->reason);
}

static bool
post_complete(const void *ctx)
{
	const struct post *o = ctx;

	return o->counts.unsent == 0 && o->refused_events == 0 && unacknowledged(o) == 0;
}

const struct outlet_kind outlet_http = {
	.schemes = "http https",
	.formats = "ecs-bulk hec ndjson json ecs",
	.format = "ecs-bulk",
	.unpaced = true,
	.open = post_open,
	.put = post_put,
	.flush = post_flush,
	.finish = post_finish,
	.counts = post_counts,
	.say = post_say,
	.json = post_json,
	.complete = post_complete,
	.free = post_free,
};
