/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/decompress.h"

#include <bzlib.h>
#include <limits.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* The octets that a step may take and those that it may write; it moves both. */
struct step {
	const uint8_t *in;
	size_t in_len;
	uint8_t *out;
	size_t out_len;
};

struct decompress {
	struct feed *in;
	const struct codec *codec;
	enum format format;
	bool inside;     /* a frame */
	bool frames;     /* there was one */
	enum status end; /* what the next call returns, once it is not STATUS_OK */
	struct fault fault;
	union {
		z_stream gzip;
		lzma_stream xz;
		ZSTD_DStream *zstd;
		bz_stream bzip2;
	} u;
};

/*
 * start begins a frame (nothing is to be freed if it fails); step returns STATUS_END behind
 * its last octet, or a failure with *why; stop frees what start made.
 */
struct codec {
	bool (*start)(struct decompress *d);
	enum status (*step)(struct decompress *d, struct step *s, const char **why);
	void (*stop)(struct decompress *d);
};

static unsigned
uint_min(size_t len)
{
	return len < UINT_MAX ? (unsigned)len : UINT_MAX;
}

static bool
gzip_start(struct decompress *d)
{
	memset(&d->u.gzip, 0, sizeof(d->u.gzip));
	return inflateInit2(&d->u.gzip, 15 + 16) == Z_OK; /* gzip's header and trailer, checked */
}

static enum status
gzip_step(struct decompress *d, struct step *s, const char **why)
{
	z_stream *z = &d->u.gzip;
	int r;

	z->next_in = (z_const Bytef *)(uintptr_t)s->in;
	z->avail_in = uint_min(s->in_len);
	z->next_out = s->out;
	z->avail_out = uint_min(s->out_len);
	r = inflate(z, Z_NO_FLUSH);
	s->in_len -= (size_t)(z->next_in - s->in);
	s->in = z->next_in;
	s->out_len -= (size_t)(z->next_out - s->out);
	s->out = z->next_out;
	if (r == Z_OK || r == Z_BUF_ERROR)
		return STATUS_OK;
	if (r == Z_STREAM_END)
		return STATUS_END;
	*why = z->msg != NULL ? z->msg : r == Z_MEM_ERROR ? "no memory" : "broken data";
	return r == Z_MEM_ERROR ? STATUS_NO_MEMORY : STATUS_MALFORMED;
}

static void
gzip_stop(struct decompress *d)
{
	inflateEnd(&d->u.gzip);
}

static bool
xz_start(struct decompress *d)
{
	d->u.xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder(&d->u.xz, DECOMPRESS_MEMORY_MAX, 0) == LZMA_OK;
}

static const char *
xz_text(lzma_ret r)
{
	switch (r) {
	case LZMA_MEM_ERROR:
		return "no memory";
	case LZMA_MEMLIMIT_ERROR:
		return "needs more memory than the limit";
	case LZMA_OPTIONS_ERROR:
		return "options that are not known";
	case LZMA_FORMAT_ERROR:
		return "no xz data";
	default:
		return "broken data or a wrong check";
	}
}

static enum status
xz_step(struct decompress *d, struct step *s, const char **why)
{
	lzma_stream *z = &d->u.xz;
	lzma_ret r;

	z->next_in = s->in;
	z->avail_in = s->in_len;
	z->next_out = s->out;
	z->avail_out = s->out_len;
	r = lzma_code(z, LZMA_RUN);
	s->in = z->next_in;
	s->in_len = z->avail_in;
	s->out = z->next_out;
	s->out_len = z->avail_out;
	if (r == LZMA_OK || r == LZMA_BUF_ERROR)
		return STATUS_OK;
	if (r == LZMA_STREAM_END)
		return STATUS_END;
	*why = xz_text(r);
	if (r == LZMA_MEM_ERROR)
		return STATUS_NO_MEMORY;
	return r == LZMA_MEMLIMIT_ERROR ? STATUS_LIMIT : STATUS_MALFORMED;
}

static void
xz_stop(struct decompress *d)
{
	lzma_end(&d->u.xz);
}

static bool
zstd_start(struct decompress *d)
{
	d->u.zstd = ZSTD_createDStream();
	if (d->u.zstd == NULL)
		return false;
	(void)ZSTD_DCtx_setParameter(d->u.zstd, ZSTD_d_windowLogMax, DECOMPRESS_WINDOW_LOG);
	return true;
}

static enum status
zstd_status(ZSTD_ErrorCode code)
{
	if (code == ZSTD_error_memory_allocation)
		return STATUS_NO_MEMORY;
	return code == ZSTD_error_frameParameter_windowTooLarge ? STATUS_LIMIT : STATUS_MALFORMED;
}

static enum status
zstd_step(struct decompress *d, struct step *s, const char **why)
{
	ZSTD_inBuffer in = { s->in, s->in_len, 0 };
	ZSTD_outBuffer out = { s->out, s->out_len, 0 };
	size_t r = ZSTD_decompressStream(d->u.zstd, &out, &in);

	s->in += in.pos;
	s->in_len -= in.pos;
	s->out += out.pos;
	s->out_len -= out.pos;
	if (ZSTD_isError(r)) {
		*why = ZSTD_getErrorName(r);
		return zstd_status(ZSTD_getErrorCode(r));
	}
	return r == 0 ? STATUS_END : STATUS_OK;
}

static void
zstd_stop(struct decompress *d)
{
	ZSTD_freeDStream(d->u.zstd);
}

static bool
bzip2_start(struct decompress *d)
{
	memset(&d->u.bzip2, 0, sizeof(d->u.bzip2));
	return BZ2_bzDecompressInit(&d->u.bzip2, 0, 0) == BZ_OK;
}

static enum status
bzip2_step(struct decompress *d, struct step *s, const char **why)
{
	bz_stream *z = &d->u.bzip2;
	int r;

	z->next_in = (char *)(uintptr_t)s->in;
	z->avail_in = uint_min(s->in_len);
	z->next_out = (char *)s->out;
	z->avail_out = uint_min(s->out_len);
	r = BZ2_bzDecompress(z);
	s->in += uint_min(s->in_len) - z->avail_in;
	s->in_len -= uint_min(s->in_len) - z->avail_in;
	s->out += uint_min(s->out_len) - z->avail_out;
	s->out_len -= uint_min(s->out_len) - z->avail_out;
	if (r == BZ_OK)
		return STATUS_OK;
	if (r == BZ_STREAM_END)
		return STATUS_END;
	*why = r == BZ_MEM_ERROR ? "no memory" : "broken data or a wrong check";
	return r == BZ_MEM_ERROR ? STATUS_NO_MEMORY : STATUS_MALFORMED;
}

static void
bzip2_stop(struct decompress *d)
{
	BZ2_bzDecompressEnd(&d->u.bzip2);
}

static const struct codec codecs[FORMAT_COUNT] = {
	[FORMAT_GZIP] = { gzip_start, gzip_step, gzip_stop },
	[FORMAT_XZ] = { xz_start, xz_step, xz_stop },
	[FORMAT_ZSTD] = { zstd_start, zstd_step, zstd_stop },
	[FORMAT_BZIP2] = { bzip2_start, bzip2_step, bzip2_stop },
};

enum status
decompress_open(enum format format, struct feed *in, struct decompress **out, struct fault *f)
{
	struct decompress *d;

	if (codecs[format].start == NULL)
		return fault_set(f, STATUS_UNSUPPORTED, NULL, "no decompressor for %s",
		    format_info(format)->name);
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return fault_memory(f);
	d->in = in;
	d->format = format;
	d->codec = &codecs[format];
	*out = d;
	return STATUS_OK;
}

/* The failure st, to be told once all that was decoded before it was handed on. */
static enum status
decompress_fail(struct decompress *d, enum status st, const char *why)
{
	const char *name = format_info(d->format)->name;

	d->end = st;
	if (st == STATUS_END) {
		d->end = STATUS_TRUNCATED;
		why = "ends early";
	}
	return fault_set(&d->fault, d->end, NULL, "%s at compressed offset %llu: %s", name,
	    (unsigned long long)feed_offset(d->in), why);
}

/*
 * Begins the next frame, if there is one behind any padding of zeros.  What else follows
 * the last frame is left in the stream.
 */
static enum status
frame_start(struct decompress *d)
{
	struct feed *in = d->in;
	enum status st;

	while (d->frames && feed_need(in, 1) == STATUS_OK && *in->at == 0)
		in->at++;
	st = feed_need(in, FORMAT_LOOK);
	if (st != STATUS_OK && st != STATUS_END)
		return decompress_fail(d, st, in->fault.text);
	if (format_of(in->at, feed_left(in)) != d->format) {
		d->end = STATUS_END;
		return STATUS_END;
	}
	if (!d->codec->start(d))
		return decompress_fail(d, STATUS_NO_MEMORY, "no memory");
	d->inside = d->frames = true;
	return STATUS_OK;
}

static enum status
frame_step(struct decompress *d, struct step *s)
{
	struct feed *in = d->in;
	const char *why = "";
	size_t room = s->out_len;
	enum status st;

	s->in = in->at;
	s->in_len = feed_left(in);
	st = d->codec->step(d, s, &why);
	if (st == STATUS_OK && s->in == in->at && s->out_len == room) {
		st = feed_need(in, feed_left(in) + 1);
		if (st != STATUS_OK)
			return decompress_fail(d, st, in->fault.text);
		return STATUS_OK;
	}
	in->at = s->in;
	if (st == STATUS_OK)
		return STATUS_OK;
	d->codec->stop(d);
	d->inside = false;
	return st == STATUS_END ? STATUS_OK : decompress_fail(d, st, why);
}

enum status
decompress_read(void *ctx, uint8_t *buf, size_t cap, size_t *got, struct fault *f)
{
	struct decompress *d = ctx;
	struct step s = { .out = buf, .out_len = cap };

	while (d->end == STATUS_OK && s.out_len > 0) {
		if (!d->inside && frame_start(d) != STATUS_OK)
			break;
		if (frame_step(d, &s) != STATUS_OK)
			break;
	}
	*got = cap - s.out_len;
	if (*got > 0)
		return STATUS_OK;
	if (d->end != STATUS_END && f != NULL && f->status == STATUS_OK)
		*f = d->fault;
	return d->end;
}

bool
decompress_ended(const struct decompress *d)
{
	return d->end == STATUS_END;
}

void
decompress_free(struct decompress *d)
{
	if (d == NULL)
		return;
	if (d->inside)
		d->codec->stop(d);
	free(d);
}
