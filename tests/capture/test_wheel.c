/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/wheel.h"

#include "tests/unit.h"

static void
first_in_first_out(void **state)
{
	struct wheel *w;
	uint32_t n;

	(void)state;
	assert_int_equal(wheel_open(&w, NULL), STATUS_OK);
	assert_false(wheel_take(w, 3, &n));
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < 1000; i++) {
			assert_true(wheel_put(w, 3, i));
			assert_true(wheel_put(w, 65535, i + 1000));
		}
		for (uint32_t i = 0; i < 1000; i++) {
			assert_true(wheel_take(w, 3, &n));
			assert_int_equal(n, i);
		}
		assert_false(wheel_take(w, 3, &n));
		for (uint32_t i = 0; i < 1000; i++) {
			assert_true(wheel_take(w, 65535, &n));
			assert_int_equal(n, i + 1000);
		}
		assert_false(wheel_take(w, 65535, &n));
	}
	wheel_free(w);
	wheel_free(NULL);
}

/* Put while taking, as a flow that is queued again in the same bucket's next turn. */
static void
interleaved(void **state)
{
	struct wheel *w;
	uint32_t n, next = 0;

	(void)state;
	assert_int_equal(wheel_open(&w, NULL), STATUS_OK);
	for (uint32_t i = 0; i < 500; i++) {
		assert_true(wheel_put(w, 7, 2 * i));
		assert_true(wheel_put(w, 7, 2 * i + 1));
		assert_true(wheel_take(w, 7, &n));
		assert_int_equal(n, next++);
	}
	while (wheel_take(w, 7, &n))
		assert_int_equal(n, next++);
	assert_int_equal(next, 1000);
	wheel_free(w);
}

static void
peek_is_what_take_will_give(void **state)
{
	struct wheel *w;
	uint32_t n;

	(void)state;
	assert_int_equal(wheel_open(&w, NULL), STATUS_OK);
	assert_false(wheel_peek(w, 1, 0, &n));
	for (uint32_t i = 0; i < 100; i++)
		assert_true(wheel_put(w, 1, i));
	for (uint32_t i = 0; i < 100; i++) {
		if (i + 8 < 100) {
			assert_true(wheel_peek(w, 1, 8, &n));
			assert_int_equal(n, i + 8);
		} else {
			assert_false(wheel_peek(w, 1, 8, &n));
		}
		assert_true(wheel_take(w, 1, &n));
		assert_int_equal(n, i);
	}
	wheel_free(w);
}

static void
nearest(void **state)
{
	static const uint16_t froms[] = { 0, 1, 63, 64, 127, 128, 1000, 65535 };
	struct wheel *w;
	uint16_t tick;
	uint32_t n;

	(void)state;
	assert_int_equal(wheel_open(&w, NULL), STATUS_OK);
	assert_false(wheel_nearest(w, 5, &tick));
	for (size_t i = 0; i < ARRAY_LEN(froms); i++)
		for (unsigned ahead = 0; ahead < WHEEL_BUCKETS; ahead++) {
			uint16_t want = (uint16_t)(froms[i] + ahead);

			assert_true(wheel_put(w, want, 1));
			assert_true(wheel_put(w, (uint16_t)(froms[i] + WHEEL_BUCKETS - 1), 2));
			assert_true(wheel_nearest(w, froms[i], &tick));
			assert_int_equal(tick, want);
			assert_true(wheel_take(w, want, &n));
			if (ahead < WHEEL_BUCKETS - 1)
				assert_false(wheel_take(w, want, &n));
			while (wheel_take(w, (uint16_t)(froms[i] + WHEEL_BUCKETS - 1), &n))
				assert_int_equal(n, 2);
			assert_false(wheel_nearest(w, froms[i], &tick));
		}
	wheel_free(w);
}

/* Refuses the odd ones, and notes the order. */
static bool
keep_even(void *ctx, unsigned bucket, uint32_t number)
{
	uint32_t *last = ctx;

	assert_int_equal(bucket, number / 1000 % WHEEL_BUCKETS);
	assert_true(number > *last || *last == 0);
	*last = number;
	return number % 2 == 0;
}

static void
swept(void **state)
{
	uint32_t n, last = 0;
	struct wheel *w;

	(void)state;
	assert_int_equal(wheel_open(&w, NULL), STATUS_OK);
	assert_true(wheel_sweep(w, keep_even, &last));
	for (uint32_t i = 1; i < 1000; i++)
		for (uint32_t tick = 3; tick < 6; tick++)
			assert_true(wheel_put(w, (uint16_t)tick, tick * 1000 + i));
	assert_true(wheel_take(w, 3, &n));
	assert_int_equal(wheel_count(w), 3 * 999 - 1);
	assert_true(wheel_sweep(w, keep_even, &last));
	assert_int_equal(last, 5999);
	assert_int_equal(wheel_count(w), 3 * 499);
	for (uint32_t tick = 3; tick < 6; tick++) {
		for (uint32_t i = 2; i < 1000; i += 2) {
			assert_true(wheel_take(w, (uint16_t)tick, &n));
			assert_int_equal(n, tick * 1000 + i);
		}
		assert_false(wheel_take(w, (uint16_t)tick, &n));
	}
	assert_int_equal(wheel_count(w), 0);
	wheel_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_in_first_out),
		cmocka_unit_test(interleaved),
		cmocka_unit_test(nearest),
		cmocka_unit_test(peek_is_what_take_will_give),
		cmocka_unit_test(swept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
