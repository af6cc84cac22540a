/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "flow/ipfix_file.h"

struct memory {
	const uint8_t *data;
	size_t len;
	size_t at;
	size_t step; /* octets a read gives at most */
};

static enum status
read_memory(void *ctx, void *data, size_t len, size_t *got, struct fault *f)
{
	struct memory *m = ctx;
	size_t n = m->len - m->at;

	(void)f;
	n = n < len ? n : len;
	n = n < m->step ? n : m->step;
	memcpy(data, m->data + m->at, n);
	m->at += n;
	*got = n;
	return STATUS_OK;
}

static enum status
write_memory(void *ctx, const void *data, size_t len, struct fault *f)
{
	(void)f;
	buf_put(ctx, data, len);
	return STATUS_OK;
}

/* Flows of the table as a file in memory. */
static struct buf
file_of(const struct table *t, size_t times)
{
	const struct ipfix_writer_options o = { .domain = 5 };
	struct ipfix_writer *w = NULL;
	struct buf out;
	struct sink sink = { write_memory, &out };

	buf_init(&out, 0);
	assert_int_equal(ipfix_writer_open(&o, &sink, &w, NULL), STATUS_OK);
	for (size_t i = 0; i < times; i++)
		assert_int_equal(ipfix_writer_put(w, t, NULL), STATUS_OK);
	assert_int_equal(ipfix_writer_finish(w, NULL), STATUS_OK);
	assert_int_equal(ipfix_writer_stats(w)->records, times * t->rows);
	ipfix_writer_free(w);
	return out;
}

/* What a reader saw beside the rows. */
struct seen {
	struct decode_counters counters;
	uint64_t bytes; /* the column's sum */
};

/* All rows in batches of the given capacity; the first fault in *f. */
static size_t
read_all(const uint8_t *data, size_t len, size_t step, size_t capacity, struct fault *f,
    struct seen *seen)
{
	struct memory memory = { data, len, 0, step };
	const struct ipfix_source source = { read_memory, &memory, "memory" };
	struct table *t = rows_table(capacity);
	struct ipfix_file *file = NULL;
	uint64_t bytes = 0;
	size_t rows = 0;

	memset(f, 0, sizeof *f);
	assert_int_equal(ipfix_file_open(&source, &file, f), STATUS_OK);
	for (;;) {
		enum status st = ipfix_file_next(file, t, f);

		rows += t->rows;
		for (size_t i = 0; i < t->rows; i++)
			bytes += (uint64_t)table_int(t, COLUMN_BYTES, i);
		if (st != STATUS_OK) {
			assert_int_equal(f->status, st == STATUS_END ? STATUS_OK : st);
			break;
		}
		assert_true(t->rows > 0);
	}
	if (seen != NULL)
		*seen = (struct seen){ *ipfix_file_counters(file), bytes };
	ipfix_file_free(file);
	table_free(t);
	return rows;
}

static struct table *
two_rows(void)
{
	struct table *t = rows_table(2);

	rows_tcp(t, "192.0.2.1", "192.0.2.2");
	rows_tcp(t, "2001:db8::1", "2001:db8::2");
	return t;
}

static void
any_batch_and_any_read(void **state)
{
	(void)state;
	static const size_t steps[] = { 1, 3, 4096 }, capacities[] = { 1, 7, 4096 };
	struct table *t = two_rows();
	struct buf file = file_of(t, 700); /* some messages of 65535 octets */
	struct seen seen;
	struct fault f;

	assert_true(file.len > 2 * 65535);
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(read_all(file.data, file.len, steps[i], capacities[k], &f, &seen),
			    1400);
	assert_int_equal(decode_malformed(&seen.counters), 0);
	assert_int_equal(seen.counters.messages, (file.len + 65534) / 65535);
	buf_free(&file);
	table_free(t);
}

static void
same_rows_same_octets(void **state)
{
	(void)state;
	struct table *t = two_rows();
	struct buf a = file_of(t, 3), b = file_of(t, 3);

	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	buf_free(&a);
	buf_free(&b);
	table_free(t);
}

static void
cut_at_every_length(void **state)
{
	(void)state;
	struct table *t = two_rows();
	struct buf one = file_of(t, 1), all;
	struct fault f;

	buf_init(&all, 0);
	buf_put(&all, one.data, one.len);
	buf_put(&all, one.data, one.len);
	for (size_t cut = 0; cut <= all.len; cut++) {
		size_t rows = read_all(all.data, cut, 4096, 16, &f, NULL);

		assert_int_equal(rows, cut / one.len * 2);
		if (cut % one.len == 0) {
			assert_int_equal(f.status, STATUS_OK);
			continue;
		}
		assert_int_equal(f.status, STATUS_TRUNCATED);
		assert_true(f.at_offset);
		assert_int_equal(f.offset, cut / one.len * one.len);
	}
	buf_free(&all);
	buf_free(&one);
	table_free(t);
}

static void
damage_behind_good_messages(void **state)
{
	(void)state;
	struct table *t = two_rows();
	struct buf file = file_of(t, 1);
	size_t whole = file.len;
	struct fault f;

	buf_put(&file, "garbage garbage garbage", 23);
	assert_int_equal(read_all(file.data, file.len, 4096, 16, &f, NULL), 2);
	assert_int_equal(f.status, STATUS_MALFORMED);
	assert_int_equal(f.offset, whole);
	assert_string_equal(f.file, "memory");
	buf_free(&file);
	table_free(t);
}

static void
no_flows(void **state)
{
	(void)state;
	struct table *t = rows_table(1);
	struct buf file = file_of(t, 1);
	struct fault f;

	assert_int_equal(file.len, 16);
	assert_true(ipfix_file_probe(file.data, file.len));
	assert_int_equal(read_all(file.data, file.len, 1, 1, &f, NULL), 0);
	assert_int_equal(f.status, STATUS_OK);
	assert_false(ipfix_file_probe("\0\x09\0\x20", 4));
	assert_false(ipfix_file_probe("\0\x0a\0\x0f", 4));
	assert_false(ipfix_file_probe("\0\x0a\0", 3));
	buf_free(&file);
	table_free(t);
}

/* Files that other people's exporters wrote, with the records and octets that tshark counts. */
static void
other_exporters(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		size_t records, messages;
		uint64_t bytes;
	} files[] = {
		{ "01-odid0.ipfix", 4251, 218, 39143291 }, { "01-odid4.ipfix", 4243, 219, 39105925 },
		{ "02-odid0.ipfix", 121, 15, 1190278 }, { "02-odid4.ipfix", 117, 15, 1193362 },
		{ "03-odid0-a.ipfix", 151, 20, 1074097 }, { "03-odid0-b.ipfix", 111, 17, 858963 },
		{ "04-odid256,512.ipfix", 22, 3, 57404 }, { "enterprise-from-nfv9.ipfix", 57, 10, 54543 },
		{ "withdrawal-message-256.ipfix", 0, 1, 0 },
	};
	const char *captures = getenv("NFSEAL_CAPTURES");
	struct seen seen;
	struct fault f;

	if (captures == NULL)
		captures = "../shared/captures";
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char path[1024];
		struct buf data;

		buf_init(&data, 0);
		snprintf(path, sizeof path, "%s/netflow/ipfixcol/%s", captures, files[i].name);
		if (file_slurp(path, 1 << 20, &data, NULL) != STATUS_OK) {
			print_message("skip: %s is not there (NFSEAL_CAPTURES)\n", path);
			skip();
		}
		assert_int_equal(read_all(data.data, data.len, 65536, 1000, &f, &seen), files[i].records);
		assert_int_equal(f.status, STATUS_OK);
		assert_int_equal(seen.counters.messages, files[i].messages);
		assert_int_equal(seen.bytes, files[i].bytes);
		buf_free(&data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_batch_and_any_read),
		cmocka_unit_test(same_rows_same_octets),
		cmocka_unit_test(cut_at_every_length),
		cmocka_unit_test(damage_behind_good_messages),
		cmocka_unit_test(no_flows),
		cmocka_unit_test(other_exporters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
