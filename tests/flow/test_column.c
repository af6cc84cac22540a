/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/column.h"

#include <string.h>

#include "unit.h"

static void
names_and_types(void **state)
{
	(void)state;
	assert_string_equal(column_infos[COLUMN_FLOW_START].name, "flow_start");
	assert_int_equal(column_infos[COLUMN_FLOW_START].type, COLUMN_TYPE_TIME);
	assert_int_equal(column_infos[COLUMN_FLOW_START_NS].type, COLUMN_TYPE_INT64);
	assert_int_equal(column_infos[COLUMN_SRC_IP].type, COLUMN_TYPE_ADDRESS);
	assert_int_equal(column_infos[COLUMN_DST_MAC].type, COLUMN_TYPE_MAC);
	assert_int_equal(column_infos[COLUMN_APP_ID].type, COLUMN_TYPE_OCTETS);
	assert_string_equal(column_infos[COLUMN_COUNT - 1].name, "other");
	assert_int_equal(column_infos[COLUMN_OTHER].type, COLUMN_TYPE_TEXT);
}

static void
find(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		assert_int_equal(column_find(column_infos[i].name), i);
	assert_int_equal(column_find("src_port"), COLUMN_SRC_PORT);
	assert_int_equal(column_find("SRC_PORT"), COLUMN_NONE);
	assert_int_equal(column_find("src_por"), COLUMN_NONE);
	assert_int_equal(column_find(""), COLUMN_NONE);
}

static void
set(void **state)
{
	struct column_set s = { { 0 } };
	struct column_set all = column_set_all();

	(void)state;
	column_set_add(&s, COLUMN_FLOW_START);
	column_set_add(&s, COLUMN_OTHER);
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		assert_int_equal(column_set_has(&s, (enum column_id)i),
		    i == COLUMN_FLOW_START || i == COLUMN_OTHER);
		assert_int_equal(column_set_has(&all, (enum column_id)i), 1);
	}
}

static void
lists_keep_their_order(void **state)
{
	struct column_list l = column_list_all();
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(l.count, COLUMN_COUNT);
	assert_int_equal(l.ids[COLUMN_BYTES], COLUMN_BYTES);
	assert_int_equal(column_list_parse("bytes,src_ip,other", &l, &f), STATUS_OK);
	assert_int_equal(l.count, 3);
	assert_int_equal(l.ids[0], COLUMN_BYTES);
	assert_int_equal(l.ids[1], COLUMN_SRC_IP);
	assert_int_equal(l.ids[2], COLUMN_OTHER);
}

static void
lists_refuse_unknown_empty_and_twice(void **state)
{
	static const struct {
		const char *text, *reason;
	} bad[] = {
		{ "bytes,byte", "'byte' is no column" },
		{ "", "'' is no column" },
		{ "bytes,", "'' is no column" },
		{ ",bytes", "'' is no column" },
		{ "bytes, packets", "' packets' is no column" },
		{ "bytes,packets,bytes", "column 'bytes' comes twice" },
	};
	struct column_list l = { .count = 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fault f = { 0 };

		assert_int_equal(column_list_parse(bad[i].text, &l, &f), STATUS_USAGE);
		assert_string_equal(f.text, bad[i].reason);
	}
	assert_int_equal(l.count, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_types),
		cmocka_unit_test(find),
		cmocka_unit_test(set),
		cmocka_unit_test(lists_keep_their_order),
		cmocka_unit_test(lists_refuse_unknown_empty_and_twice),
	};

	return cmocka_run_group_tests_name("flow/column", tests, NULL, NULL);
}
