/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/pool.h"

#include <stdatomic.h>

#include "tests/unit.h"

enum { JOBS = 5000 };

struct count {
	_Atomic uint64_t sum;
	_Atomic uint64_t done;
};

static void
add(void *ctx, void *job)
{
	struct count *c = ctx;

	atomic_fetch_add(&c->sum, *(const uint64_t *)job);
	atomic_fetch_add(&c->done, 1);
}

static void
every_job_once(void **state)
{
	static const size_t threads[] = { 1, 2, 7 };
	static uint64_t jobs[JOBS];

	(void)state;
	for (size_t i = 0; i < JOBS; i++)
		jobs[i] = i;
	for (size_t t = 0; t < ARRAY_LEN(threads); t++) {
		struct count c = { 0, 0 };
		struct pool *p = NULL;

		assert_int_equal(pool_open(threads[t], add, &c, &p, NULL), STATUS_OK);
		for (size_t i = 0; i < JOBS; i++)
			pool_put(p, &jobs[i]);
		pool_finish(p);
		assert_int_equal(c.done, JOBS);
		assert_int_equal(c.sum, (uint64_t)JOBS * (JOBS - 1) / 2);
	}
}

static void
nothing_to_do(void **state)
{
	struct count c = { 0, 0 };
	struct pool *p = NULL;

	(void)state;
	assert_int_equal(pool_open(3, add, &c, &p, NULL), STATUS_OK);
	pool_finish(p);
	pool_finish(NULL);
	assert_int_equal(c.done, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_job_once),
		cmocka_unit_test(nothing_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
