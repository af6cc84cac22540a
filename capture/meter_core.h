/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_METER_CORE_H
#define CAPTURE_METER_CORE_H

/*
 * What the meter's files share: meter.c (life cycle and batches), meter_flow.c (packets into
 * flows), meter_expire.c (the clock, and flows that end), meter_fragment.c, meter_tunnel.c.  Internal to them.
 * The functions that return bool are false where there is no memory.
 */

#include "capture/biflow.h"
#include "capture/dedup.h"
#include "capture/depth.h"
#include "capture/dissect.h"
#include "capture/ended.h"
#include "capture/flowcache.h"
#include "capture/flowkey.h"
#include "capture/flowrow.h"
#include "capture/flowtunnel.h"
#include "capture/fragment.h"
#include "capture/item.h"
#include "capture/meter.h"
#include "capture/wheel.h"

_Static_assert(DEPTH_NEW == FLOWCACHE_NONE, "no number means no flow before this one");

enum {
	METER_BATCH = 64, /* packets between the passes, while memory is fetched */
	METER_STALE = 4,  /* entries of the wheel per flow, before those that mean nothing go */
	METER_STALE_LEAST = 1 << 16, /* entries that are too few to care */
	METER_TICKS = 64  /* of the longest timeout: how late a flow may be noticed to be over */
};

struct meter {
	struct meter_options o;
	meter_emit emit;
	void *ctx;
	enum status failed; /* sticks */
	struct dissector dissector;
	struct flowkey key;
	struct flowrow_options row;
	struct flowcache *cache;
	struct wheel *wheel;
	struct fragments *fragments;
	struct flowtunnel tunnels;
	struct table *table;
	struct ended ended;
	struct dedup *dedup; /* NULL: copies are not looked for */
	struct depth *depth; /* NULL: nothing was asked for */
	size_t flows;
	size_t stale_least; /* METER_STALE_LEAST */
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
	struct item items[METER_BATCH];
};

/* meter_expire.c */

/* Moves the clock, which never goes back, and ends what is due. */
MUST_USE bool meter_set_clock(struct meter *m, int64_t time);
/* The flow is over, but its row waits for the others of this packet. */
MUST_USE bool meter_end_flow(struct meter *m, uint32_t number, int reason);
/* Puts the flow into the wheel, where it is due. */
MUST_USE bool meter_queue(struct meter *m, struct biflow *b, uint32_t number);
/* The cache is full: the flow that would have ended next makes room. */
MUST_USE bool meter_evict(struct meter *m);
/* The rows of what this packet ended, ordered; their entries are free again. */
MUST_USE enum status meter_emit_ended(struct meter *m, struct fault *f);
MUST_USE enum status meter_hand_over(struct meter *m, struct fault *f);

/* meter_tunnel.c */

/* What is in the key of a packet or flow beside struct flow_key: a hash, and whether it is the same. */
uint64_t meter_packet_extra(const struct meter *m, const struct item *it);
uint64_t meter_flow_extra(const struct meter *m, const struct biflow *b, uint32_t number);
bool meter_same_extra(const struct meter *m, const struct biflow *b, uint32_t number,
    const struct item *it);
/* What carries a packet that is DISSECT_TUNNEL: metered too, or only remembered as a first fragment. */
MUST_USE bool meter_count_outside(struct meter *m, const struct item *it);

/* The key has more than struct flow_key says. */
static inline bool
meter_has_extra(const struct meter *m, const struct flow_key *key)
{
	return __builtin_expect((m->key.extra | (key->w[4] & KEY_SEGMENT)) != 0, 0);
}

/* Turns the key to its canonical side and hashes it. */
static inline void
meter_turn_key(const struct meter *m, struct item *it)
{
	uint64_t extra = 0;

	it->s.side_b = flowkey_turn(&m->key, &it->d.key);
	if (meter_has_extra(m, &it->d.key))
		extra = meter_packet_extra(m, it);
	it->hash = flowkey_hash(&m->key, &it->d.key, extra);
}

/* meter_flow.c */

/* A packet whose key is turned: the number of the flow that it was counted into, or
 * FLOWCACHE_NONE where there is no memory. */
uint32_t meter_count(struct meter *m, const struct item *it);
/* Into this flow, whatever the times. */
MUST_USE bool meter_add(struct meter *m, const struct item *it, uint32_t number);

/* meter_fragment.c */

/* A packet that is DISSECT_FIRST or DISSECT_LATER; its key is not turned. */
MUST_USE bool meter_count_fragment(struct meter *m, struct item *it);
/* One that is DISSECT_FIRST is not counted, but its later fragments are. */
MUST_USE bool meter_note_first(struct meter *m, const struct item *it);
/* Those that waited too long; at the end of the run, all. */
MUST_USE bool meter_expire_fragments(struct meter *m);
MUST_USE bool meter_drain_fragments(struct meter *m);

#endif
