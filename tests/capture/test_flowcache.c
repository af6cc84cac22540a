/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/flowcache.h"

#include "tests/unit.h"

enum { MANY = 100000 };

/* Few different hashes, so that long runs of neighbours are moved. */
static uint32_t
hash_of(uint32_t number, unsigned spread)
{
	return (number * 2654435761u) % spread;
}

static uint32_t
find(const struct flowcache *c, uint32_t hash, uint64_t key)
{
	uint32_t slot = UINT32_MAX, n;

	do
		n = flowcache_next(c, hash, &slot);
	while (n != FLOWCACHE_NONE && flowcache_at(c, n)->key.w[0] != key);
	return n;
}

static void
every_entry_is_found(void **state)
{
	static const unsigned spreads[] = { 4000, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spreads); i++) {
		struct flowcache *c;
		unsigned spread = spreads[i];
		uint32_t many = spread < MANY ? MANY / 10 : MANY;

		assert_int_equal(flowcache_open(MANY, UINT64_MAX, &c, NULL), STATUS_OK);
		for (uint32_t k = 0; k < many; k++) {
			uint32_t n = flowcache_take(c);

			assert_int_equal(n, k);
			flowcache_at(c, n)->key.w[0] = k;
			assert_true(flowcache_insert(c, hash_of(k, spread), n));
		}
		for (uint32_t k = 0; k < many; k += 3)
			flowcache_remove(c, hash_of(k, spread), k);
		for (uint32_t k = 0; k < many; k++)
			assert_int_equal(find(c, hash_of(k, spread), k),
			    k % 3 == 0 ? FLOWCACHE_NONE : k);
		assert_int_equal(c->used, many - (many + 2) / 3);
		flowcache_free(c);
	}
}

static void
released_entries_come_again(void **state)
{
	struct flowcache *c;

	(void)state;
	assert_int_equal(flowcache_open(10, UINT64_MAX, &c, NULL), STATUS_OK);
	assert_int_equal(flowcache_take(c), 0);
	assert_int_equal(flowcache_take(c), 1);
	flowcache_release(c, 0);
	flowcache_release(c, 1);
	assert_int_equal(flowcache_take(c), 1);
	assert_int_equal(flowcache_take(c), 0);
	assert_int_equal(flowcache_take(c), 2);
	flowcache_free(c);
}

static void
a_slot_can_lead_elsewhere(void **state)
{
	struct flowcache *c;

	(void)state;
	assert_int_equal(flowcache_open(10, UINT64_MAX, &c, NULL), STATUS_OK);
	assert_true(flowcache_insert(c, 5, 0));
	assert_true(flowcache_insert(c, 5, 1));
	flowcache_replace(c, 5, 0, 7);
	assert_int_equal(flowcache_guess(c, 5), 7);
	flowcache_clear(c);
	assert_int_equal(flowcache_guess(c, 5), FLOWCACHE_NONE);
	flowcache_free(c);
	flowcache_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_is_found),
		cmocka_unit_test(released_entries_come_again),
		cmocka_unit_test(a_slot_can_lead_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
