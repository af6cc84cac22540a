/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/datagrams.h"

#include <stdlib.h>
#include <string.h>

#include "capture/datalog.h"
#include "memory_file.h"
#include "unit.h"

enum { DATAGRAMS = 40, CARRIED = 2, FRAME_EACH = 15 };

static struct datagram
make(unsigned i, uint8_t *payload)
{
	struct datagram g = { .received = INT64_C(1795330800000000000) + i, .data = payload,
		.len = i * 37, .src = { { 192, 0, 2, (uint8_t)i }, 4 }, .dst = { { 192, 0, 2, 254 }, 4 },
		.src_port = (uint16_t)(1000 + i), .dst_port = 2055, .number = i };

	if (i % 3 == 0)
		g.src.family = g.dst.family = 6;
	for (size_t n = 0; n < g.len; n++)
		payload[n] = (uint8_t)(i * n);
	return g;
}

/* Carried ones first, then the others, in several frames, some of which tell of drops. */
static void
write_all(struct buf *out)
{
	static uint8_t payload[DATAGRAMS * 37];
	struct datalog *d = NULL;

	assert_int_equal(datalog_open(1, &d, NULL), STATUS_OK);
	for (unsigned i = 0; i < CARRIED + DATAGRAMS; i++) {
		static const uint32_t offsets[] = { 20, 65000 };
		struct carried_datagram c = { .segment = 7, .inherited = i == 1 };
		struct datagram g = make(i < CARRIED ? i : i - CARRIED, payload);

		c.datagram = g;
		c.datagram.set = i == 1 ? 16 : 0;
		c.datagram.records = offsets;
		c.datagram.record_count = i == 1 ? 2 : 0;
		if (i < CARRIED)
			datalog_put_carried(d, &c);
		else
			datalog_put(d, &g, i / 10);
		if (i % FRAME_EACH == 0)
			assert_int_equal(datalog_cut(d, out, NULL), STATUS_OK);
	}
	assert_int_equal(datalog_cut(d, out, NULL), STATUS_OK);
	datalog_free(d);
}

static void
check_one(const struct reader_datagram *got, unsigned i)
{
	static uint8_t payload[DATAGRAMS * 37];
	struct datagram want = make(i < CARRIED ? i : i - CARRIED, payload);

	assert_int_equal(got->received, want.received);
	assert_int_equal(got->len, want.len);
	if (want.len > 0)
		assert_memory_equal(got->data, want.data, want.len);
	assert_memory_equal(&got->src, &want.src, sizeof want.src);
	assert_memory_equal(&got->dst, &want.dst, sizeof want.dst);
	assert_int_equal(got->src_port, want.src_port);
	assert_int_equal(got->dst_port, want.dst_port);
	assert_int_equal(got->carried, i < CARRIED);
	assert_int_equal(got->number, i < CARRIED ? 0 : i - CARRIED + 1);
	assert_int_equal(got->inherited, i == 1);
	assert_int_equal(got->came_set, i == 1 ? 16 : 0);
	assert_int_equal(got->record_count, i == 1 ? 2 : 0);
	if (i == 1)
		assert_true(got->records[0] == 20 && got->records[1] == 65000);
	assert_int_equal(got->came_segment, i < CARRIED ? 7 : 0);
	assert_int_equal(got->came_number, i < CARRIED ? i : 0);
}

/* How many come, and with what it ends. */
static enum status
read_all(const uint8_t *data, size_t size, bool check, unsigned *count)
{
	struct memory_file m = { data, size };
	const struct frames_input in = { memory_read, &m, size, "memory" };
	struct datagrams *d = NULL;
	struct reader_datagram g;
	struct fault f = { 0 };
	enum status st;

	*count = 0;
	assert_int_equal(datagrams_open(&in, &d, NULL), STATUS_OK);
	while ((st = datagrams_next(d, &g, &f)) == STATUS_OK) {
		if (check)
			check_one(&g, *count);
		(*count)++;
	}
	assert_true(st == STATUS_END || f.status == st);
	datagrams_free(d);
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
	assert_int_equal(count, CARRIED + DATAGRAMS);
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
		assert_true(count >= before && count <= CARRIED + DATAGRAMS);
		ends += st == STATUS_END;
		before = count;
		free(copy);
	}
	assert_int_equal(ends, 4); /* nothing, and behind three of the four frames */
	buf_free(&file);
}

/* A carried datagram behind others is none that this program wrote. */
static void
carried_behind(void **state)
{
	uint8_t payload[37];
	struct carried_datagram c = { .datagram = make(1, payload) };
	struct buf file = { 0 };
	struct datalog *d = NULL;
	unsigned count;

	(void)state;
	assert_int_equal(datalog_open(1, &d, NULL), STATUS_OK);
	datalog_put(d, &c.datagram, 0);
	datalog_put_carried(d, &c);
	assert_int_equal(datalog_cut(d, &file, NULL), STATUS_OK);
	datalog_free(d);
	assert_int_equal(read_all(file.data, file.len, false, &count), STATUS_MALFORMED);
	assert_int_equal(count, 1);
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

/* A frame that is decompressed at once where it is whole: its damage takes nothing that is before it. */
static void
damage_in_a_large_frame(void **state)
{
	enum { LARGE = 2000 };
	static uint8_t payload[DATAGRAMS * 37];
	struct buf file = { 0 };
	struct datalog *d = NULL;
	unsigned whole, count;

	(void)state;
	assert_int_equal(datalog_open(1, &d, NULL), STATUS_OK);
	for (unsigned i = 0; i < LARGE; i++) {
		struct datagram g = make(i % DATAGRAMS, payload);

		g.received += i * INT64_C(7919) % 100003; /* so that it does not shrink to nothing */
		datalog_put(d, &g, i / 10);
	}
	assert_int_equal(datalog_cut(d, &file, NULL), STATUS_OK);
	datalog_free(d);
	assert_int_equal(read_all(file.data, file.len, false, &whole), STATUS_END);
	assert_int_equal(whole, LARGE);
	assert_true(file.len > 1);
	file.data[file.len - 1] ^= 0xff; /* of its checksum */
	assert_int_equal(read_all(file.data, file.len, false, &count), STATUS_MALFORMED);
	assert_in_range(count, LARGE / 2, LARGE - 1);
	assert_int_equal(read_all(file.data, file.len - 1, false, &count), STATUS_TRUNCATED);
	assert_in_range(count, LARGE / 2, LARGE);
	buf_free(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_written),
		cmocka_unit_test(cut),
		cmocka_unit_test(carried_behind),
		cmocka_unit_test(flipped),
		cmocka_unit_test(damage_in_a_large_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
