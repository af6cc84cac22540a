/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/replay_report.h"

#include <string.h>

#include "unit.h"

static void
report(void **state)
{
	(void)state;
	struct sender_report target = { .url = "udp://h:1", .format = PACK_NETFLOW5,
		.stats = { .flows = 5, .loss = { .refused = { [REFUSAL_FAMILY] = 2 } } } };
	struct replay_report r = { .input = "case", .anchor = "remembered", .read = 6, .matched = 5,
		.targets = &target, .target_count = 1 };
	static const char head[] = "{\"input\":\"case\",\"anchor\":\"remembered\",\"flows\":{\"read\":6,"
	    "\"matched\":5},\"times_not_moved\":0,\"damaged\":0,\"interrupted\":false,\"complete\":false,\"targets\":[{\"to\":"
	    "\"udp://h:1\",";
	struct buf out;

	buf_init(&out, 0);
	replay_report_json(&r, &out);
	assert_int_equal(strncmp(buf_cstr(&out), head, strlen(head)), 0);
	assert_string_equal(out.data + out.len - 4, "}]}\n");
	target.stats.loss.refused[REFUSAL_FAMILY] = 0;
	assert_true(replay_report_complete(&r));
	r.damaged = 1;
	assert_false(replay_report_complete(&r));
	r.damaged = 0;
	r.interrupted = true;
	assert_false(replay_report_complete(&r));
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(report) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
