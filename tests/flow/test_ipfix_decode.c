/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "flow/ipfix_decode.h"

struct state {
	struct template_set *templates;
	struct decode_counters counters;
	struct buf message;
};

static int
setup(void **state)
{
	struct state *s = calloc(1, sizeof *s);

	assert_non_null(s);
	assert_int_equal(template_set_open(&s->templates, NULL), STATUS_OK);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct state *s = *state;

	template_set_free(s->templates);
	buf_free(&s->message);
	free(s);
	return 0;
}

/* A message's header with the length of what is in it by the time of decode(). */
static void
begin(struct state *s)
{
	buf_reset(&s->message);
	buf_be16(&s->message, 10);
	buf_be16(&s->message, 0);
	buf_be32(&s->message, 1795419840);
	buf_be32(&s->message, 5);
	buf_be32(&s->message, 77);
}

static void
words(struct state *s, size_t count, const uint16_t *v)
{
	for (size_t i = 0; i < count; i++)
		buf_be16(&s->message, v[i]);
}

#define WORDS(s, ...)                                                                             \
	words(s, sizeof((const uint16_t[]){ __VA_ARGS__ }) / 2, (const uint16_t[]){ __VA_ARGS__ })

/* How many records it has; the last one in *out. */
static size_t
decode(struct state *s, struct record *out)
{
	struct ipfix_message m;
	struct record r;
	size_t n = 0;

	if (load_be16(s->message.data) == 10 && load_be16(s->message.data + 2) == 0)
		buf_set_be16(&s->message, 2, (uint16_t)s->message.len);
	assert_true(ipfix_message_open(&m, s->message.data, s->message.len, s->templates, &s->counters));
	while (ipfix_message_next(&m, &r)) {
		n++;
		if (out != NULL)
			*out = r;
	}
	return n;
}

/* Template 256: protocol and source port. */
static void
template_256(struct state *s)
{
	WORDS(s, 2, 16, 256, 2, 4, 1, 7, 2);
}

static void
template_then_data(void **state)
{
	struct state *s = *state;
	struct record r;

	begin(s);
	template_256(s);
	WORDS(s, 256, 12); /* two records and two octets of padding */
	buf_put(&s->message, "\x06\x00\x50\x11\x00\x35\x00\x00", 8);
	assert_int_equal(decode(s, &r), 2);
	assert_int_equal(r.len, 3);
	assert_memory_equal(r.octets, "\x11\x00\x35", 3);
	assert_int_equal(s->counters.messages, 1);
	assert_int_equal(s->counters.sets, 2);
	assert_int_equal(s->counters.templates, 1);
	assert_int_equal(s->counters.records, 2);
	assert_int_equal(decode_malformed(&s->counters), 0);
}

static void
data_before_its_template(void **state)
{
	struct state *s = *state;

	begin(s);
	WORDS(s, 256, 8, 0x0600, 0x5000);
	template_256(s);
	assert_int_equal(decode(s, NULL), 0);
	assert_int_equal(s->counters.malformed[MALFORMED_NO_TEMPLATE], 1);
	begin(s);
	WORDS(s, 256, 7, 0x0600);
	buf_u8(&s->message, 0x50);
	assert_int_equal(decode(s, NULL), 1);
}

static void
a_bad_set_costs_only_itself(void **state)
{
	struct state *s = *state;

	begin(s);
	WORDS(s, 2, 12, 256, 500, 4, 1); /* 500 fields in 4 octets */
	WORDS(s, 2, 12, 257, 1, 4, 1);
	WORDS(s, 5, 6, 0x1234); /* a reserved id */
	WORDS(s, 257, 6, 0x0611);
	assert_int_equal(decode(s, NULL), 2);
	assert_int_equal(s->counters.malformed[MALFORMED_TEMPLATE], 1);
	assert_int_equal(s->counters.malformed[MALFORMED_SET_ID], 1);
	assert_int_equal(decode_malformed(&s->counters), 2);
}

static void
set_lengths(void **state)
{
	struct state *s = *state;

	begin(s);
	template_256(s);
	WORDS(s, 256, 9); /* runs two octets past the message, which holds one whole record */
	buf_put(&s->message, "\x06\x00\x50", 3);
	assert_int_equal(decode(s, NULL), 1);
	assert_int_equal(s->counters.malformed[MALFORMED_SET_LENGTH], 1);
	begin(s);
	WORDS(s, 256, 3, 0x0600, 0x5000); /* shorter than its header: nothing behind it is known */
	assert_int_equal(decode(s, NULL), 0);
	assert_int_equal(s->counters.malformed[MALFORMED_SET_LENGTH], 2);
}

static void
padding_that_is_not_zero(void **state)
{
	struct state *s = *state;

	begin(s);
	template_256(s);
	WORDS(s, 256, 9, 0x0600, 0x5000);
	buf_u8(&s->message, 1);
	assert_int_equal(decode(s, NULL), 1);
	assert_int_equal(s->counters.malformed[MALFORMED_PADDING], 1);
}

static void
withdrawals(void **state)
{
	struct state *s = *state;

	begin(s);
	template_256(s);
	WORDS(s, 2, 12, 257, 1, 4, 1);
	WORDS(s, 2, 8, 256, 0); /* one */
	assert_int_equal(decode(s, NULL), 0);
	assert_int_equal(template_set_count(s->templates), 1);
	assert_non_null(template_set_find(s->templates, 77, 257));
	begin(s);
	WORDS(s, 2, 8, 2, 0); /* all */
	assert_int_equal(decode(s, NULL), 0);
	assert_int_equal(template_set_count(s->templates), 0);
	assert_int_equal(s->counters.withdrawals, 2);
	begin(s);
	WORDS(s, 2, 8, 256, 0); /* one that is not there */
	assert_int_equal(decode(s, NULL), 0);
	assert_int_equal(s->counters.malformed[MALFORMED_NO_TEMPLATE], 1);
}

static void
options_are_counted(void **state)
{
	struct state *s = *state;

	begin(s);
	WORDS(s, 3, 18, 260, 2, 1, 149, 4, 34, 4);
	WORDS(s, 260, 12, 0, 77, 0, 100);
	assert_int_equal(decode(s, NULL), 0);
	assert_int_equal(s->counters.option_records, 1);
	assert_int_equal(s->counters.records, 0);
	assert_int_equal(template_set_find(s->templates, 77, 260)->scopes, 1);
}

static void
netflow9(void **state)
{
	struct state *s = *state;
	struct record r;

	buf_be16(&s->message, 9);
	buf_be16(&s->message, 99); /* a count is never a bound */
	buf_be32(&s->message, 60000);
	buf_be32(&s->message, 1795419840);
	buf_be32(&s->message, 3);
	buf_be32(&s->message, 4);
	WORDS(s, 0, 16, 256, 2, 4, 1, 40005, 1); /* an id above 32767 is no enterprise's here */
	WORDS(s, 1, 18, 257, 4, 4, 1, 4, 34, 4);  /* lengths in octets: one scope, one option */
	WORDS(s, 256, 8, 0x0602, 0);
	WORDS(s, 257, 12, 0, 1, 0, 10);
	assert_int_equal(decode(s, &r), 2);
	assert_int_equal(s->counters.option_records, 1);
	assert_int_equal(template_set_find(s->templates, 4, 256)->fields[1].id, 40005);
	assert_int_equal(template_set_find(s->templates, 4, 257)->count, 2);
	assert_int_equal(decode_malformed(&s->counters), 0);
}

static void
no_message(void **state)
{
	struct state *s = *state;
	struct ipfix_message m;
	static const uint8_t other[20] = { 0, 5 };
	static const uint8_t tiny[16] = { 0, 10, 0, 15 };

	assert_false(ipfix_message_open(&m, other, sizeof other, s->templates, &s->counters));
	assert_int_equal(s->counters.malformed[MALFORMED_VERSION], 1);
	for (size_t len = 2; len <= sizeof tiny; len++)
		assert_false(ipfix_message_open(&m, tiny, len, s->templates, &s->counters));
	assert_int_equal(s->counters.malformed[MALFORMED_HEADER], 15);
	assert_int_equal(s->counters.messages, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(template_then_data, setup, teardown),
		cmocka_unit_test_setup_teardown(data_before_its_template, setup, teardown),
		cmocka_unit_test_setup_teardown(a_bad_set_costs_only_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(set_lengths, setup, teardown),
		cmocka_unit_test_setup_teardown(padding_that_is_not_zero, setup, teardown),
		cmocka_unit_test_setup_teardown(withdrawals, setup, teardown),
		cmocka_unit_test_setup_teardown(options_are_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(netflow9, setup, teardown),
		cmocka_unit_test_setup_teardown(no_message, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
