/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/messages.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "capture/messagelog.h"
#include "memory_file.h"
#include "unit.h"

enum { MESSAGES = 40, FRAME_EACH = 15, LEN_MAX = 400, EXPORTED = 1700000000, SESSIONS = 3 };

/* A message of len octets of which the header alone means something. */
static void
put_message(struct buf *out, unsigned len, unsigned fill)
{
	buf_be16(out, 10);
	buf_be16(out, (uint16_t)len);
	buf_be32(out, EXPORTED);
	buf_be32(out, 7);
	buf_be32(out, fill);
	for (unsigned n = 16; n < len; n++)
		buf_u8(out, (uint8_t)(fill * n));
}

/* Number i, whose octets go into `payload`: three in a row are of a session, the last of a file. */
static struct datagram
make(unsigned i, struct buf *payload)
{
	struct datagram d = { .transport = TRANSPORT_TCP, .session = 1 + i / 3 % SESSIONS,
		.received = INT64_C(1795330800000000000) + i / 3, .src = { { 192, 0, 2, 1 }, 4 },
		.dst = { { 192, 0, 2, 254 }, 4 }, .src_port = 1000, .dst_port = 4739, .number = i + 1 };

	if (i / 3 % SESSIONS == 1) {
		d.transport = TRANSPORT_TLS;
		d.src.family = d.dst.family = 6;
	} else if (i / 3 % SESSIONS == 2) {
		d = (struct datagram){ .transport = TRANSPORT_FILE, .session = d.session, .number = d.number,
			.received = EXPORTED * INT64_C(1000000000), .input = 4 };
	}
	buf_reset(payload);
	put_message(payload, 16 + i * 37 % (LEN_MAX - 16), i);
	d.data = payload->data;
	d.len = payload->len;
	return d;
}

/* A carried one, then the others in several frames, then the end of a session. */
static void
write_all(struct buf *out)
{
	struct buf payload = { 0 };
	struct carried_datagram c = { .datagram = make(0, &payload), .segment = 7 };
	struct messagelog *m = NULL;

	assert_int_equal(messagelog_open(1, &m, NULL), STATUS_OK);
	messagelog_put_carried(m, &c);
	for (unsigned i = 0; i < MESSAGES; i++) {
		struct datagram d = make(i, &payload);

		messagelog_put(m, &d, NULL);
		if (i % FRAME_EACH == 0)
			assert_int_equal(messagelog_cut(m, out, NULL), STATUS_OK);
	}
	c.datagram = make(0, &payload);
	messagelog_end(m, &c.datagram);
	assert_int_equal(messagelog_cut(m, out, NULL), STATUS_OK);
	messagelog_free(m);
	buf_free(&payload);
}

static void
check_end(const struct messagemark *got)
{
	assert_int_equal(got->kind, MESSAGEMARK_ENDED);
	assert_int_equal(got->way.session, 1);
	assert_int_equal(got->way.len, 0);
}

static void
check_one(const struct messagemark *got, unsigned i)
{
	struct buf payload = { 0 };
	struct datagram want = make(i == 0 ? 0 : i - 1, &payload);

	assert_int_equal(got->kind, i == 0 ? MESSAGEMARK_CARRIED : MESSAGEMARK_RECEIVED);
	assert_int_equal(got->segment, i == 0 ? 7 : 0);
	assert_int_equal(got->way.transport, want.transport);
	assert_int_equal(got->way.session, want.session);
	assert_int_equal(got->way.number, want.number);
	assert_int_equal(got->way.received, want.received);
	assert_int_equal(got->way.src_port, want.src_port);
	assert_int_equal(got->way.input, want.input);
	assert_int_equal(got->way.src.family, want.src.family);
	assert_memory_equal(got->way.src.octets, want.src.octets, sizeof want.src.octets);
	assert_int_equal(got->way.len, want.len);
	assert_memory_equal(got->way.data, want.data, want.len);
	buf_free(&payload);
}

/* How many come, and with what it ends. */
static enum status
read_all(const uint8_t *data, size_t size, bool check, unsigned *count)
{
	struct memory_file m = { data, size };
	const struct frames_input in = { memory_read, &m, size, "memory" };
	struct messages *list = NULL;
	struct messagemark g;
	struct fault f = { 0 };
	enum status st;

	*count = 0;
	assert_int_equal(messages_open(&in, &list, NULL), STATUS_OK);
	while ((st = messages_next(list, &g, &f)) == STATUS_OK) {
		if (check && *count > MESSAGES)
			check_end(&g);
		else if (check)
			check_one(&g, *count);
		(*count)++;
	}
	assert_true(st == STATUS_END || f.status == st);
	messages_free(list);
	return st;
}

static void
as_written(void **state)
{
	struct buf file = { 0 };
	unsigned count;

	(void)state;
	write_all(&file);
	assert_int_equal(read_all(file.data, file.len, true, &count), STATUS_END);
	assert_int_equal(count, 1 + MESSAGES + 1);
	buf_free(&file);
}

/* What is cut anywhere gives what is before the cut, and only between frames no error. */
static void
cut(void **state)
{
	struct buf file = { 0 };
	unsigned count, before = 0, ends = 0;

	(void)state;
	write_all(&file);
	for (size_t len = 0; len < file.len; len++) {
		uint8_t *copy = malloc(len + 1);
		enum status st;

		assert_non_null(copy);
		memcpy(copy, file.data, len);
		st = read_all(copy, len, true, &count);
		assert_true(st == STATUS_END || st == STATUS_TRUNCATED || st == STATUS_MALFORMED);
		assert_true(count >= before && count <= 1 + MESSAGES + 1);
		ends += st == STATUS_END;
		before = count;
		free(copy);
	}
	assert_int_equal(ends, 4); /* nothing, and behind three of the four frames */
	buf_free(&file);
}

/* Nothing that was changed is more than a refusal; the caller's hashes have found it before. */
static void
flipped(void **state)
{
	struct buf file = { 0 };
	unsigned count;

	(void)state;
	write_all(&file);
	for (size_t at = 0; at < file.len; at++) {
		enum status st;

		file.data[at] ^= 0x41;
		st = read_all(file.data, file.len, false, &count);
		assert_true(st == STATUS_END || st == STATUS_TRUNCATED || st == STATUS_MALFORMED);
		file.data[at] ^= 0x41;
	}
	buf_free(&file);
}

/* Reads these octets, compressed as one frame. */
static enum status
read_plain(const struct buf *plain, unsigned *count)
{
	size_t bound = ZSTD_compressBound(plain->len), len;
	uint8_t *packed = malloc(bound);
	enum status st;

	assert_non_null(packed);
	len = ZSTD_compress(packed, bound, plain->data, plain->len, 1);
	assert_false(ZSTD_isError(len));
	st = read_all(packed, len, false, count);
	free(packed);
	return st;
}

/* A mark that says this much, and behind it what there is: messages of 20 octets each. */
static const struct hostile {
	enum messagemark_kind kind;
	uint64_t messages, octets;
	unsigned there, good; /* so many stand there, so many can be given */
	enum status ends;
} hostiles[] = {
	{ MESSAGEMARK_RECEIVED, 2, 40, 2, 2, STATUS_END },
	{ MESSAGEMARK_RECEIVED, 2, 40, 1, 1, STATUS_MALFORMED },  /* fewer messages */
	{ MESSAGEMARK_RECEIVED, 1, 20, 2, 1, STATUS_MALFORMED },  /* more, where a mark must stand */
	{ MESSAGEMARK_RECEIVED, 2, 39, 2, 1, STATUS_MALFORMED },
	{ MESSAGEMARK_RECEIVED, 2, 41, 2, 1, STATUS_MALFORMED },
	{ MESSAGEMARK_RECEIVED, 1, 0, 1, 0, STATUS_MALFORMED },
	{ MESSAGEMARK_RECEIVED, 0, 0, 0, 0, STATUS_MALFORMED },
	{ MESSAGEMARK_CARRIED, 0, 20, 1, 0, STATUS_MALFORMED },
	{ MESSAGEMARK_RESTATED, 0, 0, 0, 0, STATUS_MALFORMED },
	{ MESSAGEMARK_RECEIVED, UINT64_MAX, UINT64_MAX, 3, 3, STATUS_MALFORMED },
	{ MESSAGEMARK_ENDED, 0, 0, 0, 1, STATUS_END },
	{ MESSAGEMARK_ENDED, 0, 20, 1, 0, STATUS_MALFORMED },
	{ MESSAGEMARK_ENDED, 1, 20, 1, 0, STATUS_MALFORMED }, /* would be taken for an end */
};

static void
hostile_marks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostiles); i++) {
		const struct hostile *h = &hostiles[i];
		struct buf plain = { 0 }, payload = { 0 };
		struct messagemark mark = { .kind = h->kind, .way = make(0, &payload),
			.messages = h->messages, .octets = h->octets };
		unsigned count;

		messagemark_put(&plain, &mark, 0);
		for (unsigned n = 0; n < h->there; n++)
			put_message(&plain, 20, n);
		assert_int_equal(read_plain(&plain, &count), h->ends);
		assert_int_equal(count, h->good);
		buf_free(&plain);
		buf_free(&payload);
	}
}

/* Messages without their mark, and what has no length of one. */
static void
no_mark_no_message(void **state)
{
	struct buf plain = { 0 };
	struct messagemark mark = { .kind = MESSAGEMARK_RECEIVED, .messages = 1, .octets = 15,
		.way = { .transport = TRANSPORT_FILE, .session = 1 } };
	unsigned count;

	(void)state;
	put_message(&plain, 20, 1);
	assert_int_equal(read_plain(&plain, &count), STATUS_MALFORMED);
	assert_int_equal(count, 0);
	buf_reset(&plain);
	buf_be32(&plain, 0x000a000f); /* a message shorter than its header, instead of a mark */
	assert_int_equal(read_plain(&plain, &count), STATUS_MALFORMED);
	buf_reset(&plain);
	messagemark_put(&plain, &mark, 0);
	buf_be32(&plain, 0x000a000f); /* and behind one */
	put_message(&plain, 20, 0);
	assert_int_equal(read_plain(&plain, &count), STATUS_MALFORMED);
	assert_int_equal(count, 0);
	buf_reset(&plain);
	mark.octets = UINT16_MAX; /* one as long as any can be, and its last octet missing */
	messagemark_put(&plain, &mark, 0);
	put_message(&plain, UINT16_MAX, 1);
	assert_int_equal(read_plain(&plain, &count), STATUS_END);
	assert_int_equal(count, 1);
	plain.len--;
	assert_int_equal(read_plain(&plain, &count), STATUS_MALFORMED);
	assert_int_equal(count, 0);
	buf_free(&plain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_written),
		cmocka_unit_test(cut),
		cmocka_unit_test(flipped),
		cmocka_unit_test(hostile_marks),
		cmocka_unit_test(no_mark_no_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
