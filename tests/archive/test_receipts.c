/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/receipts.h"

#include "unit.h"

static void
add(struct receipts *r, uint64_t sequence, bool created, bool closed)
{
	struct receipt more = { .archive_id = "a1", .genesis = "b2", .sequence = sequence,
		.manifest_sha256 = "c3", .manifest = "d/4.manifest", .flows = 10 * sequence,
		.created = created, .closed = closed };
	struct fault f = { 0 };

	assert_int_equal(receipts_add(r, &more, &f), STATUS_OK);
}

static void
tells_the_head_and_each_segment(void **state)
{
	struct receipts r = { .count = 0 };
	struct buf text = { 0 };
	struct jsonw j;

	(void)state;
	receipts_text(&r, &text);
	assert_int_equal(text.len, 0);
	add(&r, 1, true, false);
	add(&r, 2, false, true);
	receipts_text(&r, &text);
	assert_string_equal(buf_cstr(&text), "sealed     segment 1, 10 flows: d/4.manifest\n"
	    "sealed     segment 2, 20 flows: d/4.manifest\n"
	    "archive    a1, created, closed\ngenesis    b2\nhead       2:c3\n");
	buf_reset(&text);
	jsonw_init(&j, &text);
	jsonw_object(&j);
	receipts_json(&r, &j);
	jsonw_object_end(&j);
	assert_string_equal(buf_cstr(&text), "{\"archive\":\"a1\",\"genesis\":\"b2\","
	    "\"head\":{\"sequence\":2,\"manifest_sha256\":\"c3\"},\"created\":true,\"closed\":true,"
	    "\"segments\":[{\"sequence\":1,\"manifest\":\"d/4.manifest\",\"flows\":10},"
	    "{\"sequence\":2,\"manifest\":\"d/4.manifest\",\"flows\":20}]}");
	buf_free(&text);
	receipts_free(&r);
	assert_false(r.any);
}

static void
keeps_the_last_and_what_the_first_created(void **state)
{
	struct receipts r = { .count = 0 };

	(void)state;
	for (uint64_t i = 1; i <= RECEIPTS_MAX + 2; i++)
		add(&r, i, i == 1, false);
	assert_int_equal(r.count, RECEIPTS_MAX);
	assert_int_equal(r.list[0].sequence, 3);
	assert_int_equal(r.list[RECEIPTS_MAX - 1].sequence, RECEIPTS_MAX + 2);
	assert_int_equal(r.head.sequence, RECEIPTS_MAX + 2);
	assert_true(r.head.created);
	receipts_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_head_and_each_segment),
		cmocka_unit_test(keeps_the_last_and_what_the_first_created),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
