/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_header.h"

#include <string.h>

#include "archive/thrift.h"

void
parquet_header_put(struct buf *out, const struct parquet_header *h)
{
	bool dictionary = h->type == PARQUET_DICTIONARY_PAGE;
	struct thrift_writer w;

	thrift_writer_init(&w, out);
	thrift_put_i32(&w, 1, h->type);
	thrift_put_i32(&w, 2, h->uncompressed);
	thrift_put_i32(&w, 3, h->compressed);
	if (h->has_crc)
		thrift_put_i32(&w, 4, (int32_t)h->crc);
	thrift_put_struct(&w, dictionary ? 7 : 5);
	thrift_put_i32(&w, 1, h->values);
	thrift_put_i32(&w, 2, h->encoding);
	if (!dictionary) {
		thrift_put_i32(&w, 3, PARQUET_RLE); /* definition levels */
		thrift_put_i32(&w, 4, PARQUET_RLE); /* repetition levels, of which there are none */
	}
	thrift_put_end(&w);
	thrift_put_end(&w);
}

/* DataPageHeader and DictionaryPageHeader begin alike. */
static void
get_page(struct thrift_reader *r, struct thrift_field f, struct parquet_header *h)
{
	bool data = h->type == PARQUET_DATA_PAGE;

	h->described = true;
	thrift_get_struct(r, f);
	while (thrift_next(r, &f)) {
		if (f.id == 1)
			h->values = thrift_get_i32(r, f);
		else if (f.id == 2)
			h->encoding = thrift_get_i32(r, f);
		else if (f.id == 3 && data)
			h->definition_encoding = thrift_get_i32(r, f);
		else
			thrift_skip(r, f);
	}
}

static void
get_page_v2(struct thrift_reader *r, struct thrift_field f, struct parquet_header *h)
{
	h->described = true;
	h->is_compressed = true;
	thrift_get_struct(r, f);
	while (thrift_next(r, &f)) {
		switch (f.id) {
		case 1:
			h->values = thrift_get_i32(r, f);
			break;
		case 2:
			h->nulls = thrift_get_i32(r, f);
			break;
		case 3:
			h->rows = thrift_get_i32(r, f);
			break;
		case 4:
			h->encoding = thrift_get_i32(r, f);
			break;
		case 5:
			h->definition_bytes = thrift_get_i32(r, f);
			break;
		case 6:
			h->repetition_bytes = thrift_get_i32(r, f);
			break;
		case 7:
			h->is_compressed = thrift_get_bool(r, f);
			break;
		default:
			thrift_skip(r, f);
		}
	}
}

static void
get_field(struct thrift_reader *r, struct thrift_field f, struct parquet_header *h)
{
	if (f.id == 1) {
		h->type = thrift_get_i32(r, f);
	} else if (f.id == 2) {
		h->uncompressed = thrift_get_i32(r, f);
	} else if (f.id == 3) {
		h->compressed = thrift_get_i32(r, f);
	} else if (f.id == 4) {
		h->crc = (uint32_t)thrift_get_i32(r, f);
		h->has_crc = true;
	} else if (f.id == 5 && h->type == PARQUET_DATA_PAGE) {
		get_page(r, f, h);
	} else if (f.id == 7 && h->type == PARQUET_DICTIONARY_PAGE) {
		get_page(r, f, h);
	} else if (f.id == 8 && h->type == PARQUET_DATA_PAGE_V2) {
		get_page_v2(r, f, h);
	} else {
		thrift_skip(r, f);
	}
}

bool
parquet_header_get(struct cursor *c, struct parquet_header *h)
{
	struct thrift_reader r = thrift_reader_over(*c);
	struct thrift_field f;

	memset(h, 0, sizeof *h);
	h->type = -1;
	h->definition_encoding = PARQUET_RLE;
	while (thrift_next(&r, &f))
		get_field(&r, f, h);
	*c = r.c;
	return cursor_ok(c) && h->uncompressed >= 0 && h->compressed >= 0;
}
