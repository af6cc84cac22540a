/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/prefetch.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

enum { SIZE = 64, BAD = 5 };

/* Chunk n is full of n; one of them cannot be read. */
static enum status
load(void *ctx, uint64_t chunk, uint8_t *data, struct fault *f)
{
	unsigned *loads = ctx;

	++*loads;
	memset(data, (int)chunk, SIZE);
	return chunk == BAD ? fault_at(f, STATUS_DIFFERS, "file", chunk * SIZE, "another") : STATUS_OK;
}

static bool
is_full_of(const uint8_t *data, uint8_t what)
{
	for (size_t i = 0; i < SIZE; i++)
		if (data[i] != what)
			return false;
	return true;
}

static void
what_was_asked_for(void **state)
{
	struct prefetch *p = NULL;
	uint8_t *data = calloc(1, SIZE);
	unsigned loads = 0;

	(void)state;
	assert_non_null(data);
	assert_int_equal(prefetch_open(SIZE, load, &loads, &p, NULL), STATUS_OK);
	for (uint8_t chunk = 1; chunk < 20; chunk++) {
		enum status st = STATUS_OK;
		struct fault f = { 0 };

		prefetch_ask(p, chunk);
		assert_true(prefetch_take(p, chunk, &data, &st, &f));
		assert_true(is_full_of(data, chunk));
		assert_int_equal(st, chunk == BAD ? STATUS_DIFFERS : STATUS_OK);
		assert_int_equal(f.status, st);
		assert_int_equal(f.offset, chunk == BAD ? BAD * SIZE : 0);
		assert_false(prefetch_take(p, chunk, &data, &st, &f)); /* only once */
	}
	prefetch_free(p);
	assert_int_equal(loads, 19);
	free(data);
}

/* What nobody asked for is the caller's to load, and costs what was asked for nothing. */
static void
another_than_asked_for(void **state)
{
	struct prefetch *p = NULL;
	uint8_t *data = calloc(1, SIZE);
	enum status st = STATUS_OK;
	struct fault f = { 0 };
	unsigned loads = 0;

	(void)state;
	assert_non_null(data);
	assert_int_equal(prefetch_open(SIZE, load, &loads, &p, NULL), STATUS_OK);
	assert_false(prefetch_take(p, 0, &data, &st, &f));
	prefetch_ask(p, 7);
	assert_false(prefetch_take(p, 8, &data, &st, &f));
	assert_true(is_full_of(data, 0));
	prefetch_ask(p, 7); /* it is there, or being loaded: not again */
	assert_true(prefetch_take(p, 7, &data, &st, &f));
	assert_true(is_full_of(data, 7));
	prefetch_ask(p, 9); /* never taken */
	prefetch_free(p);
	assert_in_range(loads, 1, 2);
	free(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_asked_for),
		cmocka_unit_test(another_than_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
