/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "flow/netflow5.h"

/* A header with this count and so many records of zeros behind it. */
static size_t
message(uint8_t out[2048], unsigned count, size_t records)
{
	struct buf b;
	size_t len;

	buf_init(&b, 0);
	netflow5_header_put(&b,
	    &(struct export_header){ .count = (uint16_t)count, .uptime = 1, .seconds = 2, .nanos = 3,
		.sequence = 4, .domain = 0x0506, .sampling = 0x4007 });
	assert_true(buf_ok(&b));
	assert_int_equal(b.len, NETFLOW5_HEADER_SIZE);
	memset(out, 0, 2048);
	memcpy(out, b.data, b.len);
	len = b.len + records * NETFLOW5_RECORD_SIZE;
	buf_free(&b);
	return len;
}

static size_t
records(const void *data, size_t len, struct decode_counters *counters, size_t *rest)
{
	struct template *t = netflow5_template();
	struct netflow5_message m;
	struct record r;
	size_t n = 0;

	memset(counters, 0, sizeof *counters);
	assert_non_null(t);
	assert_int_equal(t->min_length, NETFLOW5_RECORD_SIZE);
	if (netflow5_message_open(&m, data, len, t, counters)) {
		while (netflow5_message_next(&m, &r)) {
			assert_int_equal(r.len, NETFLOW5_RECORD_SIZE);
			n++;
		}
		*rest = cursor_left(&m.rest);
	}
	free(t);
	return n;
}

static void
header(void **state)
{
	(void)state;
	uint8_t data[2048];
	struct decode_counters counters = { 0 };
	struct template *t = netflow5_template();
	struct netflow5_message m;
	size_t len = message(data, 1, 1);

	assert_true(netflow5_message_open(&m, data, len, t, &counters));
	assert_int_equal(m.header.version, 5);
	assert_int_equal(m.header.uptime, 1);
	assert_int_equal(m.header.seconds, 2);
	assert_int_equal(m.header.nanos, 3);
	assert_int_equal(m.header.sequence, 4);
	assert_int_equal(m.header.domain, 0x0506);
	assert_int_equal(m.header.sampling, 0x4007);
	free(t);
}

static void
counts_are_not_believed(void **state)
{
	(void)state;
	uint8_t data[2048];
	struct decode_counters counters;
	size_t rest = 0;

	assert_int_equal(records(data, message(data, 55582, 30), &counters, &rest), 30);
	assert_int_equal(counters.malformed[MALFORMED_COUNT], 1);
	assert_int_equal(counters.records, 30);
	/* half a record at the end */
	assert_int_equal(records(data, message(data, 3, 2) + 24, &counters, &rest), 2);
	assert_int_equal(counters.malformed[MALFORMED_COUNT], 1);
	assert_int_equal(rest, 24);
	/* what is behind the announced ones is left to the caller */
	assert_int_equal(records(data, message(data, 2, 3), &counters, &rest), 2);
	assert_int_equal(decode_malformed(&counters), 0);
	assert_int_equal(rest, NETFLOW5_RECORD_SIZE);
}

static void
no_message(void **state)
{
	(void)state;
	uint8_t data[2048];
	struct decode_counters counters;
	size_t len = message(data, 0, 0), rest = 77;

	for (size_t cut = 0; cut < len; cut++) {
		assert_int_equal(records(data, cut, &counters, &rest), 0);
		assert_int_equal(counters.malformed[MALFORMED_HEADER], 1);
		assert_int_equal(counters.messages, 0);
	}
	data[1] = 7;
	assert_int_equal(records(data, len, &counters, &rest), 0);
	assert_int_equal(counters.malformed[MALFORMED_VERSION], 1);
	assert_int_equal(rest, 77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header),
		cmocka_unit_test(counts_are_not_believed),
		cmocka_unit_test(no_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
