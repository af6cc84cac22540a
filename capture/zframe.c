/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/zframe.h"

#include <stdlib.h>
#include <zstd.h>

struct zframe {
	ZSTD_CCtx *context;
};

enum status
zframe_open(int level, struct zframe **out, struct fault *f)
{
	struct zframe *z = calloc(1, sizeof *z);

	if (z == NULL)
		return fault_memory(f);
	z->context = ZSTD_createCCtx();
	if (z->context == NULL ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(z->context, ZSTD_c_compressionLevel, level)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(z->context, ZSTD_c_checksumFlag, 1))) {
		zframe_free(z);
		return fault_memory(f);
	}
	*out = z;
	return STATUS_OK;
}

enum status
zframe_put(struct zframe *z, struct buf *from, struct buf *out, struct fault *f)
{
	size_t bound = ZSTD_compressBound(from->len), len;

	if (!buf_ok(from))
		return fault_memory(f);
	if (from->len == 0)
		return STATUS_OK;
	if (!buf_reserve(out, bound))
		return fault_memory(f);
	len = ZSTD_compress2(z->context, out->data + out->len, bound, from->data, from->len);
	if (ZSTD_isError(len))
		return fault_memory(f);
	out->len += len;
	buf_reset(from);
	return STATUS_OK;
}

void
zframe_free(struct zframe *z)
{
	if (z == NULL)
		return;
	ZSTD_freeCCtx(z->context);
	free(z);
}
