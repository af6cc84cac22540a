/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "parquet_memory.h"

static uint64_t
scramble(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static struct table *
open_table(size_t capacity)
{
	struct table *t = NULL;
	struct fault f = { 0 };

	assert_int_equal(table_open(capacity, &t, &f), STATUS_OK);
	return t;
}

static void
fill(struct table *t, size_t rows)
{
	table_reset(t);
	for (uint64_t i = 0; i < rows; i++) {
		size_t row = table_add_row(t);
		struct address a = { .family = 4 };

		for (int n = 0; n < 4; n++)
			a.octets[n] = (uint8_t)(scramble(i) >> 8 * n);
		table_set_i64(t, COLUMN_FLOW_START, row, (int64_t)(1700000000000000 + i * 9));
		table_set_address(t, COLUMN_SRC_IP, row, &a);
		table_set_i32(t, COLUMN_DST_PORT, row, i % 3 == 0 ? 53 : 443);
		table_set_bytes(t, COLUMN_APP_NAME, row, "dns", i % 4);
	}
}

/* The file of this table, put `times` times. */
static void
write_file(const struct table *t, int times, uint64_t seed, struct buf *out)
{
	struct parquet_writer_options o = { .build = "1", .seed = seed };
	struct sink sink = { memory_write, out };
	struct parquet_writer *w = NULL;
	struct fault f = { 0 };

	assert_int_equal(parquet_writer_open(&o, &sink, &w, &f), STATUS_OK);
	for (int i = 0; i < times; i++)
		assert_int_equal(parquet_writer_put(w, t, &f), STATUS_OK);
	assert_int_equal(parquet_writer_rows(w), t->rows * (size_t)times);
	assert_int_equal(parquet_writer_finish(w, &f), STATUS_OK);
	parquet_writer_free(w);
}

/* Whatever the seed, and whatever the writer and the table did before. */
static void
same_tables_same_bytes(void **state)
{
	struct table *t = open_table(5000), *used = open_table(5000);
	struct buf a, b;

	(void)state;
	buf_init(&a, 0);
	buf_init(&b, 0);
	fill(t, 5000);
	fill(used, 3000);
	fill(used, 5000);
	write_file(t, 3, 0, &a);
	write_file(used, 3, UINT64_C(0x123456789abcdef), &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	buf_free(&a);
	buf_free(&b);
	table_free(t);
	table_free(used);
}

static void
equal_tables_make_equal_row_groups(void **state)
{
	struct table *t = open_table(5000);
	struct buf one, three;
	size_t end = 0;

	(void)state;
	buf_init(&one, 0);
	buf_init(&three, 0);
	fill(t, 5000);
	write_file(t, 1, 0, &one);
	write_file(t, 3, 0, &three);
	/* The pages of the first, up to its footer, come three times. */
	end = one.len - 8 - load_le32(one.data + one.len - 8);
	for (size_t i = 0; i < 3; i++)
		assert_memory_equal(three.data + 4 + i * (end - 4), one.data + 4, end - 4);
	buf_free(&one);
	buf_free(&three);
	table_free(t);
}

static void
null_columns_cost_little(void **state)
{
	struct table *t = open_table(TABLE_ROWS);
	struct buf one, two;

	(void)state;
	buf_init(&one, 0);
	buf_init(&two, 0);
	t->rows = TABLE_ROWS;
	write_file(t, 1, 0, &one);
	write_file(t, 2, 0, &two);
	assert_in_range(two.len - one.len, COLUMN_COUNT * 50, COLUMN_COUNT * 110);
	buf_free(&one);
	buf_free(&two);
	table_free(t);
}

static void
no_rows_are_a_file_too(void **state)
{
	struct table *t = open_table(10), *got = open_table(10);
	struct memory_file m;
	struct fault f = { 0 };
	struct buf b;
	uint64_t rows;

	(void)state;
	buf_init(&b, 0);
	write_file(t, 2, 0, &b);
	m = (struct memory_file){ b.data, b.len };
	assert_int_equal(memory_scan(&m, got, &rows, &f), STATUS_OK);
	assert_int_equal(rows, 0);
	buf_free(&b);
	table_free(t);
	table_free(got);
}

static void
levels_out_of_range_are_refused(void **state)
{
	struct parquet_writer_options o = { .level = 20, .build = "1" };
	struct parquet_writer *w = NULL;
	struct fault f = { 0 };
	struct sink sink = { memory_write, NULL };

	(void)state;
	assert_int_equal(parquet_writer_open(&o, &sink, &w, &f), STATUS_USAGE);
	assert_null(w);
}

static void
what_readers_refuse_is_not_written(void **state)
{
	enum { TOO_LONG = (16 << 20) + 1 };
	struct parquet_writer_options o = { .build = "1" };
	struct table *t = open_table(1);
	struct parquet_writer *w = NULL;
	struct fault f = { 0 };
	struct buf b, value;
	struct sink sink = { memory_write, &b };

	(void)state;
	buf_init(&b, 0);
	buf_init(&value, 0);
	assert_non_null(buf_grow(&value, TOO_LONG));
	memset(value.data, 'x', TOO_LONG);
	table_set_bytes(t, COLUMN_OTHER, table_add_row(t), value.data, TOO_LONG);
	assert_int_equal(parquet_writer_open(&o, &sink, &w, &f), STATUS_OK);
	assert_int_equal(parquet_writer_put(w, t, &f), STATUS_LIMIT);
	table_reset(t);
	f = (struct fault){ 0 };
	table_set_bytes(t, COLUMN_OTHER, table_add_row(t), "\xc0\x80", 2);
	assert_int_equal(parquet_writer_put(w, t, &f), STATUS_MALFORMED);
	assert_string_equal(f.text, "column other: a text is no UTF-8");
	parquet_writer_free(w);
	buf_free(&b);
	buf_free(&value);
	table_free(t);
}

static enum status
full_disk(void *ctx, const void *data, size_t len, struct fault *f)
{
	size_t *left = ctx;

	(void)data;
	if (len > *left)
		return fault_set(f, STATUS_IO, "disk", "full");
	*left -= len;
	return STATUS_OK;
}

/* At every byte: a failing sink is told, and nothing is leaked. */
static void
failing_sinks_are_told(void **state)
{
	struct table *t = open_table(100);

	(void)state;
	fill(t, 100);
	for (size_t room = 0; room < 4000; room += 13) {
		struct parquet_writer_options o = { .build = "1" };
		struct parquet_writer *w = NULL;
		struct fault f = { 0 };
		size_t left = room;
		struct sink sink = { full_disk, &left };
		enum status st = parquet_writer_open(&o, &sink, &w, &f);

		if (st == STATUS_OK)
			st = parquet_writer_put(w, t, &f);
		if (st == STATUS_OK)
			st = parquet_writer_finish(w, &f);
		assert_int_equal(st, STATUS_IO);
		parquet_writer_free(w);
	}
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_tables_same_bytes),
		cmocka_unit_test(equal_tables_make_equal_row_groups),
		cmocka_unit_test(null_columns_cost_little),
		cmocka_unit_test(no_rows_are_a_file_too),
		cmocka_unit_test(levels_out_of_range_are_refused),
		cmocka_unit_test(what_readers_refuse_is_not_written),
		cmocka_unit_test(failing_sinks_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
