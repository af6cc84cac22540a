/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/meter.h"

#include <stdlib.h>

#include "capture/meter_core.h"

#define SECOND ((int64_t)1000000000)

void
meter_defaults(struct meter_options *o)
{
	*o = (struct meter_options){
		.key = METER_KEY_PORTS | METER_KEY_VLAN,
		.active = 300 * SECOND,
		.idle = 60 * SECOND,
		.linger = 5 * SECOND,
		.max_flows = (size_t)4 << 20,
		.fragment_wait = 30 * SECOND,
		.max_fragments = 16384,
		.rows = TABLE_ROWS,
		.tunnels = METER_TUNNELS_INNER,
	};
	tunnel_ports_default(&o->tunnel_ports);
}

static int64_t
never_if_zero(int64_t timeout)
{
	return timeout > 0 && timeout < INT64_MAX / 2 ? timeout : INT64_MAX / 2;
}

static uint16_t
ticks_of(const struct meter *m, int64_t timeout)
{
	return (uint16_t)((timeout + m->tick_length - 1) / m->tick_length);
}

static void
set_timeouts(struct meter *m)
{
	struct meter_options *o = &m->o;
	int64_t longest;

	o->active = never_if_zero(o->active);
	o->idle = never_if_zero(o->idle);
	o->linger = o->linger < 0 ? 0 : never_if_zero(o->linger + 1) - 1;
	longest = o->idle > o->linger ? o->idle : o->linger;
	m->tick_length = longest / METER_TICKS + 1;
	m->idle_ticks = ticks_of(m, o->idle);
	m->linger_ticks = ticks_of(m, o->linger);
	m->quick = (uint64_t)(o->idle < o->linger ? o->idle : o->linger);
	m->active = (uint64_t)o->active;
	m->fragment_deadline = INT64_MAX;
}

enum status
meter_open(const struct meter_options *o, meter_emit emit, void *ctx, struct meter **out,
    struct fault *f)
{
	struct meter *m = calloc(1, sizeof(*m));
	enum status st;

	if (m == NULL)
		return fault_memory(f);
	m->o = *o;
	m->emit = emit;
	m->stale_least = METER_STALE_LEAST;
	m->ctx = ctx;
	if (m->o.max_flows < 1)
		m->o.max_flows = 1;
	if (m->o.max_flows > FLOWCACHE_MAX)
		m->o.max_flows = FLOWCACHE_MAX;
	set_timeouts(m);
	dissector_init(&m->dissector, o->tunnels != METER_TUNNELS_OUTER, &o->tunnel_ports);
	m->dissector.inner_key = o->tunnels == METER_TUNNELS_BOTH ? KEY_INNER : 0;
	flowtunnel_open(&m->tunnels, m->o.max_flows + o->max_fragments);
	flowkey_init(&m->key, o->key, o->uniflow, o->seed);
	m->row = (struct flowrow_options){ o->uniflow, (o->key & METER_KEY_PORTS) != 0 };
	st = flowcache_open(m->o.max_flows + o->max_fragments, m->key.w4_mask, &m->cache, f);
	if (st == STATUS_OK)
		st = depth_open(o, m->o.max_flows + o->max_fragments, &m->depth, f);
	if (st == STATUS_OK && o->dedup > 0)
		st = dedup_open(o->dedup, &m->dedup, f);
	if (st == STATUS_OK)
		st = wheel_open(&m->wheel, f);
	if (st == STATUS_OK)
		st = fragments_open(o->fragment_wait, o->max_fragments, (o->key & METER_KEY_VLAN) != 0,
		    o->seed, &m->fragments, f);
	if (st == STATUS_OK)
		st = table_open(o->rows, &m->table, f);
	if (st != STATUS_OK) {
		meter_free(m);
		return st;
	}
	*out = m;
	return STATUS_OK;
}

void
meter_free(struct meter *m)
{
	if (m == NULL)
		return;
	flowcache_free(m->cache);
	wheel_free(m->wheel);
	fragments_free(m->fragments);
	table_free(m->table);
	ended_free(&m->ended);
	depth_free(m->depth);
	dedup_free(m->dedup);
	flowtunnel_free(&m->tunnels);
	free(m);
}

enum {
	FRAGMENT = DISSECT_FIRST | DISSECT_LATER,
	/* what most packets have nothing of */
	RARE = FRAGMENT | DISSECT_LENGTH_ZERO | DISSECT_LENGTH_BEYOND | DISSECT_TUNNEL |
	    DISSECT_TUNNEL_CUT | DISSECT_TUNNEL_DEPTH
};

/* The packet that the frame holds. */
static const struct dissected *
outermost(const struct item *it)
{
	return (it->d.marks & DISSECT_TUNNEL) && it->tunnel.has_outer ? &it->tunnel.outer : &it->d;
}

/* Pass 1: what each packet is. */
void
meter_dissect(const struct meter *m, const struct packet *p, size_t count, const uint8_t *matched,
    struct item *items)
{
	for (size_t i = 0; i < count; i++) {
		struct item *it = &items[i];

		it->wire = p[i].wire;
		it->reject = matched != NULL && matched[i] == 0 ? REJECT_FILTERED
		                                                : dissect_inside(&m->dissector, &p[i],
		                                                      &it->d, &it->tunnel);
		if (it->reject != REJECT_NONE)
			continue;
		it->s.time = p[i].time;
		it->s.position = (uint64_t)p[i].input << BIFLOW_FRAME_BITS | p[i].frame;
		it->s.fine = p[i].fine;
		it->s.one_way = m->o.uniflow;
		if (m->dedup != NULL)
			it->look = dedup_look(&p[i], outermost(it), m->o.seed);
		if (!(it->d.marks & FRAGMENT))
			meter_turn_key(m, it);
	}
}

static bool
is_hashed(const struct item *it)
{
	return it->reject == REJECT_NONE && !(it->d.marks & FRAGMENT);
}

/* The slots of the index on their way into the cache. */
static void
fetch_slots(const struct meter *m, const struct item *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_hashed(&items[i]))
			flowcache_prefetch_slot(m->cache, items[i].hash);
}

/* Pass 2: which flow it probably is, and its entry on its way. */
static void
guess_flows(const struct meter *m, struct item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct item *it = &items[i];

		if (!is_hashed(it))
			continue;
		it->guess = flowcache_guess(m->cache, it->hash);
		if (it->guess != FLOWCACHE_NONE) {
			const struct biflow *b = flowcache_at(m->cache, it->guess);

			__builtin_prefetch(b, 1);
			__builtin_prefetch(b->packets, 1);
			if (m->depth != NULL)
				depth_fetch(m->depth, it->guess);
		}
	}
}

/* A packet with some of these marks. */
static bool
count_rare(struct meter *m, struct item *it)
{
	m->account.length_zero += (it->d.marks & DISSECT_LENGTH_ZERO) != 0;
	m->account.length_beyond += (it->d.marks & DISSECT_LENGTH_BEYOND) != 0;
	m->account.tunnel_cut += (it->d.marks & DISSECT_TUNNEL_CUT) != 0;
	m->account.tunnel_depth += (it->d.marks & DISSECT_TUNNEL_DEPTH) != 0;
	if ((it->d.marks & DISSECT_TUNNEL) && !meter_count_outside(m, it))
		return false;
	return it->d.marks & FRAGMENT ? meter_count_fragment(m, it)
	                              : meter_count(m, it) != FLOWCACHE_NONE;
}

static enum status
meter_packet(struct meter *m, struct item *it, struct fault *f)
{
	bool ok = meter_set_clock(m, it->s.time);

	it->s.tick = m->tick;
	m->account.metered_sum.packets++;
	m->account.metered_sum.ip_bytes += it->d.ip_bytes;
	if (ok && m->clock > m->fragment_deadline)
		ok = meter_expire_fragments(m);
	if (ok && __builtin_expect(it->d.marks & RARE, 0))
		ok = count_rare(m, it);
	else if (ok)
		ok = meter_count(m, it) != FLOWCACHE_NONE;
	if (!ok)
		return fault_memory(f);
	return m->ended.count > 0 ? meter_emit_ended(m, f) : STATUS_OK;
}

static enum status
reject_copy(struct meter *m, struct item *it, struct fault *f)
{
	bool seen = false;
	enum status st = STATUS_OK;

	if (it->reject == REJECT_NONE)
		st = dedup_seen(m->dedup, &it->look, it->s.time, &seen, f);
	if (seen)
		it->reject = REJECT_DUPLICATE;
	return st;
}

/* Pass 3: the packets in their order. */
static enum status
count_items(struct meter *m, struct item *items, size_t count, struct fault *f)
{
	for (size_t i = 0; i < count; i++) {
		struct item *it = &items[i];
		struct tally *t;
		enum status st = m->dedup == NULL ? STATUS_OK : reject_copy(m, it, f);

		if (st != STATUS_OK)
			return st;
		t = it->reject == REJECT_NONE ? &m->account.metered
		                              : &m->account.rejected[it->reject];
		m->account.read.packets++;
		m->account.read.wire_bytes += it->wire;
		t->packets++;
		t->wire_bytes += it->wire;
		if (it->reject != REJECT_NONE)
			continue;
		st = meter_packet(m, it, f);
		if (st != STATUS_OK)
			return st;
	}
	return STATUS_OK;
}

static size_t
at_most_a_batch(size_t count)
{
	return count < METER_BATCH ? count : METER_BATCH;
}

/* The slots of the next few are fetched while these are counted. */
enum status
meter_update(struct meter *m, struct item *items, size_t count, struct fault *f)
{
	size_t n = at_most_a_batch(count);

	fetch_slots(m, items, n);
	while (count > 0 && m->failed == STATUS_OK) {
		struct item *these = items;
		size_t next;

		items += n;
		count -= n;
		next = at_most_a_batch(count);
		guess_flows(m, these, n);
		fetch_slots(m, items, next);
		m->failed = count_items(m, these, n, f);
		n = next;
	}
	return m->failed;
}

enum status
meter_put(struct meter *m, const struct packet *packets, size_t count, const uint8_t *matched,
    struct fault *f)
{
	while (count > 0 && m->failed == STATUS_OK) {
		size_t n = at_most_a_batch(count);

		meter_dissect(m, packets, n, matched, m->items);
		m->failed = meter_update(m, m->items, n, f);
		packets += n;
		count -= n;
		if (matched != NULL)
			matched += n;
	}
	return m->failed;
}

static enum status
hand_over_rest(struct meter *m, struct fault *f)
{
	enum status st = meter_emit_ended(m, f);

	return st == STATUS_OK && m->table->rows > 0 ? meter_hand_over(m, f) : st;
}

enum status
meter_flush(struct meter *m, int64_t time, struct fault *f)
{
	bool ok = true;

	if (m->failed != STATUS_OK)
		return m->failed;
	if (m->started && time > m->clock)
		ok = meter_set_clock(m, time) && meter_expire_fragments(m);
	m->failed = ok ? hand_over_rest(m, f) : fault_memory(f);
	return m->failed;
}

static bool
end_all(struct meter *m)
{
	if (!meter_drain_fragments(m))
		return false;
	flowcache_clear(m->cache);
	m->flows = 0;
	for (uint32_t i = 0; i < m->cache->fresh; i++)
		if ((flowcache_at(m->cache, i)->state & BIFLOW_LIVE) && !meter_end_flow(m, i, END_FORCED))
			return false;
	return true;
}

enum status
meter_finish(struct meter *m, struct fault *f)
{
	if (m->failed == STATUS_OK)
		m->failed = end_all(m) ? hand_over_rest(m, f) : fault_memory(f);
	return m->failed;
}

enum status
meter_restart(struct meter *m, struct fault *f)
{
	enum status st = meter_finish(m, f);

	m->started = false;
	m->fragment_deadline = INT64_MAX;
	return st;
}

/* What is in the cache, counted anew, so that the identity can fail. */
static struct flow_sum
carried(const struct meter *m)
{
	struct flow_sum sum = { .flows = 0 };

	fragments_count(m->fragments, &sum.packets, &sum.ip_bytes);
	for (uint32_t i = 0; i < m->cache->fresh; i++) {
		const struct biflow *b = flowcache_at(m->cache, i);

		if (!(b->state & BIFLOW_LIVE))
			continue;
		sum.flows++;
		sum.packets += b->packets[0] + b->packets[1];
		sum.ip_bytes += b->bytes[0] + b->bytes[1];
	}
	return sum;
}

void
meter_account(struct meter *m, struct accounting *out, bool reset)
{
	m->account.carried_out = carried(m);
	if (m->depth != NULL)
		m->account.hints_left_out += depth_left_out(m->depth);
	*out = m->account;
	if (reset)
		m->account = (struct accounting){ .carried_in = out->carried_out };
}

void
meter_account_so_far(const struct meter *m, struct accounting *out)
{
	const struct accounting *a = &m->account;

	*out = *a;
	out->carried_out.flows = a->carried_in.flows + a->metered_sum.flows - a->emitted.flows;
	out->carried_out.packets =
	    a->carried_in.packets + a->metered_sum.packets - a->emitted.packets;
	out->carried_out.ip_bytes =
	    a->carried_in.ip_bytes + a->metered_sum.ip_bytes - a->emitted.ip_bytes;
}

size_t
meter_flows(const struct meter *m)
{
	return m->flows;
}
