/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole file, as the reader gets it; its rows are printed and packed in every format. */
#include <stdlib.h>

#include "flow/format.h"
#include "flow/pack.h"
#include "parquet_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 64, PRINTED_MAX = 1024 };

static enum status
count_octets(void *ctx, const void *data, size_t len, struct fault *f)
{
	(void)data;
	(void)f;
	*(size_t *)ctx += len;
	return STATUS_OK;
}

static enum status
count_records(void *ctx, const uint8_t *data, size_t len, size_t records, struct fault *f)
{
	(void)data;
	(void)len;
	(void)f;
	*(size_t *)ctx += records;
	return STATUS_OK;
}

static void
print(const struct table *t)
{
	size_t octets = 0;
	const struct sink sink = { count_octets, &octets };

	for (size_t i = 0; format_name(i) != NULL; i++) {
		struct format_writer *w;

		if (format_open(format_find(format_name(i)), NULL, &sink, &w, NULL) != STATUS_OK ||
		    format_rows(w, t, NULL) != STATUS_OK || format_finish(w, NULL) != STATUS_OK)
			abort();
		format_free(w);
	}
	if (octets == 0)
		abort();
}

static void
pack(const struct table *t)
{
	for (unsigned format = 0; format < PACK_FORMAT_COUNT; format++) {
		const struct pack_options o = { .format = (enum pack_format)format,
			.max_octets = PACK_DATAGRAM_DEFAULT };
		size_t records = 0;
		struct packer *p;

		if (pack_open(&o, count_records, &records, &p, NULL) != STATUS_OK ||
		    pack_put(p, t, NULL, NULL) != STATUS_OK || pack_flush(p, NULL) != STATUS_OK)
			abort();
		pack_free(p);
	}
}

static enum status
scan(struct parquet_reader *r, struct table *t, struct fault *f)
{
	const struct column_set all = column_set_all();
	enum status st = STATUS_OK;
	size_t left = PRINTED_MAX;
	int64_t min, max;

	for (size_t g = 0; st == STATUS_OK && g < parquet_reader_groups(r); g++) {
		uint64_t row = 0;

		for (unsigned id = 0; id < COLUMN_COUNT; id++)
			(void)parquet_reader_range(r, g, (enum column_id)id, &min, &max);
		while ((st = parquet_reader_read(r, g, &row, &all, t, f)) == STATUS_OK) {
			if (t->rows > left)
				continue;
			left -= t->rows;
			print(t);
			pack(t);
		}
		st = st == STATUS_END ? STATUS_OK : st;
	}
	return st;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_file m = { data, size };
	struct parquet_input in = memory_input(&m);
	struct parquet_reader *r = NULL;
	struct fault f = { 0 };
	struct table *t;

	if (table_open(ROWS, &t, &f) != STATUS_OK)
		abort();
	if ((parquet_reader_open(&in, &r, &f) != STATUS_OK || scan(r, t, &f) != STATUS_OK) &&
	    f.status == STATUS_OK)
		abort();
	parquet_reader_free(r);
	table_free(t);
	return 0;
}
