/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/decompress.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "tests/capture/memory_origin.h"
#include "tests/capture/octets.h"
#include "tests/unit.h"

enum { PLAIN = 200000, PACKED_MAX = 2 * PLAIN };

static void
pack_gzip(struct buf *out, const uint8_t *data, size_t len)
{
	z_stream z = { 0 };
	uint8_t *to = buf_grow(out, PACKED_MAX);

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (z_const Bytef *)(uintptr_t)data;
	z.avail_in = (unsigned)len;
	z.next_out = to;
	z.avail_out = PACKED_MAX;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->len -= z.avail_out;
	deflateEnd(&z);
}

static void
pack_xz(struct buf *out, const uint8_t *data, size_t len)
{
	uint8_t *to = buf_grow(out, PACKED_MAX);
	size_t n = 0;

	assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, data, len, to, &n,
	                     PACKED_MAX),
	    LZMA_OK);
	out->len -= PACKED_MAX - n;
}

static void
pack_zstd(struct buf *out, const uint8_t *data, size_t len)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	uint8_t *to = buf_grow(out, PACKED_MAX);
	size_t n;

	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	n = ZSTD_compress2(c, to, PACKED_MAX, data, len);
	assert_false(ZSTD_isError(n));
	ZSTD_freeCCtx(c);
	out->len -= PACKED_MAX - n;
}

static void
pack_bzip2(struct buf *out, const uint8_t *data, size_t len)
{
	char *to = (char *)buf_grow(out, PACKED_MAX);
	unsigned n = PACKED_MAX;

	assert_int_equal(BZ2_bzBuffToBuffCompress(to, &n, (char *)(uintptr_t)data, (unsigned)len,
	                     1, 0, 0),
	    BZ_OK);
	out->len -= PACKED_MAX - n;
}

static const struct {
	enum format format;
	void (*pack)(struct buf *out, const uint8_t *data, size_t len);
} formats[] = {
	{ FORMAT_GZIP, pack_gzip },
	{ FORMAT_XZ, pack_xz },
	{ FORMAT_ZSTD, pack_zstd },
	{ FORMAT_BZIP2, pack_bzip2 },
};

/* Not quite random, so that it is packed and yet has many blocks. */
static void
fill(uint8_t *data, size_t len)
{
	uint32_t x = 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		data[i] = (uint8_t)(x >> 29);
	}
}

struct result {
	struct buf plain;
	enum status status;
	bool ended;
	size_t left; /* octets behind the frames */
	struct fault fault;
};

static struct result
unpack(enum format format, const uint8_t *data, size_t len, size_t step)
{
	struct memory_origin m = { .data = data, .len = len, .step = step };
	struct feed_origin origin = { memory_read, NULL, &m };
	struct result r = { .left = 0 };
	struct block_pool *pool = NULL;
	struct decompress *d = NULL;
	struct feed in;
	size_t n;

	buf_init(&r.plain, 0);
	assert_int_equal(block_pool_open(&pool, NULL), STATUS_OK);
	assert_int_equal(feed_open(&in, &origin, pool, NULL), STATUS_OK);
	assert_int_equal(decompress_open(format, &in, &d, NULL), STATUS_OK);
	for (;;) {
		assert_true(buf_reserve(&r.plain, 7777));
		r.status = decompress_read(d, r.plain.data + r.plain.len, 7777, &n, &r.fault);
		if (r.status != STATUS_OK)
			break;
		assert_true(n > 0 && n <= 7777);
		r.plain.len += n;
	}
	r.ended = decompress_ended(d);
	while (feed_need(&in, 1) == STATUS_OK) {
		r.left += feed_left(&in);
		in.at = in.end;
	}
	decompress_free(d);
	feed_close(&in);
	block_pool_close(pool);
	return r;
}

static int
setup(void **state)
{
	*state = malloc(PLAIN);
	if (*state != NULL)
		fill(*state, PLAIN);
	return *state == NULL;
}

static int
teardown(void **state)
{
	free(*state);
	return 0;
}

static void
expect_plain(const struct result *r, const uint8_t *plain, size_t len)
{
	assert_int_equal(r->status, STATUS_END);
	assert_true(r->ended);
	assert_int_equal(r->plain.len, len);
	assert_memory_equal(r->plain.data, plain, len);
}

static void
test_whole(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		struct buf packed;
		struct result r;

		buf_init(&packed, 0);
		formats[i].pack(&packed, *state, PLAIN);
		assert_int_equal(format_of(packed.data, packed.len), formats[i].format);
		for (size_t step = 1; step < 100000; step = step * 10 + 7) {
			r = unpack(formats[i].format, packed.data, packed.len, step);
			expect_plain(&r, *state, PLAIN);
			assert_int_equal(r.left, 0);
			buf_free(&r.plain);
		}
		buf_free(&packed);
	}
}

/* Two frames, padding of zeros, and octets of something else. */
static void
test_frames(void **state)
{
	const uint8_t *plain = *state;

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		struct buf packed;
		struct result r;

		buf_init(&packed, 0);
		formats[i].pack(&packed, plain, 1000);
		formats[i].pack(&packed, plain + 1000, 2000);
		put32(&packed, false, 0);
		r = unpack(formats[i].format, packed.data, packed.len, SIZE_MAX);
		expect_plain(&r, plain, 3000);
		assert_int_equal(r.left, 0);
		buf_free(&r.plain);
		buf_str(&packed, "else");
		r = unpack(formats[i].format, packed.data, packed.len, SIZE_MAX);
		expect_plain(&r, plain, 3000);
		assert_int_equal(r.left, 4);
		buf_free(&r.plain);
		buf_free(&packed);
	}
}

/* What comes out of cut data is the beginning of the whole, and the more the longer. */
static void
test_cut(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		struct buf packed;
		struct result r;
		size_t before = 0;

		buf_init(&packed, 0);
		formats[i].pack(&packed, *state, PLAIN);
		for (size_t len = 20; len < packed.len; len += 1 + packed.len / 50) {
			r = unpack(formats[i].format, packed.data, len, SIZE_MAX);
			assert_int_equal(r.status, STATUS_TRUNCATED);
			assert_false(r.ended);
			assert_true(r.plain.len >= before && r.plain.len <= PLAIN);
			assert_memory_equal(r.plain.data, *state, r.plain.len);
			before = r.plain.len;
			buf_free(&r.plain);
		}
		assert_true(before > 0);
		buf_free(&packed);
	}
}

/* gzip has no blocks: two thirds of the data give about two thirds of the octets. */
static void
test_cut_gzip_loses_nothing(void **state)
{
	struct buf packed;
	struct result r;

	buf_init(&packed, 0);
	pack_gzip(&packed, *state, 20000);
	r = unpack(FORMAT_GZIP, packed.data, packed.len * 2 / 3, SIZE_MAX);
	assert_true(r.plain.len > 12500);
	buf_free(&r.plain);
	buf_free(&packed);
}

/* The check at the end is wrong: all is decoded, and it is told. */
static void
test_check(void **state)
{
	static const size_t from_end[] = { 5, 0, 1, 0 }; /* gzip's CRC; zstd's */

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		struct buf packed;
		struct result r;

		if (from_end[i] == 0)
			continue;
		buf_init(&packed, 0);
		formats[i].pack(&packed, *state, PLAIN);
		packed.data[packed.len - from_end[i]] ^= 1;
		r = unpack(formats[i].format, packed.data, packed.len, SIZE_MAX);
		assert_int_equal(r.status, STATUS_MALFORMED);
		assert_true(r.plain.len > PLAIN / 2);
		assert_memory_equal(r.plain.data, *state, r.plain.len);
		buf_free(&r.plain);
		buf_free(&packed);
	}
}

static void
test_not_of_a_codec(void **state)
{
	struct decompress *d = NULL;
	struct feed in = { .at = NULL };

	(void)state;
	assert_int_equal(decompress_open(FORMAT_ZIP, &in, &d, NULL), STATUS_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_gzip_loses_nothing),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_not_of_a_codec),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
