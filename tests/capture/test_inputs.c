/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/inputs.h"

#include "unit.h"

/* An archive full of broken members fills no memory: the rest of them is one number. */
static void
test_findings_are_bounded(void **state)
{
	struct inputs in = { 0 };
	struct fault found = { 0 };
	int index = -1;

	(void)state;
	(void)fault_set(&found, STATUS_MALFORMED, NULL, "is encrypted: not read");
	assert_int_equal(inputs_add(&in, "a.zip", -1, FORMAT_ZIP, &index, NULL), STATUS_OK);
	assert_int_equal(index, 0);
	for (int i = 0; i < INPUTS_DAMAGED_MAX + 7; i++)
		assert_int_equal(inputs_find(&in, SOURCE_DAMAGED, 0, "a.zip:x", &found, NULL),
		    STATUS_OK);
	for (int i = 0; i < INPUTS_SKIPPED_MAX + 3; i++)
		assert_int_equal(inputs_find(&in, SOURCE_SKIPPED, 0, "a.zip:y", &found, NULL),
		    STATUS_OK);
	assert_int_equal(in.finding_count, INPUTS_DAMAGED_MAX + INPUTS_SKIPPED_MAX);
	assert_int_equal(inputs_close(&in, NULL), STATUS_OK);
	assert_int_equal(in.finding_count, INPUTS_DAMAGED_MAX + INPUTS_SKIPPED_MAX + 2);
	assert_int_equal(in.findings[in.finding_count - 2].code, SOURCE_DAMAGED);
	assert_string_equal(in.findings[in.finding_count - 2].fault.text,
	    "and 7 more findings of damage");
	assert_string_equal(in.findings[in.finding_count - 1].fault.text,
	    "and 3 more members that are no captures");
	inputs_free(&in);
}

static void
test_inputs_are_bounded(void **state)
{
	struct inputs in = { 0 };
	struct fault f = { 0 };
	int index = -1;

	(void)state;
	for (int i = 0; i < INPUTS_MAX; i++)
		assert_int_equal(inputs_add(&in, "x", -1, FORMAT_PCAP, &index, NULL), STATUS_OK);
	assert_int_equal(index, INPUTS_MAX - 1);
	assert_int_equal(inputs_add(&in, "x", -1, FORMAT_PCAP, &index, &f), STATUS_LIMIT);
	assert_int_equal(index, INPUTS_MAX - 1);
	assert_string_equal(f.text, "more than 10000 inputs: not read");
	inputs_free(&in);
}

static void
test_member_names(void **state)
{
	char name[INPUTS_NAME_MAX];

	(void)state;
	inputs_member_name(name, "dir/a.zip", "b\n.pcap");
	assert_string_equal(name, "dir/a.zip:b\\x0a.pcap");
	inputs_member_name(name, "dir/a.pcap.gz", "");
	assert_string_equal(name, "dir/a.pcap.gz:a.pcap");
	inputs_member_name(name, "a.zip:b.tgz", "");
	assert_string_equal(name, "a.zip:b.tgz:b.tar");
	inputs_member_name(name, "-", "");
	assert_string_equal(name, "-:data");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings_are_bounded),
		cmocka_unit_test(test_inputs_are_bounded),
		cmocka_unit_test(test_member_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
