/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/meter.h"

#include <stdlib.h>
#include <string.h>

#include "capture/biflow.h"
#include "capture/dissect.h"
#include "capture/ended.h"
#include "capture/flowcache.h"
#include "capture/flowkey.h"
#include "capture/flowrow.h"
#include "capture/fragment.h"
#include "capture/nexthdr.h"
#include "capture/wheel.h"

#define SECOND ((int64_t)1000000000)

enum {
	BATCH = 64,       /* packets between dissection and update, while memory is fetched */
	TICKS = 64,       /* of the longest timeout: how late a flow may be noticed to be over */
	DRAIN_AHEAD = 8,
	ROWS_AHEAD = 4
};

/* One packet between the passes. */
struct item {
	struct dissected d;
	struct sighting s;
	uint32_t hash;
	uint32_t guess;
	enum reject reject;
};

struct meter {
	struct meter_options o;
	meter_emit emit;
	void *ctx;
	enum status failed; /* sticks */
	struct flowkey key;
	struct flowrow_options row;
	struct flowcache *cache;
	struct wheel *wheel;
	struct fragments *fragments;
	struct table *table;
	struct ended ended;
	size_t flows;
	uint64_t quick;     /* gaps up to this end no flow */
	uint64_t active;
	bool started;
	int64_t clock;      /* the highest time of a metered packet */
	int64_t tick_end;
	int64_t tick_length;
	uint16_t tick;      /* counts idle ones only as far as something may be due */
	uint16_t idle_ticks;
	uint16_t linger_ticks;
	int64_t fragment_deadline;
	struct accounting account;
	struct item items[BATCH];
};

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
	};
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
	m->tick_length = longest / TICKS + 1;
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
	m->ctx = ctx;
	if (m->o.max_flows < 1)
		m->o.max_flows = 1;
	if (m->o.max_flows > FLOWCACHE_MAX)
		m->o.max_flows = FLOWCACHE_MAX;
	set_timeouts(m);
	flowkey_init(&m->key, o->key, o->uniflow, o->seed);
	m->row = (struct flowrow_options){ o->uniflow, (o->key & METER_KEY_PORTS) != 0 };
	st = flowcache_open(m->o.max_flows + o->max_fragments, m->key.w4_mask, &m->cache, f);
	if (st == STATUS_OK)
		st = wheel_open(&m->wheel, f);
	if (st == STATUS_OK)
		st = fragments_open(o->fragment_wait, o->max_fragments, (o->key & METER_KEY_VLAN) != 0,
		    o->seed, &m->fragments, f);
	if (st == STATUS_OK)
		st = table_open(TABLE_ROWS, &m->table, f);
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
	free(m);
}

/* ---- flows that end ---- */

static enum status
hand_over(struct meter *m, struct fault *f)
{
	enum status st;

	if (m->table->failed)
		return fault_memory(f);
	st = m->emit(m->ctx, &m->table, f);
	return st;
}

/* The rows of what this packet ended, ordered; their entries are free again. */
static enum status
emit_ended(struct meter *m, struct fault *f)
{
	struct ended *e = &m->ended;

	if (!ended_sort(e))
		return fault_memory(f);
	for (size_t i = 0; i < e->count; i++) {
		const struct biflow *b = flowcache_at(m->cache, e->flows[i].number);

		if (i + ROWS_AHEAD < e->count) {
			const struct biflow *next =
			    flowcache_at(m->cache, e->flows[i + ROWS_AHEAD].number);

			__builtin_prefetch(next);
			__builtin_prefetch(next->packets);
		}
		flowrow_add(m->table, b, e->flows[i].reason, &m->row);
		m->account.emitted.flows++;
		m->account.emitted.packets += b->packets[0] + b->packets[1];
		m->account.emitted.ip_bytes += b->bytes[0] + b->bytes[1];
		flowcache_release(m->cache, e->flows[i].number);
		if (table_full(m->table)) {
			enum status st = hand_over(m, f);

			if (st != STATUS_OK)
				return st;
		}
	}
	e->count = 0;
	return STATUS_OK;
}

/* The flow is over, but its row waits for the others of this packet. */
static bool
end_flow(struct meter *m, uint32_t number, int reason)
{
	struct biflow *b = flowcache_at(m->cache, number);

	if (b->state & BIFLOW_FINISHED)
		reason = END_OF_FLOW;
	if (reason == END_NO_RESOURCES)
		m->account.evicted++;
	b->state &= ~BIFLOW_LIVE;
	return ended_push(&m->ended, b->start, number, reason);
}

static bool
end_and_remove(struct meter *m, uint32_t number, int reason)
{
	const struct biflow *b = flowcache_at(m->cache, number);
	uint32_t hash = flowkey_hash(&m->key, &b->key, flowkey_flow_extra(&m->key, b));

	flowcache_remove(m->cache, hash, number);
	m->flows--;
	return end_flow(m, number, reason);
}

/* ---- the clock ---- */

/* The tick in which the flow is over if no packet comes. */
static uint16_t
due_tick(const struct meter *m, const struct biflow *b)
{
	unsigned ticks = b->state & BIFLOW_FINISHED ? m->linger_ticks : m->idle_ticks;

	return (uint16_t)(b->seen + ticks + 1);
}

/*
 * What stands in a bucket may have been queued elsewhere since, or seen packets: the
 * flow is due, or it is put where it is due now.
 */
static bool
is_due(struct meter *m, struct biflow *b, uint32_t number, uint16_t bucket, bool *due)
{
	uint16_t tick;

	*due = false;
	if (!(b->state & BIFLOW_LIVE) || b->queued != bucket)
		return true;
	tick = due_tick(m, b);
	*due = (int16_t)(tick - bucket) <= 0;
	if (*due)
		return true;
	b->queued = tick;
	return wheel_put(m->wheel, tick, number);
}

static bool
drain_tick(struct meter *m)
{
	uint32_t number, ahead;
	bool due;

	while (wheel_take(m->wheel, m->tick, &number)) {
		struct biflow *b = flowcache_at(m->cache, number);

		if (wheel_peek(m->wheel, m->tick, DRAIN_AHEAD, &ahead)) {
			__builtin_prefetch(flowcache_at(m->cache, ahead));
			__builtin_prefetch(flowcache_at(m->cache, ahead)->packets);
		}
		if (!is_due(m, b, number, m->tick, &due))
			return false;
		if (due && !end_and_remove(m, number, END_IDLE))
			return false;
	}
	return true;
}

/* The clock passed the end of its tick: all that is due ends.  Decades take no longer. */
static bool
turn_wheel(struct meter *m)
{
	uint64_t behind = (uint64_t)m->clock - (uint64_t)m->tick_end;
	uint64_t length = (uint64_t)m->tick_length, passed = behind / length + 1;
	int64_t next = m->clock - (int64_t)(behind % length);

	m->tick_end = next > INT64_MAX - m->tick_length ? INT64_MAX : next + m->tick_length;
	if (passed > WHEEL_BUCKETS)
		passed = WHEEL_BUCKETS;
	for (; passed > 0; passed--) {
		m->tick++;
		if (!drain_tick(m))
			return false;
	}
	return true;
}

static bool
set_clock(struct meter *m, int64_t time)
{
	if (!m->started) {
		m->started = true;
		m->clock = time;
		m->tick_end = time > INT64_MAX - m->tick_length ? INT64_MAX : time + m->tick_length;
		return true;
	}
	if (time > m->clock) {
		m->clock = time;
		if (__builtin_expect(time >= m->tick_end, 0))
			return turn_wheel(m);
	} else if (time < m->clock) {
		m->account.time_regressions++;
	}
	return true;
}

/* ---- flows that begin ---- */

static bool
queue(struct meter *m, struct biflow *b, uint32_t number)
{
	b->queued = due_tick(m, b);
	return wheel_put(m->wheel, b->queued, number);
}

/* The cache is full: the flow that would have ended next makes room. */
static bool
evict(struct meter *m)
{
	uint32_t number;
	bool due;

	for (unsigned ahead = 1; ahead < WHEEL_BUCKETS; ahead++) {
		uint16_t tick = (uint16_t)(m->tick + ahead);

		while (wheel_take(m->wheel, tick, &number)) {
			if (!is_due(m, flowcache_at(m->cache, number), number, tick, &due))
				return false;
			if (due)
				return end_and_remove(m, number, END_NO_RESOURCES);
		}
	}
	return true;
}

static uint32_t
begin_flow(struct meter *m, const struct item *it, const struct biflow *continued)
{
	uint32_t number = flowcache_take(m->cache);
	struct biflow *b;

	if (number == FLOWCACHE_NONE)
		return FLOWCACHE_NONE;
	b = flowcache_at(m->cache, number);
	biflow_start(b, &it->d, &it->s, continued);
	b->seen = it->s.tick;
	m->account.metered_sum.flows++;
	return queue(m, b, number) ? number : FLOWCACHE_NONE;
}

static uint32_t
new_flow(struct meter *m, const struct item *it)
{
	uint32_t number;

	if (m->flows >= m->o.max_flows && !evict(m))
		return FLOWCACHE_NONE;
	number = begin_flow(m, it, NULL);
	if (number == FLOWCACHE_NONE || !flowcache_insert(m->cache, it->hash, number))
		return FLOWCACHE_NONE;
	m->flows++;
	return number;
}

/* The old flow ends with this packet, and another with the same key begins. */
static uint32_t
next_flow(struct meter *m, const struct item *it, uint32_t old, int reason)
{
	const struct biflow *b = flowcache_at(m->cache, old);
	uint32_t number = begin_flow(m, it, reason == END_ACTIVE ? b : NULL);

	if (number == FLOWCACHE_NONE || !end_flow(m, old, reason))
		return FLOWCACHE_NONE;
	flowcache_replace(m->cache, it->hash, old, number);
	return number;
}

/* ---- packets ---- */

/* Why the flow cannot hold this packet; 0 if it can. */
static int
why_over(const struct meter *m, const struct biflow *b, const struct item *it)
{
	bool finished = b->state & BIFLOW_FINISHED;
	uint64_t time = (uint64_t)it->s.time, first = (uint64_t)b->first, last = (uint64_t)b->last;
	uint64_t gap = 0, span = last - first;

	if (it->s.time > b->last) {
		gap = time - last;
		span = time - first;
	} else if (it->s.time < b->first) {
		gap = first - time;
		span = last - time;
	}
	if (finished && (gap > (uint64_t)m->o.linger || biflow_is_syn(&it->d)))
		return END_OF_FLOW;
	if (!finished && gap > (uint64_t)m->o.idle)
		return END_IDLE;
	return span > m->active ? END_ACTIVE : 0;
}

static bool
may_be_over(const struct meter *m, const struct biflow *b, const struct item *it)
{
	uint64_t time = (uint64_t)it->s.time;

	return time - (uint64_t)b->last > m->quick || time - (uint64_t)b->first > m->active ||
	    (b->state & BIFLOW_FINISHED);
}

static bool
matches(const struct meter *m, const struct biflow *b, const struct item *it)
{
	return flowcache_same(m->cache, &b->key, &it->d.key) &&
	    (m->key.extra == 0 || flowkey_same_extra(&m->key, b, &it->d, it->s.side_b));
}

static uint32_t
find_flow(const struct meter *m, const struct item *it)
{
	uint32_t slot = UINT32_MAX, number = it->guess;

	if (number != FLOWCACHE_NONE) {
		const struct biflow *b = flowcache_at(m->cache, number);

		if ((b->state & BIFLOW_LIVE) && matches(m, b, it))
			return number;
	}
	do
		number = flowcache_next(m->cache, it->hash, &slot);
	while (number != FLOWCACHE_NONE && !matches(m, flowcache_at(m->cache, number), it));
	return number;
}

/* Counts the packet into a flow that can hold it. */
static bool
add_packet(struct meter *m, const struct item *it, uint32_t number)
{
	struct biflow *b = flowcache_at(m->cache, number);
	uint32_t before = b->state;

	biflow_add(b, &it->d, &it->s);
	if (!((before ^ b->state) & BIFLOW_FINISHED))
		return true;
	if ((uint16_t)(b->queued - m->tick) <= m->linger_ticks + 1)
		return true;
	return queue(m, b, number);
}

/* The packet's key is complete and turned: into the flow's counters.  NONE: no memory. */
static uint32_t
count_packet(struct meter *m, const struct item *it)
{
	uint32_t number = find_flow(m, it);

	if (number == FLOWCACHE_NONE) {
		number = new_flow(m, it);
	} else {
		const struct biflow *b = flowcache_at(m->cache, number);
		int reason;

		if (may_be_over(m, b, it)) {
			reason = why_over(m, b, it);
			if (reason != 0)
				number = next_flow(m, it, number, reason);
		}
	}
	if (number == FLOWCACHE_NONE || !add_packet(m, it, number))
		return FLOWCACHE_NONE;
	return number;
}

static void
turn_key(const struct meter *m, struct item *it)
{
	it->s.side_b = flowkey_turn(&m->key, &it->d.key);
	it->hash = flowkey_hash(&m->key, &it->d.key,
	    flowkey_packet_extra(&m->key, &it->d, it->s.side_b));
}

/* ---- fragments ---- */

static struct item
waited_item(const struct meter *m, const struct fragment_packet *p)
{
	struct item it = { .d = p->d, .guess = FLOWCACHE_NONE };

	it.s = (struct sighting){ .time = p->time, .position = p->position, .tick = m->tick,
		.fine = p->fine, .one_way = m->o.uniflow };
	return it;
}

static bool
count_orphan(struct meter *m, struct fragment_packet *p)
{
	struct item it = waited_item(m, p);

	m->account.orphan_fragments++;
	turn_key(m, &it);
	return count_packet(m, &it) != FLOWCACHE_NONE;
}

static bool
count_orphans(struct meter *m, bool room)
{
	struct fragment_packet p;

	while (fragments_orphan(m->fragments, m->clock, room, &p))
		if (!count_orphan(m, &p))
			return false;
	return true;
}

/* Those that waited belong to the first one's flow, whatever their time. */
static bool
count_first(struct meter *m, const struct item *it)
{
	struct item first = *it;
	struct fragment_packet p;
	uint32_t number;

	if (fragments_first(m->fragments, &it->d, m->clock) != STATUS_OK)
		return false;
	turn_key(m, &first);
	number = count_packet(m, &first);
	if (number == FLOWCACHE_NONE)
		return false;
	while (fragments_waiting(m->fragments, &it->d, &p)) {
		struct item later = waited_item(m, &p);

		turn_key(m, &later);
		if (!add_packet(m, &later, number))
			return false;
	}
	return true;
}

/* Whether the number in a later fragment leaves open what its first one has. */
static bool
needs_first(const struct dissected *d)
{
	enum layer layer = next_layer(NEXT_PROTOCOL, KEY_PROTOCOL(d->key.w[4]));

	return layer != LAYER_OPAQUE && layer != LAYER_ICMP;
}

static bool
count_later(struct meter *m, struct item *it)
{
	bool ready = true;

	if (needs_first(&it->d) &&
	    fragments_later(m->fragments, &it->d, it->s.time, it->s.position, it->s.fine,
	        m->clock, &ready) != STATUS_OK)
		return false;
	if (!ready)
		return true;
	turn_key(m, it);
	return count_packet(m, it) != FLOWCACHE_NONE;
}

static bool
count_fragment(struct meter *m, struct item *it)
{
	bool ok = count_orphans(m, true);

	it->guess = FLOWCACHE_NONE;
	if (ok && (it->d.marks & DISSECT_LATER))
		ok = count_later(m, it);
	else if (ok)
		ok = count_first(m, it);
	m->fragment_deadline = fragments_deadline(m->fragments);
	return ok;
}

/* ---- batches ---- */

enum { FRAGMENT = DISSECT_FIRST | DISSECT_LATER };

/* Pass 1: what each packet is, and the slot of the index on its way into the cache. */
static void
dissect_batch(struct meter *m, const struct packet *p, size_t count, const uint8_t *matched)
{
	for (size_t i = 0; i < count; i++) {
		struct item *it = &m->items[i];

		it->reject = matched != NULL && matched[i] == 0 ? REJECT_FILTERED
		                                                : dissect(&p[i], &it->d);
		if (it->reject != REJECT_NONE)
			continue;
		it->s.time = p[i].time;
		it->s.position = (uint64_t)p[i].input << BIFLOW_FRAME_BITS | p[i].frame;
		it->s.fine = p[i].fine;
		it->s.one_way = m->o.uniflow;
		if (it->d.marks & FRAGMENT)
			continue;
		turn_key(m, it);
		flowcache_prefetch_slot(m->cache, it->hash);
	}
}

/* Pass 2: which flow it probably is, and its entry on its way. */
static void
guess_batch(struct meter *m, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct item *it = &m->items[i];

		if (it->reject != REJECT_NONE || (it->d.marks & FRAGMENT))
			continue;
		it->guess = flowcache_guess(m->cache, it->hash);
		if (it->guess != FLOWCACHE_NONE) {
			const struct biflow *b = flowcache_at(m->cache, it->guess);

			__builtin_prefetch(b, 1);
			__builtin_prefetch(b->packets, 1);
		}
	}
}

static enum status
meter_packet(struct meter *m, struct item *it, struct fault *f)
{
	bool ok = set_clock(m, it->s.time);

	it->s.tick = m->tick;
	m->account.metered_sum.packets++;
	m->account.metered_sum.ip_bytes += it->d.ip_bytes;
	m->account.length_zero += (it->d.marks & DISSECT_LENGTH_ZERO) != 0;
	m->account.length_beyond += (it->d.marks & DISSECT_LENGTH_BEYOND) != 0;
	if (ok && m->clock > m->fragment_deadline) {
		ok = count_orphans(m, false);
		m->fragment_deadline = fragments_deadline(m->fragments);
	}
	if (ok && (it->d.marks & FRAGMENT))
		ok = count_fragment(m, it);
	else if (ok)
		ok = count_packet(m, it) != FLOWCACHE_NONE;
	if (!ok)
		return fault_memory(f);
	return m->ended.count > 0 ? emit_ended(m, f) : STATUS_OK;
}

/* Pass 3: the packets in their order. */
static enum status
update_batch(struct meter *m, const struct packet *p, size_t count, struct fault *f)
{
	for (size_t i = 0; i < count; i++) {
		struct item *it = &m->items[i];
		struct tally *t = it->reject == REJECT_NONE ? &m->account.metered
		                                            : &m->account.rejected[it->reject];
		enum status st;

		m->account.read.packets++;
		m->account.read.wire_bytes += p[i].wire;
		t->packets++;
		t->wire_bytes += p[i].wire;
		if (it->reject != REJECT_NONE)
			continue;
		st = meter_packet(m, it, f);
		if (st != STATUS_OK)
			return st;
	}
	return STATUS_OK;
}

enum status
meter_put(struct meter *m, const struct packet *packets, size_t count, const uint8_t *matched,
    struct fault *f)
{
	while (count > 0 && m->failed == STATUS_OK) {
		size_t n = count < BATCH ? count : BATCH;

		dissect_batch(m, packets, n, matched);
		guess_batch(m, n);
		m->failed = update_batch(m, packets, n, f);
		packets += n;
		count -= n;
		if (matched != NULL)
			matched += n;
	}
	return m->failed;
}

/* ---- the ends ---- */

static enum status
hand_over_rest(struct meter *m, struct fault *f)
{
	enum status st = emit_ended(m, f);

	return st == STATUS_OK && m->table->rows > 0 ? hand_over(m, f) : st;
}

enum status
meter_flush(struct meter *m, int64_t time, struct fault *f)
{
	bool ok = true;

	if (m->failed != STATUS_OK)
		return m->failed;
	if (m->started && time > m->clock) {
		ok = set_clock(m, time) && count_orphans(m, false);
		m->fragment_deadline = fragments_deadline(m->fragments);
	}
	m->failed = ok ? hand_over_rest(m, f) : fault_memory(f);
	return m->failed;
}

static bool
end_all(struct meter *m)
{
	struct fragment_packet p;

	while (fragments_drain(m->fragments, &p))
		if (!count_orphan(m, &p))
			return false;
	m->fragment_deadline = INT64_MAX;
	flowcache_clear(m->cache);
	m->flows = 0;
	for (uint32_t i = 0; i < m->cache->fresh; i++)
		if ((flowcache_at(m->cache, i)->state & BIFLOW_LIVE) && !end_flow(m, i, END_FORCED))
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
	*out = m->account;
	if (reset)
		m->account = (struct accounting){ .carried_in = out->carried_out };
}
