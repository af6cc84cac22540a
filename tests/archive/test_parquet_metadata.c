/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <string.h>

#include "archive/parquet_header.h"
#include "archive/parquet_metadata.h"
#include "archive/parquet_schema.h"

static struct thrift_bytes
bytes_of(const char *s)
{
	return (struct thrift_bytes){ (const uint8_t *)s, strlen(s) };
}

static void
assert_bytes(struct thrift_bytes b, const char *s)
{
	assert_non_null(b.data);
	assert_int_equal(b.len, strlen(s));
	assert_memory_equal(b.data, s, b.len);
}

/* The standard schema, one row group of two chunks, one pair. */
static void
put_sample(struct buf *out)
{
	struct parquet_element schema[1 + COLUMN_COUNT];
	struct parquet_pair pair = { bytes_of("key"), bytes_of("value") };
	struct parquet_footer f = { .elements = schema, .element_count = 1 + COLUMN_COUNT,
		.rows = 7, .group_count = 1, .pairs = &pair, .pair_count = 1,
		.created_by = bytes_of("test") };
	struct parquet_chunk c = { .type = PARQUET_INT64, .encodings = 0x109, .codec = PARQUET_ZSTD,
		.name = bytes_of("bytes"), .values = 7, .uncompressed = 300, .compressed = 200,
		.data_offset = 44, .dictionary_offset = 4,
		.statistics = { true, 2, bytes_of("aaaaaaaa"), bytes_of("") } };
	struct buf groups;

	buf_init(&groups, 0);
	parquet_schema_put(schema);
	parquet_group_begin(&groups, 2);
	parquet_chunk_put(&groups, &c);
	c.dictionary_offset = 0;
	c.statistics = (struct parquet_statistics){ .counted = false };
	parquet_chunk_put(&groups, &c);
	parquet_group_end(&groups, 600, 7);
	parquet_footer_put(out, &f, &groups);
	assert_true(buf_ok(out));
	buf_free(&groups);
}

static void
footer_both_ways(void **state)
{
	struct parquet_chunk chunks[2];
	struct parquet_group g = { .count = 2, .chunks = chunks };
	struct parquet_leaf leaves[1 + COLUMN_COUNT];
	struct parquet_footer footer;
	struct fault f = { 0 };
	struct buf b;
	size_t count;

	(void)state;
	buf_init(&b, 0);
	put_sample(&b);
	assert_int_equal(parquet_footer_get(b.data, b.len, &footer, "x", &f), STATUS_OK);
	assert_int_equal(footer.rows, 7);
	assert_int_equal(footer.element_count, 1 + COLUMN_COUNT);
	assert_bytes(footer.pairs[0].key, "key");
	assert_bytes(footer.pairs[0].value, "value");
	assert_bytes(footer.created_by, "test");
	assert_int_equal(parquet_schema_get(&footer, leaves, &count, "x", &f), STATUS_OK);
	assert_int_equal(count, COLUMN_COUNT);
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		assert_true(leaves[i].id == i && leaves[i].optional);
	assert_int_equal(footer.group_count, 1);
	assert_true(parquet_group_get(b.data, b.len, footer.groups[0], &g));
	assert_true(g.rows == 7 && g.bytes == 600);
	assert_true(chunks[0].described && !chunks[0].foreign && chunks[0].codec == PARQUET_ZSTD);
	assert_int_equal(chunks[0].encodings, 0x109);
	assert_true(chunks[0].values == 7 && chunks[0].uncompressed == 300);
	assert_true(chunks[0].compressed == 200 && chunks[0].data_offset == 44);
	assert_true(chunks[0].dictionary_offset == 4 && chunks[1].dictionary_offset == 0);
	assert_true(chunks[0].statistics.counted && chunks[0].statistics.null_count == 2);
	assert_bytes(chunks[0].statistics.min, "aaaaaaaa");
	assert_bytes(chunks[0].statistics.max, "");
	assert_null(chunks[1].statistics.max.data);
	parquet_footer_free(&footer);
	buf_free(&b);
}

static void
every_cut_footer_is_refused(void **state)
{
	struct parquet_footer footer;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	put_sample(&b);
	for (size_t len = 0; len < b.len; len++) {
		struct fault f = { 0 };

		assert_int_equal(parquet_footer_get(b.data, len, &footer, "x", &f),
		    STATUS_MALFORMED);
	}
	buf_free(&b);
}

static void
headers_both_ways(void **state)
{
	struct parquet_header h = { .type = PARQUET_DATA_PAGE, .uncompressed = 100,
		.compressed = 50, .has_crc = true, .crc = 0xdeadbeef, .values = 7,
		.encoding = PARQUET_RLE_DICTIONARY };
	struct parquet_header got;
	struct cursor c;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (int round = 0; round < 2; round++) {
		buf_reset(&b);
		parquet_header_put(&b, &h);
		c = cursor_over(b.data, b.len);
		assert_true(parquet_header_get(&c, &got));
		assert_true(cursor_done(&c) && got.described && got.has_crc);
		assert_int_equal(got.type, h.type);
		assert_true(got.uncompressed == 100 && got.compressed == 50 && got.values == 7);
		assert_int_equal(got.crc, 0xdeadbeef);
		assert_int_equal(got.encoding, h.encoding);
		for (size_t len = 0; len < b.len; len++) {
			c = cursor_over(b.data, len);
			assert_false(parquet_header_get(&c, &got));
		}
		h.type = PARQUET_DICTIONARY_PAGE;
		h.encoding = PARQUET_PLAIN;
	}
	buf_free(&b);
}

/* A schema of a few elements; what parquet_schema_get says of it. */
static enum status
schema_status(struct parquet_element *e, size_t count, struct parquet_leaf *leaves)
{
	struct parquet_footer footer = { .elements = e, .element_count = count };
	struct fault f = { 0 };
	size_t n;

	return parquet_schema_get(&footer, leaves, &n, "x", &f);
}

static void
schemas_of_others(void **state)
{
	struct parquet_element root = { .type = PARQUET_NO_TYPE, .converted = -1, .children = 2 };
	struct parquet_element port = { .type = PARQUET_INT32, .converted = PARQUET_UINT_16,
		.name = bytes_of("src_port") };
	struct parquet_element start = { .type = PARQUET_INT64, .converted = -1,
		.logical = PARQUET_LOGICAL_TIMESTAMP, .unit = PARQUET_MILLIS,
		.name = bytes_of("flow_start") };
	struct parquet_element e[3] = { root, port, start };
	struct parquet_leaf leaves[3];

	(void)state;
	assert_int_equal(schema_status(e, 3, leaves), STATUS_OK);
	assert_true(leaves[0].id == COLUMN_SRC_PORT && leaves[0].is_unsigned);
	assert_true(leaves[1].id == COLUMN_FLOW_START && leaves[1].scale == 1000);
	assert_int_equal(schema_status(e, 2, leaves), STATUS_MALFORMED); /* a child too few */
	e[2].unit = PARQUET_NANOS;
	assert_int_equal(schema_status(e, 3, leaves), STATUS_UNSUPPORTED);
	e[2] = port;
	assert_int_equal(schema_status(e, 3, leaves), STATUS_MALFORMED); /* twice */
	e[2].name = bytes_of("not_ours");
	e[2].type = PARQUET_DOUBLE;
	assert_int_equal(schema_status(e, 3, leaves), STATUS_OK);
	assert_int_equal(leaves[1].id, COLUMN_NONE);
	e[1].repetition = PARQUET_REPEATED;
	assert_int_equal(schema_status(e, 3, leaves), STATUS_UNSUPPORTED);
	/* A column of our name inside a group is another column. */
	e[0].children = 1;
	e[1] = root;
	e[1].children = 1;
	e[2] = port;
	assert_int_equal(schema_status(e, 3, leaves), STATUS_OK);
	assert_int_equal(leaves[0].id, COLUMN_NONE);
	e[1].children = INT32_MAX;
	assert_int_equal(schema_status(e, 3, leaves), STATUS_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(footer_both_ways),
		cmocka_unit_test(every_cut_footer_is_refused),
		cmocka_unit_test(headers_both_ways),
		cmocka_unit_test(schemas_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
