/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/community_id.h"

#include "base/text.h"
#include "tests/capture/packets.h"
#include "tests/unit.h"

/* What a flow cannot tell has no id. */
static void
unknown_ports_and_types_have_none(void **state)
{
	static const struct {
		uint64_t w4;
		uint32_t flow_state;
		unsigned key;
		bool has;
	} cases[] = {
		{ (uint64_t)80 << 32 | TCP << 8 | 4, 0, METER_KEY_PORTS, true },
		{ (uint64_t)80 << 32 | TCP << 8 | 4, 0, 0, false },
		{ TCP << 8 | 4, 0, METER_KEY_PORTS, false },
		{ 50 << 8 | 4, 0, 0, true },
		{ ICMP << 8 | 4, BIFLOW_FLAGS, METER_KEY_PORTS, true },
		{ ICMP << 8 | 4, 0, METER_KEY_PORTS, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct meter_options o = { .key = cases[i].key };
		struct biflow b = { .state = cases[i].flow_state };
		struct fault f = { .status = STATUS_OK };
		struct table *t;
		void *part;

		b.key.w[4] = cases[i].w4;
		assert_int_equal(table_open(1, &t, &f), STATUS_OK);
		assert_int_equal(community_id_part.open(&o, 1, &part, &f), STATUS_OK);
		community_id_part.row(part, 0, &b, t, table_add_row(t));
		assert_int_equal(table_has(t, COLUMN_COMMUNITY_ID, 0), cases[i].has);
		community_id_part.free(part);
		table_free(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_ports_and_types_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
