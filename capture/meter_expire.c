/* SPDX-License-Identifier: BSD-2-Clause */
/* The meter's clock, and the flows that end with it. */
#include "capture/meter_core.h"

enum { DRAIN_AHEAD = 8, ROWS_AHEAD = 4 };

enum status
meter_hand_over(struct meter *m, struct fault *f)
{
	if (m->table->failed)
		return fault_memory(f);
	return m->emit(m->ctx, &m->table, f);
}

/* The rows of what this packet ended, ordered; their entries are free again. */
enum status
meter_emit_ended(struct meter *m, struct fault *f)
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
		if (b->key.w[4] & KEY_TUNNEL)
			flowtunnel_row(&m->tunnels, e->flows[i].number, b, m->table, m->table->rows - 1);
		if (m->depth != NULL)
			depth_row(m->depth, e->flows[i].number, b, m->table, m->table->rows - 1);
		m->account.emitted.flows++;
		m->account.emitted.packets += b->packets[0] + b->packets[1];
		m->account.emitted.ip_bytes += b->bytes[0] + b->bytes[1];
		flowcache_release(m->cache, e->flows[i].number);
		if (table_full(m->table)) {
			enum status st = meter_hand_over(m, f);

			if (st != STATUS_OK)
				return st;
		}
	}
	e->count = 0;
	return STATUS_OK;
}

/* The flow is over, but its row waits for the others of this packet. */
bool
meter_end_flow(struct meter *m, uint32_t number, int reason)
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
	uint64_t extra = meter_has_extra(m, &b->key) ? meter_flow_extra(m, b, number) : 0;
	uint32_t hash = flowkey_hash(&m->key, &b->key, extra);

	flowcache_remove(m->cache, hash, number);
	m->flows--;
	return meter_end_flow(m, number, reason);
}

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

/* The entries that will be taken out soon, on their way into the cache. */
static void
fetch_ahead(const struct meter *m, uint16_t tick)
{
	uint32_t ahead;

	if (wheel_peek(m->wheel, tick, DRAIN_AHEAD, &ahead)) {
		__builtin_prefetch(flowcache_at(m->cache, ahead));
		__builtin_prefetch(flowcache_at(m->cache, ahead)->packets);
	}
}

static bool
drain_tick(struct meter *m)
{
	uint32_t number;
	bool due;

	while (wheel_take(m->wheel, m->tick, &number)) {
		struct biflow *b = flowcache_at(m->cache, number);

		fetch_ahead(m, m->tick);
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

bool
meter_set_clock(struct meter *m, int64_t time)
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

/* The first entry that stands where its flow is due is the one that will end it. */
static bool
keep_first(void *ctx, unsigned bucket, uint32_t number)
{
	struct biflow *b = flowcache_at(((struct meter *)ctx)->cache, number);

	if (!(b->state & BIFLOW_LIVE) || b->queued % WHEEL_BUCKETS != bucket ||
	    (b->link & BIFLOW_MARK))
		return false;
	b->link |= BIFLOW_MARK;
	return true;
}

static bool
unmark(void *ctx, unsigned bucket, uint32_t number)
{
	(void)bucket;
	flowcache_at(((struct meter *)ctx)->cache, number)->link &= (uint16_t)~BIFLOW_MARK;
	return true;
}

/*
 * A connection that is finished leaves an entry where it would have been idle.  While the
 * clock stands still (a scan within one tick, or one time stamp) nobody takes them out: they
 * go before they are a multiple of the flows.  (Most would have been passed over; one whose
 * number has another flow by now would have stood for that one, too far in front of its tick.)
 */
static bool
sweep_wheel(struct meter *m)
{
	size_t count = wheel_count(m->wheel);

	if (count < m->stale_least || count / METER_STALE < m->flows)
		return true;
	return wheel_sweep(m->wheel, keep_first, m) && wheel_sweep(m->wheel, unmark, m);
}

bool
meter_queue(struct meter *m, struct biflow *b, uint32_t number)
{
	b->queued = due_tick(m, b);
	return wheel_put(m->wheel, b->queued, number) && sweep_wheel(m);
}

/* The cache is full: the flow that would have ended next makes room. */
bool
meter_evict(struct meter *m)
{
	uint32_t number;
	uint16_t tick;
	bool due;

	while (wheel_nearest(m->wheel, (uint16_t)(m->tick + 1), &tick) &&
	    wheel_take(m->wheel, tick, &number)) {
		fetch_ahead(m, tick);
		if (!is_due(m, flowcache_at(m->cache, number), number, tick, &due))
			return false;
		if (due)
			return end_and_remove(m, number, END_NO_RESOURCES);
	}
	return true;
}

