/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/sflows.h"

#include <stdlib.h>
#include <string.h>


static void
version_by_content(void **state)
{
	(void)state;
	static const struct {
		uint8_t octets[8];
		unsigned version;
	} cases[] = {
		{ { 0, 0, 0, 5, 0, 0, 0, 1 }, 5 },
		{ { 0, 0, 0, 5, 0, 0, 0, 2 }, 5 },
		{ { 0, 0, 0, 5, 0, 0, 0, 0 }, 5 }, /* the agent has no address */
		{ { 0, 0, 0, 5, 0, 0, 0, 3 }, 0 },
		{ { 0, 0, 0, 2, 0, 0, 0, 1 }, 2 },
		{ { 0, 0, 0, 4, 0, 0, 0, 2 }, 4 },
		{ { 0, 0, 0, 4, 0, 0, 0, 0 }, 0 },
		{ { 0, 0, 0, 3, 0, 0, 0, 1 }, 0 },
		{ { 0, 5, 0, 0, 0, 0, 0, 1 }, 0 }, /* NetFlow */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(sflow_version(cases[i].octets, 8), cases[i].version);
		assert_int_equal(sflow_version(cases[i].octets, 7), 0);
	}
}

static void
headers(void **state)
{
	(void)state;
	static const char *const agents[] = { "192.0.2.7", "2001:db8::7", NULL };

	for (size_t i = 0; i < ARRAY_LEN(agents); i++) {
		struct decode_counters counters = { 0 };
		struct sflow_message m;
		struct address want = { .family = 0 };
		struct sflow_sample s;
		struct buf b;

		buf_init(&b, 0);
		sflows_head(&b, agents[i], 3, 0xfffffffe, 86400000, 0);
		assert_true(sflow_open(&m, b.data, b.len, &counters));
		if (agents[i] != NULL)
			assert_true(text_parse_address(agents[i], &want));
		assert_int_equal(m.agent.family, want.family);
		assert_memory_equal(m.agent.octets, want.octets, sizeof want.octets);
		assert_int_equal(m.header.version, SFLOW_PROTOCOL);
		assert_int_equal(m.header.domain, 3);
		assert_int_equal(m.header.sequence, 0xfffffffe);
		assert_int_equal(m.header.uptime, 86400000);
		assert_false(sflow_next(&m, &s));
		assert_int_equal(counters.messages, 1);
		assert_int_equal(decode_malformed(&counters), 0);
		/* cut anywhere, it is no datagram */
		for (size_t len = 0; len < b.len; len++)
			assert_false(sflow_open(&m, b.data, len, &counters));
		assert_int_equal(counters.malformed[MALFORMED_HEADER], b.len);
		b.data[3] = 4;
		assert_false(sflow_open(&m, b.data, b.len, &counters));
		assert_int_equal(counters.malformed[MALFORMED_VERSION], 1);
		buf_free(&b);
	}
}

/* One of each kind, and one of somebody else's. */
static void
put_samples(struct buf *b)
{
	size_t start;

	sflows_head(b, "192.0.2.7", 0, 1, 1000, 6);
	start = sflows_begin(b, 1);
	SFLOWS_WORDS(b, 11, 0x03000009, 400, 5000, 2, 0x40000102, 0x80000004, 0);
	sflows_end(b, start);
	start = sflows_begin(b, SFLOW_FORMAT(9, 1));
	SFLOWS_WORDS(b, 1, 2, 3);
	sflows_end(b, start);
	start = sflows_begin(b, 3);
	SFLOWS_WORDS(b, 12, 0, 0x50000001, 800, 6000, 0, 0, 0x4c000001, 0, SFLOW_ALL_ONES_PORT, 0);
	sflows_end(b, start);
	start = sflows_begin(b, 2);
	SFLOWS_WORDS(b, 13, 5, 0);
	sflows_end(b, start);
	start = sflows_begin(b, 4);
	SFLOWS_WORDS(b, 14, 2, 0x60000001, 0);
	sflows_end(b, start);
	start = sflows_begin(b, 5);
	SFLOWS_WORDS(b, 15, 0, 6, 4, 7, 8, 258, 0);
	sflows_end(b, start);
}

static void
is_flow(const struct sflow_sample *s, uint32_t class, uint32_t index, uint32_t rate, uint32_t pool,
    uint32_t drops)
{
	assert_int_equal(s->kind, SFLOW_FLOW);
	assert_int_equal(s->source_class, class);
	assert_int_equal(s->source_index, index);
	assert_int_equal(s->rate, rate);
	assert_int_equal(s->pool, pool);
	assert_int_equal(s->drops, drops);
}

static void
is_port(const struct sflow_interface *i, uint32_t format, uint32_t value)
{
	assert_int_equal(i->format, format);
	assert_int_equal(i->value, value);
}

static void
samples(void **state)
{
	(void)state;
	struct decode_counters counters = { 0 };
	struct sflow_message m;
	struct sflow_sample s;
	struct buf b;

	buf_init(&b, 0);
	put_samples(&b);
	assert_true(sflow_open(&m, b.data, b.len, &counters));
	assert_true(sflow_next(&m, &s));
	assert_ptr_equal(s.octets, b.data + 28);
	assert_int_equal(s.sequence, 11);
	is_flow(&s, 3, 9, 400, 5000, 2);
	is_port(&s.input, SFLOW_PORT_DISCARD, 258);
	is_port(&s.output, SFLOW_PORT_MULTIPLE, 4);
	assert_true(sflow_next(&m, &s));
	assert_int_equal(s.kind, SFLOW_UNKNOWN);
	assert_true(sflow_next(&m, &s));
	is_flow(&s, 0, 0x50000001, 800, 6000, 0);
	is_port(&s.input, SFLOW_PORT_INDEX, 0x4c000001);
	is_port(&s.output, SFLOW_PORT_INDEX, SFLOW_ALL_ONES_PORT);
	assert_true(sflow_next(&m, &s));
	assert_int_equal(s.kind, SFLOW_COUNTERS);
	assert_int_equal(s.sequence, 13);
	assert_int_equal(s.source_index, 5);
	assert_true(sflow_next(&m, &s));
	assert_int_equal(s.kind, SFLOW_COUNTERS);
	assert_int_equal(s.source_class, 2);
	assert_int_equal(s.source_index, 0x60000001);
	assert_true(sflow_next(&m, &s));
	assert_int_equal(s.kind, SFLOW_DISCARDED);
	assert_int_equal(s.drops, 4);
	assert_string_equal(sflow_drop_name(s.reason), "acl");
	assert_null(sflow_drop_name(16));
	is_port(&s.input, SFLOW_PORT_INDEX, 7);
	is_port(&s.output, SFLOW_PORT_INDEX, 8);
	assert_false(sflow_next(&m, &s));
	assert_int_equal(counters.sets, 6);
	assert_int_equal(decode_malformed(&counters), 0);
	assert_int_equal(cursor_left(&m.rest), 0);
	buf_free(&b);
}

/* Cut at every length: what is whole before is read, and one reason is counted. */
static void
cut_anywhere(void **state)
{
	(void)state;
	struct buf b;

	buf_init(&b, 0);
	put_samples(&b);
	for (size_t len = 28; len < b.len; len++) {
		struct decode_counters counters = { 0 };
		struct sflow_message m;
		struct sflow_sample s;
		uint8_t *copy = malloc(len);
		unsigned read = 0;

		assert_non_null(copy);
		memcpy(copy, b.data, len);
		assert_true(sflow_open(&m, copy, len, &counters));
		while (sflow_next(&m, &s))
			read++;
		assert_true(read < 6);
		assert_int_equal(decode_malformed(&counters), 1);
		assert_int_equal(counters.malformed[MALFORMED_COUNT] + counters.malformed[MALFORMED_SAMPLE], 1);
		free(copy);
	}
	buf_free(&b);
}

/* A length that is no multiple of four is filled up; a record beyond its sample ends that one alone. */
static void
records(void **state)
{
	(void)state;
	struct decode_counters counters = { 0 };
	struct sflow_message m;
	struct sflow_sample s;
	struct sflow_record r;
	size_t sample, record;
	struct buf b;

	buf_init(&b, 0);
	sflows_head(&b, "192.0.2.7", 0, 1, 1000, 2);
	sample = sflows_flow(&b, 1, 3);
	record = sflows_begin(&b, 77);
	buf_str(&b, "odd");
	sflows_end(&b, record);
	buf_u8(&b, 0);
	record = sflows_begin(&b, SFLOW_FORMAT(8, 2));
	SFLOWS_WORDS(&b, 1, 2);
	sflows_end(&b, record);
	(void)sflows_begin(&b, 1002);
	SFLOWS_WORDS(&b, 1);
	store_be32(b.data + b.len - 8, 400);
	sflows_end(&b, sample);
	sample = sflows_flow(&b, 2, 0);
	sflows_end(&b, sample);
	assert_true(sflow_open(&m, b.data, b.len, &counters));
	assert_true(sflow_next(&m, &s));
	assert_true(sflow_next_record(&s, &r));
	assert_int_equal(r.format, 77);
	assert_int_equal(cursor_left(&r.body), 3);
	assert_true(sflow_next_record(&s, &r));
	assert_int_equal(r.format, SFLOW_FORMAT(8, 2));
	assert_int_equal(cursor_left(&r.body), 8);
	assert_false(sflow_next_record(&s, &r));
	assert_false(sflow_next_record(&s, &r));
	assert_int_equal(counters.malformed[MALFORMED_RECORD], 1);
	assert_true(sflow_next(&m, &s));
	assert_int_equal(s.sequence, 2);
	assert_false(sflow_next_record(&s, &r));
	assert_int_equal(decode_malformed(&counters), 1);
	buf_free(&b);
}

/* A number of samples that nothing bears out costs no time. */
static void
four_billion_samples(void **state)
{
	(void)state;
	struct decode_counters counters = { 0 };
	struct sflow_message m;
	struct sflow_sample s;
	struct buf b;

	buf_init(&b, 0);
	sflows_head(&b, "192.0.2.7", 0, 1, 1000, UINT32_MAX);
	assert_true(sflow_open(&m, b.data, b.len, &counters));
	assert_false(sflow_next(&m, &s));
	assert_int_equal(counters.malformed[MALFORMED_COUNT], 1);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_by_content),
		cmocka_unit_test(headers),
		cmocka_unit_test(samples),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(records),
		cmocka_unit_test(four_billion_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
