/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/capture/app_hear.h"
#include "tests/capture/hello.h"

#define HEARING hearing(app_dtls_probe, app_dtls_feed)

enum { RECORD = 13, HEAD = 12, BODY = RECORD + HEAD };

/*
 * A message of TLS as DTLS has it: with a cookie of this length behind the session id, and the
 * fragment of `fragment` octets that begins it.
 */
static struct buf
datagram(const struct buf *message, uint16_t version, size_t session_end, size_t cookie, size_t fragment)
{
	struct buf b = { .data = NULL };
	size_t length = message->len - 4 + (session_end > 0 ? 1 + cookie : 0);

	if (fragment > length)
		fragment = length;
	buf_u8(&b, 22);
	buf_be16(&b, version);
	buf_be32(&b, 0); /* epoch and sequence number, eight octets */
	buf_be32(&b, 1);
	buf_be16(&b, (uint16_t)(HEAD + fragment));
	buf_u8(&b, message->data[0]);
	buf_u8(&b, 0);
	buf_be16(&b, (uint16_t)length);
	buf_be16(&b, 0);
	buf_u8(&b, 0); /* offset */
	buf_be16(&b, 0);
	buf_u8(&b, 0);
	buf_be16(&b, (uint16_t)fragment);
	buf_be16(&b, version);
	buf_put(&b, message->data + 6, session_end > 0 ? session_end - 6 : message->len - 6);
	if (session_end > 0) {
		buf_u8(&b, (uint8_t)cookie);
		for (size_t i = 0; i < cookie; i++)
			buf_u8(&b, 0xcc);
		buf_put(&b, message->data + session_end, message->len - session_end);
	}
	b.len = BODY + fragment;
	return b;
}

static struct buf
example(uint16_t version, const uint16_t *offered, size_t cookie, size_t fragment)
{
	struct hello spec = hello_example;
	struct buf message = { .data = NULL }, b;

	spec.versions = offered;
	hello_put(&message, &spec);
	b = datagram(&message, version, 4 + 2 + 32 + 2, cookie, fragment);
	buf_free(&message);
	return b;
}

static void
hellos(void **state)
{
	static const uint16_t offered[] = { 0xfefd, 0xfefc, 0 };
	static const struct {
		uint16_t version;
		bool offers;
		size_t cookie;
		int64_t want;
		const char *ja4;
	} cases[] = {
		{ 0xfeff, false, 0, 0xfeff, "dd1d1515h2_8daaf6152771_" },
		{ 0xfefd, false, 20, 0xfefd, "dd2d1515h2_8daaf6152771_" },
		{ 0xfefd, true, 255, 0xfefc, "dd3d1516h2_8daaf6152771_" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b = example(cases[i].version, cases[i].offers ? offered : NULL, cases[i].cookie, 9999);
		struct hearing h = HEARING;
		size_t len;

		assert_int_equal(hear(&h, b.data, b.len), APP_DONE);
		assert_heard(&h, COLUMN_TLS_SERVER_NAME, "www.example.com");
		assert_heard(&h, COLUMN_TLS_ALPN, "h2,http/1.1");
		assert_heard_number(&h, COLUMN_TLS_VERSION, cases[i].want);
		assert_memory_equal(table_bytes(hear_row(&h), COLUMN_JA4, 0, &len), cases[i].ja4,
		    strlen(cases[i].ja4));
		hear_nothing(&h);
		buf_free(&b);
	}
}

/* The first fragment of a hello tells what is in it. */
static void
a_fragment(void **state)
{
	struct buf b = example(0xfefd, NULL, 0, 170);
	struct hearing h = HEARING;

	(void)state;
	assert_int_equal(hear(&h, b.data, b.len), APP_DONE);
	assert_heard(&h, COLUMN_TLS_SERVER_NAME, "www.example.com");
	assert_heard(&h, COLUMN_JA4, NULL);
	assert_heard_number(&h, COLUMN_TLS_VERSION, -1);
	hear_nothing(&h);
	b.data[RECORD + 8] = 1; /* not the one that begins it */
	assert_int_equal(hear(&h, b.data, b.len), APP_NO);
	buf_free(&b);
}

static void
what_the_server_chose_counts(void **state)
{
	struct buf message = { .data = NULL }, client = example(0xfefd, NULL, 0, 9999), b;
	struct hearing h = HEARING;

	(void)state;
	hello_put_server(&message, 0x303, 0);
	b = datagram(&message, 0xfeff, 0, 0, 9999);
	assert_int_equal(hear(&h, client.data, client.len), APP_DONE);
	client.data[RECORD] = 3; /* HelloVerifyRequest */
	assert_int_equal(hear(&h, client.data, client.len), APP_SEEN);
	assert_int_equal(hear(&h, b.data, b.len), APP_DONE);
	assert_heard_number(&h, COLUMN_TLS_VERSION, 0xfeff);
	hear_nothing(&h);
	buf_free(&message);
	buf_free(&client);
	buf_free(&b);
}

static void
every_prefix_and_octet(void **state)
{
	struct buf b = example(0xfefd, NULL, 7, 9999);
	struct hearing h = HEARING;

	(void)state;
	for (size_t len = 1; len < b.len; len++) {
		assert_int_equal(hear(&h, b.data, len), APP_NO);
		h.cut = true;
		assert_int_equal(hear(&h, b.data, len), len < BODY + 2 ? APP_NO : APP_DONE);
		assert_heard(&h, COLUMN_JA4, NULL);
		hear_nothing(&h);
	}
	for (size_t i = 0; i < b.len; i++) {
		for (int off = -1; off <= 1; off += 2) {
			b.data[i] = (uint8_t)(b.data[i] + off);
			(void)hear(&h, b.data, b.len);
			hear_nothing(&h);
			b.data[i] = (uint8_t)(b.data[i] - off);
		}
	}
	assert_int_equal(hear(&h, b.data, b.len), APP_DONE);
	hear_nothing(&h);
	buf_free(&b);
}

static void
others_are_not_it(void **state)
{
	static const uint8_t others[][16] = {
		{ 22, 3, 3, 0, 40, 1 },             /* TLS */
		{ 22, 0xfe, 0xfb, 0, 0 },           /* a version that there is not */
		{ 22, 0xfe, 0xfd, 0, 1 },           /* protected */
		{ 23, 0xfe, 0xfd, 0, 0 },           /* data */
		{ 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1 },
	};
	struct hearing h = HEARING;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(hear(&h, others[i], sizeof(others[i])), APP_NO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hellos),
		cmocka_unit_test(a_fragment),
		cmocka_unit_test(what_the_server_chose_counts),
		cmocka_unit_test(every_prefix_and_octet),
		cmocka_unit_test(others_are_not_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
