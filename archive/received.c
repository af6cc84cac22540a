/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/received.h"

#include <stdlib.h>

#include "archive/datagrams.h"
#include "archive/member.h"
#include "archive/messages.h"
#include "archive/streams.h"

/* A file of the segment, and what stands next in it. */
struct half {
	struct member member;
	bool ready; /* `next` was read and not given */
	bool ended;
	struct reader_datagram next;
};

struct received {
	struct member_rules rules;
	struct half datagram_half;
	struct half message_half;
	struct datagrams *datagrams;
	struct messages *messages;
	struct streams streams;
};

enum status
received_make(bool tolerate, reader_notice tell, void *ctx, struct received **out, struct fault *f)
{
	struct received *r = calloc(1, sizeof *r);

	if (r == NULL)
		return fault_memory(f);
	*r = (struct received){ .rules = { tolerate, tell, ctx }, .datagram_half = { .member = MEMBER_NONE },
		.message_half = { .member = MEMBER_NONE } };
	buf_init(&r->streams.list, 0);
	*out = r;
	return STATUS_OK;
}

void
received_close(struct received *r)
{
	datagrams_free(r->datagrams);
	messages_free(r->messages);
	member_close(&r->datagram_half.member);
	member_close(&r->message_half.member);
	r->datagrams = NULL;
	r->messages = NULL;
	r->datagram_half = r->message_half = (struct half){ .ended = true, .member = MEMBER_NONE };
}

void
received_free(struct received *r)
{
	if (r == NULL)
		return;
	received_close(r);
	streams_free(&r->streams);
	free(r);
}

static bool
is_ours(enum status st)
{
	return st == STATUS_NO_MEMORY || st == STATUS_INTERRUPTED;
}

static enum status
open_half(struct received *r, struct half *h, const char *manifest, const struct manifest *m,
    const char *suffix, struct frames_input *in, struct fault *f)
{
	enum status st = member_open(manifest, m, suffix, &r->rules, &h->member, f);

	if (st == STATUS_OK)
		*in = (struct frames_input){ h->member.read_at, h->member.ctx, h->member.size, h->member.path };
	return st;
}

/* What became of one file; that it is absent or damaged does not keep the other from being read. */
static enum status
judge(struct received *r, struct half *h, enum status st, const struct fault *why, struct fault *f)
{
	h->ended = st != STATUS_OK;
	if (is_ours(st) && f != NULL)
		*f = *why;
	else if (why->status != STATUS_OK)
		r->rules.tell(r->rules.ctx, why);
	return is_ours(st) ? st : STATUS_OK;
}

enum status
received_open(struct received *r, const char *manifest, const struct manifest *m, struct fault *f)
{
	struct frames_input in;
	struct fault why = { 0 };
	enum status st;

	received_close(r);
	streams_segment(&r->streams);
	st = open_half(r, &r->datagram_half, manifest, m, ".datagrams.pcapng.zst", &in, &why);
	if (st == STATUS_OK)
		st = datagrams_open(&in, &r->datagrams, &why);
	st = judge(r, &r->datagram_half, st, &why, f);
	if (st != STATUS_OK)
		return st;
	why = (struct fault){ 0 };
	st = open_half(r, &r->message_half, manifest, m, ".messages.ipfix.zst", &in, &why);
	if (st == STATUS_OK)
		st = messages_open(&in, &r->messages, &why);
	st = judge(r, &r->message_half, st, &why, f);
	if (st != STATUS_OK)
		return st;
	return r->datagram_half.ended && r->message_half.ended ? STATUS_ABSENT : STATUS_OK;
}

static enum status
as_datagram(struct received *r, const struct messagemark *m, struct reader_datagram *out)
{
	const struct datagram *w = &m->way;
	uint64_t stream = streams_find(&r->streams, m);
	bool carried = m->kind == MESSAGEMARK_CARRIED;

	if (stream == 0)
		return STATUS_NO_MEMORY;
	*out = (struct reader_datagram){ .received = w->received, .data = w->data, .len = w->len,
		.src = w->src, .dst = w->dst, .src_port = w->src_port, .dst_port = w->dst_port,
		.number = carried ? 0 : w->number, .carried = carried,
		.came_segment = m->segment, .came_number = carried ? w->number : 0,
		.transport = w->transport, .stream = stream, .ended = m->kind == MESSAGEMARK_ENDED };
	if (out->ended)
		streams_end(&r->streams, m);
	return STATUS_OK;
}

/* The next message that somebody sent, or the end of a session. */
static enum status
next_message(struct received *r, struct reader_datagram *out, struct fault *f)
{
	struct messagemark m;
	enum status st;

	do {
		st = messages_next(r->messages, &m, f);
	} while (st == STATUS_OK && m.kind == MESSAGEMARK_RESTATED);
	if (st == STATUS_OK && as_datagram(r, &m, out) != STATUS_OK)
		return fault_memory(f);
	return st;
}

/* Reads what stands next in the file, if that was not done. */
static enum status
prepare(struct received *r, struct half *h, struct fault *f)
{
	struct fault why = { 0 };
	enum status st;

	if (h->ready || h->ended)
		return STATUS_OK;
	st = h == &r->datagram_half ? datagrams_next(r->datagrams, &h->next, &why) :
	    next_message(r, &h->next, &why);
	h->ready = st == STATUS_OK;
	return judge(r, h, st, &why, f);
}

/* Whether a goes before b; both are there. */
static bool
goes_first(const struct reader_datagram *a, const struct reader_datagram *b)
{
	return a->carried != b->carried ? a->carried : a->received <= b->received;
}

enum status
received_next(struct received *r, struct reader_datagram *out, struct fault *f)
{
	struct half *a = &r->datagram_half, *b = &r->message_half, *h;
	enum status st = prepare(r, a, f);

	if (st == STATUS_OK)
		st = prepare(r, b, f);
	if (st != STATUS_OK)
		return st;
	if (!a->ready && !b->ready)
		return STATUS_END;
	h = !b->ready || (a->ready && goes_first(&a->next, &b->next)) ? a : b;
	h->ready = false;
	*out = h->next;
	return STATUS_OK;
}
