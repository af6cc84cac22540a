/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/hec_ack.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "replay/http_reply.h"

enum { OUT_MAX = 128, OUT_LIMIT = 1024, URL_MAX = 2048 };

#define PAUSE    INT64_C(200000000) /* nanoseconds between two questions */
#define PATIENCE INT64_C(60000000000)

struct request {
	uint64_t id;
	uint64_t flows;
	uint64_t events;
	bool acked;
};

struct hec_ack {
	char url[URL_MAX];
	char header[80];
	struct request out[OUT_LIMIT]; /* from the first that is not acknowledged on */
	size_t count;
	uint64_t settled;
	uint64_t records;
	struct buf body;
	struct buf reply;
};

enum status
hec_ack_open(const char *url, struct hec_ack **out, struct fault *f)
{
	const char *host = strstr(url, "://") + 3;
	struct hec_ack *a = calloc(1, sizeof *a);
	uint8_t r[16];
	char channel[37];
	int n;

	if (a == NULL)
		return fault_memory(f);
	buf_init(&a->body, 0);
	buf_init(&a->reply, HTTP_REPLY_MAX);
	if (RAND_bytes(r, sizeof r) != 1) {
		hec_ack_free(a);
		return fault_set(f, STATUS_NO_MEMORY, NULL, "the library has no random numbers");
	}
	snprintf(channel, sizeof channel, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
	    r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14], r[15]);
	snprintf(a->header, sizeof a->header, "X-Splunk-Request-Channel: %s", channel);
	n = snprintf(a->url, sizeof a->url, "%.*s/services/collector/ack?channel=%s",
	    (int)((size_t)(host - url) + strcspn(host, "/?#")), url, channel);
	if (n < 0 || (size_t)n >= sizeof a->url) {
		hec_ack_free(a);
		return fault_set(f, STATUS_USAGE, NULL, "--to %s: it is too long", url);
	}
	*out = a;
	return STATUS_OK;
}

void
hec_ack_free(struct hec_ack *a)
{
	if (a == NULL)
		return;
	buf_free(&a->body);
	buf_free(&a->reply);
	free(a);
}

const char *
hec_ack_header(const struct hec_ack *a)
{
	return a->header;
}

enum status
hec_ack_expect(struct hec_ack *a, uint64_t id, uint64_t flows, uint64_t events, struct fault *f)
{
	if (a->count == OUT_LIMIT)
		return fault_set(f, STATUS_LIMIT, a->url, "%d requests are not acknowledged", OUT_LIMIT);
	a->out[a->count++] = (struct request){ .id = id, .flows = flows, .events = events };
	return STATUS_OK;
}

/* Those at the front that have come are done with. */
static void
settle(struct hec_ack *a)
{
	size_t n = 0;

	while (n < a->count && a->out[n].acked)
		a->settled = a->out[n++].flows;
	memmove(a->out, a->out + n, (a->count - n) * sizeof *a->out);
	a->count -= n;
}

static enum status
ask(struct hec_ack *a, struct http *h, struct fault *f)
{
	struct fault why = { 0 };
	bool first = true;
	long status = 0;
	enum status st;

	buf_reset(&a->body);
	buf_str(&a->body, "{\"acks\":[");
	for (size_t i = 0; i < a->count; i++) {
		if (a->out[i].acked)
			continue;
		buf_printf(&a->body, "%s%" PRIu64, first ? "" : ",", a->out[i].id);
		first = false;
	}
	buf_str(&a->body, "]}");
	if (!buf_ok(&a->body))
		return fault_memory(f);
	st = http_post(h, a->url, a->body.data, a->body.len, &status, &a->reply, &why);
	if (st == STATUS_NO_MEMORY)
		return fault_memory(f);
	for (size_t i = 0; st == STATUS_OK && status == 200 && i < a->count; i++) {
		struct request *r = &a->out[i];

		if (!r->acked && reply_acked(a->reply.data, a->reply.len, r->id)) {
			r->acked = true;
			a->records += r->events;
		}
	}
	settle(a);
	return STATUS_OK;
}

enum status
hec_ack_wait(struct hec_ack *a, struct http *h, struct schedule *s, bool all, struct fault *f)
{
	int64_t end = schedule_now(s) + PATIENCE;
	size_t most = all ? 0 : OUT_MAX;
	enum status st = STATUS_OK;

	while (st == STATUS_OK && a->count > most) {
		st = ask(a, h, f);
		if (st != STATUS_OK || a->count <= most)
			break;
		if (schedule_now(s) >= end)
			break;
		/* An interruption ends the pauses, and so the questions. */
		if (schedule_interrupted(s))
			break;
		schedule_pause(s, PAUSE);
	}
	return st;
}

uint64_t
hec_ack_settled(const struct hec_ack *a)
{
	return a->settled;
}

uint64_t
hec_ack_records(const struct hec_ack *a)
{
	return a->records;
}

uint64_t
hec_ack_missing(const struct hec_ack *a)
{
	uint64_t n = 0;

	for (size_t i = 0; i < a->count; i++)
		n += a->out[i].acked ? 0 : a->out[i].events;
	return n;
}
