/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_unpacker.h"

#include <string.h>
#include <zstd.h>

#include "base/cursor.h"

enum { HEADER_GUESS = 256 }; /* most headers are shorter; a second read gets the others */

enum status
page_unpacker_open(struct page_unpacker *u, const struct parquet_input *in, struct fault *f)
{
	memset(u, 0, sizeof *u);
	u->in = *in;
	buf_init(&u->packed, PARQUET_PAGE_MAX);
	crc32_init(&u->crc);
	u->zstd = ZSTD_createDCtx();
	return u->zstd != NULL ? STATUS_OK : fault_memory(f);
}

void
page_unpacker_free(struct page_unpacker *u)
{
	(void)ZSTD_freeDCtx(u->zstd);
	buf_free(&u->packed);
	memset(u, 0, sizeof *u);
}

static enum status
malformed(const struct page_unpacker *u, const struct page *page, const char *what, struct fault *f)
{
	return fault_at(f, STATUS_MALFORMED, u->in.name, page->offset, "Parquet page: %s", what);
}

static enum status
read_header(struct page_unpacker *u, uint64_t end, struct page *page, struct fault *f)
{
	uint64_t left = end - page->offset;

	for (size_t len = HEADER_GUESS; len <= PARQUET_PAGE_HEADER_MAX; len *= 16) {
		uint8_t *data;
		struct cursor c;
		enum status st;

		len = len < left ? len : (size_t)left;
		buf_reset(&u->packed);
		data = buf_grow(&u->packed, len);
		if (data == NULL)
			return fault_memory(f);
		st = u->in.read_at(u->in.ctx, data, len, page->offset, f);
		if (st != STATUS_OK)
			return st;
		c = cursor_over(data, len);
		if (parquet_header_get(&c, &page->header)) {
			page->next = page->offset + cursor_offset(&c);
			return STATUS_OK;
		}
		if (len == left)
			break;
	}
	return malformed(u, page, "its header is damaged", f);
}

/* The bytes behind the header, as they are in the file. */
static enum status
read_packed(struct page_unpacker *u, uint64_t end, struct page *page, struct fault *f)
{
	const struct parquet_header *h = &page->header;
	size_t len = (size_t)h->compressed;
	uint64_t offset = page->next;
	uint8_t *data;
	enum status st;

	if (h->compressed > PARQUET_PAGE_MAX || h->uncompressed > PARQUET_PAGE_MAX)
		return fault_at(f, STATUS_LIMIT, u->in.name, page->offset,
		    "Parquet page of %d bytes (%d compressed); the limit is %d",
		    (int)h->uncompressed, (int)h->compressed, PARQUET_PAGE_MAX);
	if (len > end - offset)
		return malformed(u, page, "it ends behind its chunk", f);
	page->next = offset + len;
	buf_reset(&u->packed);
	data = buf_grow(&u->packed, len);
	if (data == NULL)
		return fault_memory(f);
	st = u->in.read_at(u->in.ctx, data, len, offset, f);
	if (st == STATUS_OK && h->has_crc && !u->in.checked && crc32_of(&u->crc, 0, data, len) != h->crc)
		return fault_at(f, STATUS_DIFFERS, u->in.name, page->offset,
		    "Parquet page: its CRC differs");
	return st;
}

/* The last `len` bytes of what was read, behind the first `plain`, which are not compressed. */
static enum status
unpack(struct page_unpacker *u, const struct page *page, size_t plain, int32_t codec,
    struct buf *bytes, struct fault *f)
{
	const uint8_t *from = u->packed.data + plain;
	size_t len = u->packed.len - plain, size = (size_t)page->header.uncompressed - plain, got;
	uint8_t *to;

	buf_reset(bytes);
	if (!buf_reserve(bytes, plain + size + 1)) /* an empty page has a place too */
		return fault_memory(f);
	memcpy(bytes->data, u->packed.data, plain);
	bytes->len = plain + size;
	to = bytes->data + plain;
	if (codec == PARQUET_UNCOMPRESSED) {
		if (len != size)
			return malformed(u, page, "its two sizes differ", f);
		memcpy(to, from, size);
		return STATUS_OK;
	}
	if (codec != PARQUET_ZSTD)
		return fault_at(f, STATUS_UNSUPPORTED, u->in.name, page->offset,
		    "Parquet codec %s (%d)", parquet_codec_name(codec), (int)codec);
	/* Version 2 may have no values, and then nothing to decompress. */
	if (len == 0 && size == 0)
		return STATUS_OK;
	got = ZSTD_decompressDCtx(u->zstd, to, size, from, len);
	if (ZSTD_isError(got) || got != size)
		return malformed(u, page, "zstd cannot decompress it to its size", f);
	return STATUS_OK;
}

static enum status
find_levels(const struct page_unpacker *u, bool levels, const struct buf *bytes, struct page *page,
    struct fault *f)
{
	const struct parquet_header *h = &page->header;
	struct cursor c = cursor_over(bytes->data, bytes->len);

	cursor_fail(&page->levels);
	if (h->type == PARQUET_DATA_PAGE_V2) {
		page->levels = cursor_sub(&c, (size_t)h->definition_bytes);
	} else if (h->type == PARQUET_DATA_PAGE && levels) {
		if (h->definition_encoding != PARQUET_RLE)
			return fault_at(f, STATUS_UNSUPPORTED, u->in.name, page->offset,
			    "Parquet definition levels in %s",
			    parquet_encoding_name(h->definition_encoding));
		page->levels = cursor_sub(&c, cursor_le32(&c));
	}
	page->values = c;
	return cursor_ok(&c) ? STATUS_OK : malformed(u, page, "its levels do not end", f);
}

enum status
page_get(struct page_unpacker *u, uint64_t at, uint64_t end, int32_t codec, bool levels,
    struct buf *bytes, struct page *page, struct fault *f)
{
	const struct parquet_header *h = &page->header;
	size_t plain = 0;
	enum status st;

	memset(page, 0, sizeof *page);
	page->offset = at;
	st = read_header(u, end, page, f);
	if (st == STATUS_OK)
		st = read_packed(u, end, page, f);
	if (st != STATUS_OK || h->type == PARQUET_INDEX_PAGE)
		return st;
	if (!h->described || h->type < 0 || h->type > PARQUET_DATA_PAGE_V2 || h->values < 0)
		return malformed(u, page, "its type is unknown, or its number of values", f);
	if (h->type == PARQUET_DATA_PAGE_V2) {
		if (h->repetition_bytes != 0 || h->definition_bytes < 0 ||
		    h->definition_bytes > h->uncompressed || h->definition_bytes > h->compressed)
			return malformed(u, page, "the sizes of its levels", f);
		plain = (size_t)h->definition_bytes;
		codec = h->is_compressed ? codec : PARQUET_UNCOMPRESSED;
	}
	st = unpack(u, page, plain, codec, bytes, f);
	return st == STATUS_OK ? find_levels(u, levels, bytes, page, f) : st;
}
