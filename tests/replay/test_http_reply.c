/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/http_reply.h"

#include <string.h>

#include "unit.h"

#define TEXT(s) s, strlen(s)

static enum status
bulk(const char *text, enum bulk_verdict *verdicts, size_t n, char reason[REPLY_REASON_MAX])
{
	struct fault f;

	return reply_bulk(text, strlen(text), verdicts, n, reason, &f);
}

static void
each_event_has_its_verdict(void **state)
{
	char reason[REPLY_REASON_MAX];
	enum bulk_verdict v[6];

	(void)state;
	assert_int_equal(bulk("{\"took\":3,\"errors\":true,\"items\":[{\"create\":{\"status\":201}},"
	    "{\"create\":{\"status\":409,\"error\":{\"type\":\"version_conflict\"}}},{\"index\":{\"status\":429}},"
	    "{\"create\":{\"status\":503}},{\"create\":{\"status\":400,\"error\":{\"type\":\"mapping\","
	    "\"reason\":\"bad\\u001b[1m\"}}},{\"create\":{\"status\":404,\"error\":{\"reason\":\"later\"}}}]}",
	    v, 6, reason), STATUS_OK);
	assert_true(v[0] == BULK_TAKEN && v[1] == BULK_THERE && v[2] == BULK_LATER);
	assert_true(v[3] == BULK_LATER && v[4] == BULK_REFUSED && v[5] == BULK_REFUSED);
	assert_string_equal(reason, "mapping: bad\\x1b[1m");
}

/* Whatever a server sends, the events are not taken for sent. */
static void
other_answers_are_none(void **state)
{
	static const char *const bad[] = { "", "{", "[]", "null", "7", "{\"items\":7}", "{\"items\":[]}",
		"{\"items\":[7]}", "{\"items\":[{}]}", "{\"items\":[{\"create\":7}]}",
		"{\"items\":[{\"create\":{\"status\":\"201\"}}]}",
		"{\"items\":[{\"create\":{\"status\":201}},{\"create\":{\"status\":201}}]}",
		"{\"items\":[],\"items\":[{\"create\":{\"status\":201}}]}" };
	char reason[REPLY_REASON_MAX];
	enum bulk_verdict v[2];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(bulk(bad[i], v, 1, reason), STATUS_MALFORMED);
}

static void
acknowledgements(void **state)
{
	uint64_t id = 5;

	(void)state;
	assert_true(reply_ack_id(TEXT("{\"ackId\":0}"), &id));
	assert_int_equal(id, 0);
	assert_false(reply_ack_id(TEXT("{\"ackId\":-1}"), &id));
	assert_false(reply_ack_id(TEXT("{\"ackId\":\"1\"}"), &id));
	assert_false(reply_ack_id(TEXT("{}"), &id));
	assert_true(reply_acked(TEXT("{\"acks\":{\"3\":false,\"4\":true}}"), 4));
	assert_false(reply_acked(TEXT("{\"acks\":{\"3\":false,\"4\":true}}"), 3));
	assert_false(reply_acked(TEXT("{\"acks\":{\"3\":1}}"), 3));
	assert_false(reply_acked(TEXT(""), 3));
}

static void
reasons(void **state)
{
	static const struct {
		const char *answer;
		const char *reason;
	} rows[] = {
		{ "{\"text\":\"Invalid token\",\"code\":4}", "Invalid token" },
		{ "{\"error\":\"no\"}", "no" },
		{ "{\"error\":{\"reason\":\"full\"},\"status\":429}", "full" },
		{ "<html>\n", "<html>\\x0a" },
		{ "", "" },
	};
	char reason[REPLY_REASON_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		reply_reason(rows[i].answer, strlen(rows[i].answer), reason);
		assert_string_equal(reason, rows[i].reason);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_event_has_its_verdict),
		cmocka_unit_test(other_answers_are_none),
		cmocka_unit_test(acknowledgements),
		cmocka_unit_test(reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
