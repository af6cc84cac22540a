/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an attacker's packets cost: memory stays bounded while the packets' clock stands still,
 * and keys that were chosen to collide are found in as few looks as any.
 */
#include "capture/meter_core.h"

#include <inttypes.h>

#include "base/cursor.h"
#include "tests/capture/packets.h"
#include "tests/unit.h"

enum { CONNECTIONS = 20000, FEW = 100, ENOUGH = 100000, LEAST = 200 };
#define MS ((int64_t)1000000)

struct load {
	struct meter *meter;
	uint64_t rows;
	uint64_t packets;
	uint64_t digest; /* of the rows, in their order */
	size_t entries;  /* of the wheel, at most */
	size_t flows;    /* at once, at most */
	uint64_t frames;
};

static void
mix(struct load *l, int64_t v)
{
	l->digest = (l->digest ^ (uint64_t)v) * 0x9e3779b97f4a7c15u;
	l->digest ^= l->digest >> 29;
}

static enum status
take_rows(void *ctx, struct table **t, struct fault *f)
{
	struct load *l = ctx;

	(void)f;
	for (size_t i = 0; i < (*t)->rows; i++) {
		mix(l, table_int(*t, COLUMN_FIRST_FRAME, i));
		mix(l, table_int(*t, COLUMN_END_REASON, i));
		mix(l, table_int(*t, COLUMN_PACKETS, i));
		l->packets += (uint64_t)(table_int(*t, COLUMN_PACKETS, i) +
		    table_int(*t, COLUMN_REV_PACKETS, i));
		l->rows++;
	}
	table_reset(*t);
	return STATUS_OK;
}

static void
open_load(struct load *l, size_t stale_least, size_t max_flows)
{
	struct meter_options o;

	meter_defaults(&o);
	o.max_flows = max_flows;
	o.rows = 100;
	*l = (struct load){ .rows = 0 };
	assert_int_equal(meter_open(&o, take_rows, l, &l->meter, NULL), STATUS_OK);
	l->meter->stale_least = stale_least;
}

static void
put(struct load *l, int64_t time, unsigned port, unsigned protocol, unsigned flags)
{
	struct frame b = { .len = 0 };
	struct packet p;

	frame_eth(&b, 0x800);
	frame_ip4(&b, 1 + port / 50000, 2, protocol, protocol == TCP ? 20 : 8);
	if (protocol == TCP)
		frame_tcp(&b, 1000 + port % 50000, 80, flags);
	else
		frame_udp(&b, 1000 + port % 50000, 53, 8);
	p = frame_packet(&b, ETH);
	p.time = time;
	p.frame = ++l->frames;
	assert_int_equal(meter_put(l->meter, &p, 1, NULL, NULL), STATUS_OK);
	if (wheel_count(l->meter->wheel) > l->entries)
		l->entries = wheel_count(l->meter->wheel);
	if (l->meter->flows > l->flows)
		l->flows = l->meter->flows;
}

/*
 * Resets of connections, some that stay, some that are answered late; the clock moves by
 * `step` every hundred of them.
 */
static void
scan(struct load *l, size_t stale_least, size_t max_flows, int64_t step)
{
	open_load(l, stale_least, max_flows);
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		int64_t time = i / 100 * step;

		put(l, time, i, TCP, SYN);
		if (i % 97 != 0)
			put(l, time, i, TCP, RST | ACK);
		if (i % 101 == 0)
			put(l, time, i, UDP, 0);
		if (i % 11 == 0 && i > 50)
			put(l, time, i - 50, TCP, ACK);
	}
	assert_int_equal(meter_finish(l->meter, NULL), STATUS_OK);
	assert_true(l->rows > CONNECTIONS);
	assert_int_equal(l->packets, l->frames);
	meter_free(l->meter);
}

/* In a full cache, whether the clock moves or not; else there is an entry per connection. */
static void
a_full_wheel_is_bounded(void **state)
{
	static const int64_t steps[] = { 0, 1, 20 * MS, 700 * MS };
	struct load with, without;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		scan(&with, LEAST, FEW, steps[i]);
		assert_int_equal(with.flows, FEW);
		assert_true(with.entries <= METER_STALE * (FEW + 1));
		scan(&without, SIZE_MAX, FEW, steps[i]);
		if (i < 2)
			assert_true(without.entries > CONNECTIONS / 2);
	}
}

/* Where no flow has to make room, sweeping changes no row. */
static void
sweeping_is_not_seen(void **state)
{
	struct load with, without;

	(void)state;
	scan(&with, LEAST, ENOUGH, 5000 * MS);
	scan(&without, SIZE_MAX, ENOUGH, 5000 * MS);
	assert_true(with.entries < without.entries);
	assert_int_equal(with.rows, without.rows);
	assert_int_equal(with.digest, without.digest);
}

/* Looks into the index until the slot with this hash, whose key is the `number`-th. */
static size_t
looks(const struct flowcache *c, uint32_t hash, uint32_t number)
{
	size_t n = 1;

	for (uint32_t i = hash & c->mask; c->slots[i].number != number + 1; i = (i + 1) & c->mask)
		n++;
	return n;
}

static struct flow_key
key_of(uint32_t i)
{
	struct flow_key k = { { i * UINT64_C(2654435761), 0, UINT64_C(0x0a000001), 0,
		(uint64_t)4 << KEY_VERSION_SHIFT | (uint64_t)TCP << KEY_PROTOCOL_SHIFT } };

	return k;
}

/* The looks that it takes to find each of these keys, under a seed. */
static size_t
looks_under(uint64_t seed, const struct flow_key *keys, uint32_t count)
{
	struct flowcache *c;
	struct flowkey key;
	size_t sum = 0;

	flowkey_init(&key, METER_KEY_PORTS, false, seed);
	assert_int_equal(flowcache_open(count, key.w4_mask, &c, NULL), STATUS_OK);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t number = flowcache_take(c);

		flowcache_at(c, number)->key = keys[i];
		assert_true(flowcache_insert(c, flowkey_hash(&key, &keys[i], 0), number));
	}
	for (uint32_t i = 0; i < count; i++)
		sum += looks(c, flowkey_hash(&key, &keys[i], 0), i);
	flowcache_free(c);
	return sum;
}

/*
 * Keys whose hashes end in the same bits under one seed stand in one row of slots there, each
 * behind all the others; under every other seed they are like any keys.
 */
static void
chosen_keys_are_spread(void **state)
{
	enum { CHOSEN = 512, SEEDS = 16 };
	static struct flow_key keys[CHOSEN];
	struct flowkey known;
	uint32_t found = 0;

	(void)state;
	flowkey_init(&known, METER_KEY_PORTS, false, 1);
	for (uint32_t i = 0; found < CHOSEN; i++) {
		keys[found] = key_of(i);
		found += (flowkey_hash(&known, &keys[found], 0) & 0x1fff) == 0x123;
	}
	assert_true(looks_under(1, keys, CHOSEN) > CHOSEN * CHOSEN / 16);
	for (uint64_t seed = 2; seed < 2 + SEEDS; seed++)
		assert_true(looks_under(seed, keys, CHOSEN) < 2 * CHOSEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_wheel_is_bounded),
		cmocka_unit_test(sweeping_is_not_seen),
		cmocka_unit_test(chosen_keys_are_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
