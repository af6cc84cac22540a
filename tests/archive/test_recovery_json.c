/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/recovery_json.h"

#include "unit.h"

static void
tells_what_is_known_and_null_of_the_rest(void **state)
{
	struct manifest_leftover files[] = {
		{ .name = "a.part", .size = 7, .hashed = true, .sha256 = { 0xab } },
		{ .name = "fifo" },
	};
	const struct manifest_recovery r = { .action = "sealed", .has_sequence = true, .sequence = 3,
		.span = { .has_from = true, .from = INT64_C(1000000000) }, .files = files,
		.file_count = ARRAY_LEN(files), .text = "why" };
	struct buf text = { 0 };
	struct jsonw j;

	(void)state;
	jsonw_init(&j, &text);
	recovery_json(&r, jsonw_key_time_if, &j);
	assert_string_equal(buf_cstr(&text), "{\"action\":\"sealed\",\"sequence\":3,"
	    "\"from\":\"1970-01-01T00:00:01.000000000Z\",\"to\":null,\"files\":["
	    "{\"name\":\"a.part\",\"size\":7,\"sha256\":"
	    "\"ab00000000000000000000000000000000000000000000000000000000000000\"},"
	    "{\"name\":\"fifo\",\"size\":0,\"sha256\":null}],\"text\":\"why\"}");
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_is_known_and_null_of_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
