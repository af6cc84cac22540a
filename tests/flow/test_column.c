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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_types),
		cmocka_unit_test(find),
		cmocka_unit_test(set),
	};

	return cmocka_run_group_tests_name("flow/column", tests, NULL, NULL);
}
