/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/pcap_file.h"

#include "tests/unit.h"

#include "tests/capture/memory_origin.h"
#include "tests/capture/octets.h"

#define MICROS    0xa1b2c3d4U
#define NANOS     0xa1b23c4dU
#define KUZNETZOV 0xa1b2cd34U

enum { BATCH = 8, KEPT = 64 };

struct header {
	uint32_t magic;
	bool big;
	uint16_t major, minor;
	uint32_t network;
};

static const struct header plain = { MICROS, false, 2, 4, 1 };

static void
put_header(struct buf *b, const struct header *h)
{
	put32(b, h->big, h->magic);
	put16(b, h->big, h->major);
	put16(b, h->big, h->minor);
	put32(b, h->big, 0);
	put32(b, h->big, 0);
	put32(b, h->big, 65535);
	put32(b, h->big, h->network);
}

/* A record's header as the file has it. */
static void
put_record(struct buf *b, const struct header *h, uint32_t seconds, uint32_t fraction,
    uint32_t first, uint32_t second)
{
	put32(b, h->big, seconds);
	put32(b, h->big, fraction);
	put32(b, h->big, first);
	put32(b, h->big, second);
	if (h->magic == KUZNETZOV)
		put_counting(b, 0xee, 8);
}

/* What came out of a file. */
struct result {
	struct packet packets[KEPT]; /* their data are not kept */
	uint8_t first[KEPT];         /* octet of each */
	size_t count;
	enum status status;
	struct fault fault;
};

static void
drain(struct pcap_file *p, struct result *r)
{
	struct packet batch[BATCH];
	size_t n;

	while ((r->status = pcap_file_next(p, batch, BATCH, &n, &r->fault)) == STATUS_OK) {
		assert_true(n > 0 && n <= BATCH);
		for (size_t i = 0; i < n; i++, r->count++) {
			if (r->count >= KEPT)
				continue;
			r->packets[r->count] = batch[i];
			r->first[r->count] = batch[i].captured > 0 ? batch[i].data[0] : 0;
		}
	}
	assert_int_equal(n, 0);
}

static struct result
read_all(const struct buf *b, size_t len, size_t step)
{
	struct memory_origin m = { .data = b->data, .len = len, .step = step };
	struct feed_origin origin = { memory_read, NULL, &m };
	struct result r = { .count = 0 };
	struct block_pool *pool = NULL;
	struct pcap_file p;
	struct feed s;

	assert_int_equal(block_pool_open(&pool, NULL), STATUS_OK);
	assert_int_equal(feed_open(&s, &origin, pool, NULL), STATUS_OK);
	r.status = pcap_file_open(&p, &s, &r.fault);
	if (r.status == STATUS_OK)
		drain(&p, &r);
	feed_close(&s);
	block_pool_close(pool);
	return r;
}

/* One packet of four octets at 1 s and 5 units; 60 octets on the wire. */
static struct result
read_one(const struct header *h, uint32_t first, uint32_t second)
{
	struct buf b;
	struct result r;

	buf_init(&b, 0);
	put_header(&b, h);
	put_record(&b, h, 1, 5, first, second);
	put_counting(&b, 0x41, 4);
	r = read_all(&b, b.len, SIZE_MAX);
	buf_free(&b);
	return r;
}

static void
test_magics(void **state)
{
	static const struct {
		uint32_t magic;
		int64_t time;
		bool fine;
	} rows[] = {
		{ MICROS, 1000005000, false },
		{ NANOS, 1000000005, true },
		{ KUZNETZOV, 1000005000, false },
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		struct header h = { rows[i / 2].magic, i % 2 == 1, 2, 4, 1 };
		struct result r = read_one(&h, 4, 60);

		assert_int_equal(r.status, STATUS_END);
		assert_int_equal(r.count, 1);
		assert_int_equal(r.packets[0].time, rows[i / 2].time);
		assert_int_equal(r.packets[0].fine, rows[i / 2].fine);
		assert_int_equal(r.packets[0].captured, 4);
		assert_int_equal(r.packets[0].wire, 60);
		assert_int_equal(r.packets[0].link_type, 1);
		assert_int_equal(r.packets[0].frame, 1);
		assert_int_equal(r.first[0], 0x41);
	}
}

static void
test_lengths_by_version(void **state)
{
	static const struct {
		uint16_t major, minor;
		uint32_t first, second;
	} rows[] = {
		{ 2, 4, 4, 60 }, { 2, 3, 4, 60 }, { 2, 3, 60, 4 }, { 2, 2, 60, 4 }, { 2, 0, 60, 4 },
		{ 543, 0, 60, 4 }, { 2, 5, 4, 60 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct header h = { MICROS, false, rows[i].major, rows[i].minor, 1 };
		struct result r = read_one(&h, rows[i].first, rows[i].second);

		assert_int_equal(r.status, STATUS_END);
		assert_int_equal(r.packets[0].captured, 4);
		assert_int_equal(r.packets[0].wire, 60);
	}
}

static void
test_headers_refused(void **state)
{
	static const struct header rows[] = {
		{ MICROS, false, 1, 4, 1 },
		{ MICROS, false, 3, 0, 1 },
		{ MICROS, true, 543, 1, 1 },
		{ MICROS, false, 2, 4, 0x00300001 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(read_one(&rows[i], 4, 60).status, STATUS_UNSUPPORTED);
	assert_int_equal(read_one(&(struct header){ 0xa12b3c4d, false, 2, 4, 1 }, 4, 60).status,
	    STATUS_MALFORMED);
}

static void
test_frame_check_sequence(void **state)
{
	struct header h = plain;

	(void)state;
	h.network = 0x24000001; /* two units of 16 bits, and they are said */
	assert_int_equal(read_one(&h, 4, 60).packets[0].fcs, 4);
	h.network = 0x20000069; /* not said */
	assert_int_equal(read_one(&h, 4, 60).packets[0].fcs, 0);
	assert_int_equal(read_one(&h, 4, 60).packets[0].link_type, 0x69);
}

static void
test_times(void **state)
{
	static const struct {
		uint32_t magic, seconds, fraction;
		int64_t time;
	} rows[] = {
		{ MICROS, 0, 0, 0 },
		{ MICROS, UINT32_MAX, 999999, 4294967295999999000 },
		{ MICROS, 5, 1000000, 6000000000 },
		{ MICROS, 5, UINT32_MAX, 5000000000 + 4294967295000 },
		{ NANOS, 5, 1000000001, 6000000001 },
	};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct header h = { rows[i].magic, false, 2, 4, 1 };

		buf_init(&b, 0);
		put_header(&b, &h);
		put_record(&b, &h, rows[i].seconds, rows[i].fraction, 0, 0);
		assert_int_equal(read_all(&b, b.len, SIZE_MAX).packets[0].time, rows[i].time);
		buf_free(&b);
	}
}

static void
test_captured_above_wire(void **state)
{
	struct result r = read_one(&plain, 4, 1);

	(void)state;
	assert_int_equal(r.status, STATUS_END);
	assert_int_equal(r.packets[0].wire, 4);
}

static void
test_captured_above_limit(void **state)
{
	static const uint32_t rows[] = { CAPTURED_MAX + 1, 0x7fffffff, 0xffffffff };
	struct result r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		r = read_one(&plain, rows[i], rows[i]);
		assert_int_equal(r.status, STATUS_MALFORMED);
		assert_int_equal(r.count, 0);
		assert_true(r.fault.at_offset);
		assert_int_equal(r.fault.offset, 24);
	}
	r = read_one(&plain, 0x7fffffff, 0x7fffffff);
	assert_string_equal(r.fault.text,
	    "a record's captured length is 2147483647, the limit is 262144");
}

static void
test_no_records(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	put_header(&b, &plain);
	assert_int_equal(read_all(&b, b.len, SIZE_MAX).status, STATUS_END);
	for (size_t len = 0; len < b.len; len++) {
		struct result r = read_all(&b, len, SIZE_MAX);

		assert_int_equal(r.status, STATUS_TRUNCATED);
		assert_int_equal(r.fault.offset, 0);
	}
	buf_free(&b);
}

/* Cut at every length: all whole records come out, and the offset is that of the cut one. */
static void
test_cut(void **state)
{
	enum { HEADER = 24, RECORD = 16 + 10, RECORDS = 5 };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	put_header(&b, &plain);
	for (uint8_t i = 0; i < RECORDS; i++) {
		put_record(&b, &plain, i, 0, 10, 10);
		put_counting(&b, i, 10);
	}
	for (size_t len = HEADER; len <= b.len; len++) {
		struct result r = read_all(&b, len, SIZE_MAX);
		size_t whole = (len - HEADER) / RECORD;

		assert_int_equal(r.count, whole);
		if ((len - HEADER) % RECORD == 0) {
			assert_int_equal(r.status, STATUS_END);
			continue;
		}
		assert_int_equal(r.status, STATUS_TRUNCATED);
		assert_int_equal(r.fault.offset, HEADER + whole * RECORD);
	}
	buf_free(&b);
}

/* Records of all sizes over many blocks: what is read does not depend on how it arrives. */
static void
test_straddling(void **state)
{
	static const size_t steps[] = { 1000, 4096, 65536, 300000, SIZE_MAX };
	static const uint32_t sizes[] = { 0, 1, 60, 1514, 65535, CAPTURED_MAX, 3, CAPTURED_MAX - 1 };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	put_header(&b, &plain);
	for (uint8_t i = 0; i < KEPT; i++) {
		put_record(&b, &plain, i, 0, sizes[i % ARRAY_LEN(sizes)], 0);
		put_counting(&b, i, sizes[i % ARRAY_LEN(sizes)]);
	}
	for (size_t s = 0; s < ARRAY_LEN(steps); s++) {
		struct result r = read_all(&b, b.len, steps[s]);

		assert_int_equal(r.status, STATUS_END);
		assert_int_equal(r.count, KEPT);
		for (size_t i = 0; i < KEPT; i++) {
			assert_int_equal(r.packets[i].captured, sizes[i % ARRAY_LEN(sizes)]);
			assert_int_equal(r.packets[i].frame, i + 1);
			assert_int_equal(r.first[i], r.packets[i].captured > 0 ? i : 0);
		}
	}
	buf_free(&b);
}

/* USB captures may have records above the limit: they are cut, and the next one is found. */
static void
test_large_of_usb(void **state)
{
	struct header h = { MICROS, false, 2, 4, 249 };
	const uint32_t large = CAPTURED_MAX + 100000;
	struct result r;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	put_header(&b, &h);
	put_record(&b, &h, 1, 0, large, large);
	put_counting(&b, 7, large);
	put_record(&b, &h, 2, 0, 4, 4);
	put_counting(&b, 9, 4);
	r = read_all(&b, b.len, SIZE_MAX);
	assert_int_equal(r.status, STATUS_END);
	assert_int_equal(r.count, 2);
	assert_int_equal(r.packets[0].captured, CAPTURED_MAX);
	assert_int_equal(r.packets[0].wire, large);
	assert_int_equal(r.first[1], 9);
	assert_int_equal(read_all(&b, b.len - 30, SIZE_MAX).status, STATUS_TRUNCATED);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_magics),
		cmocka_unit_test(test_lengths_by_version),
		cmocka_unit_test(test_headers_refused),
		cmocka_unit_test(test_frame_check_sequence),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_captured_above_wire),
		cmocka_unit_test(test_captured_above_limit),
		cmocka_unit_test(test_no_records),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_straddling),
		cmocka_unit_test(test_large_of_usb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
