/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/accounting.h"

#include <string.h>

#include "unit.h"

/* These names stand in sealed manifests: a change of one breaks archives. */
static void
names_are_fixed(void **state)
{
	static const char *const names[] = { "filtered", "not_ip", "link_type", "header_cut",
		"bad_header", "encrypted", "depth_limit", "duplicate" };

	(void)state;
	assert_true(REJECT_COUNT >= ARRAY_LEN(names));
	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		assert_string_equal(reject_name((enum reject)i), names[i]);
}

static void
each_has_help_and_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i < REJECT_COUNT; i++) {
		assert_true(strlen(reject_help((enum reject)i)) > 10);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(reject_name((enum reject)i),
			    reject_name((enum reject)k));
	}
}

static void
none_has_no_name(void **state)
{
	(void)state;
	assert_null(reject_name(REJECT_NONE));
	assert_null(reject_help(REJECT_NONE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_fixed),
		cmocka_unit_test(each_has_help_and_a_name_of_its_own),
		cmocka_unit_test(none_has_no_name),
	};

	return cmocka_run_group_tests_name("flow/accounting", tests, NULL, NULL);
}
