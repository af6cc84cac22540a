/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/outlet_export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flow/loss_report.h"
#include "flow/pack.h"
#include "replay/wire.h"

struct export {
	struct schedule *schedule;
	int64_t refresh;   /* nanoseconds after which templates come again, 0: never */
	int64_t refreshed;
	int64_t lead;      /* nanoseconds between new templates and their records */
	struct packer *packer;
	struct wire *wire;
	uint64_t packed;   /* flows that are in messages which the wire has */
	uint64_t settled;
	bool putting;      /* a flow is being packed */
	struct fault failed; /* between two messages */
};

static const char formats[] = "ipfix netflow9 netflow5";

static enum status
settle(struct export *o, struct fault *f)
{
	enum status st = wire_flush(o->wire, f);

	if (st == STATUS_OK)
		o->settled = o->packed;
	return st;
}

/* What fails here is told with the next message. */
static void
before_wait(void *ctx)
{
	struct export *o = ctx;

	(void)settle(o, &o->failed);
}

static bool
refresh_due(struct export *o)
{
	int64_t now;

	if (o->refresh == 0)
		return false;
	now = schedule_now(o->schedule);
	if (now - o->refreshed < o->refresh)
		return false;
	o->refreshed = now;
	return true;
}

static enum status
emit(void *ctx, const uint8_t *data, size_t len, size_t records, struct fault *f)
{
	struct export *o = ctx;
	enum status st;

	schedule_admit(o->schedule, records, len);
	if (o->failed.status != STATUS_OK) {
		*f = o->failed;
		return o->failed.status;
	}
	st = wire_send(o->wire, data, len, records, f);
	if (st != STATUS_OK)
		return st;
	/* the flow that did not fit any more is for the next one */
	o->packed = pack_stats(o->packer)->flows - o->putting;
	if (refresh_due(o))
		pack_refresh(o->packer);
	return STATUS_OK;
}

static enum status
emit_again(void *ctx, const uint8_t *data, size_t len, size_t records, struct fault *f)
{
	return wire_send(((struct export *)ctx)->wire, data, len, records, f);
}

static enum status
restart(void *ctx, struct fault *f)
{
	struct export *o = ctx;

	return pack_restart(o->packer, emit_again, o, f);
}

static void
export_free(void *ctx)
{
	struct export *o = ctx;

	if (o == NULL)
		return;
	pack_free(o->packer);
	wire_free(o->wire);
	free(o);
}

static enum status
open_packer(struct export *o, const struct target_options *t, struct fault *f)
{
	struct pack_options p = { .format = PACK_IPFIX, .max_octets = t->mtu, .refresh = t->refresh };

	for (size_t i = 0; t->profile != NULL && t->profile->required[i] != COLUMN_NONE; i++)
		column_set_add(&p.required, t->profile->required[i]);
	if (t->format != NULL && !pack_format_find(t->format, &p.format))
		return fault_set(f, STATUS_USAGE, NULL, "--format is one of %s", formats);
	return pack_open(&p, emit, o, &o->packer, f);
}

static enum status
export_check(const struct target_options *t, struct fault *f)
{
	struct endpoint ignored;

	return endpoint_parse_any(t->url, ENDPOINT_ANY, &ignored, f);
}

static enum status
export_open(const struct outlet_env *env, void **out, struct fault *f)
{
	struct wire_options w = { .url = env->options->url, .schedule = env->schedule, .tap = env->tap,
		.dry = env->dry, .restart = restart,
		.tls = { .certificate = env->options->certificate, .key = env->options->key,
		    .ca = env->options->ca, .insecure = env->options->insecure } };
	struct export *o = calloc(1, sizeof *o);
	enum status st;

	if (o == NULL)
		return fault_memory(f);
	o->schedule = env->schedule;
	o->refresh = env->options->refresh_time;
	o->refreshed = schedule_now(o->schedule);
	o->lead = env->options->lead;
	st = open_packer(o, env->options, f);
	w.restart_ctx = o;
	if (st == STATUS_OK)
		st = wire_open(&w, &o->wire, f);
	if (st != STATUS_OK) {
		export_free(o);
		return st;
	}
	schedule_before_wait(o->schedule, before_wait, o);
	*out = o;
	return STATUS_OK;
}

/* A receiver may lose what comes right behind a template that is new to it. */
static enum status
export_prepare(void *ctx, const struct outlet_rows *r, struct fault *f)
{
	struct export *o = ctx;
	bool sent = false;
	enum status st;

	if (o->lead == 0)
		return STATUS_OK;
	st = pack_prepare(o->packer, r->t, r->from, r->to, r->matched, &sent, f);
	if (st == STATUS_OK && sent)
		st = wire_flush(o->wire, f);
	if (st == STATUS_OK && sent)
		schedule_pause(o->schedule, o->lead);
	return st;
}

static enum status
export_put(void *ctx, const struct outlet_rows *r, struct fault *f)
{
	struct export *o = ctx;
	enum status st;

	o->putting = true;
	st = pack_put_rows(o->packer, r->t, r->from, r->to, r->matched, f);
	o->putting = false;
	return st;
}

static enum status
export_flush(void *ctx, struct fault *f)
{
	struct export *o = ctx;
	enum status st = pack_flush(o->packer, f);

	if (st != STATUS_OK)
		return st;
	o->packed = pack_stats(o->packer)->flows;
	return settle(o, f);
}

static enum status
export_finish(void *ctx, struct fault *f)
{
	struct export *o = ctx;
	enum status st = export_flush(o, f);

	return st == STATUS_OK ? wire_finish(o->wire, f) : st;
}

static void
export_counts(const void *ctx, struct outlet_counts *out)
{
	const struct export *o = ctx;
	const struct wire_counts *w = wire_counts(o->wire);
	const struct pack_stats *p = pack_stats(o->packer);

	*out = (struct outlet_counts){ .flows = p->flows, .settled = o->settled, .records = w->records,
		.datagrams = w->datagrams, .octets = w->octets, .refused = w->refused,
		.waited = w->waited, .reconnects = w->reconnects, .unsent = w->unsent, .unsent_records = w->unsent_records,
		.not_carried = loss_refused(&p->loss), .error = w->error };
	strcpy(out->address, wire_address(o->wire));
}

static void
export_say(const void *ctx, struct buf *out)
{
	const struct export *o = ctx;

	loss_text(&pack_stats(o->packer)->loss, out);
}

static void
export_json(const void *ctx, struct jsonw *j)
{
	const struct pack_stats *p = pack_stats(((const struct export *)ctx)->packer);

	jsonw_key_u64(j, "templates", p->templates);
	loss_json(&p->loss, j);
}

static bool
export_complete(const void *ctx)
{
	const struct export *o = ctx;
	const struct wire_counts *w = wire_counts(o->wire);

	return loss_refused(&pack_stats(o->packer)->loss) == 0 && w->unsent == 0 && w->refused == 0;
}

#define EXPORT_CALLS                                                                               \
	.check = export_check, .open = export_open, .prepare = export_prepare, .put = export_put,  \
	.flush = export_flush,                                                             \
	.finish = export_finish, .counts = export_counts, .say = export_say, .json = export_json,  \
	.complete = export_complete, .free = export_free

const struct outlet_kind outlet_export = {
	.schemes = "udp",
	.formats = formats,
	.format = "ipfix",
	EXPORT_CALLS,
};

/* Of NetFlow over connections nobody has said how it is done. */
const struct outlet_kind outlet_export_stream = {
	.schemes = "tcp tls",
	.formats = "ipfix",
	.format = "ipfix",
	EXPORT_CALLS,
};
