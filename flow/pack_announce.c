/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/pack_part.h"

/*
 * A row has four names, an exporter and two samplers at most; what it says of one number twice, and
 * differently, cannot be told at all.
 */
enum { TOLD_MOST = 8 };

/* RFC 3954 section 6.1, RFC 7011 section 3.4.2: one above the set of templates. */
static uint16_t
options_set(const struct packer *p)
{
	return (uint16_t)(p->wire->template_set + 1);
}

static bool
is_sent(const struct packer *p, enum announce_kind kind)
{
	return (p->announced >> kind & 1) != 0;
}

/* Octets that a record set, or a template set, of that body takes. */
static size_t
set_octets(const struct packer *p, size_t body)
{
	return IPFIX_SET_HEADER_SIZE + body + p->wire->alignment - 1u;
}

static void
put_template(struct packer *p, enum announce_kind kind)
{
	pack_open_set(p, options_set(p));
	announcement_template(p->wire->dialect, kind, &p->message);
	pack_close_set(p);
	p->announced |= 1u << kind;
	p->templates++;
	p->stats.templates++;
}

/* Room for a set, else the message goes; an empty one has room for every one of these. */
static enum status
make_room(struct packer *p, size_t octets, struct fault *f)
{
	if (octets <= p->options.max_octets && p->message.len <= p->options.max_octets - octets)
		return STATUS_OK;
	return pack_flush(p, f);
}

static enum status
put_kind(struct packer *p, enum announce_kind kind, struct fault *f)
{
	enum status st;

	buf_reset(&p->record);
	announcement_template(p->wire->dialect, kind, &p->record);
	st = make_room(p, set_octets(p, p->record.len) + p->wire->alignment - 1u, f);
	if (st == STATUS_OK && !is_sent(p, kind))
		put_template(p, kind);
	return st;
}

/* Each record in a set of its own: nfcapd reads one of a set. */
static enum status
tell(struct packer *p, const struct announcement *x, struct fault *f)
{
	uint64_t sent = p->stats.messages;
	enum status st = is_sent(p, x->kind) ? STATUS_OK : put_kind(p, x->kind, f);

	if (st != STATUS_OK)
		return st;
	buf_reset(&p->record);
	announcement_record(p->wire->dialect, p->options.domain, x, &p->record);
	st = make_room(p, set_octets(p, p->record.len) + p->wire->alignment - 1u, f);
	/* with that message all templates may have become due again */
	if (st == STATUS_OK && p->stats.messages != sent && !is_sent(p, x->kind))
		return tell(p, x, f);
	if (st != STATUS_OK)
		return st;
	pack_open_set(p, announcement_id(x->kind));
	buf_put(&p->message, p->record.data, p->record.len);
	pack_close_set(p);
	p->option_records++;
	return announcer_told(p->announcer, x, f);
}

enum status
pack_announce(struct packer *p, const struct table *t, size_t row, struct fault *f)
{
	struct announcement x;
	enum status st = STATUS_OK;

	for (unsigned i = 0; i < TOLD_MOST && st == STATUS_OK && announcer_due(p->announcer, t, row, &x); i++)
		st = tell(p, &x, f);
	return st;
}

enum status
pack_announce_kinds(struct packer *p, unsigned kinds, struct fault *f)
{
	enum status st = STATUS_OK;

	for (unsigned k = 0; k < ANNOUNCE_KINDS && st == STATUS_OK; k++)
		if ((kinds >> k & 1) != 0 && !is_sent(p, (enum announce_kind)k))
			st = put_kind(p, (enum announce_kind)k, f);
	return st;
}

/* A message of what is repeated, and how it goes. */
struct repeat {
	const struct packer *p;
	pack_emit emit;
	void *ctx;
	struct buf message;
	uint32_t sequence; /* that the message has */
	uint32_t told;     /* option records in it */
};

static void
begin_repeat(struct repeat *r)
{
	buf_reset(&r->message);
	buf_be16(&r->message, DIALECT_IPFIX);
	buf_be16(&r->message, 0); /* the length */
	buf_be32(&r->message, (uint32_t)r->p->newest);
	buf_be32(&r->message, r->sequence);
	buf_be32(&r->message, r->p->options.domain);
}

static enum status
end_repeat(struct repeat *r, struct fault *f)
{
	enum status st = STATUS_OK;

	buf_set_be16(&r->message, 2, (uint16_t)r->message.len);
	if (!buf_ok(&r->message))
		return fault_memory(f);
	if (r->message.len > IPFIX_HEADER_SIZE)
		st = r->emit(r->ctx, r->message.data, r->message.len, 0, f);
	r->sequence += r->told;
	r->told = 0;
	begin_repeat(r);
	return st;
}

/* A set in the message, or in the next one. */
static enum status
repeat_set(struct repeat *r, uint16_t id, const struct buf *body, struct fault *f)
{
	enum status st = STATUS_OK;

	if (r->message.len + IPFIX_SET_HEADER_SIZE + body->len > r->p->options.max_octets)
		st = end_repeat(r, f);
	buf_be16(&r->message, id);
	buf_be16(&r->message, (uint16_t)(IPFIX_SET_HEADER_SIZE + body->len));
	buf_put(&r->message, body->data, body->len);
	return st;
}

enum status
pack_announce_again(struct packer *p, pack_emit emit, void *ctx, struct fault *f)
{
	struct repeat r = { .p = p, .emit = emit, .ctx = ctx };
	struct announcer_walk walk = { .at = 0 };
	struct announcement x;
	struct buf body = { 0 };
	enum status st = STATUS_OK;

	begin_repeat(&r);
	for (unsigned k = 0; k < ANNOUNCE_KINDS && st == STATUS_OK; k++) {
		if (!is_sent(p, (enum announce_kind)k))
			continue;
		buf_reset(&body);
		announcement_template(DIALECT_IPFIX, (enum announce_kind)k, &body);
		st = repeat_set(&r, options_set(p), &body, f);
	}
	while (st == STATUS_OK && announcer_next(p->announcer, &walk, &x)) {
		if (!is_sent(p, x.kind))
			continue; /* it goes with its template, before the row that needs it */
		buf_reset(&body);
		announcement_record(DIALECT_IPFIX, p->options.domain, &x, &body);
		st = repeat_set(&r, announcement_id(x.kind), &body, f);
		r.told++;
	}
	if (st == STATUS_OK)
		st = end_repeat(&r, f);
	p->sequence = r.sequence;
	buf_free(&body);
	buf_free(&r.message);
	return st;
}
