/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
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

static const int64_t wide[] = { INT64_MAX, INT64_MIN, 0, -1, 1, 253402300799999999 };
static const int32_t narrow[] = { INT32_MAX, INT32_MIN, 0, -1, 1, 65535 };

/* A value from `spread` different ones. */
static void
set_value(struct table *t, enum column_id id, size_t row, uint64_t seed, uint64_t spread)
{
	uint64_t v = scramble(seed % spread);
	struct address a = { .family = v % 2 == 0 ? 4 : 6 };
	char text[40];

	switch (column_infos[id].type) {
	case COLUMN_TYPE_TIME:
	case COLUMN_TYPE_INT64:
		table_set_i64(t, id, row, v % 8 < 6 ? wide[v % 8] : (int64_t)(v % 100000));
		break;
	case COLUMN_TYPE_INT32:
		table_set_i32(t, id, row, v % 8 < 6 ? narrow[v % 8] : (int32_t)(v % 1000));
		break;
	case COLUMN_TYPE_ADDRESS:
		for (int i = 0; i < (a.family == 4 ? 4 : 16); i++)
			a.octets[i] = (uint8_t)(v >> 4 * i);
		table_set_address(t, id, row, &a);
		break;
	case COLUMN_TYPE_MAC:
		table_set_mac(t, id, row, v >> 16);
		break;
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		(void)snprintf(text, sizeof text, "%llx\xc3\xa4", (unsigned long long)v);
		table_set_bytes(t, id, row, text, v % 8 == 0 ? 0 : strlen(text));
		break;
	}
}

static void
fill(struct table *t, size_t rows, uint64_t seed, uint64_t spread, unsigned nulls)
{
	table_reset(t);
	for (size_t i = 0; i < rows; i++) {
		size_t row = table_add_row(t);

		for (unsigned id = 0; id < COLUMN_COUNT; id++) {
			uint64_t v = scramble(seed + i * COLUMN_COUNT + id);

			if (v % 100 >= nulls * (id % 4))
				set_value(t, (enum column_id)id, row, v, spread);
		}
	}
}

static void
write_file(struct table *const *tables, size_t count, struct buf *out)
{
	struct parquet_writer_options o = { .build = "1.2" };
	struct sink sink = { memory_write, out };
	struct parquet_writer *w = NULL;
	struct fault f = { 0 };

	assert_int_equal(parquet_writer_open(&o, &sink, &w, &f), STATUS_OK);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(parquet_writer_put(w, tables[i], &f), STATUS_OK);
	assert_int_equal(parquet_writer_finish(w, &f), STATUS_OK);
	parquet_writer_free(w);
}

static bool
same_value(const struct table *a, size_t i, const struct table *b, size_t j, enum column_id id)
{
	size_t m, n;
	const uint8_t *x, *y;

	if (table_has(a, id, i) != table_has(b, id, j))
		return false;
	if (!table_has(a, id, i))
		return true;
	switch (column_infos[id].type) {
	case COLUMN_TYPE_ADDRESS:
		return memcmp(&a->columns[id].v.address[i], &b->columns[id].v.address[j],
			   sizeof(struct address)) == 0;
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		x = table_bytes(a, id, i, &m);
		y = table_bytes(b, id, j, &n);
		return m == n && (n == 0 || memcmp(x, y, n) == 0);
	default:
		return table_int(a, id, i) == table_int(b, id, j);
	}
}

static bool
same_rows(const struct table *a, size_t from, const struct table *b)
{
	for (size_t row = 0; row < b->rows; row++) {
		for (unsigned id = 0; id < COLUMN_COUNT; id++) {
			if (!same_value(a, from + row, b, row, (enum column_id)id))
				return false;
		}
	}
	return true;
}

/* Reads all groups in steps of the table's capacity and compares. */
static void
check_file(struct table *const *tables, size_t count, const struct buf *b, struct table *got)
{
	struct memory_file m = { b->data, b->len };
	struct parquet_input in = memory_input(&m);
	struct column_set all = column_set_all();
	struct parquet_reader *r = NULL;
	struct fault f = { 0 };

	assert_int_equal(parquet_reader_open(&in, &r, &f), STATUS_OK);
	assert_int_equal(parquet_reader_groups(r), count);
	for (size_t g = 0; g < count; g++) {
		uint64_t row = 0;

		for (size_t from = 0; from < tables[g]->rows; from += got->rows) {
			assert_int_equal(parquet_reader_read(r, g, &row, &all, got, &f), STATUS_OK);
			assert_int_equal(row, from + got->rows);
			assert_true(same_rows(tables[g], from, got));
		}
		assert_int_equal(parquet_reader_read(r, g, &row, &all, got, &f), STATUS_END);
	}
	parquet_reader_free(r);
}

/* From one distinct value to as many as there are rows, with and without nulls. */
static void
round_trips(void **state)
{
	static const uint64_t spreads[] = { 1, 2, 300, UINT64_MAX };
	static const size_t rows[] = { 1, 2, 9, 1025, 3000 };
	struct table *t = open_table(3000), *got = open_table(700);
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t s = 0; s < ARRAY_LEN(spreads); s++) {
		for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
			struct table *tables[2] = { t, t };

			fill(t, rows[n], s, spreads[s], (unsigned)(n % 3) * 17);
			buf_reset(&b);
			write_file(tables, 2, &b);
			check_file(tables, 2, &b, got);
		}
	}
	buf_free(&b);
	table_free(t);
	table_free(got);
}

/*
 * Tables whose values turn from one to few to all different and back: how a column is encoded
 * holds for the tables behind, and they read the same.
 */
static void
columns_that_change(void **state)
{
	enum { TABLES = 30, ROWS = 2000 };
	static const uint64_t spreads[] = { 1, 5, UINT64_MAX };
	struct table *tables[TABLES], *got = open_table(700);
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < TABLES; i++) {
		tables[i] = open_table(ROWS);
		fill(tables[i], i % 11 == 10 ? 3 : ROWS, i, spreads[i / 5 % 3], (unsigned)(i % 2) * 17);
	}
	write_file(tables, TABLES, &b);
	check_file(tables, TABLES, &b, got);
	buf_free(&b);
	for (size_t i = 0; i < TABLES; i++)
		table_free(tables[i]);
	table_free(got);
}

/* A dictionary that was chosen is given up when hardly a value comes twice. */
static void
a_dictionary_is_given_up(void **state)
{
	enum { ROWS = 2000 };
	struct table *few = open_table(ROWS), *many = open_table(ROWS);
	struct table *changing[] = { few, many, many, many }, *steady[] = { many, many, many, many };
	struct buf a, b;

	(void)state;
	buf_init(&a, 0);
	buf_init(&b, 0);
	for (uint64_t i = 0; i < ROWS; i++) {
		table_set_i64(few, COLUMN_BYTES, table_add_row(few), (int64_t)(i % 5));
		table_set_i64(many, COLUMN_BYTES, table_add_row(many),
		    (int64_t)(hash_mix(i + 1, UINT64_C(0x9e3779b97f4a7c15)) >> 1));
	}
	write_file(changing, 4, &a);
	write_file(steady, 4, &b);
	assert_true(a.len < b.len);
	buf_free(&a);
	buf_free(&b);
	table_free(few);
	table_free(many);
}

/* Few long ones and many, the same and different ones: pages and dictionaries stay small. */
static void
long_strings(void **state)
{
	enum { LONG = 300000, ROWS = 60 };
	struct table *t = open_table(ROWS), *got = open_table(7);
	char *text = malloc(LONG);
	struct buf b;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', LONG);
	buf_init(&b, 0);
	for (size_t i = 0; i < ROWS; i++) {
		size_t row = table_add_row(t);

		table_set_bytes(t, COLUMN_APP_NAME, row, text, LONG);
		text[i] = 'y';
		table_set_bytes(t, COLUMN_OTHER, row, text, LONG - i);
		table_set_bytes(t, COLUMN_APP_ID, row, i % 2 == 0 ? "a" : text, i % 2 == 0 ? 1 : LONG);
	}
	write_file(&t, 1, &b);
	assert_true(b.len < 1 << 20);
	check_file(&t, 1, &b, got);
	buf_free(&b);
	free(text);
	table_free(t);
	table_free(got);
}

/* Rows of any place, in any order, and only the columns wanted. */
static void
any_place_and_column(void **state)
{
	struct table *t = open_table(3000), *got = open_table(100);
	struct column_set two = { { 0 } };
	struct memory_file m;
	struct parquet_input in;
	struct parquet_reader *r = NULL;
	struct fault f = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	fill(t, 3000, 5, 500, 20);
	write_file(&t, 1, &b);
	m = (struct memory_file){ b.data, b.len };
	in = memory_input(&m);
	column_set_add(&two, COLUMN_SRC_IP);
	column_set_add(&two, COLUMN_BYTES);
	assert_int_equal(parquet_reader_open(&in, &r, &f), STATUS_OK);
	for (uint64_t i = 0; i < 50; i++) {
		uint64_t at = scramble(i) % 2900, row = at;

		assert_int_equal(parquet_reader_read(r, 0, &row, &two, got, &f), STATUS_OK);
		assert_int_equal(row, at + 100);
		for (size_t n = 0; n < 100; n++) {
			assert_true(same_value(t, at + n, got, n, COLUMN_SRC_IP));
			assert_true(same_value(t, at + n, got, n, COLUMN_BYTES));
			assert_false(table_has(got, COLUMN_DST_IP, n));
		}
	}
	parquet_reader_free(r);
	buf_free(&b);
	table_free(t);
	table_free(got);
}

static void
ranges_and_metadata(void **state)
{
	static const int64_t times[] = { 5, -7, INT64_MAX, 0 };
	struct table *t = open_table(4);
	struct memory_file m;
	struct parquet_input in;
	struct parquet_reader *r = NULL;
	struct fault f = { 0 };
	int64_t min, max;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < 4; i++) {
		size_t row = table_add_row(t);

		table_set_i64(t, COLUMN_FLOW_START, row, times[i]);
		if (i == 1)
			table_set_i32(t, COLUMN_SRC_PORT, row, -3);
		table_set_bytes(t, COLUMN_APP_NAME, row, "x", 1);
	}
	write_file(&t, 1, &b);
	m = (struct memory_file){ b.data, b.len };
	in = memory_input(&m);
	assert_int_equal(parquet_reader_open(&in, &r, &f), STATUS_OK);
	assert_int_equal(parquet_reader_rows(r), 4);
	assert_true(parquet_reader_range(r, 0, COLUMN_FLOW_START, &min, &max));
	assert_true(min == -7 && max == INT64_MAX);
	assert_true(parquet_reader_range(r, 0, COLUMN_SRC_PORT, &min, &max));
	assert_true(min == -3 && max == -3);
	assert_false(parquet_reader_range(r, 0, COLUMN_DST_PORT, &min, &max));
	assert_false(parquet_reader_range(r, 0, COLUMN_APP_NAME, &min, &max));
	assert_false(parquet_reader_range(r, 1, COLUMN_FLOW_START, &min, &max));
	assert_string_equal(parquet_reader_metadata(r, "nfseal.build"), "1.2");
	assert_non_null(strstr(parquet_reader_metadata(r, "nfseal.elements"),
	    "\"src_ip\":[[0,8],[0,27]"));
	assert_non_null(strstr(parquet_reader_metadata(r, "nfseal.elements"),
	    "\"rev_packets\":[[29305,2]"));
	assert_null(parquet_reader_metadata(r, "nfseal"));
	parquet_reader_free(r);
	buf_free(&b);
	table_free(t);
}

/* A file of 12 rows in two groups, and its tables. */
static void
small_file(struct table *tables[2], struct buf *b)
{
	for (size_t i = 0; i < 2; i++) {
		tables[i] = open_table(6);
		fill(tables[i], 6, i, 3, 20);
	}
	write_file(tables, 2, b);
}

static void
every_cut_is_refused(void **state)
{
	struct table *tables[2], *got = open_table(100);
	struct buf b;
	uint64_t rows;

	(void)state;
	buf_init(&b, 0);
	small_file(tables, &b);
	for (size_t len = 0; len < b.len; len++) {
		uint8_t *cut = malloc(len + 1); /* so that a sanitizer sees the end */
		struct memory_file m = { cut, len };
		struct fault f = { 0 };

		assert_non_null(cut);
		memcpy(cut, b.data, len);
		assert_int_equal(memory_scan(&m, got, &rows, &f), STATUS_MALFORMED);
		assert_int_equal(f.status, STATUS_MALFORMED);
		free(cut);
	}
	buf_free(&b);
	table_free(tables[0]);
	table_free(tables[1]);
	table_free(got);
}

/* All values of the file as they were written, or not. */
static bool
reads_the_same(struct memory_file *m, struct table *const *tables, struct table *got)
{
	struct parquet_input in = memory_input(m);
	struct column_set all = column_set_all();
	struct parquet_reader *r = NULL;
	struct fault f = { 0 };
	bool same = parquet_reader_open(&in, &r, &f) == STATUS_OK;

	for (size_t g = 0; same && g < 2; g++) {
		uint64_t row = 0;

		same = g < parquet_reader_groups(r) &&
		    parquet_reader_read(r, g, &row, &all, got, &f) == STATUS_OK &&
		    got->rows == tables[g]->rows && same_rows(tables[g], 0, got);
	}
	parquet_reader_free(r);
	return same;
}

/*
 * A bit of every byte of the pages and their headers: the CRC finds it, or the header breaks, or it changes
 * nothing (a bit of a field that is not needed).  In the footer a flip may rename a column
 * or drop one: it must do no harm, and that is all that can be said.
 */
static void
every_flip_is_found_or_harmless(void **state)
{
	struct table *tables[2], *got = open_table(100);
	size_t footer, silent = 0;
	struct buf b;
	uint64_t rows;

	(void)state;
	buf_init(&b, 0);
	small_file(tables, &b);
	footer = b.len - 8 - load_le32(b.data + b.len - 8);
	for (size_t at = 0; at < b.len; at++) {
		struct memory_file m = { b.data, b.len };
		struct fault f = { 0 };

		b.data[at] ^= (uint8_t)(1 << at % 8);
		if (memory_scan(&m, got, &rows, &f) == STATUS_OK && at < footer) {
			assert_true(reads_the_same(&m, tables, got));
			silent++;
		}
		b.data[at] ^= (uint8_t)(1 << at % 8);
	}
	assert_true(silent < footer / 10);
	buf_free(&b);
	table_free(tables[0]);
	table_free(tables[1]);
	table_free(got);
}

/* Of numbers only whether they are there: it is what the values say, whether none, some or all rows have one. */
static void
presence_alone(void **state)
{
	struct table *t = open_table(3000), *got = open_table(700);
	struct column_set all = column_set_all();
	struct parquet_reader *r = NULL;
	struct memory_file m;
	struct parquet_input in;
	uint64_t row = 0;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	fill(t, 3000, 1, 300, 34);
	write_file(&t, 1, &b);
	m = (struct memory_file){ b.data, b.len };
	in = memory_input(&m);
	assert_int_equal(parquet_reader_open(&in, &r, NULL), STATUS_OK);
	parquet_reader_presence(r, &all);
	for (size_t from = 0; from < t->rows; from += got->rows) {
		assert_int_equal(parquet_reader_read(r, 0, &row, &all, got, NULL), STATUS_OK);
		for (unsigned id = 0; id < COLUMN_COUNT; id++) {
			enum column_type type = column_infos[id].type;
			bool number = type == COLUMN_TYPE_INT32 || type == COLUMN_TYPE_INT64 ||
			    type == COLUMN_TYPE_TIME;

			for (size_t i = 0; i < got->rows; i++) {
				assert_int_equal(table_has(got, (enum column_id)id, i),
				    table_has(t, (enum column_id)id, from + i));
				assert_true((number && id % 4 == 0) ||
				    same_value(t, from + i, got, i, (enum column_id)id));
			}
		}
	}
	parquet_reader_free(r);
	buf_free(&b);
	table_free(t);
	table_free(got);
}

/* What a hash vouches for is not held against CRCs as well; without them damage may pass, and does no harm. */
static void
without_crc(void **state)
{
	struct table *tables[2], *got = open_table(100);
	struct column_set all = column_set_all();
	size_t footer, passed = 0;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	small_file(tables, &b);
	footer = b.len - 8 - load_le32(b.data + b.len - 8);
	for (size_t at = 0; at < footer; at++) {
		struct memory_file m = { b.data, b.len };
		struct parquet_input in = memory_input(&m);
		struct parquet_reader *r = NULL;
		uint64_t row = 0;

		in.checked = true;
		b.data[at] ^= (uint8_t)(1 << at % 8);
		assert_int_equal(parquet_reader_open(&in, &r, NULL), at < 4 ? STATUS_MALFORMED : STATUS_OK);
		if (r != NULL && parquet_reader_read(r, 0, &row, &all, got, NULL) == STATUS_OK)
			passed += !same_rows(tables[0], 0, got);
		parquet_reader_free(r);
		b.data[at] ^= (uint8_t)(1 << at % 8);
	}
	assert_true(passed > 0);
	buf_free(&b);
	table_free(tables[0]);
	table_free(tables[1]);
	table_free(got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips),
		cmocka_unit_test(columns_that_change),
		cmocka_unit_test(a_dictionary_is_given_up),
		cmocka_unit_test(long_strings),
		cmocka_unit_test(any_place_and_column),
		cmocka_unit_test(ranges_and_metadata),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(every_flip_is_found_or_harmless),
		cmocka_unit_test(presence_alone),
		cmocka_unit_test(without_crc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
