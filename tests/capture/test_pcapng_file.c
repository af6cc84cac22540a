/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/pcapng_file.h"

#include "capture/pcap_file.h"
#include "tests/capture/memory_origin.h"
#include "tests/capture/octets.h"
#include "tests/unit.h"

enum { SHB = 0x0a0d0d0a, IDB = 1, PB = 2, SPB = 3, EPB = 6, BATCH = 4, KEPT = 64 };

/* A capture as it is written: blocks nest no deeper than one. */
struct writer {
	struct buf b;
	bool big;
	size_t start; /* of the block */
};

static void
block_open(struct writer *w, uint32_t type)
{
	w->start = w->b.len;
	put32(&w->b, w->big, type);
	put32(&w->b, w->big, 0);
}

static void
block_shut(struct writer *w)
{
	struct buf len;

	put_counting(&w->b, 0, (4 - (w->b.len - w->start) % 4) % 4);
	buf_init(&len, 0);
	put32(&len, w->big, (uint32_t)(w->b.len - w->start + 4));
	memcpy(w->b.data + w->start + 4, len.data, 4);
	buf_put(&w->b, len.data, 4);
	buf_free(&len);
}

static void
put_section(struct writer *w, bool big)
{
	w->big = big;
	block_open(w, SHB);
	put32(&w->b, big, 0x1a2b3c4d);
	put16(&w->b, big, 1);
	put16(&w->b, big, 0);
	put32(&w->b, big, 0xffffffff);
	put32(&w->b, big, 0xffffffff);
	block_shut(w);
}

static void
put_option(struct writer *w, uint16_t code, const void *value, uint16_t len)
{
	put16(&w->b, w->big, code);
	put16(&w->b, w->big, len);
	buf_put(&w->b, value, len);
	put_counting(&w->b, 0, (4 - len % 4U) % 4);
}

/* resolution below 0 and offset 0: without the option. */
static void
put_interface(struct writer *w, uint16_t link, uint32_t snaplen, int resolution, int64_t offset)
{
	uint8_t r = (uint8_t)resolution;
	struct buf o;

	block_open(w, IDB);
	put16(&w->b, w->big, link);
	put16(&w->b, w->big, 0);
	put32(&w->b, w->big, snaplen);
	if (resolution >= 0)
		put_option(w, 9, &r, 1);
	if (offset != 0) {
		buf_init(&o, 0);
		if (w->big)
			buf_be64(&o, (uint64_t)offset);
		else
			buf_le64(&o, (uint64_t)offset);
		put_option(w, 14, o.data, 8);
		buf_free(&o);
	}
	put_option(w, 0, "", 0);
	block_shut(w);
}

/* An enhanced packet block that is still open for options. */
static void
open_packet(struct writer *w, uint32_t interface, uint64_t time, uint32_t captured, uint32_t wire)
{
	block_open(w, EPB);
	put32(&w->b, w->big, interface);
	put32(&w->b, w->big, (uint32_t)(time >> 32));
	put32(&w->b, w->big, (uint32_t)time);
	put32(&w->b, w->big, captured);
	put32(&w->b, w->big, wire);
	put_counting(&w->b, (uint8_t)(captured + 1), captured);
	put_counting(&w->b, 0, (4 - captured % 4) % 4);
}

static void
put_packet(struct writer *w, uint32_t interface, uint64_t time, uint32_t captured, uint32_t wire)
{
	open_packet(w, interface, time, captured, wire);
	block_shut(w);
}

static void
writer_init(struct writer *w, bool big)
{
	buf_init(&w->b, 0);
	put_section(w, big);
}

struct result {
	struct packet packets[KEPT];
	uint8_t first[KEPT];
	size_t count;
	enum status status;
	struct fault fault;
};

static void
drain(struct pcapng_file *p, struct result *r)
{
	struct packet batch[BATCH];
	size_t n;

	while ((r->status = pcapng_file_next(p, batch, BATCH, &n, &r->fault)) == STATUS_OK) {
		assert_true(n > 0 && n <= BATCH);
		for (size_t i = 0; i < n && r->count < KEPT; i++, r->count++) {
			r->packets[r->count] = batch[i];
			r->first[r->count] = batch[i].captured > 0 ? batch[i].data[0] : 0;
			assert_int_equal(batch[i].frame, r->count + 1);
		}
	}
}

static struct result
read_part(const struct writer *w, size_t len, size_t step)
{
	struct memory_origin m = { .data = w->b.data, .len = len, .step = step };
	struct feed_origin origin = { memory_read, NULL, &m };
	struct result r = { .count = 0 };
	struct block_pool *pool = NULL;
	struct pcapng_file *p = NULL;
	struct feed s;

	assert_int_equal(block_pool_open(&pool, NULL), STATUS_OK);
	assert_int_equal(feed_open(&s, &origin, pool, NULL), STATUS_OK);
	r.status = pcapng_file_open(&s, &p, &r.fault);
	if (r.status == STATUS_OK)
		drain(p, &r);
	pcapng_file_free(p);
	feed_close(&s);
	block_pool_close(pool);
	return r;
}

static struct result
read_free(struct writer *w)
{
	struct result r = read_part(w, w->b.len, SIZE_MAX);

	buf_free(&w->b);
	return r;
}

static void
test_packet_blocks(void **state)
{
	struct writer w;
	struct result r;

	(void)state;
	for (int big = 0; big < 2; big++) {
		writer_init(&w, big == 1);
		put_interface(&w, 1, 100, -1, 0);
		put_packet(&w, 0, 1700000000123456, 5, 60);
		block_open(&w, SPB);
		put32(&w.b, w.big, 120);
		put_counting(&w.b, 0x77, 100);
		block_shut(&w);
		block_open(&w, PB);
		put16(&w.b, w.big, 0);
		put16(&w.b, w.big, 9); /* drops */
		put32(&w.b, w.big, 0);
		put32(&w.b, w.big, 7);
		put32(&w.b, w.big, 3);
		put32(&w.b, w.big, 2);
		put_counting(&w.b, 0x33, 3);
		block_shut(&w);
		r = read_free(&w);
		assert_int_equal(r.status, STATUS_END);
		assert_int_equal(r.count, 3);
		assert_int_equal(r.packets[0].time, 1700000000123456000);
		assert_int_equal(r.packets[0].captured, 5);
		assert_int_equal(r.packets[0].wire, 60);
		assert_false(r.packets[0].fine);
		assert_int_equal(r.first[0], 6);
		assert_int_equal(r.packets[1].time, 0);
		assert_int_equal(r.packets[1].captured, 100);
		assert_int_equal(r.packets[1].wire, 120);
		assert_int_equal(r.first[1], 0x77);
		assert_int_equal(r.packets[2].time, 7000);
		assert_int_equal(r.packets[2].wire, 3);
		assert_int_equal(r.first[2], 0x33);
	}
}

static void
test_resolutions(void **state)
{
	static const struct {
		int resolution;
		int64_t offset;
		uint64_t units;
		int64_t time;
		bool fine;
	} rows[] = {
		{ -1, 0, 1500000, 1500000000, false },
		{ 0, 0, 3, 3000000000, false },
		{ 3, 0, 3, 3000000, false },
		{ 9, 0, 1234567890123, 1234567890123, true },
		{ 12, 0, 1234567890123456, 1234567890123, true },
		{ 9, 100, 5, 100000000005, true },
		{ 6, -100, 5, -99999995000, false },
		{ 0x80 | 10, 0, 1536, 1500000000, false },
		{ 0x80 | 32, 0, 0x180000000, 1500000000, true },
		{ 0x80 | 32, 1, 0x180000000, 2500000000, true },
		{ 9, 0, INT64_MAX, INT64_MAX, true },
		{ 9, 9223372036, 854775807, INT64_MAX, true },
		{ 0, -9223372036, 0, -9223372036000000000, false },
	};
	struct writer w;
	struct result r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		writer_init(&w, i % 2 == 1);
		put_interface(&w, 1, 0, rows[i].resolution, rows[i].offset);
		put_packet(&w, 0, rows[i].units, 1, 1);
		r = read_free(&w);
		assert_int_equal(r.status, STATUS_END);
		assert_int_equal(r.packets[0].time, rows[i].time);
		assert_int_equal(r.packets[0].fine, rows[i].fine);
	}
}

static void
test_times_beyond(void **state)
{
	static const struct {
		int resolution;
		int64_t offset;
		uint64_t units;
		int64_t time;
	} rows[] = {
		{ 9, 0, (uint64_t)INT64_MAX + 1, INT64_MAX },
		{ -1, 0, UINT64_MAX, INT64_MAX },
		{ 0, 0, 9223372037, INT64_MAX },
		{ 9, 9223372036, 854775808, INT64_MAX },
		{ 9, INT64_MAX, 0, INT64_MAX },
		{ 9, INT64_MIN, UINT64_MAX, -INT64_MAX },
		{ 0x80, 1, UINT64_MAX, INT64_MAX },
	};
	struct writer w;
	struct result r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		writer_init(&w, false);
		put_interface(&w, 1, 0, rows[i].resolution, rows[i].offset);
		put_packet(&w, 0, rows[i].units, 1, 1);
		r = read_free(&w);
		assert_int_equal(r.status, STATUS_MALFORMED);
		assert_int_equal(r.count, 1);
		assert_true(r.packets[0].time == rows[i].time);
	}
}

/* Each section has its byte order and its own interfaces. */
static void
test_sections(void **state)
{
	struct writer w;
	struct result r;

	(void)state;
	writer_init(&w, false);
	put_interface(&w, 1, 0, -1, 0);
	put_interface(&w, 101, 0, 9, 0);
	put_packet(&w, 1, 5, 4, 4);
	put_section(&w, true);
	put_interface(&w, 113, 0, -1, 0);
	put_packet(&w, 0, 5, 4, 4);
	put_packet(&w, 1, 5, 4, 4); /* of the section before */
	r = read_free(&w);
	assert_int_equal(r.count, 2);
	assert_int_equal(r.packets[0].link_type, 101);
	assert_int_equal(r.packets[0].time, 5);
	assert_int_equal(r.packets[1].link_type, 113);
	assert_int_equal(r.packets[1].time, 5000);
	assert_int_equal(r.status, STATUS_MALFORMED);
	assert_string_equal(r.fault.text, "a packet of an interface that was not described: 1");
}

static void
test_other_blocks(void **state)
{
	static const uint32_t sizes[] = { 0, 4, 1000, 3000000 };
	struct writer w;
	struct result r;

	(void)state;
	writer_init(&w, false);
	put_interface(&w, 1, 0, -1, 0);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		block_open(&w, 0x80000bad);
		put_counting(&w.b, 0, sizes[i]);
		block_shut(&w);
		put_packet(&w, 0, i, 9, 9);
	}
	r = read_free(&w);
	assert_int_equal(r.status, STATUS_END);
	assert_int_equal(r.count, ARRAY_LEN(sizes));
	assert_int_equal(r.first[3], 10);
}

static void
test_frame_check_sequence(void **state)
{
	static const uint8_t said[][2] = { { 0, 0 }, { 4, 4 }, { 32, 4 }, { 16, 2 } };
	struct writer w;
	struct result r;

	(void)state;
	writer_init(&w, false);
	for (size_t i = 0; i < ARRAY_LEN(said); i++) {
		block_open(&w, IDB);
		put32(&w.b, w.big, 1);
		put32(&w.b, w.big, 0);
		put_option(&w, 13, &said[i][0], 1);
		block_shut(&w);
	}
	for (uint32_t i = 0; i < ARRAY_LEN(said); i++)
		put_packet(&w, i, 0, 8, 8);
	open_packet(&w, 1, 0, 8, 8);
	put_option(&w, 2, "\x40\0\0\0", 4); /* this packet has 2 */
	block_shut(&w);
	r = read_free(&w);
	assert_int_equal(r.count, 5);
	for (size_t i = 0; i < ARRAY_LEN(said); i++)
		assert_int_equal(r.packets[i].fcs, said[i][1]);
	assert_int_equal(r.packets[4].fcs, 2);
}

/* One octet or number of a good capture made wrong; the packet before stays. */
static void
test_damage(void **state)
{
	enum { FIRST = 28 + 32, BLOCK = 32 + 8, SECOND = FIRST + BLOCK };
	static const struct {
		size_t at;
		uint32_t value;
		const char *text;
	} rows[] = {
		{ SECOND + 4, 41, "a block's length is too small or no multiple of 4: 41" },
		{ SECOND + 4, 8, "a block's length is too small or no multiple of 4: 8" },
		{ SECOND + 8, 3, "a packet of an interface that was not described: 3" },
		{ SECOND + 20, 9, "a packet's captured length does not fit into its block: 9" },
		{ SECOND + 20, 0x80000000,
		    "a packet's captured length does not fit into its block: 2147483648" },
		{ SECOND + 36, 44, "a block's length is 40 at its start and 44 at its end" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct writer w;
		struct result r;

		writer_init(&w, false);
		put_interface(&w, 1, 0, 6, 0);
		assert_int_equal(w.b.len, FIRST);
		put_packet(&w, 0, 0, 8, 8);
		put_packet(&w, 0, 0, 8, 8);
		for (unsigned k = 0; k < 4; k++)
			w.b.data[rows[i].at + k] = (uint8_t)(rows[i].value >> (8 * k));
		r = read_free(&w);
		assert_int_equal(r.count, 1);
		assert_int_equal(r.status, STATUS_MALFORMED);
		assert_int_equal(r.fault.offset, SECOND);
		assert_string_equal(r.fault.text, rows[i].text);
	}
}

/* Times beyond 64 bits of nanoseconds: every packet stays, and the first is told at the end. */
static void
test_times_told(void **state)
{
	enum { FIRST = 28 + 32, BLOCK = 32 + 8, SECOND = FIRST + BLOCK };
	struct writer w;
	struct result r;

	(void)state;
	writer_init(&w, false);
	put_interface(&w, 1, 0, 6, 0);
	put_packet(&w, 0, 7, 8, 8);
	put_packet(&w, 0, 0xffffffff00000000, 8, 8);
	put_packet(&w, 0, 0xffffffff00000001, 8, 8);
	put_packet(&w, 0, 8, 8, 8);
	r = read_free(&w);
	assert_int_equal(r.count, 4);
	assert_int_equal(r.packets[0].time, 7000);
	assert_true(r.packets[1].time == INT64_MAX);
	assert_true(r.packets[2].time == INT64_MAX);
	assert_int_equal(r.packets[3].time, 8000);
	assert_int_equal(r.packets[3].frame, 4);
	assert_int_equal(r.status, STATUS_MALFORMED);
	assert_int_equal(r.fault.offset, SECOND);
	assert_string_equal(r.fault.text, "a packet's time does not fit into 64 bits of nanoseconds; "
	    "it and its like are the nearest: 18446744069414584320");
}

static void
test_options_wrong(void **state)
{
	static const struct {
		uint16_t code, len;
		const char *value;
	} rows[] = {
		{ 9, 1, "\x14" },      /* 10^20 units do not fit */
		{ 9, 1, "\xc0" },      /* nor 2^64 */
		{ 9, 2, "\x06\x06" },
		{ 14, 4, "\0\0\0\0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct writer w;

		writer_init(&w, true);
		block_open(&w, IDB);
		put32(&w.b, w.big, 0x10000);
		put32(&w.b, w.big, 0);
		put_option(&w, rows[i].code, rows[i].value, rows[i].len);
		block_shut(&w);
		assert_int_equal(read_free(&w).status, STATUS_MALFORMED);
	}
}

static void
test_versions(void **state)
{
	struct writer w;

	(void)state;
	for (uint8_t minor = 0; minor < 4; minor++) {
		writer_init(&w, false);
		w.b.data[14] = minor;
		assert_int_equal(read_free(&w).status,
		    minor % 2 == 0 ? STATUS_END : STATUS_UNSUPPORTED);
	}
	writer_init(&w, false);
	w.b.data[8] = 0;
	assert_int_equal(read_free(&w).status, STATUS_MALFORMED);
}

/* Cut at every length: the whole packets come out, and the offset is that of the cut block. */
static void
test_cut(void **state)
{
	enum { BEFORE = 28 + 32, BLOCK = 44, PACKETS = 4 };
	struct writer w;

	(void)state;
	writer_init(&w, false);
	put_interface(&w, 1, 0, 6, 0);
	for (unsigned i = 0; i < PACKETS; i++)
		put_packet(&w, 0, i, 10, 10);
	for (size_t len = 0; len <= w.b.len; len++) {
		struct result r = read_part(&w, len, SIZE_MAX);
		size_t whole = len < BEFORE ? 0 : (len - BEFORE) / BLOCK;

		assert_int_equal(r.count, whole);
		if (len == 28 || (len >= BEFORE && (len - BEFORE) % BLOCK == 0)) {
			assert_int_equal(r.status, STATUS_END);
			continue;
		}
		assert_int_equal(r.status, STATUS_TRUNCATED);
		assert_int_equal(r.fault.offset,
		    len < 28 ? 0 : len < BEFORE ? 28 : BEFORE + whole * BLOCK);
	}
	buf_free(&w.b);
}

static void
test_straddling(void **state)
{
	static const size_t steps[] = { 1000, 65536, SIZE_MAX };
	static const uint32_t sizes[] = { 0, 1, 1514, 65535, CAPTURED_MAX, 3, CAPTURED_MAX - 1 };
	struct writer w;

	(void)state;
	writer_init(&w, true);
	put_interface(&w, 1, 0, 6, 0);
	for (unsigned i = 0; i < KEPT; i++)
		put_packet(&w, 0, i, sizes[i % ARRAY_LEN(sizes)], 0);
	for (size_t s = 0; s < ARRAY_LEN(steps); s++) {
		struct result r = read_part(&w, w.b.len, steps[s]);

		assert_int_equal(r.status, STATUS_END);
		assert_int_equal(r.count, KEPT);
		for (unsigned i = 0; i < KEPT; i++) {
			uint32_t size = sizes[i % ARRAY_LEN(sizes)];

			assert_int_equal(r.packets[i].captured, size);
			assert_int_equal(r.first[i], size > 0 ? (uint8_t)(size + 1) : 0);
		}
	}
	buf_free(&w.b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packet_blocks),
		cmocka_unit_test(test_resolutions),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_other_blocks),
		cmocka_unit_test(test_frame_check_sequence),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_times_beyond),
		cmocka_unit_test(test_times_told),
		cmocka_unit_test(test_options_wrong),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_straddling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
