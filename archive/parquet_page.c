/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/parquet_page.h"

#include <string.h>
#include <zstd.h>

/*
 * A hash table so small that it remembers only what is near: in a sorted dictionary the
 * entry before is the best match, and its distance the same again and again.
 */
static bool
tune_for_sorted(struct ZSTD_CCtx_s *zstd)
{
	static const struct {
		ZSTD_cParameter name;
		int value;
	} parameters[] = { { ZSTD_c_compressionLevel, 1 }, { ZSTD_c_windowLog, 17 },
		{ ZSTD_c_hashLog, 6 }, { ZSTD_c_minMatch, 4 }, { ZSTD_c_strategy, ZSTD_fast } };

	for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
		if (ZSTD_isError(
			ZSTD_CCtx_setParameter(zstd, parameters[i].name, parameters[i].value)))
			return false;
	}
	return true;
}

enum status
page_packer_open(struct page_packer *p, int level, struct fault *f)
{
	memset(p, 0, sizeof *p);
	buf_init(&p->packed, 0);
	crc32_init(&p->crc);
	p->zstd = ZSTD_createCCtx();
	p->sorted = ZSTD_createCCtx();
	if (p->zstd == NULL || p->sorted == NULL) {
		page_packer_free(p);
		return fault_memory(f);
	}
	if (ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, level)) ||
	    !tune_for_sorted(p->sorted)) {
		page_packer_free(p);
		return fault_set(f, STATUS_USAGE, NULL, "zstd has no level %d", level);
	}
	return STATUS_OK;
}

void
page_packer_free(struct page_packer *p)
{
	(void)ZSTD_freeCCtx(p->zstd);
	(void)ZSTD_freeCCtx(p->sorted);
	buf_free(&p->packed);
	memset(p, 0, sizeof *p);
}

size_t
page_packed_size(struct page_packer *p, enum page_kind kind, const void *data, size_t len)
{
	size_t bound = ZSTD_compressBound(len), size;

	buf_reset(&p->packed);
	p->failed = p->failed || !buf_reserve(&p->packed, bound);
	if (p->failed)
		return 0;
	size = ZSTD_compress2(kind == PAGE_SORTED ? p->sorted : p->zstd, p->packed.data, bound, data, len);
	p->failed = ZSTD_isError(size);
	if (p->failed)
		return 0;
	p->packed.len = size;
	return size;
}

enum status
page_put(struct page_packer *p, struct buf *out, struct parquet_header *h, const struct buf *raw,
    enum page_kind kind, int64_t *uncompressed, struct fault *f)
{
	const struct buf *bytes = kind == PAGE_STORED ? raw : &p->packed;
	size_t before = out->len;

	if (!buf_ok(raw) || raw->len > INT32_MAX)
		return fault_memory(f);
	/* also after an estimate that failed: what it chose would be chance */
	if (p->failed || (kind != PAGE_STORED && page_packed_size(p, kind, raw->data, raw->len) == 0))
		return fault_memory(f);
	h->uncompressed = (int32_t)raw->len;
	h->compressed = (int32_t)bytes->len;
	h->has_crc = true;
	h->crc = crc32_of(&p->crc, 0, bytes->data, bytes->len);
	parquet_header_put(out, h);
	*uncompressed += (int64_t)(out->len - before + raw->len);
	buf_put(out, bytes->data, bytes->len);
	return buf_ok(out) ? STATUS_OK : fault_memory(f);
}
