/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/flowkey.h"

#include "capture/meter.h"
#include "tests/unit.h"

static struct flow_key
key(uint64_t src, uint64_t dst, unsigned src_port, unsigned dst_port)
{
	return (struct flow_key){ .w = { src, src >> 1, dst, dst >> 1,
	    (uint64_t)src_port << KEY_SRC_PORT_SHIFT | (uint64_t)dst_port << KEY_DST_PORT_SHIFT |
	        6u << KEY_PROTOCOL_SHIFT | 4 } };
}

static void
both_ways_are_one_key(void **state)
{
	static const uint64_t addresses[] = { 0, 1, 7, UINT64_MAX, 0x0100000000000000u };
	static const unsigned ports[] = { 0, 1, 80, 65535 };
	struct flowkey k;

	(void)state;
	flowkey_init(&k, METER_KEY_PORTS | METER_KEY_VLAN, false, 1);
	for (size_t i = 0; i < 5 * 5 * 4 * 4; i++) {
		uint64_t a = addresses[i % 5], b = addresses[i / 5 % 5];
		unsigned p = ports[i / 25 % 4], q = ports[i / 100];
		struct flow_key x = key(a, b, p, q), y = key(b, a, q, p);
		bool turned = flowkey_turn(&k, &x), other = flowkey_turn(&k, &y);

		assert_memory_equal(&x, &y, sizeof(x));
		assert_int_equal(flowkey_hash(&k, &x, 0), flowkey_hash(&k, &y, 0));
		assert_true(turned != other || (a == b && p == q && !turned));
	}
}

static void
one_way_is_not_turned(void **state)
{
	struct flow_key x = key(9, 1, 5, 6), y = x;
	struct flowkey k;

	(void)state;
	flowkey_init(&k, METER_KEY_PORTS, true, 1);
	assert_false(flowkey_turn(&k, &x));
	assert_memory_equal(&x, &y, sizeof(x));
}

static void
the_hash_sees_what_is_in_the_key(void **state)
{
	struct flow_key x = key(1, 2, 3, 4), vlan = x, port = x;
	struct flowkey all, none, other;

	(void)state;
	vlan.w[4] |= (uint64_t)0x1005 << KEY_VLAN_SHIFT;
	port.w[4] ^= (uint64_t)1 << KEY_SRC_PORT_SHIFT;
	flowkey_init(&all, METER_KEY_PORTS | METER_KEY_VLAN, false, 1);
	flowkey_init(&none, 0, false, 1);
	flowkey_init(&other, METER_KEY_PORTS | METER_KEY_VLAN, false, 2);
	assert_int_not_equal(flowkey_hash(&all, &x, 0), flowkey_hash(&all, &vlan, 0));
	assert_int_not_equal(flowkey_hash(&all, &x, 0), flowkey_hash(&all, &port, 0));
	assert_int_equal(flowkey_hash(&none, &x, 0), flowkey_hash(&none, &vlan, 0));
	assert_int_equal(flowkey_hash(&none, &x, 0), flowkey_hash(&none, &port, 0));
	assert_int_not_equal(flowkey_hash(&all, &x, 0), flowkey_hash(&other, &x, 0));
}

/* Neighbouring addresses and ports spread: no slot of 4096 gets many of 4096 keys. */
static void
the_hash_spreads(void **state)
{
	unsigned slots[4096] = { 0 }, most = 0;
	struct flowkey k;

	(void)state;
	flowkey_init(&k, METER_KEY_PORTS, false, 3);
	for (unsigned i = 0; i < 4096; i++) {
		struct flow_key x = key(0x0100000a, 0x0200000a, 1024 + i, 53);
		unsigned n = ++slots[flowkey_hash(&k, &x, 0) % 4096];

		most = n > most ? n : most;
	}
	assert_in_range(most, 2, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_are_one_key),
		cmocka_unit_test(one_way_is_not_turned),
		cmocka_unit_test(the_hash_sees_what_is_in_the_key),
		cmocka_unit_test(the_hash_spreads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
