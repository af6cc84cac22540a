/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/frames.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/buf.h"

enum {
	INPUT_STEP = 1 << 16,
	WINDOW_LOG = 25 /* of zstd: 32 MiB */
};

struct frames {
	struct frames_input in;
	ZSTD_DCtx *context;
	uint8_t input[INPUT_STEP];
	ZSTD_inBuffer step; /* of input, what was read and not yet decompressed */
	uint64_t offset;    /* of the next input */
	bool in_frame;      /* the frame's end was not seen yet */
	bool more;          /* zstd may have octets left without input */
	struct buf out;     /* decompressed */
	size_t at;          /* of it, what was taken */
	uint64_t passed;    /* octets before `out`, for faults */
};

enum status
frames_open(const struct frames_input *in, struct frames **out, struct fault *f)
{
	struct frames *r = calloc(1, sizeof *r);

	if (r == NULL)
		return fault_memory(f);
	r->in = *in;
	r->context = ZSTD_createDCtx();
	if (r->context == NULL ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(r->context, ZSTD_d_windowLogMax, WINDOW_LOG))) {
		frames_free(r);
		return fault_memory(f);
	}
	r->step.src = r->input;
	*out = r;
	return STATUS_OK;
}

void
frames_free(struct frames *r)
{
	if (r == NULL)
		return;
	ZSTD_freeDCtx(r->context);
	buf_free(&r->out);
	free(r);
}

enum status
frames_malformed(const struct frames *r, const char *rule, struct fault *f)
{
	return fault_set(f, STATUS_MALFORMED, r->in.name, "at octet %llu when decompressed: %s",
	    (unsigned long long)(r->passed + r->at), rule);
}

/* STATUS_END where the file ends between frames. */
static enum status
read_input(struct frames *r, struct fault *f)
{
	uint64_t left = r->in.size - r->offset;
	size_t len = left < INPUT_STEP ? (size_t)left : INPUT_STEP;
	enum status st;

	if (len == 0 && r->in_frame)
		return fault_at(f, STATUS_TRUNCATED, r->in.name, r->in.size, "it ends within a frame");
	if (len == 0)
		return STATUS_END;
	st = r->in.read_at(r->in.ctx, r->input, len, r->offset, f);
	if (st != STATUS_OK)
		return st;
	r->offset += len;
	r->step = (ZSTD_inBuffer){ r->input, len, 0 };
	return STATUS_OK;
}

/* What was taken makes room. */
static void
compact(struct frames *r)
{
	if (r->at == 0)
		return;
	memmove(r->out.data, r->out.data + r->at, r->out.len - r->at);
	r->out.len -= r->at;
	r->passed += r->at;
	r->at = 0;
}

/* More decompressed octets behind those that are there. */
static enum status
decompress(struct frames *r, struct fault *f)
{
	ZSTD_outBuffer to;
	enum status st;
	size_t rc;

	if (r->step.pos == r->step.size && !r->more) {
		st = read_input(r, f);
		if (st != STATUS_OK)
			return st;
	}
	compact(r);
	if (!buf_reserve(&r->out, ZSTD_DStreamOutSize()))
		return fault_memory(f);
	to = (ZSTD_outBuffer){ r->out.data + r->out.len, ZSTD_DStreamOutSize(), 0 };
	rc = ZSTD_decompressStream(r->context, &to, &r->step);
	if (ZSTD_isError(rc))
		return fault_at(f, STATUS_MALFORMED, r->in.name, r->offset - (r->step.size - r->step.pos),
		    "zstd: %s", ZSTD_getErrorName(rc));
	r->out.len += to.pos;
	r->in_frame = rc != 0;
	r->more = rc != 0 && to.pos == to.size;
	return STATUS_OK;
}

enum status
frames_need(struct frames *r, size_t len, const char *what, struct fault *f)
{
	while (r->out.len - r->at < len) {
		bool none = r->out.len == r->at;
		enum status st = decompress(r, f);
		char rule[64];

		if (st == STATUS_END && !none) {
			(void)snprintf(rule, sizeof rule, "it ends within a %s", what);
			return frames_malformed(r, rule, f);
		}
		if (st != STATUS_OK)
			return st;
	}
	return STATUS_OK;
}

const uint8_t *
frames_at(const struct frames *r)
{
	return r->out.data + r->at;
}

void
frames_take(struct frames *r, size_t len)
{
	r->at += len;
}
