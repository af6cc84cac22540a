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
	INPUT_MAX = 2 << 20,
	FRAME_MOST = 2 << 20, /* octets of a frame that is decompressed at once */
	WINDOW_LOG = 25       /* of zstd: 32 MiB */
};

struct frames {
	struct frames_input in;
	ZSTD_DCtx *context;
	uint8_t input[INPUT_MAX];
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

/*
 * More input behind what is left; STATUS_END where the file ends between frames.  In steps, of which
 * one that fails takes nothing from those before it: it fails again when it comes first.
 */
static enum status
read_input(struct frames *r, struct fault *f)
{
	size_t rest = r->step.size - r->step.pos, got = 0;
	enum status st = STATUS_OK;

	if (r->offset == r->in.size && r->in_frame)
		return fault_at(f, STATUS_TRUNCATED, r->in.name, r->in.size, "it ends within a frame");
	if (r->offset == r->in.size)
		return STATUS_END;
	memmove(r->input, r->input + r->step.pos, rest);
	r->step = (ZSTD_inBuffer){ r->input, rest, 0 };
	while (st == STATUS_OK && r->offset < r->in.size && r->step.size < INPUT_MAX) {
		uint64_t left = r->in.size - r->offset;
		size_t room = INPUT_MAX - r->step.size, len = room < INPUT_STEP ? room : INPUT_STEP;

		len = left < len ? (size_t)left : len;
		st = r->in.read_at(r->in.ctx, r->input + r->step.size, len, r->offset, got == 0 ? f : NULL);
		if (st != STATUS_OK)
			break;
		r->offset += len;
		r->step.size += len;
		got += len;
	}
	return got > 0 ? STATUS_OK : st;
}

/*
 * Octets to make room for.  A frame that is here as a whole, and has room for all that it holds, zstd
 * decompresses into its place at once: in pieces it takes a window of its own and copies.
 */
static size_t
room_wanted(struct frames *r)
{
	unsigned long long size;

	if (r->in_frame)
		return ZSTD_DStreamOutSize();
	if (ZSTD_isError(ZSTD_findFrameCompressedSize(r->input + r->step.pos, r->step.size - r->step.pos)))
		(void)read_input(r, NULL); /* where it fails, it will again when nothing else is left */
	size = ZSTD_getFrameContentSize(r->input + r->step.pos, r->step.size - r->step.pos);
	return size > ZSTD_DStreamOutSize() && size <= FRAME_MOST ? (size_t)size : ZSTD_DStreamOutSize();
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

/* Decompresses into `room` octets behind those that are there; zstd's own word. */
static size_t
decompress_into(struct frames *r, size_t room)
{
	ZSTD_outBuffer to = { r->out.data + r->out.len, room, 0 };
	size_t before = r->step.pos, rc = ZSTD_decompressStream(r->context, &to, &r->step);

	if (ZSTD_isError(rc) && room > ZSTD_DStreamOutSize()) {
		/* in pieces, what is good in it comes before the damage */
		(void)ZSTD_DCtx_reset(r->context, ZSTD_reset_session_only);
		r->step.pos = before;
		return decompress_into(r, ZSTD_DStreamOutSize());
	}
	if (ZSTD_isError(rc))
		return rc;
	r->out.len += to.pos;
	r->in_frame = rc != 0;
	r->more = rc != 0 && to.pos == to.size;
	return rc;
}

/* More decompressed octets behind those that are there. */
static enum status
decompress(struct frames *r, struct fault *f)
{
	enum status st;
	size_t rc, room;

	if (r->step.pos == r->step.size && !r->more) {
		st = read_input(r, f);
		if (st != STATUS_OK)
			return st;
	}
	room = room_wanted(r);
	compact(r);
	if (!buf_reserve(&r->out, room))
		return fault_memory(f);
	rc = decompress_into(r, room);
	if (ZSTD_isError(rc))
		return fault_at(f, STATUS_MALFORMED, r->in.name, r->offset - (r->step.size - r->step.pos),
		    "zstd: %s", ZSTD_getErrorName(rc));
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
