/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/table.h"

#include <string.h>

#include "unit.h"

static struct table *
new_table(size_t capacity)
{
	struct table *t = NULL;
	struct fault f = { 0 };

	assert_int_equal(table_open(capacity, &t, &f), STATUS_OK);
	assert_non_null(t);
	return t;
}

static void
capacity_limits(void **state)
{
	struct table *t = NULL;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(table_open(0, &t, &f), STATUS_LIMIT);
	assert_int_equal(table_open(TABLE_ROWS + 1, &t, NULL), STATUS_LIMIT);
	assert_null(t);
	t = new_table(TABLE_ROWS);
	assert_int_equal(t->capacity, TABLE_ROWS);
	table_free(t);
	table_free(NULL);
}

static void
new_rows_are_null(void **state)
{
	struct table *t = new_table(3);
	size_t len = 9;

	(void)state;
	assert_int_equal(table_add_row(t), 0);
	assert_int_equal(table_add_row(t), 1);
	assert_false(table_full(t));
	assert_int_equal(table_add_row(t), 2);
	assert_true(table_full(t));
	table_set_i64(t, COLUMN_BYTES, 1, 77);
	assert_false(table_has(t, COLUMN_BYTES, 0));
	assert_true(table_has(t, COLUMN_BYTES, 1));
	assert_int_equal(table_int(t, COLUMN_BYTES, 1), 77);
	assert_int_equal(table_int(t, COLUMN_BYTES, 0), 0);
	assert_int_equal(table_int(t, COLUMN_PACKETS, 1), 0);
	assert_null(t->columns[COLUMN_PACKETS].present);
	assert_null(table_bytes(t, COLUMN_OTHER, 1, &len));
	assert_int_equal(len, 0);
	table_free(t);
}

static void
each_type(void **state)
{
	struct table *t = new_table(1);
	const struct address a = { .octets = { 192, 0, 2, 1 }, .family = 4 };

	(void)state;
	table_add_row(t);
	table_set_i64(t, COLUMN_FLOW_START, 0, -5);
	table_set_i32(t, COLUMN_SRC_PORT, 0, 65535);
	table_set_address(t, COLUMN_SRC_IP, 0, &a);
	table_set_mac(t, COLUMN_SRC_MAC, 0, 0xfffefdfcfbfa);
	assert_int_equal(table_int(t, COLUMN_FLOW_START, 0), -5);
	assert_int_equal(table_int(t, COLUMN_SRC_PORT, 0), 65535);
	assert_int_equal(table_int(t, COLUMN_SRC_MAC, 0), 0xfffefdfcfbfa);
	assert_int_equal(table_int(t, COLUMN_SRC_IP, 0), 0);
	assert_memory_equal(&t->columns[COLUMN_SRC_IP].v.address[0], &a, sizeof(a));
	assert_false(t->failed);
	table_free(t);
}

static void
bytes_are_copied_and_empty_is_not_null(void **state)
{
	struct table *t = new_table(3);
	char text[] = "first";
	size_t len = 9;

	(void)state;
	for (int i = 0; i < 3; i++)
		table_add_row(t);
	table_set_bytes(t, COLUMN_APP_NAME, 0, NULL, 0);
	assert_non_null(table_bytes(t, COLUMN_APP_NAME, 0, &len));
	assert_int_equal(len, 0);
	table_set_bytes(t, COLUMN_APP_NAME, 1, text, 5);
	table_set_bytes(t, COLUMN_APP_NAME, 2, "\0two", 4);
	text[0] = 'X';
	assert_memory_equal(table_bytes(t, COLUMN_APP_NAME, 1, &len), "first", 5);
	assert_int_equal(len, 5);
	assert_memory_equal(table_bytes(t, COLUMN_APP_NAME, 2, &len), "\0two", 4);
	assert_int_equal(len, 4);
	table_free(t);
}

static void
unsigned_values_are_clamped_and_counted(void **state)
{
	struct table *t = new_table(2);

	(void)state;
	table_add_row(t);
	table_add_row(t);
	table_set_u64(t, COLUMN_BYTES, 0, INT64_MAX);
	table_set_u64(t, COLUMN_SRC_PORT, 0, INT32_MAX);
	assert_int_equal(t->clamped, 0);
	table_set_u64(t, COLUMN_BYTES, 1, UINT64_MAX);
	table_set_u64(t, COLUMN_SRC_PORT, 1, (uint64_t)INT32_MAX + 1);
	table_set_u64(t, COLUMN_FLOW_END, 1, (uint64_t)INT64_MAX + 1);
	assert_int_equal(t->clamped, 3);
	assert_true(table_int(t, COLUMN_BYTES, 1) == INT64_MAX);
	assert_true(table_int(t, COLUMN_SRC_PORT, 1) == INT32_MAX);
	assert_true(table_int(t, COLUMN_FLOW_END, 1) == INT64_MAX);
	table_free(t);
}

static void
reset_forgets_values_and_errors(void **state)
{
	struct table *t = new_table(2);
	size_t len;

	(void)state;
	table_add_row(t);
	table_set_u64(t, COLUMN_BYTES, 0, UINT64_MAX);
	table_set_bytes(t, COLUMN_OTHER, 0, "{}", 2);
	t->failed = true;
	table_reset(t);
	assert_int_equal(t->rows, 0);
	assert_int_equal(t->clamped, 0);
	assert_false(t->failed);
	assert_int_equal(table_add_row(t), 0);
	assert_false(table_has(t, COLUMN_BYTES, 0));
	assert_null(table_bytes(t, COLUMN_OTHER, 0, &len));
	assert_int_equal(t->columns[COLUMN_OTHER].heap.len, 0);
	table_free(t);
}

static void
a_full_heap_fails_the_table(void **state)
{
	struct table *t = new_table(2);
	static const char text[4000];

	(void)state;
	table_add_row(t);
	table_add_row(t);
	t->columns[COLUMN_OTHER].heap.limit = 5000;
	table_set_bytes(t, COLUMN_OTHER, 0, text, sizeof(text));
	assert_false(t->failed);
	table_set_bytes(t, COLUMN_OTHER, 1, text, sizeof(text));
	assert_true(t->failed);
	assert_false(table_has(t, COLUMN_OTHER, 1));
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capacity_limits),
		cmocka_unit_test(new_rows_are_null),
		cmocka_unit_test(each_type),
		cmocka_unit_test(bytes_are_copied_and_empty_is_not_null),
		cmocka_unit_test(unsigned_values_are_clamped_and_counted),
		cmocka_unit_test(reset_forgets_values_and_errors),
		cmocka_unit_test(a_full_heap_fails_the_table),
	};

	return cmocka_run_group_tests_name("flow/table", tests, NULL, NULL);
}
