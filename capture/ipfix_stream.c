/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/ipfix_stream.h"

#include <string.h>

#include "base/cursor.h"
#include "flow/framing.h"
#include "flow/ipfix_decode.h"

enum { LOOK_AHEAD = 2 * (IPFIX_MESSAGE_MAX + 1) /* a message, and the beginning of the next */ };
#define SECOND INT64_C(1000000000)

bool
ipfix_stream_is(const uint8_t *data, size_t len)
{
	size_t size;

	return len >= FRAMING_LOOK && framing_next(data, len, &size, NULL) != STATUS_MALFORMED;
}

void
ipfix_stream_open(struct ipfix_stream *s, struct feed *in)
{
	*s = (struct ipfix_stream){ .in = in };
}

/* Octets passed over until a message begins, or all that there are. */
static uint64_t
pass_over(struct ipfix_stream *s)
{
	uint64_t passed = 0;
	size_t step = 1; /* not where it stands: that is none */

	for (;;) {
		bool whole = feed_need(s->in, LOOK_AHEAD) != STATUS_OK;
		size_t left = feed_left(s->in), at;

		if (left < step)
			return passed;
		at = step == 0 && framing_here(s->in->at, left, whole) ? 0
		    : framing_find(s->in->at, left, whole);
		s->in->at += at;
		passed += at;
		s->goes_on = at < left;
		if (at == 0 || (whole && at == left))
			return passed;
		step = 0; /* looked at once more, with all of it in sight */
	}
}

static enum status
malformed(struct ipfix_stream *s, const struct fault *why, struct fault *f)
{
	uint64_t offset = feed_offset(s->in);
	uint64_t passed = pass_over(s);

	return fault_at(f, STATUS_MALFORMED, NULL, offset, "%s; %llu octets are passed over%s",
	    why->text, (unsigned long long)passed, s->goes_on ? "" : ", to the end");
}

/* Not all of a message is there, and nothing more comes. */
static enum status
ended(struct ipfix_stream *s, enum status st, size_t size, struct fault *f)
{
	if (st != STATUS_END) {
		if (f != NULL && f->status == STATUS_OK)
			*f = s->in->fault;
		return st;
	}
	if (feed_left(s->in) == 0)
		return STATUS_END;
	return fault_at(f, STATUS_TRUNCATED, NULL, feed_offset(s->in),
	    "the last message is cut: %zu octets of %zu", feed_left(s->in), size);
}

/* STATUS_LIMIT: it would have to be read, and something is to be given before that. */
static enum status
look(struct ipfix_stream *s, bool may_read, size_t *size, struct fault *f)
{
	struct fault why = { 0 };
	size_t want = FRAMING_LOOK;
	enum status st = STATUS_LIMIT;

	while (st == STATUS_LIMIT) {
		if (feed_left(s->in) < want) {
			enum status got = may_read ? feed_need(s->in, want) : STATUS_LIMIT;

			if (got == STATUS_LIMIT)
				return got;
			if (got != STATUS_OK)
				return ended(s, got, want, f);
		}
		st = framing_next(s->in->at, feed_left(s->in), size, &why);
		want = *size;
	}
	if (st == STATUS_MALFORMED)
		return may_read ? malformed(s, &why, f) : STATUS_LIMIT;
	return st;
}

enum status
ipfix_stream_next(struct ipfix_stream *s, struct packet *batch, size_t max, size_t *count,
    struct fault *f)
{
	*count = 0;
	s->goes_on = false;
	while (*count < max) {
		size_t size;
		enum status st = look(s, *count == 0, &size, f);

		if (st != STATUS_OK)
			return st == STATUS_LIMIT ? STATUS_OK : st;
		batch[(*count)++] = (struct packet){ .time = load_be32(s->in->at + 4) * SECOND,
			.data = s->in->at, .captured = (uint32_t)size, .wire = (uint32_t)size,
			.frame = ++s->messages };
		s->in->at += size;
	}
	return STATUS_OK;
}
