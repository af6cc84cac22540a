/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/capture/app_hear.h"
#include "tests/capture/hello.h"

#define HEARING hearing(app_tls_probe, app_tls_feed)

/* The example as a stream, in records of this size. */
static struct buf
example(size_t record)
{
	struct buf message = { .data = NULL }, stream = { .data = NULL };

	hello_put(&message, &hello_example);
	hello_records(&stream, &message, record);
	assert_true(buf_ok(&stream));
	buf_free(&message);
	return stream;
}

static struct buf
server(uint16_t legacy, uint16_t chosen)
{
	struct buf message = { .data = NULL }, stream = { .data = NULL };

	hello_put_server(&message, legacy, chosen);
	hello_records(&stream, &message, 16384);
	buf_free(&message);
	return stream;
}

static void
assert_example(struct hearing *h)
{
	assert_heard(h, COLUMN_TLS_SERVER_NAME, "www.example.com");
	assert_heard(h, COLUMN_TLS_ALPN, "h2,http/1.1");
	assert_heard(h, COLUMN_JA4, "t" HELLO_JA4);
	assert_heard_number(h, COLUMN_TLS_VERSION, 0x304);
}

static void
a_hello_in_any_records(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 5, 100, 16384 };
	struct hearing h = HEARING;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct buf b = example(sizes[i]);

		assert_int_equal(hear(&h, b.data, b.len), APP_DONE);
		assert_example(&h);
		hear_nothing(&h);
		buf_free(&b);
	}
}

/* Nothing is told before all is there, and when no more comes what is whole of it: never JA4. */
static void
every_prefix(void **state)
{
	struct buf b = example(16384);
	struct hearing h = HEARING;
	size_t named = 0;

	(void)state;
	for (size_t len = 1; len < b.len; len++) {
		assert_int_equal(hear(&h, b.data, len), APP_MORE);
		hear_nothing(&h);
		h.cut = true;
		if (hear(&h, b.data, len) == APP_DONE) {
			bool has = table_has(hear_row(&h), COLUMN_TLS_SERVER_NAME, 0);

			named += has;
			assert_heard(&h, COLUMN_TLS_SERVER_NAME, has ? "www.example.com" : NULL);
			assert_heard(&h, COLUMN_JA4, NULL);
			/* the old field says 1.2 where 1.3 is offered behind the cut */
			assert_heard_number(&h, COLUMN_TLS_VERSION, -1);
		}
		hear_nothing(&h);
	}
	/* behind the name are ALPN's 18 octets, the algorithms' 22 and the versions' 11 */
	assert_int_equal(named, 18 + 22 + 11);
	buf_free(&b);
}

/* Each octet changed by one, up and down: no length leads out of the message. */
static void
every_octet_off_by_one(void **state)
{
	struct buf b = example(16384);
	struct hearing h = HEARING;

	(void)state;
	for (size_t i = 0; i < b.len; i++) {
		for (int off = -1; off <= 1; off += 2) {
			b.data[i] = (uint8_t)(b.data[i] + off);
			(void)hear(&h, b.data, b.len);
			hear_nothing(&h);
			h.cut = true;
			(void)hear(&h, b.data, b.len);
			hear_nothing(&h);
			b.data[i] = (uint8_t)(b.data[i] - off);
		}
	}
	assert_int_equal(hear(&h, b.data, b.len), APP_DONE);
	assert_example(&h);
	hear_nothing(&h);
	buf_free(&b);
}

static void
broken_lengths_are_refused(void **state)
{
	static const struct {
		size_t at;
		int off;
	} cases[] = {
		{ 5 + 38, 40 },  /* session id longer than 32 */
		{ 5 + 41, 1 },   /* ciphers of an odd length */
		{ 5 + 4, 1 },    /* version 4 */
		{ 5 + 0, 10 },   /* another handshake message */
		{ 4, -80 },      /* hello goes on behind its record, which is all */
	};
	struct hearing h = HEARING;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b = example(16384);
		enum app_verdict want = i == 4 ? APP_MORE : APP_NO;

		b.data[cases[i].at] = (uint8_t)(b.data[cases[i].at] + cases[i].off);
		assert_int_equal(hear(&h, b.data, b.len), want);
		hear_nothing(&h);
		buf_free(&b);
	}
}

static void
what_the_server_chose_counts(void **state)
{
	static const struct {
		uint16_t legacy, chosen;
		int64_t want;
	} cases[] = { { 0x303, 0x304, 0x304 }, { 0x303, 0, 0x303 }, { 0x301, 0, 0x301 },
		{ 0x300, 0, 0x300 }, { 0x303, 0x7f1c, 0x7f1c } };

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		struct buf client = example(16384);
		struct buf b = server(cases[i / 2].legacy, cases[i / 2].chosen);
		struct hearing h = HEARING;

		if (i % 2 == 0)
			assert_int_equal(hear(&h, client.data, client.len), APP_DONE);
		h.side = 1;
		assert_int_equal(hear(&h, b.data, b.len), APP_DONE);
		h.side = 0; /* the order of the sides makes no difference */
		if (i % 2 == 1)
			assert_int_equal(hear(&h, client.data, client.len), APP_DONE);
		assert_heard_number(&h, COLUMN_TLS_VERSION, cases[i / 2].want);
		hear_nothing(&h);
		buf_free(&b);
		buf_free(&client);
	}
}

/* By the snap length: the old field tells the version where it is below 1.2's. */
static void
a_cut_server_hello(void **state)
{
	static const struct {
		uint16_t legacy, chosen;
		size_t left_out;
		int64_t want;
	} cases[] = { { 0x303, 0x304, 0, 0x304 }, { 0x303, 0x304, 1, -1 }, { 0x303, 0, 1, -1 },
		{ 0x303, 0, 20, -1 }, { 0x301, 0, 20, 0x301 }, { 0x302, 0, 1, 0x302 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b = server(cases[i].legacy, cases[i].chosen);
		struct hearing h = HEARING;

		h.cut = true;
		assert_int_equal(hear(&h, b.data, b.len - cases[i].left_out), APP_DONE);
		assert_heard_number(&h, COLUMN_TLS_VERSION, cases[i].want);
		hear_nothing(&h);
		buf_free(&b);
	}
}

static void
an_alert_ends_a_known_flow_alone(void **state)
{
	static const uint8_t alert[] = { 21, 3, 3, 0, 2, 2, 40 };
	struct hearing h = HEARING;

	(void)state;
	assert_int_equal(hear(&h, alert, sizeof(alert)), APP_NO);
	h.known = true;
	assert_int_equal(hear(&h, alert, sizeof(alert)), APP_DONE);
	hear_nothing(&h);
}

/* A hello that claims 16 MiB is waited for as far as streams are put together, no further. */
static void
a_hello_without_end(void **state)
{
	static uint8_t stream[20000];
	struct hearing h = HEARING;

	(void)state;
	memcpy(stream, (const uint8_t[]){ 22, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff, 3, 3 }, 11);
	assert_int_equal(hear(&h, stream, 16384), APP_MORE);
	h.cut = true;
	assert_int_equal(hear(&h, stream, sizeof(stream)), APP_DONE);
	assert_heard_number(&h, COLUMN_TLS_VERSION, -1);
	assert_heard(&h, COLUMN_JA4, NULL);
	hear_nothing(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_in_any_records),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(every_octet_off_by_one),
		cmocka_unit_test(broken_lengths_are_refused),
		cmocka_unit_test(what_the_server_chose_counts),
		cmocka_unit_test(a_cut_server_hello),
		cmocka_unit_test(an_alert_ends_a_known_flow_alone),
		cmocka_unit_test(a_hello_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
