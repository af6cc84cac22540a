/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/table_append.h"

#include <string.h>

#include "unit.h"

static void
fill(struct table *t, size_t rows, int64_t first)
{
	for (size_t i = 0; i < rows; i++) {
		size_t row = table_add_row(t);
		int64_t v = first + (int64_t)i;
		struct address a = { .octets = { 10, 0, 0, (uint8_t)v }, .family = 4 };
		char text[24];

		table_set_i64(t, COLUMN_PACKETS, row, v);
		table_set_address(t, COLUMN_SRC_IP, row, &a);
		if (v % 2 == 0)
			table_set_i32(t, COLUMN_PROTOCOL, row, (int32_t)(v % 256));
		if (v % 3 == 0)
			table_set_bytes(t, COLUMN_OTHER, row, text, text_i64(text, v));
		if (v % 5 == 0)
			table_set_bytes(t, COLUMN_OTHER, row, "", 0);
	}
}

static void
check_row(const struct table *t, size_t row, int64_t v)
{
	char text[24];
	size_t len, want = text_i64(text, v);
	const uint8_t *bytes = table_bytes(t, COLUMN_OTHER, row, &len);

	assert_int_equal(table_int(t, COLUMN_PACKETS, row), v);
	assert_int_equal(t->columns[COLUMN_SRC_IP].v.address[row].octets[3], (uint8_t)v);
	assert_int_equal(table_has(t, COLUMN_PROTOCOL, row), v % 2 == 0);
	if (v % 2 == 0)
		assert_int_equal(table_int(t, COLUMN_PROTOCOL, row), v % 256);
	assert_int_equal(bytes != NULL, v % 3 == 0 || v % 5 == 0);
	if (v % 5 == 0) {
		assert_int_equal(len, 0);
	} else if (v % 3 == 0) {
		assert_int_equal(len, want);
		assert_memory_equal(bytes, text, want);
	}
	assert_false(table_has(t, COLUMN_VLAN, row));
}

static void
rows_of_several_tables(void **state)
{
	struct fault f = { 0 };
	struct table *to, *from;

	(void)state;
	assert_int_equal(table_open(100, &to, &f), STATUS_OK);
	assert_int_equal(table_open(30, &from, &f), STATUS_OK);
	fill(from, 30, 0);
	table_append(to, from, 0, 30);
	table_reset(from);
	fill(from, 20, 30);
	table_append(to, from, 0, 5);
	table_append(to, from, 5, 15);
	table_append(to, from, 20, 0);
	assert_int_equal(to->rows, 50);
	for (size_t row = 0; row < 50; row++)
		check_row(to, row, (int64_t)row);
	assert_false(to->failed);
	table_free(to);
	table_free(from);
}

/* A column that only later rows have is null in those before; a table may be filled to the brim. */
static void
columns_that_come_late(void **state)
{
	struct fault f = { 0 };
	struct table *to, *from;

	(void)state;
	assert_int_equal(table_open(4, &to, &f), STATUS_OK);
	assert_int_equal(table_open(2, &from, &f), STATUS_OK);
	fill(from, 2, 1);
	table_append(to, from, 0, 2);
	table_set_i32(from, COLUMN_VLAN, 1, 7);
	table_append(to, from, 0, 2);
	assert_true(table_full(to));
	assert_false(table_has(to, COLUMN_VLAN, 1));
	assert_false(table_has(to, COLUMN_VLAN, 2));
	assert_int_equal(table_int(to, COLUMN_VLAN, 3), 7);
	table_free(to);
	table_free(from);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_several_tables),
		cmocka_unit_test(columns_that_come_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
