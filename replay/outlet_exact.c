/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/outlet_exact.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "flow/framing.h"
#include "replay/lanes.h"

/* Why something stays here: over a connection only IPFIX has its own length (RFC 7011 section 10.4). */
enum stay {
	STAY_NETFLOW1,
	STAY_NETFLOW5,
	STAY_NETFLOW7,
	STAY_NETFLOW9,
	STAY_SFLOW,
	STAY_LENGTH,
	STAY_TOO_LONG,
	STAYS
};

static const struct {
	const char *name;
	const char *text;
} stays[STAYS] = {
	[STAY_NETFLOW1] = { "netflow1", "of NetFlow 1, which is not spoken over connections" },
	[STAY_NETFLOW5] = { "netflow5", "of NetFlow 5, which is not spoken over connections" },
	[STAY_NETFLOW7] = { "netflow7", "of NetFlow 7, which is not spoken over connections" },
	[STAY_NETFLOW9] = { "netflow9", "of NetFlow 9, which is not spoken over connections" },
	[STAY_SFLOW] = { "sflow", "of sFlow, which is not spoken over connections" },
	[STAY_LENGTH] = { "message_length", "that are not one message of IPFIX of the length that it says" },
	[STAY_TOO_LONG] = { "datagram_size", "longer than a datagram of UDP can be" },
};

struct exact {
	struct schedule *schedule;
	struct lanes *lanes;
	bool stream; /* over connections */
	uint64_t given;
	uint64_t settled;
	uint64_t stayed[STAYS];
	struct fault failed; /* between two datagrams */
};

static enum status
exact_flush(void *ctx, struct fault *f)
{
	struct exact *o = ctx;
	enum status st = lanes_flush(o->lanes, f);

	if (st == STATUS_OK)
		o->settled = o->given;
	return st;
}

/* What fails here is told with the next datagram. */
static void
before_wait(void *ctx)
{
	struct exact *o = ctx;

	(void)exact_flush(o, &o->failed);
}

static void
exact_free(void *ctx)
{
	struct exact *o = ctx;

	if (o == NULL)
		return;
	lanes_free(o->lanes);
	free(o);
}

static enum status
exact_check(const struct target_options *t, struct fault *f)
{
	struct endpoint e;
	enum status st = endpoint_parse_any(t->url, ENDPOINT_SEND, &e, f);

	return st == STATUS_OK ? wire_check(t, e.scheme != ENDPOINT_UDP, f) : st;
}

static enum status
exact_open(const struct outlet_env *env, void **out, struct fault *f)
{
	struct wire_options w = { .target = env->options, .schedule = env->schedule, .tap = env->tap,
		.dry = env->dry, .whole = true };
	struct exact *o = calloc(1, sizeof *o);
	struct endpoint e;
	enum status st = endpoint_parse_any(env->options->url, ENDPOINT_SEND, &e, f);

	if (o == NULL)
		return fault_memory(f);
	o->schedule = env->schedule;
	o->stream = st == STATUS_OK && e.scheme != ENDPOINT_UDP;
	if (st == STATUS_OK)
		st = lanes_open(&w, &o->lanes, f);
	if (st != STATUS_OK) {
		exact_free(o);
		return st;
	}
	schedule_before_wait(o->schedule, before_wait, o);
	*out = o;
	return STATUS_OK;
}

/* What cannot be framed by its own length: whose it is. */
static enum stay
protocol_of(const struct reader_datagram *d)
{
	struct cursor c = cursor_over(d->data, d->len);

	switch (cursor_be16(&c)) {
	case 0:
		return STAY_SFLOW;
	case 1:
		return STAY_NETFLOW1;
	case 5:
		return STAY_NETFLOW5;
	case 7:
		return STAY_NETFLOW7;
	case 9:
		return STAY_NETFLOW9;
	default:
		return STAY_LENGTH;
	}
}

/* STAYS where it can go. */
static enum stay
stay_of(const struct exact *o, const struct reader_datagram *d)
{
	size_t size;

	if (!o->stream)
		return d->len > SOCKET_PAYLOAD_MAX ? STAY_TOO_LONG : STAYS;
	if (framing_next(d->data, d->len, &size, NULL) == STATUS_OK && size == d->len)
		return STAYS;
	return protocol_of(d);
}

static enum status
exact_put(void *ctx, const struct reader_datagram *d, bool selected, struct fault *f)
{
	struct exact *o = ctx;
	enum status st = STATUS_OK;
	enum stay stay;

	if (d->ended)
		return lanes_end(o->lanes, d, f);
	stay = stay_of(o, d);
	if (stay == STAYS)
		schedule_admit(o->schedule, 0, d->len);
	if (o->failed.status != STATUS_OK) {
		*f = o->failed;
		return o->failed.status;
	}
	if (stay == STAYS)
		st = lanes_put(o->lanes, d, o->given, f);
	else
		o->stayed[stay]++;
	o->given += st == STATUS_OK && selected;
	return st;
}

static enum status
exact_finish(void *ctx, struct fault *f)
{
	struct exact *o = ctx;
	enum status st = exact_flush(o, f);

	return st == STATUS_OK ? lanes_finish(o->lanes, f) : st;
}

static uint64_t
stayed_all(const struct exact *o)
{
	uint64_t all = 0;

	for (size_t i = 0; i < STAYS; i++)
		all += o->stayed[i];
	return all;
}

static void
exact_counts(const void *ctx, struct outlet_counts *out)
{
	const struct exact *o = ctx;
	const struct wire_counts *w = &lanes_counts(o->lanes)->wires;
	uint64_t settled = lanes_idle(o->lanes) ? o->given : o->settled;

	*out = (struct outlet_counts){ .flows = o->given,
		.settled = settled < w->lost_from ? settled : w->lost_from, .datagrams = w->datagrams,
		.octets = w->octets, .refused = w->refused, .waited = w->waited, .reconnects = w->reconnects,
		.unsent = w->unsent, .not_carried = stayed_all(o), .error = w->error };
	strcpy(out->address, lanes_address(o->lanes));
}

static void
exact_say(const void *ctx, struct buf *out)
{
	const struct exact *o = ctx;

	lanes_say(o->lanes, out);
	for (size_t i = 0; i < STAYS; i++)
		if (o->stayed[i] > 0)
			buf_printf(out, "  NOT SENT: %" PRIu64 " datagrams %s\n", o->stayed[i], stays[i].text);
}

static void
exact_json(const void *ctx, struct jsonw *j)
{
	const struct exact *o = ctx;
	const struct lanes_counts *c = lanes_counts(o->lanes);

	jsonw_key_u64(j, "own_source", c->wires.own_source);
	jsonw_key_u64(j, "lanes", c->opened);
	jsonw_key_u64(j, "templates_again", c->told_again);
	jsonw_key_u64(j, "shared_lane", c->shared);
	jsonw_key(j, "not_sent");
	jsonw_object(j);
	for (size_t i = 0; i < STAYS; i++)
		if (o->stayed[i] > 0)
			jsonw_key_u64(j, stays[i].name, o->stayed[i]);
	jsonw_object_end(j);
}

static bool
exact_complete(const void *ctx)
{
	const struct exact *o = ctx;
	const struct lanes_counts *c = lanes_counts(o->lanes);

	return c->wires.unsent == 0 && c->wires.refused == 0 && c->wires.reconnects == 0 &&
	    c->wires.own_source == 0 && c->not_told == 0 && stayed_all(o) == 0;
}

#define EXACT_CALLS                                                                                \
	.formats = "exact", .format = "exact", .exact = true, .check = exact_check, .open = exact_open,    \
	.put_datagram = exact_put, .flush = exact_flush, .finish = exact_finish, .counts = exact_counts,   \
	.say = exact_say, .json = exact_json, .complete = exact_complete, .free = exact_free

const struct outlet_kind outlet_exact = {
	.schemes = "udp",
	EXACT_CALLS,
};

const struct outlet_kind outlet_exact_stream = {
	.schemes = "tcp tls sctp",
	EXACT_CALLS,
};
