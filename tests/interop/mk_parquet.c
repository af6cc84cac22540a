/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Edge files for the Parquet peers, each with the same rows as ndjson beside it:
 *   mk_parquet write KIND FILE.parquet FILE.ndjson
 *   mk_parquet read FILE.parquet FILE.ndjson
 * KIND: empty, one, nulls, constant, mixed, distinct.  The ndjson leaves nulls out, has times
 * as microseconds and octets as hex.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/parquet_reader.h"
#include "archive/parquet_writer.h"
#include "base/file.h"
#include "base/jsonw.h"

struct prng {
	uint64_t state;
};

static uint64_t
next(struct prng *r)
{
	uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
must(enum status st, const struct fault *f)
{
	char text[1024];

	if (st == STATUS_OK)
		return;
	fault_print(f, text, sizeof text);
	fprintf(stderr, "mk_parquet: %s\n", text);
	exit(1);
}

/* What a time may be: DuckDB's and JavaScript's calendars end. */
static int64_t
pick_time(uint64_t v)
{
	static const int64_t extremes[] = { 0, 1, -1, -INT64_C(62135596800000000),
		INT64_C(253402300799999999), INT64_C(4294967296000000) };

	return v % 16 < 6 ? extremes[v % 16] :
			    INT64_C(1700000000000000) + (int64_t)(v % 1000000000);
}

static int64_t
pick_int64(uint64_t v)
{
	static const int64_t extremes[] = { 0, -1, 1, INT64_MAX, INT64_MIN,
		INT64_C(9007199254740993) };

	return v % 16 < 6 ? extremes[v % 16] : (int64_t)(v >> 8 & 0xffffff);
}

static int32_t
pick_int32(uint64_t v)
{
	static const int32_t extremes[] = { 0, -1, INT32_MAX, INT32_MIN, 65535 };

	return v % 16 < 5 ? extremes[v % 16] : (int32_t)(v >> 8 & 0xff);
}

static struct address
pick_address(uint64_t v)
{
	struct address a = { .family = v % 3 == 0 ? 6 : 4 };

	for (size_t i = 0; i < (a.family == 6 ? 16u : 4u); i++)
		a.octets[i] = (uint8_t)(v >> 8 * (i % 8) & (i % 5 == 0 ? 0xff : 0x03));
	if (v % 7 == 0)
		memset(a.octets, 0, sizeof a.octets);
	return a;
}

static void
set_text(struct table *t, enum column_id id, size_t row, uint64_t v)
{
	static const char *const texts[] = { "", "\xc3\xa4\xf0\x9f\x90\x98", "a\"b\\c\n\t", "dns",
		"{\"a\":1}" };
	char made[64];

	if (v % 8 < 5) {
		table_set_bytes(t, id, row, texts[v % 8], strlen(texts[v % 8]));
	} else {
		(void)snprintf(made, sizeof made, "text %llu", (unsigned long long)(v % 100000));
		table_set_bytes(t, id, row, made, strlen(made));
	}
}

static void
set_value(struct table *t, enum column_id id, size_t row, uint64_t v)
{
	struct address a = pick_address(v);
	uint8_t octets[8];

	for (int i = 0; i < 8; i++)
		octets[i] = (uint8_t)(v >> 8 * i);
	switch (column_infos[id].type) {
	case COLUMN_TYPE_TIME:
		table_set_i64(t, id, row, pick_time(v));
		break;
	case COLUMN_TYPE_INT32:
		table_set_i32(t, id, row, pick_int32(v));
		break;
	case COLUMN_TYPE_INT64:
		table_set_i64(t, id, row, pick_int64(v));
		break;
	case COLUMN_TYPE_ADDRESS:
		table_set_address(t, id, row, &a);
		break;
	case COLUMN_TYPE_MAC:
		table_set_mac(t, id, row, v >> 16);
		break;
	case COLUMN_TYPE_TEXT:
		set_text(t, id, row, v);
		break;
	case COLUMN_TYPE_OCTETS:
		table_set_bytes(t, id, row, octets, v % 9);
		break;
	}
}

/* More than a million different values, in the columns whose encodings differ. */
static void
set_distinct(struct table *t, size_t row, uint64_t n)
{
	struct address a = { .family = 6, .octets = { 0x20, 1, 0x0d, 0xb8 } };
	char text[32];

	for (int i = 0; i < 4; i++)
		a.octets[12 + i] = (uint8_t)(n * 2654435761u >> 8 * i);
	table_set_i64(t, COLUMN_FLOW_START, row, INT64_C(1700000000000000) + (int64_t)n);
	table_set_address(t, COLUMN_SRC_IP, row, &a);
	table_set_i32(t, COLUMN_MPLS_LABEL, row, (int32_t)(n * 2654435761u >> 4 & 0xfffffff));
	table_set_i64(t, COLUMN_BYTES, row, (int64_t)(n * n));
	(void)snprintf(text, sizeof text, "%llx", (unsigned long long)(n * 0x9e3779b97f4a7c15u));
	table_set_bytes(t, COLUMN_APP_NAME, row, text, strlen(text));
}

static void
set_row(struct table *t, const char *kind, uint64_t n, struct prng *r)
{
	size_t row = table_add_row(t);

	if (strcmp(kind, "nulls") == 0)
		return;
	if (strcmp(kind, "distinct") == 0) {
		set_distinct(t, row, n);
		return;
	}
	for (unsigned id = 0; id < COLUMN_COUNT; id++) {
		uint64_t v = next(r);

		if (strcmp(kind, "constant") == 0)
			v = 1000 + id;
		/* Some columns have few nulls, some many, some long runs of them. */
		else if (strcmp(kind, "mixed") == 0 &&
		    (v >> 60 < id % 16 || (id % 5 == 0 && n / 3000 % 2 == 0)))
			continue;
		set_value(t, (enum column_id)id, row, v);
	}
}

static void
print_value(struct jsonw *j, const struct table *t, enum column_id id, size_t row)
{
	const struct table_column *c = &t->columns[id];
	char text[TEXT_ADDRESS_MAX];
	uint8_t mac[6];
	size_t len;
	const uint8_t *p;

	jsonw_key(j, column_infos[id].name);
	switch (column_infos[id].type) {
	case COLUMN_TYPE_TIME:
	case COLUMN_TYPE_INT32:
	case COLUMN_TYPE_INT64:
		jsonw_i64(j, table_int(t, id, row));
		break;
	case COLUMN_TYPE_ADDRESS:
		jsonw_text(j, text, text_address(text, &c->v.address[row]));
		break;
	case COLUMN_TYPE_MAC:
		for (int i = 0; i < 6; i++)
			mac[i] = (uint8_t)(c->v.mac[row] >> (40 - 8 * i));
		jsonw_text(j, text, text_mac(text, mac));
		break;
	case COLUMN_TYPE_TEXT:
		p = table_bytes(t, id, row, &len);
		jsonw_text(j, p, len);
		break;
	case COLUMN_TYPE_OCTETS:
		p = table_bytes(t, id, row, &len);
		jsonw_hex(j, p, len);
		break;
	}
}

static void
print_rows(FILE *out, const struct table *t)
{
	struct buf line;

	buf_init(&line, 0);
	for (size_t row = 0; row < t->rows; row++) {
		struct jsonw j;

		buf_reset(&line);
		jsonw_init(&j, &line);
		jsonw_object(&j);
		for (unsigned id = 0; id < COLUMN_COUNT; id++) {
			if (table_has(t, (enum column_id)id, row))
				print_value(&j, t, (enum column_id)id, row);
		}
		jsonw_object_end(&j);
		buf_u8(&line, '\n');
		if (!buf_ok(&line) || fwrite(line.data, 1, line.len, out) != line.len)
			exit(1);
	}
	buf_free(&line);
}

static enum status
write_file(void *ctx, const void *data, size_t len, struct fault *f)
{
	return fwrite(data, 1, len, ctx) == len ? STATUS_OK : fault_errno(f, NULL, "write");
}

static FILE *
open_or_exit(const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	return file;
}

static int
write_kind(const char *kind, const char *parquet, const char *ndjson)
{
	static const struct {
		const char *kind;
		uint64_t rows;
	} kinds[] = { { "empty", 0 }, { "one", 1 }, { "nulls", 1000 }, { "constant", 5000 },
		{ "mixed", 20000 }, { "distinct", 1100000 } };
	FILE *out = open_or_exit(parquet, "wb"), *text = open_or_exit(ndjson, "wb");
	struct parquet_writer_options o = { .build = "test" };
	struct sink sink = { write_file, out };
	struct parquet_writer *w = NULL;
	struct prng r = { 7 };
	struct fault f = { 0 };
	struct table *t = NULL;
	uint64_t rows = 0;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		rows += strcmp(kind, kinds[i].kind) == 0 ? kinds[i].rows : 0;
	must(table_open(strcmp(kind, "mixed") == 0 ? 7000 : TABLE_ROWS, &t, &f), &f);
	must(parquet_writer_open(&o, &sink, &w, &f), &f);
	for (uint64_t n = 0; n < rows; n += t->rows) {
		table_reset(t);
		while (!table_full(t) && n + t->rows < rows)
			set_row(t, kind, n + t->rows, &r);
		print_rows(text, t);
		must(parquet_writer_put(w, t, &f), &f);
	}
	must(parquet_writer_finish(w, &f), &f);
	parquet_writer_free(w);
	table_free(t);
	return fclose(out) != 0 || fclose(text) != 0;
}

struct source {
	int fd;
	const char *path;
};

static enum status
read_file_at(void *ctx, void *data, size_t len, uint64_t offset, struct fault *f)
{
	const struct source *s = ctx;

	return file_read_at(s->fd, data, len, offset, s->path, f);
}

static int
read_back(const char *parquet, const char *ndjson)
{
	struct source s = { .path = parquet };
	struct parquet_input in = { .read_at = read_file_at, .ctx = &s, .name = parquet };
	struct column_set all = column_set_all();
	FILE *text = open_or_exit(ndjson, "wb");
	struct parquet_reader *r = NULL;
	struct fault f = { 0 };
	struct table *t = NULL;
	struct stat st;

	must(file_open_regular(parquet, &s.fd, &st, &f), &f);
	in.size = (uint64_t)st.st_size;
	must(table_open(10000, &t, &f), &f);
	must(parquet_reader_open(&in, &r, &f), &f);
	for (size_t g = 0; g < parquet_reader_groups(r); g++) {
		uint64_t row = 0;
		enum status got;

		while ((got = parquet_reader_read(r, g, &row, &all, t, &f)) == STATUS_OK)
			print_rows(text, t);
		must(got == STATUS_END ? STATUS_OK : got, &f);
	}
	parquet_reader_free(r);
	table_free(t);
	must(file_close(s.fd, parquet, &f), &f);
	return fclose(text) != 0;
}

int
main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "write") == 0)
		return write_kind(argv[2], argv[3], argv[4]);
	if (argc == 4 && strcmp(argv[1], "read") == 0)
		return read_back(argv[2], argv[3]);
	fprintf(stderr, "usage: mk_parquet write KIND FILE.parquet FILE.ndjson\n"
			"       mk_parquet read FILE.parquet FILE.ndjson\n");
	return 2;
}
