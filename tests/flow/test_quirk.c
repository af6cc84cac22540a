/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "flow/quirk.h"

static bool
in_seconds(uint16_t version, uint32_t uptime, uint32_t end)
{
	static const struct template_field fields[] = { { .id = 22, .length = 4 }, { .id = 21, .length = 4 } };
	const struct template head = { .id = 256, .count = 2 };
	const struct export_header h = { .version = version, .uptime = uptime };
	struct template *t = template_make(&head, fields);
	uint8_t octets[8] = { 0 };
	struct record r = { t, octets, sizeof octets };
	bool found;

	assert_non_null(t);
	store_be32(octets + 4, end);
	found = quirk_uptime_in_seconds(&r, &h);
	free(t);
	return found;
}

/* Only where milliseconds make no sense and seconds do. */
static void
uptimes(void **state)
{
	(void)state;
	assert_true(in_seconds(9, 5000, 4999000));
	assert_true(in_seconds(9, 5000, 5059999));
	assert_true(in_seconds(5, 5000, 1401000));
	assert_false(in_seconds(9, 5000, 1399000)); /* an hour and more ago, by seconds */
	assert_false(in_seconds(9, 5000, 5061000)); /* ahead of its header */
	assert_false(in_seconds(9, 5000, 4000));
	assert_false(in_seconds(9, 5000, 6000));
	assert_false(in_seconds(9, 5000, UINT32_MAX - 1000)); /* before the uptime wrapped */
	assert_false(in_seconds(9, 0, 50000));
	assert_false(in_seconds(10, 5000, 4999000));
	assert_true(in_seconds(9, 4300000, 5031704)); /* 4300000 s are that modulo 2^32 ms, less a second */
}

static void
counters(void **state)
{
	static const int64_t pairs[][2] = { { 10, 1000 }, { 10, INT64_C(1) << 32 }, { INT64_C(1) << 32, 0 },
		{ INT64_C(7) << 32, INT64_C(9) << 32 }, { (INT64_C(7) << 32) + 1, INT64_C(9) << 32 } };
	struct table *t;

	(void)state;
	assert_int_equal(table_open(8, &t, NULL), STATUS_OK);
	(void)table_add_row(t);
	assert_int_equal(quirk_high_counters(t, 0, 1), 0);
	table_reset(t);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		(void)table_add_row(t);
		table_set_i64(t, COLUMN_PACKETS, i, pairs[i][0]);
		table_set_i64(t, COLUMN_BYTES, i, pairs[i][1]);
	}
	assert_int_equal(quirk_high_counters(t, 0, 3), 0);
	assert_int_equal(quirk_high_counters(t, 3, 2), 1);
	table_free(t);
}

static void
counts(void **state)
{
	const struct decode_counters m = { .sets = 3, .records = 10, .option_records = 2, .templates = 5 };

	(void)state;
	for (uint16_t count = 0; count < 40; count++) {
		const struct export_header h = { .version = 9, .count = count };

		assert_true(quirk_count_is_off(&h, &m) == (count != 3 && count != 17));
	}
	assert_false(quirk_count_is_off(&(struct export_header){ .version = 5, .count = 1 }, &m));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uptimes),
		cmocka_unit_test(counters),
		cmocka_unit_test(counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
