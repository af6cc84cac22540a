/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/messages.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "flow/framing.h"

#define SECOND INT64_C(1000000000)

struct messages {
	struct frames *frames;
	struct messagemark mark; /* what is left of its run */
};

enum status
messages_open(const struct frames_input *in, struct messages **out, struct fault *f)
{
	struct messages *m = calloc(1, sizeof *m);
	enum status st;

	if (m == NULL)
		return fault_memory(f);
	st = frames_open(in, &m->frames, f);
	if (st != STATUS_OK) {
		messages_free(m);
		return st;
	}
	*out = m;
	return STATUS_OK;
}

static enum status
malformed(const struct messages *m, const char *rule, struct fault *f)
{
	return frames_malformed(m->frames, rule, f);
}

/* So many octets are there, or why not; STATUS_END only where a mark may be missing. */
static enum status
need(struct messages *m, size_t len, struct fault *f)
{
	enum status st = frames_need(m->frames, len, "message", f);

	return st == STATUS_END && m->mark.messages > 0 ? malformed(m, "messages of a mark are missing", f)
	                                                : st;
}

/* The whole message that stands next. */
static enum status
whole(struct messages *m, size_t *size, struct fault *f)
{
	struct fault why = { 0 };
	enum status st = need(m, FRAMING_LOOK, f);

	if (st != STATUS_OK)
		return st;
	if (framing_next(frames_at(m->frames), FRAMING_LOOK, size, &why) == STATUS_MALFORMED)
		return malformed(m, why.text, f);
	return need(m, *size, f);
}

static enum status
read_mark(struct messages *m, struct fault *f)
{
	struct fault why = { 0 };
	size_t size;
	enum status st = whole(m, &size, f);

	if (st != STATUS_OK)
		return st;
	if (!messagemark_read(frames_at(m->frames), size, &m->mark, &why))
		return malformed(m, why.text, f);
	if (m->mark.kind == MESSAGEMARK_ENDED && (m->mark.messages != 0 || m->mark.octets != 0))
		return malformed(m, "an end of a session that has messages", f);
	if (m->mark.kind != MESSAGEMARK_ENDED && m->mark.messages == 0)
		return malformed(m, "a mark of no messages", f);
	frames_take(m->frames, size);
	return STATUS_OK;
}

static enum status
read_message(struct messages *m, struct messagemark *out, struct fault *f)
{
	size_t size;
	enum status st = whole(m, &size, f);

	if (st != STATUS_OK)
		return st;
	if (size > m->mark.octets || (m->mark.messages == 1 && size != m->mark.octets))
		return malformed(m, "the messages have not the octets that their mark says", f);
	*out = m->mark;
	out->way.data = frames_at(m->frames);
	out->way.len = size;
	if (out->way.transport == TRANSPORT_FILE)
		out->way.received = load_be32(out->way.data + 4) * SECOND;
	frames_take(m->frames, size);
	m->mark.octets -= size;
	m->mark.messages--;
	m->mark.way.number += m->mark.kind == MESSAGEMARK_RECEIVED && m->mark.way.number != 0;
	return STATUS_OK;
}

enum status
messages_next(struct messages *m, struct messagemark *out, struct fault *f)
{
	enum status st = m->mark.messages > 0 ? STATUS_OK : read_mark(m, f);

	if (st != STATUS_OK)
		return st;
	if (m->mark.messages > 0)
		return read_message(m, out, f);
	*out = m->mark;
	return STATUS_OK;
}

void
messages_free(struct messages *m)
{
	if (m == NULL)
		return;
	frames_free(m->frames);
	free(m);
}
