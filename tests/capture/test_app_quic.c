/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/capture/app_hear.h"
#include "tests/capture/hello.h"
#include "tests/capture/quic_seal.h"

#define HEARING hearing(app_quic_probe, app_quic_feed)

static const uint8_t cid[] = { 1, 2, 3, 4, 5, 6, 7, 8 }, other[] = { 9, 9, 9, 9, 9, 9, 9, 9 };

static const struct sealing plain = { .version = QUIC_V1, .cid = cid, .cid_len = sizeof(cid) };

static struct buf
example(void)
{
	struct buf b = { .data = NULL };

	hello_put(&b, &hello_example);
	return b;
}

static enum app_verdict
hear_frames(struct hearing *h, const struct sealing *s, const struct buf *frames)
{
	struct buf b = { .data = NULL };
	enum app_verdict v;

	assert_true(buf_ok(frames));
	assert_true(seal_initial(&b, s, frames->data, frames->len));
	v = hear(h, b.data, b.len);
	buf_free(&b);
	return v;
}

/* The octets from one offset of the hello to another, as a frame in a packet of its own. */
static enum app_verdict
hear_part(struct hearing *h, const struct sealing *s, const struct buf *hello, size_t from, size_t to)
{
	struct buf frames = { .data = NULL };
	enum app_verdict v;

	seal_crypto(&frames, from, hello->data + from, to - from);
	for (unsigned i = 0; i < 20; i++)
		buf_u8(&frames, 0);
	v = hear_frames(h, s, &frames);
	buf_free(&frames);
	return v;
}

static void
assert_example(struct hearing *h, uint32_t version)
{
	assert_heard(h, COLUMN_TLS_SERVER_NAME, "www.example.com");
	assert_heard(h, COLUMN_TLS_ALPN, "h2,http/1.1");
	assert_heard(h, COLUMN_JA4, "q" HELLO_JA4);
	assert_heard_number(h, COLUMN_TLS_VERSION, 0x304);
	assert_heard_number(h, COLUMN_QUIC_VERSION, version);
}

static void
a_hello_in_each_version(void **state)
{
	static const uint32_t versions[] = { QUIC_V1, QUIC_V2, 0xff000016, 0xff000017, 0xff00001d,
		0xff000021, 0xfaceb001, 0xfaceb002, 0x54303530 };
	struct buf hello = example();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		struct sealing s = plain;
		struct hearing h = HEARING;

		s.version = versions[i];
		assert_int_equal(hear_part(&h, &s, &hello, 0, hello.len), APP_OVER);
		assert_example(&h, versions[i]);
		hear_nothing(&h);
	}
	buf_free(&hello);
}

/* As Chrome does it: many frames, out of order, with PING, PADDING and ACK between them. */
static void
frames_in_any_order(void **state)
{
	static const size_t order[] = { 7, 2, 5, 0, 3, 6, 1, 4 };
	struct buf hello = example(), frames = { .data = NULL };
	struct hearing h = HEARING;
	const size_t step = hello.len / 8 + 1;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		size_t from = order[i] * step, to = from + step < hello.len ? from + step : hello.len;

		buf_put(&frames, "\1\0\0", 3);
		seal_crypto(&frames, from, hello.data + from, to - from);
	}
	/* ACK with one more range, ACK with ECN counts, then the first frame again */
	buf_put(&frames, "\2\12\0\1\0\1\2" "\3\12\0\0\0\1\2\3", 15);
	seal_crypto(&frames, 0, hello.data, step);
	assert_int_equal(hear_frames(&h, &plain, &frames), APP_OVER);
	assert_example(&h, QUIC_V1);
	hear_nothing(&h);
	buf_free(&frames);
	buf_free(&hello);
}

/* The second packet's connection id is the server's; the keys stay those of the first. */
static void
packets_in_any_order(void **state)
{
	struct sealing answered = { .version = QUIC_V1, .cid = other, .cid_len = sizeof(other),
		.keys_cid = cid, .number = 1 };
	struct buf hello = example();
	struct hearing h = HEARING;

	(void)state;
	assert_int_equal(hear_part(&h, &plain, &hello, 60, hello.len), APP_SEEN);
	assert_heard(&h, COLUMN_TLS_SERVER_NAME, NULL);
	assert_heard_number(&h, COLUMN_QUIC_VERSION, 1);
	assert_int_equal(hear_part(&h, &answered, &hello, 0, 60), APP_OVER);
	assert_example(&h, QUIC_V1);
	hear_nothing(&h);
	buf_free(&hello);
}

/* RFC 9001 section 5.2: after Retry the keys come from the id that the server chose. */
static void
keys_change_after_retry(void **state)
{
	struct sealing retried = { .version = QUIC_V1, .cid = other, .cid_len = sizeof(other), .token = 40 };
	struct buf hello = example();
	struct hearing h = HEARING;

	(void)state;
	assert_int_equal(hear_part(&h, &plain, &hello, 0, 60), APP_SEEN);
	assert_int_equal(hear_part(&h, &retried, &hello, 0, hello.len), APP_OVER);
	assert_example(&h, QUIC_V1);
	hear_nothing(&h);
	buf_free(&hello);
}

static void
what_cannot_be_opened_tells_its_version(void **state)
{
	struct sealing strange = { .version = QUIC_V2, .cid = cid, .cid_len = sizeof(cid), .keys_cid = other };
	struct buf hello = example();
	struct hearing h = HEARING;

	(void)state;
	assert_int_equal(hear_part(&h, &strange, &hello, 0, hello.len), APP_SEEN);
	assert_heard_number(&h, COLUMN_QUIC_VERSION, QUIC_V2);
	assert_heard(&h, COLUMN_TLS_SERVER_NAME, NULL);
	/* what the client then says is firm */
	assert_int_equal(hear_part(&h, &plain, &hello, 0, hello.len), APP_OVER);
	assert_example(&h, QUIC_V1);
	hear_nothing(&h);
	buf_free(&hello);
}

static void
a_hello_that_never_ends_tells_what_it_can(void **state)
{
	struct buf hello = example();
	struct hearing h = HEARING;
	struct app_found found;

	(void)state;
	assert_int_equal(hear_part(&h, &plain, &hello, 0, hello.len - 11), APP_SEEN);
	found.len = 0;
	app_quic_last(h.quic, &found);
	assert_true(app_kept_merge(&h.kept, &found, &h.budget));
	assert_heard(&h, COLUMN_TLS_SERVER_NAME, "www.example.com");
	assert_heard(&h, COLUMN_JA4, NULL);
	hear_nothing(&h);
	found.len = 0;
	app_quic_last(NULL, &found);
	assert_int_equal(found.len, 0);
	buf_free(&hello);
}

static void
every_prefix(void **state)
{
	struct buf hello = example(), frames = { .data = NULL }, b = { .data = NULL };
	struct hearing h = HEARING;

	(void)state;
	seal_crypto(&frames, 0, hello.data, hello.len);
	assert_true(seal_initial(&b, &plain, frames.data, frames.len));
	for (size_t len = 1; len < b.len; len++) {
		assert_in_range(hear(&h, b.data, len), APP_NO, APP_SEEN);
		assert_heard(&h, COLUMN_TLS_SERVER_NAME, NULL);
		hear_nothing(&h);
	}
	buf_put(&b, "\x40trailing", 9); /* what is behind the packet is another */
	assert_int_equal(hear(&h, b.data, b.len), APP_OVER);
	hear_nothing(&h);
	buf_free(&b);
	buf_free(&frames);
	buf_free(&hello);
}

/* A CHLO with the tags PAD, SNI and VER, as Q046 has it in the clear. */
static struct buf
chlo(uint32_t version)
{
	struct buf b = { .data = NULL };

	buf_u8(&b, 0xc3);
	buf_be32(&b, version);
	buf_put(&b, "\x50\1\2\3\4\5\6\7\x08\0\0\0\1hash.of.12..\xa0\1", 27);
	buf_put(&b, "CHLO\3\0\0\0PAD\0\4\0\0\0SNI\0\12\0\0\0VER\0\16\0\0\0....a.bc.dQ046", 46);
	return b;
}

static void
google(void **state)
{
	struct buf b = chlo(0x51303436), old = { .data = NULL };
	struct hearing h = HEARING;

	(void)state;
	assert_int_equal(hear(&h, b.data, b.len), APP_OVER);
	assert_heard(&h, COLUMN_TLS_SERVER_NAME, "a.bc.d");
	assert_heard_number(&h, COLUMN_QUIC_VERSION, 0x51303436);
	hear_nothing(&h);
	for (size_t len = 1; len < b.len; len++) {
		(void)hear(&h, b.data, len);
		hear_nothing(&h);
	}
	buf_u8(&old, 0x0d);
	buf_put(&old, "12345678Q035", 12);
	buf_put(&old, b.data + 5, b.len - 5);
	assert_int_equal(hear(&h, old.data, old.len), APP_OVER);
	assert_heard(&h, COLUMN_TLS_SERVER_NAME, "a.bc.d");
	assert_heard_number(&h, COLUMN_QUIC_VERSION, 0x51303335);
	hear_nothing(&h);
	buf_free(&b);
	buf_free(&old);
}

static void
others_are_not_it(void **state)
{
	static uint8_t reserved[1200] = { 0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8 };
	static const struct {
		uint8_t octets[8];
		enum app_verdict v;
	} cases[] = {
		{ { 0x40, 0, 0, 0, 1, 0, 0, 0 }, APP_NO },
		{ { 0x80, 0, 0, 0, 1, 0, 0, 0 }, APP_NO },          /* no fixed bit */
		{ { 0xc0, 0, 0, 0, 0, 0, 0, 0 }, APP_NO },          /* version negotiation of nobody */
		{ { 0xc0, 0, 0, 0, 2, 0, 0, 0 }, APP_NO },
		{ { 0xc0, 0, 0, 0, 1, 21, 0, 0 }, APP_NO },         /* connection id too long */
		{ { 0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8, 0, 0 }, APP_NO }, /* too short for a client's */
		{ { 0x16, 0xfe, 0xff, 0, 0, 0, 0, 0 }, APP_NO },    /* DTLS */
	};
	struct hearing h = HEARING;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(hear(&h, cases[i].octets, 8), cases[i].v);
		hear_nothing(&h);
	}
	assert_int_equal(hear(&h, reserved, sizeof(reserved)), APP_SEEN);
	assert_heard_number(&h, COLUMN_QUIC_VERSION, 0x1a2a3a4a);
	assert_int_equal(hear(&h, cases[2].octets, 8), APP_SEEN);
	assert_heard_number(&h, COLUMN_QUIC_VERSION, 0x1a2a3a4a);
	hear_nothing(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_in_each_version),
		cmocka_unit_test(frames_in_any_order),
		cmocka_unit_test(packets_in_any_order),
		cmocka_unit_test(keys_change_after_retry),
		cmocka_unit_test(what_cannot_be_opened_tells_its_version),
		cmocka_unit_test(a_hello_that_never_ends_tells_what_it_can),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(google),
		cmocka_unit_test(others_are_not_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
