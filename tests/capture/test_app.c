/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments and datagrams into hints: the part of the meter's depth that asks the readers. */
#include "capture/app.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "capture/app_reader.h"
#include "capture/app_stream.h"
#include "flow/protocol.h"
#include "tests/capture/hello.h"
#include "tests/unit.h"

enum { SYN = 2, ACK = 16, ISN = 1000 };

static const char request[] = "GET /index HTTP/1.1\r\nHost: h.example\r\n\r\n";

enum { REQUEST = sizeof(request) - 1 };

struct lab {
	void *state;
	struct table *t;
	size_t row;
};

static struct lab
lab_open(size_t max_flows)
{
	struct meter_options o;
	struct lab l = { .row = 0 };

	meter_defaults(&o);
	o.max_flows = max_flows;
	o.readers = (1u << APP_READERS) - 1;
	assert_int_equal(app_part.open(&o, 64, &l.state, NULL), STATUS_OK);
	assert_int_equal(table_open(64, &l.t, NULL), STATUS_OK);
	assert_true(app_part.begin(l.state, 0, DEPTH_NEW));
	return l;
}

static void
lab_close(struct lab *l)
{
	app_part.free(l->state);
	table_free(l->t);
}

/* A packet whose header and data are gone after the call, as a capture's are. */
static void
add(struct lab *l, uint32_t number, unsigned protocol, unsigned direction, const uint8_t *upper,
    size_t header, const void *data, size_t captured, size_t length)
{
	uint8_t *copy = malloc(header + captured);
	struct depth_packet p = { .protocol = protocol, .direction = direction };

	assert_non_null(copy);
	memcpy(copy, upper, header);
	if (captured > 0)
		memcpy(copy + header, data, captured);
	p.upper = (struct stretch){ copy, (uint32_t)(header + captured), (uint32_t)(header + length) };
	p.payload = (struct stretch){ captured > 0 ? copy + header : NULL, (uint32_t)captured,
		(uint32_t)length };
	assert_true(app_part.add(l->state, number, &p));
	memset(copy, 0xaa, header + captured);
	free(copy);
}

static void
cut_segment(struct lab *l, uint32_t number, unsigned direction, uint32_t sequence, unsigned flags,
    const void *data, size_t captured, size_t length)
{
	uint8_t tcp[20] = { 0, 80, 0, 81, (uint8_t)(sequence >> 24), (uint8_t)(sequence >> 16),
		(uint8_t)(sequence >> 8), (uint8_t)sequence, [12] = 0x50, [13] = (uint8_t)flags };

	add(l, number, PROTOCOL_TCP, direction, tcp, sizeof(tcp), data, captured, length);
}

static void
segment(struct lab *l, unsigned direction, uint32_t sequence, unsigned flags, const void *data,
    size_t len)
{
	cut_segment(l, 0, direction, sequence, flags, data, len, len);
}

/* From this octet of the request on, after a SYN with ISN. */
static void
part(struct lab *l, size_t from, size_t len)
{
	segment(l, 0, (uint32_t)(ISN + 1 + from), ACK, request + from, len);
}

static void
datagram(struct lab *l, uint32_t number, unsigned direction, const void *data, size_t len)
{
	static const uint8_t udp[8];

	add(l, number, PROTOCOL_UDP, direction, udp, sizeof(udp), data, len, len);
}

static size_t
row_of(struct lab *l, uint32_t number)
{
	static const struct biflow b;

	l->row = table_add_row(l->t);
	app_part.row(l->state, number, &b, l->t, l->row);
	return l->row;
}

static void
assert_text(const struct lab *l, enum column_id id, const char *want)
{
	size_t len;
	const uint8_t *v = table_bytes(l->t, id, l->row, &len);

	if (want == NULL) {
		assert_false(table_has(l->t, id, l->row));
		return;
	}
	assert_true(table_has(l->t, id, l->row));
	assert_int_equal(len, strlen(want));
	assert_memory_equal(v, want, len);
}

/* The flow's row, and a new flow in its place. */
static void
assert_request(struct lab *l, bool whole)
{
	(void)row_of(l, 0);
	assert_text(l, COLUMN_APP_NAME, whole ? "http" : NULL);
	assert_text(l, COLUMN_HTTP_METHOD, whole ? "GET" : NULL);
	assert_text(l, COLUMN_HTTP_HOST, whole ? "h.example" : NULL);
	assert_true(app_part.begin(l->state, 0, DEPTH_NEW));
}

static void
segments_in_any_order(void **state)
{
	static const unsigned orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 },
		{ 2, 0, 1 }, { 2, 1, 0 } };
	static const size_t from[] = { 0, 9, 30 }, len[] = { 12, 24, REQUEST - 30 };
	struct lab l = lab_open(64);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		segment(&l, 0, ISN, SYN, NULL, 0);
		for (size_t k = 0; k < 3; k++)
			part(&l, from[orders[i][k]], len[orders[i][k]]);
		assert_request(&l, true);
	}
	lab_close(&l);
}

static void
octet_by_octet(void **state)
{
	static const char longest[] = "GET / HTTP/1.1\r\nHost: a\r\n";
	struct lab l = lab_open(64);

	(void)state;
	assert_true(sizeof(longest) - 1 <= 32);
	segment(&l, 0, ISN, SYN, NULL, 0);
	for (size_t i = 0; i < sizeof(longest) - 1; i++)
		segment(&l, 0, (uint32_t)(ISN + 1 + i), ACK, longest + i, 1);
	(void)row_of(&l, 0);
	assert_text(&l, COLUMN_HTTP_HOST, "a");
	lab_close(&l);
}

/* Sequence numbers go around; what is sent twice is the first one's. */
static void
around_the_end_of_sequence_numbers(void **state)
{
	struct lab l = lab_open(64);
	const uint32_t isn = UINT32_MAX - 10;

	(void)state;
	segment(&l, 0, isn, SYN, NULL, 0);
	segment(&l, 0, isn + 1, ACK, request, 8);
	segment(&l, 0, isn + 1, ACK, "XXXXXXXXXXXX", 12);
	segment(&l, 0, isn, ACK, "X", 1); /* a keep-alive, before the first octet */
	segment(&l, 0, isn + 5, ACK, request + 4, REQUEST - 4);
	(void)row_of(&l, 0);
	assert_text(&l, COLUMN_HTTP_METHOD, NULL); /* octets 8 to 11 are the second one's */
	assert_text(&l, COLUMN_APP_NAME, NULL);
	assert_true(app_part.begin(l.state, 0, DEPTH_NEW));
	segment(&l, 0, isn, SYN, NULL, 0);
	segment(&l, 0, isn + 1, ACK, request, 8);
	segment(&l, 0, isn, ACK, "X", 1);
	segment(&l, 0, isn + 5, ACK, request + 4, REQUEST - 4);
	assert_request(&l, true);
	lab_close(&l);
}

static void
a_syn_with_data(void **state)
{
	struct lab l = lab_open(64);

	(void)state;
	segment(&l, 0, ISN, SYN, request, REQUEST); /* RFC 7413 */
	assert_request(&l, true);
	lab_close(&l);
}

/* Without a SYN, one of the first few packets may begin a message; with one, only the first. */
static void
where_the_beginning_was_not_seen(void **state)
{
	static const struct {
		bool syn;
		unsigned before;
		bool found;
	} cases[] = { { false, 0, true }, { false, 1, true }, { false, 7, true }, { false, 8, false },
		{ true, 0, true }, { true, 1, false } };
	struct lab l = lab_open(64);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t at = 1 << 30;

		if (cases[i].syn)
			segment(&l, 0, at - 1, SYN, NULL, 0);
		for (unsigned k = 0; k < cases[i].before; k++, at += 8)
			segment(&l, 0, at, ACK, "\0\1others", 8);
		segment(&l, 0, at, ACK, request, REQUEST);
		assert_request(&l, cases[i].found);
	}
	lab_close(&l);
}

/* Ethernet's padding that a wrong IP length made data stands where the first octets will. */
static void
padding_before_the_first_octets(void **state)
{
	struct lab l = lab_open(64);

	(void)state;
	segment(&l, 0, ISN, SYN, NULL, 0);
	segment(&l, 0, ISN + 1, ACK, "\0\0\0\0\0\0", 6);
	part(&l, 0, REQUEST);
	assert_request(&l, true);
	lab_close(&l);
}

/* The snap length makes holes that nothing fills. */
static void
cut_segments(void **state)
{
	struct lab l = lab_open(64);

	(void)state;
	segment(&l, 0, ISN, SYN, NULL, 0);
	cut_segment(&l, 0, 0, ISN + 1, ACK, request, 25, REQUEST);
	(void)row_of(&l, 0);
	assert_text(&l, COLUMN_HTTP_METHOD, "GET");
	assert_text(&l, COLUMN_HTTP_HOST, NULL);
	assert_true(app_part.begin(l.state, 0, DEPTH_NEW));
	segment(&l, 0, ISN, SYN, NULL, 0);
	cut_segment(&l, 0, 0, ISN + 1, ACK, NULL, 0, REQUEST);
	part(&l, 10, 5);
	assert_request(&l, false);
	lab_close(&l);
}

static void
too_many_packets(void **state)
{
	struct lab l = lab_open(64);

	(void)state;
	for (unsigned count = 31; count <= 32; count++) {
		segment(&l, 0, ISN, SYN, NULL, 0);
		for (unsigned i = 0; i < count; i++)
			part(&l, i, 1); /* all but the last line's end */
		part(&l, count, REQUEST - count);
		(void)row_of(&l, 0);
		assert_text(&l, COLUMN_HTTP_METHOD, "GET");
		assert_text(&l, COLUMN_HTTP_HOST, count == 31 ? "h.example" : NULL);
		assert_true(app_part.begin(l.state, 0, DEPTH_NEW));
	}
	lab_close(&l);
}

/* A header without end: what the stream's limit holds is all that is looked at. */
static void
too_many_octets(void **state)
{
	static char text[APP_STREAM_MAX + 100];
	struct lab l = lab_open(64);

	(void)state;
	for (unsigned past = 0; past <= 1; past++) {
		const size_t at = APP_STREAM_MAX - 9 + past;

		memset(text, 'x', sizeof(text));
		memcpy(text, "GET / HTTP/1.1\r\nA: ", 19);
		memcpy(text + at - 2, "\r\nHost: h\r\n", 11);
		segment(&l, 0, ISN, SYN, NULL, 0);
		for (size_t i = 0; i < sizeof(text); i += 1448)
			segment(&l, 0, (uint32_t)(ISN + 1 + i), ACK, text + i,
			    sizeof(text) - i < 1448 ? sizeof(text) - i : 1448);
		(void)row_of(&l, 0);
		assert_text(&l, COLUMN_HTTP_METHOD, "GET");
		assert_text(&l, COLUMN_HTTP_HOST, past ? NULL : "h");
		assert_true(app_part.begin(l.state, 0, DEPTH_NEW));
	}
	lab_close(&l);
}

/* 1200 flows want more than 16 MiB: the later ones keep what they found, and are counted. */
static void
memory_ends(void **state)
{
	enum { FLOWS = 1200 };
	static uint8_t octets[APP_STREAM_MAX - 1];
	struct meter_options o;
	struct lab l;
	uint64_t left_out;

	(void)state;
	meter_defaults(&o);
	o.max_flows = 1;
	o.readers = (1u << APP_READERS) - 1;
	assert_int_equal(app_memory_max(&o), 16 << 20);
	assert_int_equal(app_part.open(&o, FLOWS, &l.state, NULL), STATUS_OK);
	assert_int_equal(table_open(FLOWS, &l.t, NULL), STATUS_OK);
	memcpy(octets, "GET / HTTP/1.1\r\nA: ", 19);
	for (uint32_t n = 0; n < FLOWS; n++) {
		assert_true(app_part.begin(l.state, n, DEPTH_NEW));
		cut_segment(&l, n, 0, ISN, SYN, NULL, 0, 0);
		cut_segment(&l, n, 0, ISN + 1, ACK, octets, sizeof(octets), sizeof(octets));
	}
	left_out = app_part.left_out(l.state);
	/* three quarters of the memory are for what is put together: 16 KiB and some for each */
	assert_in_range(left_out, FLOWS - 768, FLOWS - 750);
	assert_int_equal(app_part.left_out(l.state), 0);
	for (uint32_t n = 0; n < FLOWS; n++) {
		(void)row_of(&l, n);
		assert_text(&l, COLUMN_HTTP_METHOD, "GET");
	}
	lab_close(&l);
}

static void
memory_is_given_back(void **state)
{
	struct lab l = lab_open(1); /* so the least that there is: 16 MiB */
	const unsigned flows = 64;
	static uint8_t octets[APP_STREAM_MAX - 1];

	(void)state;
	memcpy(octets, "GET / HTTP/1.1\r\nA: ", 19);
	for (unsigned round = 0; round < 40; round++) {
		for (uint32_t n = 0; n < flows; n++) {
			assert_true(app_part.begin(l.state, n, DEPTH_NEW));
			cut_segment(&l, n, 0, ISN, SYN, NULL, 0, 0);
			cut_segment(&l, n, 0, ISN + 1, ACK, octets, sizeof(octets), sizeof(octets));
			cut_segment(&l, n, 1, ISN, SYN, NULL, 0, 0);
			cut_segment(&l, n, 1, ISN + 1, ACK, octets, sizeof(octets), sizeof(octets));
		}
		for (uint32_t n = 0; n < flows && round < 39; n++) {
			(void)row_of(&l, n);
			assert_text(&l, COLUMN_HTTP_METHOD, "GET");
		}
		if (round < 39)
			table_reset(l.t);
	}
	/* 128 streams of 16 KiB are 2 MiB: all of that was given back each time */
	assert_int_equal(app_part.left_out(l.state), 0);
	lab_close(&l); /* with flows in it: the sanitizer sees what is not freed */
}

/* Each side's banner stands in its direction's column, also when the flow turns around. */
static void
banners_turn_with_the_flow(void **state)
{
	struct lab l = lab_open(64);

	(void)state;
	for (unsigned turn = 0; turn <= 1; turn++) {
		segment(&l, 0, 5, ACK, "SSH-2.0-first\r\n", 15);
		if (turn)
			app_part.turn(l.state, 0);
		segment(&l, !turn, 9, ACK, "SSH-2.0-second\r\n", 16);
		(void)row_of(&l, 0);
		assert_text(&l, COLUMN_SSH_BANNER, turn ? "SSH-2.0-second" : "SSH-2.0-first");
		assert_text(&l, COLUMN_REV_SSH_BANNER, turn ? "SSH-2.0-first" : "SSH-2.0-second");
		assert_text(&l, COLUMN_APP_NAME, "ssh");
		assert_true(app_part.begin(l.state, 0, DEPTH_NEW));
	}
	lab_close(&l);
}

/* A flow that goes on after the active timeout keeps its hints and is read on. */
static void
continued_flows(void **state)
{
	struct lab l = lab_open(64);

	(void)state;
	segment(&l, 0, ISN, SYN, NULL, 0);
	part(&l, 0, 25);
	assert_true(app_part.begin(l.state, 1, 0));
	(void)row_of(&l, 0);
	assert_text(&l, COLUMN_HTTP_METHOD, "GET");
	assert_text(&l, COLUMN_HTTP_HOST, NULL);
	cut_segment(&l, 1, 0, ISN + 26, ACK, request + 25, REQUEST - 25, REQUEST - 25);
	assert_true(app_part.begin(l.state, 2, 1));
	for (uint32_t n = 1; n <= 2; n++) {
		(void)row_of(&l, n);
		assert_text(&l, COLUMN_APP_NAME, "http");
		assert_text(&l, COLUMN_HTTP_METHOD, "GET");
		assert_text(&l, COLUMN_HTTP_HOST, "h.example");
	}
	lab_close(&l);
}

static void
a_hello_over_segments_both_ways(void **state)
{
	struct buf hello = { .data = NULL }, client = { .data = NULL }, server = { .data = NULL };
	struct lab l = lab_open(64);

	(void)state;
	hello_put(&hello, &hello_example);
	hello_records(&client, &hello, 100);
	buf_reset(&hello);
	hello_put_server(&hello, 0x303, 0x304);
	hello_records(&server, &hello, 16384);
	segment(&l, 0, ISN, SYN, NULL, 0);
	segment(&l, 1, 7, SYN | ACK, NULL, 0);
	segment(&l, 0, ISN + 1 + 150, ACK, client.data + 150, client.len - 150);
	segment(&l, 1, 8, ACK, server.data, server.len);
	segment(&l, 0, ISN + 1, ACK, client.data, 150);
	(void)row_of(&l, 0);
	assert_text(&l, COLUMN_APP_NAME, "tls");
	assert_text(&l, COLUMN_TLS_SERVER_NAME, "www.example.com");
	assert_text(&l, COLUMN_JA4, "t" HELLO_JA4);
	assert_int_equal(table_int(l.t, COLUMN_TLS_VERSION, l.row), 0x304);
	lab_close(&l);
	buf_free(&hello);
	buf_free(&client);
	buf_free(&server);
}

static const uint8_t query[] = "\0\7\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0", /* class's 1 is its NUL ... */
    answer[] = "\0\7\x81\x83\0\1\0\0\0\0\0\0\1a\0\0\1\0";

static void
datagrams(void **state)
{
	uint8_t q[19], r[19];
	struct lab l = lab_open(64);

	(void)state;
	memcpy(q, query, 18);
	memcpy(r, answer, 18);
	q[18] = r[18] = 1; /* ... so it is written here */
	for (unsigned before = 7; before <= 8; before++) {
		for (unsigned i = 0; i < before; i++)
			datagram(&l, 0, 0, "something else", 14);
		datagram(&l, 0, 0, q, sizeof(q));
		datagram(&l, 0, 1, r, sizeof(r));
		datagram(&l, 0, 1, r, sizeof(r));
		(void)row_of(&l, 0);
		assert_text(&l, COLUMN_APP_NAME, "dns"); /* by the response at the latest */
		assert_text(&l, COLUMN_DNS_QUERY, "a");
		assert_int_equal(table_int(l.t, COLUMN_DNS_RCODE, l.row), 3);
		assert_true(app_part.begin(l.state, 0, DEPTH_NEW));
	}
	for (unsigned i = 0; i < 8; i++)
		datagram(&l, 0, 0, "something else", 14);
	datagram(&l, 0, 0, q, sizeof(q));
	(void)row_of(&l, 0);
	assert_text(&l, COLUMN_APP_NAME, NULL);
	lab_close(&l);
}

static void
readers_that_were_not_asked_say_nothing(void **state)
{
	struct meter_options o;
	struct lab l;

	(void)state;
	assert_int_equal(app_readers_named("nobody", 6), 0);
	assert_int_equal(app_readers_named("dn", 2), 0);
	meter_defaults(&o);
	o.readers = app_readers_named("dns", 3) | app_readers_named("ssh", 3);
	assert_int_equal(app_part.open(&o, 64, &l.state, NULL), STATUS_OK);
	assert_int_equal(table_open(64, &l.t, NULL), STATUS_OK);
	assert_true(app_part.begin(l.state, 0, DEPTH_NEW));
	segment(&l, 0, ISN, SYN, NULL, 0);
	part(&l, 0, REQUEST);
	assert_request(&l, false);
	lab_close(&l);
}

static void
other_protocols_and_fragments(void **state)
{
	static const uint8_t header[20];
	struct depth_packet later = { .protocol = PROTOCOL_TCP, .later = true,
		.payload = { .length = 100 } };
	struct depth_packet none = { .protocol = PROTOCOL_TCP };
	struct lab l = lab_open(64);

	(void)state;
	assert_true(app_part.add(l.state, 0, &later));
	assert_true(app_part.add(l.state, 0, &none));
	segment(&l, 0, ISN, SYN, NULL, 0);
	part(&l, 0, REQUEST);
	assert_request(&l, true);
	add(&l, 0, PROTOCOL_ICMP, 0, header, 8, request, REQUEST, REQUEST);
	assert_request(&l, false);
	lab_close(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_in_any_order),
		cmocka_unit_test(octet_by_octet),
		cmocka_unit_test(around_the_end_of_sequence_numbers),
		cmocka_unit_test(a_syn_with_data),
		cmocka_unit_test(where_the_beginning_was_not_seen),
		cmocka_unit_test(padding_before_the_first_octets),
		cmocka_unit_test(cut_segments),
		cmocka_unit_test(too_many_packets),
		cmocka_unit_test(too_many_octets),
		cmocka_unit_test(memory_ends),
		cmocka_unit_test(memory_is_given_back),
		cmocka_unit_test(banners_turn_with_the_flow),
		cmocka_unit_test(continued_flows),
		cmocka_unit_test(a_hello_over_segments_both_ways),
		cmocka_unit_test(datagrams),
		cmocka_unit_test(readers_that_were_not_asked_say_nothing),
		cmocka_unit_test(other_protocols_and_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
