/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/flowlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

enum { CAPACITY = 64 };

struct compare {
	const struct table *want;
	size_t at; /* rows seen */
};

static struct table *
new_table(void)
{
	struct table *t = NULL;

	assert_int_equal(table_open(CAPACITY, &t, NULL), STATUS_OK);
	return t;
}

/* A value that depends on the row, the extremes included. */
static void
set_some(struct table *t, enum column_id id, size_t row)
{
	const struct address v4 = { { 10, 0, 0, (uint8_t)row }, 4 };
	const struct address v6 = { { 0x20, 1, 0xd, 0xb8, 0, 0, 0, (uint8_t)row }, 6 };
	const struct address none = { { 0 }, 0 };
	char text[32];
	int n;

	switch (column_infos[id].type) {
	case COLUMN_TYPE_INT32:
		table_set_i32(t, id, row, row % 3 == 0 ? INT32_MIN : row % 3 == 1 ? INT32_MAX : (int)row);
		break;
	case COLUMN_TYPE_TIME:
	case COLUMN_TYPE_INT64:
		table_set_i64(t, id, row, row % 3 == 0 ? INT64_MIN : row % 3 == 1 ? INT64_MAX : (int)row);
		break;
	case COLUMN_TYPE_MAC:
		table_set_mac(t, id, row, UINT64_C(0xffffffffff00) | row);
		break;
	case COLUMN_TYPE_ADDRESS:
		table_set_address(t, id, row, row % 3 == 0 ? &v4 : row % 3 == 1 ? &v6 : &none);
		break;
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		n = snprintf(text, sizeof text, "%s %zu", column_infos[id].name, row);
		table_set_bytes(t, id, row, text, row % 4 == 0 ? 0 : (size_t)n);
		break;
	}
}

static void
same_value(const struct table *a, size_t ra, const struct table *b, size_t rb, enum column_id id)
{
	const uint8_t *pa, *pb;
	size_t la, lb;

	assert_int_equal(table_has(a, id, ra), table_has(b, id, rb));
	if (!table_has(a, id, ra))
		return;
	switch (column_infos[id].type) {
	case COLUMN_TYPE_ADDRESS:
		assert_memory_equal(&a->columns[id].v.address[ra], &b->columns[id].v.address[rb],
		    sizeof(struct address));
		break;
	case COLUMN_TYPE_TEXT:
	case COLUMN_TYPE_OCTETS:
		pa = table_bytes(a, id, ra, &la);
		pb = table_bytes(b, id, rb, &lb);
		assert_int_equal(la, lb);
		assert_memory_equal(pa, pb, la);
		break;
	default:
		assert_true(table_int(a, id, ra) == table_int(b, id, rb));
	}
}

static enum status
compare(void *ctx, const struct table *t, struct fault *f)
{
	struct compare *c = ctx;

	(void)f;
	for (size_t row = 0; row < t->rows; row++, c->at++)
		for (enum column_id id = 0; id < COLUMN_COUNT; id++)
			same_value(c->want, c->at, t, row, id);
	return STATUS_OK;
}

static enum status
ignore(void *ctx, const struct table *t, struct fault *f)
{
	(void)ctx;
	(void)t;
	(void)f;
	return STATUS_OK;
}

static void
store(const void *data, size_t len)
{
	FILE *file = fopen("flowlog.part", "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static enum status
read_octets(const void *data, size_t len, flowlog_take take, void *ctx)
{
	uint8_t sha256[SHA256_SIZE];
	enum status rc;

	store(data, len);
	assert_int_equal(sha256_of(data, len, sha256, NULL), STATUS_OK);
	rc = flowlog_read("flowlog.part", len, sha256, take, ctx, NULL);
	(void)unlink("flowlog.part");
	return rc;
}

static void
there_and_back(const struct table *t)
{
	struct flowlog_writer *w = NULL;
	struct compare c = { .want = t };
	struct buf out = { 0 };

	assert_int_equal(flowlog_writer_open(&w, NULL), STATUS_OK);
	assert_int_equal(flowlog_put(w, t, 1, &out, NULL), STATUS_OK);
	assert_int_equal(read_octets(out.data, out.len, compare, &c), STATUS_OK);
	assert_int_equal(c.at, t->rows);
	flowlog_writer_free(w);
	buf_free(&out);
}

static void
test_every_column_alone_and_all(void **state)
{
	(void)state;
	for (enum column_id id = 0; id <= COLUMN_COUNT; id++) {
		struct table *t = new_table();

		for (size_t row = 0; row < CAPACITY; row++) {
			(void)table_add_row(t);
			for (enum column_id k = 0; k < COLUMN_COUNT; k++)
				if ((id == k || id == COLUMN_COUNT) && row % 5 != 4)
					set_some(t, k, row);
		}
		there_and_back(t);
		table_free(t);
	}
}

/* Any set of columns in any row. */
static void
test_random_sets(void **state)
{
	(void)state;
	srandom(7);
	for (int i = 0; i < 50; i++) {
		struct table *t = new_table();

		for (size_t row = 0; row < CAPACITY; row++) {
			(void)table_add_row(t);
			for (enum column_id k = 0; k < COLUMN_COUNT; k++)
				if (random() % 4 == 0)
					set_some(t, k, row);
		}
		there_and_back(t);
		table_free(t);
	}
}

/* More templates than can be in force at once: they are withdrawn and made anew. */
static void
test_many_templates(void **state)
{
	struct flowlog_writer *w = NULL;
	struct buf out = { 0 };
	struct table *t = new_table();
	uint64_t seen = 0;

	(void)state;
	assert_int_equal(flowlog_writer_open(&w, NULL), STATUS_OK);
	for (unsigned n = 0; n < 9000; n += CAPACITY) {
		table_reset(t);
		for (size_t i = 0; i <= COLUMN_OTHER; i++)
			if (t->columns[i].present != NULL)
				memset(t->columns[i].present, 0, CAPACITY);
		for (size_t row = 0; row < CAPACITY; row++) {
			(void)table_add_row(t);
			for (unsigned bit = 0; bit < 14; bit++)
				if (((n + row) >> bit & 1) != 0)
					set_some(t, (enum column_id)(COLUMN_SRC_PORT + bit), row);
		}
		assert_int_equal(flowlog_put(w, t, 1, &out, NULL), STATUS_OK);
		seen += t->rows;
	}
	assert_int_equal(read_octets(out.data, out.len, ignore, NULL), STATUS_OK);
	assert_true(seen > 9000 - CAPACITY);
	table_free(t);
	flowlog_writer_free(w);
	buf_free(&out);
}

/* Strings of rows that fit no message, side by side. */
static void
test_long_strings(void **state)
{
	static const size_t lengths[] = { 511, 512, 513, 32511, 32512, 32513, 65535, 70000, 300000 };
	char *text = malloc(300000);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < 300000; i++)
		text[i] = (char)('a' + i % 23);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct table *t = new_table();

		for (size_t row = 0; row < 6; row++) {
			(void)table_add_row(t);
			table_set_bytes(t, COLUMN_OTHER, row, text, row % 2 == 0 ? lengths[i] : 3);
			table_set_bytes(t, COLUMN_PAYLOAD, row, text + row, lengths[i] - row);
			table_set_bytes(t, COLUMN_HTTP_HOST, row, "h", 1);
		}
		there_and_back(t);
		table_free(t);
	}
	free(text);
}

static void
test_what_parquet_could_not_hold(void **state)
{
	struct flowlog_writer *w = NULL;
	struct buf out = { 0 };
	struct table *t = new_table();
	struct fault f = { 0 };

	(void)state;
	table_set_bytes(t, COLUMN_DNS_QUERY, table_add_row(t), "\xff", 1);
	assert_int_equal(flowlog_writer_open(&w, NULL), STATUS_OK);
	assert_int_equal(flowlog_put(w, t, 1, &out, &f), STATUS_MALFORMED);
	assert_string_equal(f.file, "dns_query");
	table_free(t);
	flowlog_writer_free(w);
	buf_free(&out);
}

/* Damage is a fault, never a crash, at every octet and every length. */
static void
test_damage(void **state)
{
	struct flowlog_writer *w = NULL;
	struct buf out = { 0 };
	struct table *t = new_table();
	uint8_t sha256[SHA256_SIZE];

	(void)state;
	for (size_t row = 0; row < 3; row++) {
		(void)table_add_row(t);
		set_some(t, COLUMN_SRC_IP, row);
		set_some(t, COLUMN_OTHER, row);
	}
	assert_int_equal(flowlog_writer_open(&w, NULL), STATUS_OK);
	assert_int_equal(flowlog_put(w, t, 1, &out, NULL), STATUS_OK);
	for (size_t len = 1; len < out.len; len++)
		assert_int_equal(read_octets(out.data, len, ignore, NULL), STATUS_MALFORMED);
	for (size_t at = 0; at < out.len; at++) {
		out.data[at] ^= 0x11;
		(void)read_octets(out.data, out.len, ignore, NULL);
		out.data[at] ^= 0x11;
	}
	/* The hash is the last word. */
	memset(sha256, 0, sizeof sha256);
	store(out.data, out.len);
	assert_int_equal(flowlog_read("flowlog.part", out.len, sha256, ignore, NULL, NULL),
	    STATUS_DIFFERS);
	(void)unlink("flowlog.part");
	table_free(t);
	flowlog_writer_free(w);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_column_alone_and_all),
		cmocka_unit_test(test_random_sets),
		cmocka_unit_test(test_many_templates),
		cmocka_unit_test(test_long_strings),
		cmocka_unit_test(test_what_parquet_could_not_hold),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
