/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/outlet_export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flow/loss_report.h"
#include "flow/pack.h"
#include "replay/wire.h"

enum {
	LANES_MAX = 1024, /* observation domains and exporters that are told apart */
	BESIDE = LANES_MAX /* index of the lane for those beyond */
};

/* What has sequence numbers and templates of its own: an observation domain, of each exporter where
 * datagrams bear its address. */
struct lane {
	struct export *export;
	uint32_t domain;
	struct raw_end from;
	struct packer *packer;
};

struct export {
	struct schedule *schedule;
	struct pack_options pack;
	bool by_exporter;
	int64_t refresh;   /* nanoseconds after which templates come again, 0: never */
	int64_t refreshed;
	int64_t lead;      /* nanoseconds between new templates and their records */
	struct lane *lanes[LANES_MAX + 1];
	size_t lane_count; /* without the one for those beyond */
	struct lane *last;
	struct wire *wire;
	uint64_t given;    /* flows */
	uint64_t packed;   /* of these, the first that are in messages which the wire has */
	uint64_t settled;
	bool putting;      /* a flow is being packed */
	struct fault failed; /* between two messages */
};

/* They say where in the archive's sources a flow was, which no export protocol has an element for. */
static const enum column_id unread[] = { COLUMN_EXPORT_TIME, COLUMN_DATAGRAM_SEGMENT, COLUMN_DATAGRAM,
	COLUMN_DATAGRAM_RECORD, COLUMN_INPUT, COLUMN_FIRST_FRAME, COLUMN_NONE };

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

/* Of all lanes; one that nobody has used is none. */
static void
refresh_lanes(struct export *o)
{
	for (size_t i = 0; i <= LANES_MAX; i++)
		if (o->lanes[i] != NULL)
			pack_refresh(o->lanes[i]->packer);
}

static enum status
emit(void *ctx, const uint8_t *data, size_t len, size_t records, struct fault *f)
{
	struct lane *lane = ctx;
	struct export *o = lane->export;
	enum status st;

	schedule_admit(o->schedule, records, len);
	if (o->failed.status != STATUS_OK) {
		*f = o->failed;
		return o->failed.status;
	}
	wire_from(o->wire, &lane->from);
	wire_mark(o->wire, o->packed);
	st = wire_send(o->wire, data, len, records, f);
	if (st != STATUS_OK)
		return st;
	/* the flow that did not fit any more is for the next one; with several lanes only a flush knows */
	if (o->lane_count == 1)
		o->packed = pack_stats(lane->packer)->flows - o->putting;
	if (refresh_due(o))
		refresh_lanes(o);
	return STATUS_OK;
}

static enum status
emit_again(void *ctx, const uint8_t *data, size_t len, size_t records, struct fault *f)
{
	return wire_send(((struct lane *)ctx)->export->wire, data, len, records, f);
}

static enum status
restart(void *ctx, struct fault *f)
{
	struct export *o = ctx;
	enum status st = STATUS_OK;

	for (size_t i = 0; i <= LANES_MAX && st == STATUS_OK; i++)
		if (o->lanes[i] != NULL)
			st = pack_restart(o->lanes[i]->packer, emit_again, o->lanes[i], f);
	return st;
}

static void
export_free(void *ctx)
{
	struct export *o = ctx;

	if (o == NULL)
		return;
	for (size_t i = 0; i <= LANES_MAX; i++) {
		if (o->lanes[i] != NULL)
			pack_free(o->lanes[i]->packer);
		free(o->lanes[i]);
	}
	wire_free(o->wire);
	free(o);
}

static enum status
open_lane(struct export *o, size_t at, uint32_t domain, const struct raw_end *from, struct fault *f)
{
	struct lane *lane = calloc(1, sizeof *lane);
	enum status st;

	if (lane == NULL)
		return fault_memory(f);
	*lane = (struct lane){ .export = o, .domain = domain, .from = *from };
	o->pack.domain = domain;
	st = pack_open(&o->pack, emit, lane, &lane->packer, f);
	if (st != STATUS_OK) {
		free(lane);
		return st;
	}
	o->lanes[at] = lane;
	o->lane_count += at != BESIDE;
	return STATUS_OK;
}

static bool
is_lane(const struct lane *l, uint32_t domain, const struct raw_end *from)
{
	return l->domain == domain && l->from.port == from->port &&
	    l->from.address.family == from->address.family &&
	    memcmp(l->from.address.octets, from->address.octets, sizeof from->address.octets) == 0;
}

/* Whose the row is. */
static void
key_of(const struct export *o, const struct table *t, size_t row, uint32_t *domain,
    struct raw_end *from)
{
	*domain = (uint32_t)table_int(t, COLUMN_OBSERVATION_DOMAIN, row);
	memset(from, 0, sizeof *from);
	if (!o->by_exporter || !table_has(t, COLUMN_EXPORTER_IP, row))
		return;
	from->address = t->columns[COLUMN_EXPORTER_IP].v.address[row];
	from->port = (uint16_t)table_int(t, COLUMN_EXPORTER_PORT, row);
}

static enum status
find_lane(struct export *o, uint32_t domain, const struct raw_end *from, struct lane **out,
    struct fault *f)
{
	size_t at = o->lane_count < LANES_MAX ? o->lane_count : BESIDE;
	enum status st = STATUS_OK;

	*out = o->last;
	if (o->last != NULL && is_lane(o->last, domain, from))
		return STATUS_OK;
	for (size_t i = 0; i < o->lane_count; i++) {
		if (is_lane(o->lanes[i], domain, from)) {
			*out = o->last = o->lanes[i];
			return STATUS_OK;
		}
	}
	/* those beyond share one, without an address of theirs */
	if (at != BESIDE)
		st = open_lane(o, at, domain, from, f);
	else if (o->lanes[BESIDE] == NULL)
		st = open_lane(o, BESIDE, 0, &(struct raw_end){ .port = 0 }, f);
	if (st == STATUS_OK)
		*out = o->last = o->lanes[at];
	return st;
}

/* The lane of the rows from this one on, and behind which of them it ends. */
static enum status
next_lane(struct export *o, const struct outlet_rows *r, size_t row, struct lane **lane, size_t *end,
    struct fault *f)
{
	struct raw_end from, other;
	uint32_t domain, another;

	key_of(o, r->t, row, &domain, &from);
	*end = row + 1;
	if (r->t->columns[COLUMN_OBSERVATION_DOMAIN].present == NULL && !o->by_exporter) {
		*end = r->to;
		return find_lane(o, domain, &from, lane, f);
	}
	for (; *end < r->to; (*end)++) {
		key_of(o, r->t, *end, &another, &other);
		if (another != domain || memcmp(&other, &from, sizeof from) != 0)
			break;
	}
	return find_lane(o, domain, &from, lane, f);
}

static enum status
set_packing(struct export *o, const struct target_options *t, struct fault *f)
{
	o->pack = (struct pack_options){ .format = PACK_IPFIX, .max_octets = t->mtu,
		.refresh = t->refresh, .announce = t->announce };
	for (size_t i = 0; t->profile != NULL && t->profile->required[i] != COLUMN_NONE; i++)
		column_set_add(&o->pack.required, t->profile->required[i]);
	if (t->format != NULL && !pack_format_find(t->format, &o->pack.format))
		return fault_set(f, STATUS_USAGE, NULL, "--format is one of %s", formats);
	return STATUS_OK;
}

static enum status
export_check(const struct target_options *t, struct fault *f)
{
	struct endpoint e;
	enum status st = endpoint_parse_any(t->url, ENDPOINT_SEND, &e, f);

	return st == STATUS_OK ? wire_check(t, e.scheme != ENDPOINT_UDP, f) : st;
}

/* Who does not ask for a size gets no fragments. */
static void
fit_path(struct export *o, const struct target_options *t)
{
	size_t path = wire_path(o->wire);

	if (!t->mtu_given && path != 0 && path < o->pack.max_octets)
		o->pack.max_octets = path > PACK_MESSAGE_LEAST ? path : PACK_MESSAGE_LEAST;
}

static enum status
export_open(const struct outlet_env *env, void **out, struct fault *f)
{
	struct wire_options w = { .target = env->options, .schedule = env->schedule, .tap = env->tap,
		.dry = env->dry, .restart = restart };
	struct export *o = calloc(1, sizeof *o);
	enum status st;

	if (o == NULL)
		return fault_memory(f);
	o->schedule = env->schedule;
	o->refresh = env->options->refresh_time;
	o->refreshed = schedule_now(o->schedule);
	o->lead = env->options->lead;
	o->by_exporter = env->options->source_exporter;
	st = set_packing(o, env->options, f);
	w.restart_ctx = o;
	if (st == STATUS_OK)
		st = wire_open(&w, &o->wire, f);
	if (st != STATUS_OK) {
		export_free(o);
		return st;
	}
	fit_path(o, env->options);
	schedule_before_wait(o->schedule, before_wait, o);
	*out = o;
	return STATUS_OK;
}

/* What is packed, lane after lane. */
static enum status
export_flush(void *ctx, struct fault *f)
{
	struct export *o = ctx;
	enum status st = STATUS_OK;

	for (size_t i = 0; i <= LANES_MAX && st == STATUS_OK; i++)
		if (o->lanes[i] != NULL)
			st = pack_flush(o->lanes[i]->packer, f);
	if (st != STATUS_OK)
		return st;
	o->packed = o->given;
	return settle(o, f);
}

/* A receiver may lose what comes right behind a template that is new to it. */
static enum status
lead(struct export *o, const struct outlet_rows *r, struct fault *f)
{
	enum status st = STATUS_OK;
	bool any = false, sent;
	struct lane *lane;
	size_t end;

	for (size_t row = r->from; row < r->to && st == STATUS_OK; row = end) {
		st = next_lane(o, r, row, &lane, &end, f);
		if (st == STATUS_OK)
			st = pack_prepare(lane->packer, r->t, row, end, r->matched, &sent, f);
		any |= st == STATUS_OK && sent;
	}
	if (st == STATUS_OK && any)
		st = wire_flush(o->wire, f);
	if (st == STATUS_OK && any)
		schedule_pause(o->schedule, o->lead);
	return st;
}

/* Before each table: what several lanes hold back must not wait for the end. */
static enum status
export_prepare(void *ctx, const struct outlet_rows *r, struct fault *f)
{
	struct export *o = ctx;
	enum status st = o->lane_count > 1 ? export_flush(o, f) : STATUS_OK;

	return st == STATUS_OK && o->lead > 0 ? lead(o, r, f) : st;
}

static enum status
export_put(void *ctx, const struct outlet_rows *r, struct fault *f)
{
	struct export *o = ctx;
	enum status st = STATUS_OK;
	struct lane *lane;
	size_t end;

	for (size_t row = r->from; row < r->to && st == STATUS_OK; row = end) {
		st = next_lane(o, r, row, &lane, &end, f);
		if (st != STATUS_OK)
			break;
		o->putting = true;
		st = pack_put_rows(lane->packer, r->t, row, end, r->matched, f);
		o->putting = false;
	}
	for (size_t row = r->from; row < r->to && st == STATUS_OK; row++)
		o->given += r->matched[row];
	return st;
}

static enum status
export_finish(void *ctx, struct fault *f)
{
	struct export *o = ctx;
	enum status st = export_flush(o, f);

	return st == STATUS_OK ? wire_finish(o->wire, f) : st;
}

/* Of all lanes together. */
static struct pack_stats
all_stats(const struct export *o)
{
	struct pack_stats all = { .flows = 0 };

	for (size_t i = 0; i <= LANES_MAX; i++) {
		const struct pack_stats *p;

		if (o->lanes[i] == NULL)
			continue;
		p = pack_stats(o->lanes[i]->packer);
		all.flows += p->flows;
		all.templates += p->templates;
		all.options += p->options;
		loss_add(&all.loss, &p->loss);
	}
	return all;
}

static void
export_counts(const void *ctx, struct outlet_counts *out)
{
	const struct export *o = ctx;
	const struct wire_counts *w = wire_counts(o->wire);
	const struct pack_stats p = all_stats(o);
	uint64_t settled = wire_idle(o->wire) ? o->packed : o->settled;

	*out = (struct outlet_counts){ .flows = p.flows,
		.settled = settled < w->lost_from ? settled : w->lost_from, .records = w->records,
		.datagrams = w->datagrams, .octets = w->octets, .refused = w->refused,
		.waited = w->waited, .reconnects = w->reconnects, .unsent = w->unsent,
		.unsent_records = w->unsent_records, .not_carried = loss_refused(&p.loss), .error = w->error };
	strcpy(out->address, wire_address(o->wire));
}

static void
export_say(const void *ctx, struct buf *out)
{
	const struct export *o = ctx;
	const struct pack_stats p = all_stats(o);

	wire_say(o->wire, out);
	if (p.options > 0)
		buf_printf(out, "  with them %" PRIu64 " option records, of samplers, names and exporters\n",
		    p.options);
	loss_text(&p.loss, out);
}

static void
export_json(const void *ctx, struct jsonw *j)
{
	const struct export *o = ctx;
	const struct pack_stats p = all_stats(o);

	jsonw_key_u64(j, "own_source", wire_counts(o->wire)->own_source);
	jsonw_key_u64(j, "domains", o->lane_count);
	jsonw_key_u64(j, "templates", p.templates);
	jsonw_key_u64(j, "options", p.options);
	loss_json(&p.loss, j);
}

static bool
export_complete(const void *ctx)
{
	const struct export *o = ctx;
	const struct wire_counts *w = wire_counts(o->wire);
	const struct pack_stats p = all_stats(o);

	return loss_refused(&p.loss) == 0 && w->unsent == 0 && w->refused == 0 && w->reconnects == 0 &&
	    w->own_source == 0;
}

#define EXPORT_CALLS                                                                               \
	.unread = unread,                                                                          \
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
	.schemes = "tcp tls sctp",
	.formats = "ipfix",
	.format = "ipfix",
	EXPORT_CALLS,
};
