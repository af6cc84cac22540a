/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/outlet_exact.h"

#include <stdlib.h>
#include <string.h>

#include "replay/wire.h"

struct exact {
	struct schedule *schedule;
	struct wire *wire;
	uint64_t given;
	uint64_t settled;
	struct fault failed; /* between two datagrams */
};

static enum status
exact_flush(void *ctx, struct fault *f)
{
	struct exact *o = ctx;
	enum status st = wire_flush(o->wire, f);

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
	wire_free(o->wire);
	free(o);
}

static enum status
exact_check(const struct target_options *t, struct fault *f)
{
	struct endpoint ignored;

	return endpoint_parse(t->url, &ignored, f);
}

static enum status
exact_open(const struct outlet_env *env, void **out, struct fault *f)
{
	struct wire_options w = { .target = env->options, .schedule = env->schedule, .tap = env->tap,
		.dry = env->dry };
	struct exact *o = calloc(1, sizeof *o);
	enum status st;

	if (o == NULL)
		return fault_memory(f);
	o->schedule = env->schedule;
	st = wire_open(&w, &o->wire, f);
	if (st != STATUS_OK) {
		exact_free(o);
		return st;
	}
	schedule_before_wait(o->schedule, before_wait, o);
	*out = o;
	return STATUS_OK;
}

static enum status
exact_put(void *ctx, const struct reader_datagram *d, struct fault *f)
{
	struct exact *o = ctx;

	schedule_admit(o->schedule, 0, d->len);
	if (o->failed.status != STATUS_OK) {
		*f = o->failed;
		return o->failed.status;
	}
	wire_from(o->wire, &(struct raw_end){ d->src, d->src_port });
	o->given++;
	return wire_send(o->wire, d->data, d->len, 0, f);
}

static void
exact_counts(const void *ctx, struct outlet_counts *out)
{
	const struct exact *o = ctx;
	const struct wire_counts *w = wire_counts(o->wire);

	*out = (struct outlet_counts){ .flows = o->given, .settled = o->settled, .datagrams = w->datagrams,
		.octets = w->octets, .refused = w->refused, .waited = w->waited, .unsent = w->unsent,
		.error = w->error };
	strcpy(out->address, wire_address(o->wire));
}

static void
exact_say(const void *ctx, struct buf *out)
{
	wire_say(((const struct exact *)ctx)->wire, out);
}

static void
exact_json(const void *ctx, struct jsonw *j)
{
	jsonw_key_u64(j, "own_source", wire_counts(((const struct exact *)ctx)->wire)->own_source);
}

static bool
exact_complete(const void *ctx)
{
	const struct wire_counts *w = wire_counts(((const struct exact *)ctx)->wire);

	return w->unsent == 0 && w->refused == 0 && w->own_source == 0;
}

const struct outlet_kind outlet_exact = {
	.schemes = "udp",
	.formats = "exact",
	.format = "exact",
	.exact = true,
	.check = exact_check,
	.open = exact_open,
	.put_datagram = exact_put,
	.flush = exact_flush,
	.finish = exact_flush,
	.counts = exact_counts,
	.say = exact_say,
	.json = exact_json,
	.complete = exact_complete,
	.free = exact_free,
};
