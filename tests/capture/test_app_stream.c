/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit.h"

#include <string.h>

#include "capture/app_stream.h"

#define BUDGET ((size_t)1 << 20)

static bool
put(struct app_stream *s, struct app_budget *b, size_t offset, const char *text)
{
	return app_stream_put(s, offset, text, strlen(text), b);
}

static void
pieces_in_any_order(void **state)
{
	static const unsigned orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 },
		{ 2, 0, 1 }, { 2, 1, 0 } };
	static const char *const parts[] = { "abc", "defg", "hi" };
	static const size_t offsets[] = { 0, 3, 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		struct app_stream s = { .data = NULL };
		struct app_budget b = { .left = BUDGET };

		for (size_t k = 0; k < 3; k++)
			assert_true(put(&s, &b, offsets[orders[i][k]], parts[orders[i][k]]));
		assert_int_equal(s.count, 1);
		assert_int_equal(app_stream_ready(&s), 9);
		assert_memory_equal(s.data, "abcdefghi", 9);
		app_stream_free(&s, &b);
		assert_int_equal(b.left, BUDGET);
	}
}

static void
what_came_first_counts(void **state)
{
	struct app_stream s = { .data = NULL };
	struct app_budget b = { .left = BUDGET };

	(void)state;
	assert_true(put(&s, &b, 2, "CD"));
	assert_true(put(&s, &b, 6, "G"));
	assert_int_equal(app_stream_ready(&s), 0);
	assert_true(put(&s, &b, 1, "bcdefgh"));
	assert_int_equal(app_stream_ready(&s), 0);
	assert_true(put(&s, &b, 0, "abcdefghi"));
	assert_int_equal(app_stream_ready(&s), 9);
	assert_memory_equal(s.data, "abCDefGhi", 9);
	assert_int_equal(s.count, 1);
	app_stream_free(&s, &b);
}

/* Every two-piece layout of six octets, after what a bitmap says of them. */
static void
every_pair_of_pieces(void **state)
{
	(void)state;
	for (unsigned layout = 0; layout < 6 * 6 * 6 * 6; layout++) {
		size_t at[2] = { layout % 6, layout / 36 % 6 }, len[2] = { layout / 6 % 6, layout / 216 };
		struct app_stream s = { .data = NULL };
		struct app_budget b = { .left = BUDGET };
		char want[16] = "";
		size_t ready = 0;

		for (size_t i = 0; i < 2; i++) {
			char text[6];

			memset(text, (char)('1' + i), sizeof(text));
			assert_true(app_stream_put(&s, at[i], text, len[i], &b));
			for (size_t k = at[i]; k < at[i] + len[i]; k++)
				if (want[k] == '\0')
					want[k] = (char)('1' + i);
		}
		while (want[ready] != '\0')
			ready++;
		assert_int_equal(app_stream_ready(&s), ready);
		for (size_t k = 0; k < sizeof(want); k++)
			if (want[k] != '\0')
				assert_int_equal(s.data[k], want[k]);
		app_stream_free(&s, &b);
	}
}

static void
the_limits(void **state)
{
	static const uint8_t octets[APP_STREAM_MAX + 10];
	struct app_stream s = { .data = NULL };
	struct app_budget b = { .left = BUDGET };

	(void)state;
	assert_true(app_stream_put(&s, 0, octets, sizeof(octets), &b));
	assert_int_equal(app_stream_ready(&s), APP_STREAM_MAX);
	assert_true(app_stream_put(&s, APP_STREAM_MAX, octets, 1, &b));
	assert_true(app_stream_put(&s, SIZE_MAX, octets, 1, &b));
	assert_int_equal(app_stream_ready(&s), APP_STREAM_MAX);
	assert_int_equal(BUDGET - b.left, APP_STREAM_MAX);
	app_stream_free(&s, &b);
	for (size_t i = 0; i < APP_STREAM_PIECES; i++)
		assert_true(app_stream_put(&s, 2 * i + 1, octets, 1, &b));
	assert_false(app_stream_put(&s, 2 * APP_STREAM_PIECES + 1, octets, 1, &b));
	assert_int_equal(b.refused, 1);
	assert_true(app_stream_put(&s, 0, octets, 2 * APP_STREAM_PIECES, &b));
	assert_int_equal(app_stream_ready(&s), 2 * APP_STREAM_PIECES);
	app_stream_free(&s, &b);
	assert_int_equal(b.left, BUDGET);
}

static void
the_budget_ends(void **state)
{
	static const uint8_t octets[2000];
	struct app_stream s = { .data = NULL };
	struct app_budget b = { .left = 1024 };

	(void)state;
	assert_true(app_stream_put(&s, 0, octets, 1000, &b));
	assert_false(app_stream_put(&s, 1000, octets, 1000, &b));
	assert_int_equal(b.refused, 1);
	assert_int_equal(app_stream_ready(&s), 1000);
	app_stream_free(&s, &b);
	assert_int_equal(b.left, 1024);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_in_any_order),
		cmocka_unit_test(what_came_first_counts),
		cmocka_unit_test(every_pair_of_pieces),
		cmocka_unit_test(the_limits),
		cmocka_unit_test(the_budget_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
