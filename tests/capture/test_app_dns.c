/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/capture/app_hear.h"

#include "base/buf.h"

#define HEARING hearing(app_dns_probe, app_dns_feed)
#define STREAM  hearing(app_dns_stream_probe, app_dns_stream_feed)

static void
put_header(struct buf *b, unsigned id, unsigned flags, unsigned questions, unsigned answers,
    unsigned additional)
{
	const unsigned fields[] = { id, flags, questions, answers, 0, additional };

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		buf_be16(b, (uint16_t)fields[i]);
}

/* The name as on the wire, its zero included by the literal; then type and class IN. */
static void
put_question(struct buf *b, const char *name, size_t len, unsigned type)
{
	buf_put(b, name, len);
	buf_be16(b, (uint16_t)type);
	buf_be16(b, 1);
}

#define PUT_QUESTION(b, name, type) put_question(b, name, sizeof(name), type)

static void
put_record(struct buf *b, unsigned type, uint32_t ttl, unsigned len)
{
	buf_be16(b, 0xc00c);
	buf_be16(b, (uint16_t)type);
	buf_be16(b, 1);
	buf_be32(b, ttl);
	buf_be16(b, (uint16_t)len);
	for (unsigned i = 0; i < len; i++)
		buf_u8(b, 0);
}

static void
put_opt(struct buf *b, unsigned upper)
{
	buf_u8(b, 0);
	buf_be16(b, 41);
	buf_be16(b, 1232);
	buf_be32(b, (uint32_t)upper << 24);
	buf_be16(b, 0);
}

static struct buf
query(unsigned id)
{
	struct buf b = { .data = NULL };

	put_header(&b, id, 0x0100, 1, 0, 1);
	PUT_QUESTION(&b, "\3wWw\7example\3org", 28);
	put_opt(&b, 0);
	return b;
}

static struct buf
response(unsigned id, unsigned rcode)
{
	struct buf b = { .data = NULL };

	put_header(&b, id, 0x8180 | rcode, 1, 1, 0);
	PUT_QUESTION(&b, "\3wWw\7example\3org", 28);
	put_record(&b, 28, 300, 16);
	return b;
}

static void
a_query_and_its_response(void **state)
{
	struct hearing h = HEARING;
	struct buf q = query(7), other = response(8, 3), r = response(7, 3);

	(void)state;
	assert_int_equal(hear(&h, q.data, q.len), APP_SEEN);
	assert_heard(&h, COLUMN_DNS_QUERY, "wWw.example.org");
	assert_heard_number(&h, COLUMN_DNS_TYPE, 28);
	assert_heard_number(&h, COLUMN_DNS_RCODE, -1);
	assert_int_equal(hear(&h, other.data, other.len), APP_SEEN);
	assert_heard_number(&h, COLUMN_DNS_RCODE, -1);
	assert_int_equal(hear(&h, r.data, r.len), APP_OVER);
	assert_heard_number(&h, COLUMN_DNS_RCODE, 3);
	hear_nothing(&h);
	assert_int_equal(hear(&h, r.data, r.len), APP_OVER); /* its query was not seen */
	assert_heard(&h, COLUMN_DNS_QUERY, "wWw.example.org");
	hear_nothing(&h);
	buf_free(&q);
	buf_free(&other);
	buf_free(&r);
}

/* RFC 6891 section 6.1.3: BADVERS is 16. */
static void
the_upper_bits_of_the_response_code(void **state)
{
	struct hearing h = HEARING;
	struct buf r = { .data = NULL };

	(void)state;
	put_header(&r, 7, 0x8180, 1, 0, 1);
	PUT_QUESTION(&r, "\1a", 1);
	put_opt(&r, 1);
	assert_int_equal(hear(&h, r.data, r.len), APP_OVER);
	assert_heard_number(&h, COLUMN_DNS_RCODE, 16);
	hear_nothing(&h);
	buf_free(&r);
}

static void
a_response_of_a_header_alone(void **state)
{
	struct hearing h = HEARING;
	struct buf q = query(7), r = { .data = NULL };

	(void)state;
	put_header(&r, 7, 0x8001, 0, 0, 0);
	assert_int_equal(hear(&h, r.data, r.len), APP_NO);
	assert_int_equal(hear(&h, q.data, q.len), APP_SEEN);
	assert_int_equal(hear(&h, r.data, r.len), APP_OVER);
	assert_heard_number(&h, COLUMN_DNS_RCODE, 1);
	hear_nothing(&h);
	buf_free(&q);
	buf_free(&r);
}

/* Labels of these lengths, then the root; the text that they make. */
static void
assert_labels(const unsigned *lengths, size_t count, bool good)
{
	struct hearing h = HEARING;
	struct buf b = { .data = NULL }, text = { .data = NULL };

	put_header(&b, 1, 0, 1, 0, 0);
	for (size_t i = 0; i < count; i++) {
		buf_u8(&b, (uint8_t)lengths[i]);
		if (i > 0)
			buf_str(&text, ".");
		for (unsigned k = 0; k < lengths[i]; k++) {
			buf_u8(&b, 0x80);
			buf_str(&text, "\\128");
		}
	}
	PUT_QUESTION(&b, "", 1);
	assert_int_equal(hear(&h, b.data, b.len), good ? APP_SEEN : APP_NO);
	if (good)
		assert_heard(&h, COLUMN_DNS_QUERY, buf_cstr(&text));
	hear_nothing(&h);
	buf_free(&b);
	buf_free(&text);
}

/* RFC 1035 section 2.3.4: 63 octets a label, 255 a name, with the lengths and the root. */
static void
long_names(void **state)
{
	static const unsigned most[] = { 63, 63, 63, 61 }, more[] = { 63, 63, 63, 62 }, wide[] = { 64 };

	(void)state;
	assert_labels(most, ARRAY_LEN(most), true);
	assert_labels(more, ARRAY_LEN(more), false);
	assert_labels(wide, ARRAY_LEN(wide), false);
}

static void
names(void **state)
{
	static const struct {
		const char *wire;
		size_t len;
		const char *text;
	} cases[] = {
		{ "", 1, "." },
		{ "\1a", 3, "a" },
		{ "\3a.b\2\\c\3\x01 \xff", 12, "a\\.b.\\\\c.\\001 \\255" },
		{ "\200a", 3, NULL },
		{ "\xc0\x0c", 2, NULL },     /* to itself */
		{ "\1a\xc0\x0c", 4, NULL },  /* around and around */
		{ "\1a\xc0\x20", 4, NULL },  /* forward */
	};
	struct hearing h = HEARING;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b = { .data = NULL };

		put_header(&b, 1, 0, 1, 0, 0);
		put_question(&b, cases[i].wire, cases[i].len, 1);
		assert_int_equal(hear(&h, b.data, b.len), cases[i].text == NULL ? APP_NO : APP_SEEN);
		if (cases[i].text != NULL)
			assert_heard(&h, COLUMN_DNS_QUERY, cases[i].text);
		hear_nothing(&h);
		buf_free(&b);
	}
}

/* The second question's name leads back into the first's: so do multicast queries. */
static void
several_questions(void **state)
{
	struct hearing h = HEARING;
	struct buf b = { .data = NULL };

	(void)state;
	put_header(&b, 0, 0, 2, 0, 0);
	PUT_QUESTION(&b, "\4_tcp\5local", 12);
	buf_put(&b, "\3foo\xc0\x0c\0\x0c\x80\1", 10);
	assert_int_equal(hear(&h, b.data, b.len), APP_SEEN);
	assert_heard(&h, COLUMN_DNS_QUERY, "_tcp.local");
	assert_heard_number(&h, COLUMN_DNS_TYPE, 12);
	hear_nothing(&h);
	buf_free(&b);
}

static void
every_prefix(void **state)
{
	struct hearing h = HEARING;
	struct buf b = query(7);
	const size_t question = 12 + 17 + 4;

	(void)state;
	for (size_t len = 1; len < b.len; len++) {
		assert_int_equal(hear(&h, b.data, len), APP_NO);
		hear_nothing(&h);
		h.cut = true;
		assert_int_equal(hear(&h, b.data, len), len < question ? APP_NO : APP_SEEN);
		hear_nothing(&h);
	}
	buf_u8(&b, 0); /* and one more */
	assert_int_equal(hear(&h, b.data, b.len), APP_NO);
	hear_nothing(&h);
	buf_free(&b);
}

static void
every_octet_off_by_one(void **state)
{
	struct hearing h = HEARING;
	struct buf b = response(7, 0);

	(void)state;
	for (size_t i = 0; i < b.len; i++) {
		for (int off = -1; off <= 1; off += 2) {
			b.data[i] = (uint8_t)(b.data[i] + off);
			(void)hear(&h, b.data, b.len);
			hear_nothing(&h);
			b.data[i] = (uint8_t)(b.data[i] - off);
		}
	}
	assert_int_equal(hear(&h, b.data, b.len), APP_OVER);
	hear_nothing(&h);
	buf_free(&b);
}

static void
counts_and_flags_that_are_not_dns(void **state)
{
	static const struct {
		unsigned flags, questions, answers;
	} cases[] = { { 0x0100, 0, 0 }, { 0x0100, 33, 0 }, { 0x0103, 1, 0 }, { 0x3900, 1, 0 },
		{ 0x0140, 1, 0 }, { 0x8180, 1, 65535 }, { 0x0100, 2, 0 }, { 0x0100, 1, 1 } };
	struct hearing h = HEARING;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b = { .data = NULL };

		put_header(&b, 1, cases[i].flags, cases[i].questions, cases[i].answers, 0);
		PUT_QUESTION(&b, "\1a", 1);
		assert_int_equal(hear(&h, b.data, b.len), APP_NO);
		buf_free(&b);
	}
}

/* RFC 1002 section 4.2: the same form with names of its own. */
static void
netbios_is_not_dns(void **state)
{
	struct hearing h = HEARING;

	(void)state;
	for (unsigned type = 32; type <= 33; type++) {
		struct buf b = { .data = NULL };

		put_header(&b, 1, 0x0110, 1, 0, 0);
		PUT_QUESTION(&b, " CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", type);
		assert_int_equal(hear(&h, b.data, b.len), APP_NO);
		buf_free(&b);
	}
	struct buf srv = { .data = NULL };

	put_header(&srv, 1, 0x0100, 1, 0, 0);
	PUT_QUESTION(&srv, "\4_sip\4_tcp\1a", 33);
	assert_int_equal(hear(&h, srv.data, srv.len), APP_SEEN);
	hear_nothing(&h);
	buf_free(&srv);
}

/* RFC 1035 section 4.2.2: two octets of length before the message. */
static void
over_a_stream(void **state)
{
	struct hearing h = STREAM;
	struct buf q = query(7), b = { .data = NULL }, r = { .data = NULL };

	(void)state;
	buf_be16(&b, (uint16_t)q.len);
	buf_put(&b, q.data, q.len);
	buf_put(&b, "\0\20", 2); /* the next one begins */
	for (size_t len = 1; len < q.len + 2; len++)
		assert_int_equal(hear(&h, b.data, len), APP_MORE);
	assert_int_equal(hear(&h, b.data, b.len), APP_DONE);
	assert_heard(&h, COLUMN_DNS_QUERY, "wWw.example.org");
	buf_free(&q);
	q = response(7, 2);
	buf_be16(&r, (uint16_t)q.len);
	buf_put(&r, q.data, q.len);
	h.side = 1;
	assert_int_equal(hear(&h, r.data, r.len - 1), APP_SEEN);
	assert_int_equal(hear(&h, r.data, r.len), APP_OVER);
	assert_heard_number(&h, COLUMN_DNS_RCODE, 2);
	hear_nothing(&h);
	for (int off = -1; off <= 1; off += 2) { /* a length off by one */
		r.data[1] = (uint8_t)(r.data[1] + off);
		assert_int_equal(hear(&h, r.data, r.len), off < 0 ? APP_NO : APP_MORE);
		r.data[1] = (uint8_t)(r.data[1] - off);
	}
	hear_nothing(&h);
	buf_free(&q);
	buf_free(&b);
	buf_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_and_its_response),
		cmocka_unit_test(the_upper_bits_of_the_response_code),
		cmocka_unit_test(a_response_of_a_header_alone),
		cmocka_unit_test(names),
		cmocka_unit_test(long_names),
		cmocka_unit_test(several_questions),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(every_octet_off_by_one),
		cmocka_unit_test(counts_and_flags_that_are_not_dns),
		cmocka_unit_test(netbios_is_not_dns),
		cmocka_unit_test(over_a_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
