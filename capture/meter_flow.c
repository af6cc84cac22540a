/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet into the counters of its flow. */
#include "capture/meter_core.h"

/* `continued`: the number of the flow that goes on, or FLOWCACHE_NONE. */
static uint32_t
begin_flow(struct meter *m, const struct item *it, uint32_t continued)
{
	uint32_t number = flowcache_take(m->cache);
	struct biflow *b;

	if (number == FLOWCACHE_NONE)
		return FLOWCACHE_NONE;
	if (m->depth != NULL && !depth_begin(m->depth, number, continued))
		return FLOWCACHE_NONE;
	b = flowcache_at(m->cache, number);
	biflow_start(b, &it->d, &it->s,
	    continued == FLOWCACHE_NONE ? NULL : flowcache_at(m->cache, continued));
	b->seen = it->s.tick;
	m->account.metered_sum.flows++;
	return meter_queue(m, b, number) ? number : FLOWCACHE_NONE;
}

static uint32_t
new_flow(struct meter *m, const struct item *it)
{
	uint32_t number;

	if (m->flows >= m->o.max_flows && !meter_evict(m))
		return FLOWCACHE_NONE;
	number = begin_flow(m, it, FLOWCACHE_NONE);
	if (number == FLOWCACHE_NONE || !flowcache_insert(m->cache, it->hash, number))
		return FLOWCACHE_NONE;
	m->flows++;
	return number;
}

/* The old flow ends with this packet, and another with the same key begins. */
static uint32_t
next_flow(struct meter *m, const struct item *it, uint32_t old, int reason)
{
	uint32_t number = begin_flow(m, it, reason == END_ACTIVE ? old : FLOWCACHE_NONE);

	if (number == FLOWCACHE_NONE || !meter_end_flow(m, old, reason))
		return FLOWCACHE_NONE;
	flowcache_replace(m->cache, it->hash, old, number);
	return number;
}

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
matches(const struct meter *m, uint32_t number, const struct biflow *b, const struct item *it)
{
	return flowcache_same(m->cache, &b->key, &it->d.key) &&
	    (!meter_has_extra(m, &it->d.key) || meter_same_extra(m, b, number, it));
}

static uint32_t
find_flow(const struct meter *m, const struct item *it)
{
	uint32_t slot = UINT32_MAX, number = it->guess;

	if (number != FLOWCACHE_NONE) {
		const struct biflow *b = flowcache_at(m->cache, number);

		if ((b->state & BIFLOW_LIVE) && matches(m, number, b, it))
			return number;
	}
	do
		number = flowcache_next(m->cache, it->hash, &slot);
	while (number != FLOWCACHE_NONE &&
	    !matches(m, number, flowcache_at(m->cache, number), it));
	return number;
}

/* What few runs, or few packets, have to do; out of the way of the others.  `changed` are bits of the state. */
__attribute__((noinline)) static bool
add_more(struct meter *m, const struct item *it, uint32_t number, uint32_t changed)
{
	struct biflow *b = flowcache_at(m->cache, number);

	if (m->depth != NULL &&
	    !depth_add(m->depth, number, b, changed & BIFLOW_FROM_B, &it->d, &it->s))
		return false;
	if (!(changed & BIFLOW_FINISHED))
		return true;
	if ((uint16_t)(b->queued - m->tick) <= m->linger_ticks + 1)
		return true;
	return meter_queue(m, b, number);
}

/* Counts the packet into a flow that can hold it. */
bool
meter_add(struct meter *m, const struct item *it, uint32_t number)
{
	struct biflow *b = flowcache_at(m->cache, number);
	uint32_t before = b->state, changed;

	biflow_add(b, &it->d, &it->s);
	if (__builtin_expect(it->d.marks & DISSECT_TUNNEL, 0) &&
	    !flowtunnel_note(&m->tunnels, number, b, &it->tunnel.path, it->s.side_b))
		return false;
	changed = before ^ b->state;
	if (__builtin_expect(!(changed & BIFLOW_FINISHED) && m->depth == NULL, 1))
		return true;
	return add_more(m, it, number, changed);
}

/* The packet's key is complete and turned: into the flow's counters.  NONE: no memory. */
uint32_t
meter_count(struct meter *m, const struct item *it)
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
	if (number == FLOWCACHE_NONE || !meter_add(m, it, number))
		return FLOWCACHE_NONE;
	return number;
}

