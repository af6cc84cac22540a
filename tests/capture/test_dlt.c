/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/dlt.h"

#include <pcap.h>

#include "capture/linktype.h"
#include "unit.h"

/* Every link type that is dissected comes back from its DLT, but for the two old values of raw IP. */
static void
there_and_back(void **state)
{
	size_t count;
	const struct linktype *t = linktype_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		uint16_t want = t[i].value == DLT_RAW ? 101 : t[i].value;

		assert_int_equal(dlt_to_linktype(dlt_of_linktype(t[i].value)), want);
	}
	assert_int_equal(dlt_of_linktype(101), DLT_RAW);
	assert_int_equal(dlt_to_linktype(DLT_EN10MB), 1);
	assert_int_equal(dlt_to_linktype(DLT_LINUX_SLL), 113);
	assert_int_equal(dlt_to_linktype(DLT_PPP_SERIAL), 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
