/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages as they came, in a file that any reader of IPFIX understands. */
#include "capture/messagelog.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/cursor.h"
#include "flow/ipfix_decode.h"
#include "flow/messagemark.h"

/* A message of one data record of template 256, whose fields are as long as `value`. */
static size_t
message(uint8_t *to, uint32_t domain, const uint8_t *value, size_t len)
{
	struct buf b;
	size_t n;

	buf_init(&b, 0);
	buf_be16(&b, 10);
	buf_be16(&b, (uint16_t)(20 + len));
	buf_be32(&b, 1000);
	buf_be32(&b, 7);
	buf_be32(&b, domain);
	buf_be16(&b, 256);
	buf_be16(&b, (uint16_t)(4 + len));
	buf_put(&b, value, len);
	n = b.len;
	memcpy(to, b.data, n);
	buf_free(&b);
	return n;
}

static struct datagram
of(uint64_t session, const uint8_t *data, size_t len, uint64_t number)
{
	struct datagram d = { .transport = TRANSPORT_TCP, .session = session, .received = 1000000001500,
		.data = data, .len = len, .src_port = 4000, .dst_port = 4739, .number = number };

	assert_true(text_parse_address("192.0.2.1", &d.src));
	assert_true(text_parse_address("192.0.2.2", &d.dst));
	return d;
}

/* Template 256 of one field of this element and length, in this domain. */
static struct template_set *
with_template(uint32_t domain, uint32_t pen, uint16_t id, uint16_t length)
{
	const struct template head = { .domain = domain, .id = 256, .count = 1 };
	const struct template_field field = { .pen = pen, .id = id, .length = length };
	struct template_set *s;

	assert_int_equal(template_set_open(&s, NULL), STATUS_OK);
	assert_int_equal(template_set_put(s, &head, &field, NULL), STATUS_OK);
	return s;
}

/* All that was put, decompressed. */
static struct buf
cut(struct messagelog *m)
{
	struct buf packed, out;
	unsigned long long size;

	buf_init(&packed, 0);
	buf_init(&out, 0);
	assert_int_equal(messagelog_cut(m, &packed, NULL), STATUS_OK);
	if (packed.len == 0)
		return out;
	size = ZSTD_getFrameContentSize(packed.data, packed.len);
	assert_true(size < 1 << 24);
	assert_non_null(buf_grow(&out, size));
	assert_int_equal(ZSTD_decompress(out.data, size, packed.data, packed.len), size);
	buf_free(&packed);
	return out;
}

/* The mark at *at, which moves behind it. */
static struct messagemark
mark_at(const struct buf *b, size_t *at)
{
	struct messagemark m;
	struct fault f = { 0 };
	size_t len;

	assert_true(*at + 4 <= b->len);
	len = load_be16(b->data + *at + 2);
	assert_true(*at + len <= b->len);
	assert_true(messagemark_read(b->data + *at, len, &m, &f));
	*at += len;
	return m;
}

static void
runs_are_marked(void **state)
{
	uint8_t a[64];
	size_t len = message(a, 1, (const uint8_t *)"abcd", 4), at = 0;
	struct datagram d = of(3, a, len, 1);
	struct messagelog *m;
	struct messagemark mark;
	struct buf out;

	(void)state;
	assert_int_equal(messagelog_open(1, &m, NULL), STATUS_OK);
	out = cut(m);
	assert_int_equal(out.len, 0); /* nothing came: there is no file */
	messagelog_put(m, &d, NULL);
	d.number = 2;
	messagelog_put(m, &d, NULL);
	d.number = 3;
	d.received++;
	d.transport = TRANSPORT_TLS;
	messagelog_put(m, &d, NULL);
	assert_true(messagelog_pending(m) > 3 * len);
	out = cut(m);
	mark = mark_at(&out, &at);
	assert_int_equal(mark.kind, MESSAGEMARK_RECEIVED);
	assert_int_equal(mark.way.session, 3);
	assert_int_equal(mark.way.transport, TRANSPORT_TCP);
	assert_int_equal(mark.way.number, 1);
	assert_int_equal(mark.way.received, 1000000001500);
	assert_int_equal(mark.way.src_port, 4000);
	assert_int_equal(mark.way.dst_port, 4739);
	assert_int_equal(mark.way.src.family, 4);
	assert_memory_equal(mark.way.src.octets, d.src.octets, 16);
	assert_memory_equal(mark.way.dst.octets, d.dst.octets, 16);
	assert_int_equal(mark.messages, 2);
	assert_int_equal(mark.octets, 2 * len);
	assert_memory_equal(out.data + at, a, len);
	assert_memory_equal(out.data + at + len, a, len);
	at += 2 * len;
	mark = mark_at(&out, &at);
	assert_int_equal(mark.way.transport, TRANSPORT_TLS);
	assert_int_equal(mark.way.number, 3);
	assert_int_equal(mark.way.received, 1000000001501);
	assert_int_equal(mark.octets, len);
	assert_int_equal(at + len, out.len);
	buf_free(&out);
	messagelog_free(m);
}

/* Two sessions that mean different things by template 256: a reader that knows no marks is right. */
static void
any_reader_finds_the_right_templates(void **state)
{
	static const uint8_t four[4] = { 1, 2, 3, 4 }, two[2] = { 5, 6 };
	struct template_set *first = with_template(9, 0, 8, 4), *second = with_template(9, 4711, 77, 2);
	struct template_set *seen;
	struct decode_counters counters = { 0 };
	uint8_t a[64], b[64];
	size_t a_len = message(a, 9, four, 4), b_len = message(b, 9, two, 2), at = 0, records = 0;
	struct datagram one = of(1, a, a_len, 1), other = of(2, b, b_len, 2);
	struct messagelog *m;
	struct buf out;

	(void)state;
	assert_int_equal(messagelog_open(1, &m, NULL), STATUS_OK);
	for (int i = 0; i < 3; i++) {
		messagelog_put(m, &one, first);
		messagelog_put(m, &one, first);
		messagelog_put(m, &other, second);
	}
	out = cut(m);
	assert_int_equal(template_set_open(&seen, NULL), STATUS_OK);
	while (at < out.len) {
		size_t len = load_be16(out.data + at + 2);
		struct ipfix_message im;
		struct record r;

		assert_true(ipfix_message_open(&im, out.data + at, len, seen, &counters));
		while (ipfix_message_next(&im, &r)) {
			assert_int_equal(r.template->fields[0].pen, records % 3 == 2 ? 4711 : 0);
			assert_int_equal(r.template->fields[0].id, records % 3 == 2 ? 77 : 8);
			assert_int_equal(r.len, records % 3 == 2 ? 2 : 4);
			records++;
		}
		at += len;
	}
	assert_int_equal(records, 9);
	assert_int_equal(decode_malformed(&counters), 0);
	template_set_free(seen);
	template_set_free(first);
	template_set_free(second);
	buf_free(&out);
	messagelog_free(m);
}

/* In each file what is in force is stated anew; what the next file begins with knows no others. */
static void
each_file_stands_alone(void **state)
{
	struct template_set *templates = with_template(9, 0, 8, 4);
	uint8_t a[64];
	size_t len = message(a, 9, (const uint8_t *)"abcd", 4), at = 0;
	struct datagram d = of(1, a, len, 5);
	struct carried_datagram carried = { .datagram = of(2, a, len, 44), .segment = 6 };
	struct messagelog *m;
	struct messagemark mark;
	struct buf out;

	(void)state;
	assert_int_equal(messagelog_open(1, &m, NULL), STATUS_OK);
	messagelog_put(m, &d, NULL);
	out = cut(m);
	buf_free(&out);
	messagelog_begin(m);
	messagelog_put_carried(m, &carried);
	messagelog_put(m, &d, templates);
	out = cut(m);
	mark = mark_at(&out, &at);
	assert_int_equal(mark.kind, MESSAGEMARK_CARRIED);
	assert_int_equal(mark.segment, 6);
	assert_int_equal(mark.way.number, 44);
	assert_int_equal(mark.way.session, 2);
	assert_int_equal(mark.octets, len);
	at += len;
	mark = mark_at(&out, &at);
	assert_int_equal(mark.kind, MESSAGEMARK_RESTATED);
	assert_int_equal(mark.way.session, 1);
	assert_int_equal(mark.way.number, 0);
	at += mark.octets;
	mark = mark_at(&out, &at);
	assert_int_equal(mark.kind, MESSAGEMARK_RECEIVED);
	assert_int_equal(mark.way.number, 5);
	assert_int_equal(at + len, out.len);
	template_set_free(templates);
	buf_free(&out);
	messagelog_free(m);
}

/* More domains than are told apart: templates are stated once too often, and never too seldom. */
static void
many_domains_are_bounded(void **state)
{
	enum { DOMAINS = 20000 };
	struct template_set *templates = with_template(3, 0, 8, 4);
	uint8_t a[64];
	size_t at = 0, restated = 0;
	struct messagelog *m;
	struct buf out;

	(void)state;
	assert_int_equal(messagelog_open(1, &m, NULL), STATUS_OK);
	for (uint32_t i = 0; i < DOMAINS; i++) {
		size_t len = message(a, i, (const uint8_t *)"abcd", 4);
		struct datagram d = of(1, a, len, i + 1);

		messagelog_put(m, &d, templates);
	}
	{
		size_t len = message(a, 3, (const uint8_t *)"abcd", 4);
		struct datagram d = of(2, a, len, DOMAINS + 1);

		messagelog_put(m, &d, NULL);
	}
	out = cut(m);
	while (at < out.len) {
		struct messagemark mark = mark_at(&out, &at);

		restated += mark.kind == MESSAGEMARK_RESTATED;
		at += mark.octets;
		if (at == out.len)
			assert_int_equal(mark.way.session, 2);
	}
	assert_true(restated > 1);
	template_set_free(templates);
	buf_free(&out);
	messagelog_free(m);
}

/* Marks of all kinds, back as they were; and any other octet makes it none. */
static void
marks_are_read_to_the_octet(void **state)
{
	struct messagemark marks[3] = {
		{ .kind = MESSAGEMARK_RECEIVED, .way = of(1, NULL, 0, 12), .messages = 3, .octets = 400 },
		{ .kind = MESSAGEMARK_RESTATED, .way = of(UINT64_MAX, NULL, 0, 0), .segment = 5 },
		{ .kind = MESSAGEMARK_CARRIED, .messages = 1, .octets = UINT64_MAX,
		    .way = { .transport = TRANSPORT_FILE, .session = 2, .input = 65535, .received = -5 } }
	};

	(void)state;
	assert_true(text_parse_address("2001:db8::1", &marks[1].way.src));
	assert_true(text_parse_address("2001:db8::2", &marks[1].way.dst));
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		struct messagemark back;
		struct buf b;

		buf_init(&b, 0);
		messagemark_put(&b, &marks[i], 77);
		assert_true(b.len < MESSAGEMARK_MAX);
		assert_true(messagemark_read(b.data, b.len, &back, NULL));
		assert_int_equal(back.kind, marks[i].kind);
		assert_int_equal(back.way.session, marks[i].way.session);
		assert_int_equal(back.way.received, marks[i].way.received);
		assert_int_equal(back.way.input, marks[i].way.input);
		assert_int_equal(back.way.src.family, marks[i].way.src.family);
		assert_memory_equal(back.way.dst.octets, marks[i].way.dst.octets, 16);
		assert_int_equal(back.octets, marks[i].octets);
		for (size_t len = 0; len < b.len; len++)
			assert_false(messagemark_read(b.data, len, &back, NULL));
		for (size_t k = 0; k < 16 + 50; k++) { /* header and some of the template */
			if (k >= 8 && k < 12)
				continue;
			b.data[k] ^= 0x10;
			if (k < 4 || k >= 12)
				assert_false(messagemark_read(b.data, b.len, &back, NULL));
			b.data[k] ^= 0x10;
		}
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_marked),
		cmocka_unit_test(any_reader_finds_the_right_templates),
		cmocka_unit_test(each_file_stands_alone),
		cmocka_unit_test(many_domains_are_bounded),
		cmocka_unit_test(marks_are_read_to_the_octet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
