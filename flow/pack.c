/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "flow/instant.h"
#include "flow/netflow5.h"
#include "flow/pack_part.h"

/* The three protocols side by side. */
static const struct wire_format wire_formats[PACK_FORMAT_COUNT] = {
	[PACK_NETFLOW5] = { "netflow5", 0, NETFLOW5_HEADER_SIZE, 0, 1, false, false, true, false },
	[PACK_NETFLOW9] = { "netflow9", DIALECT_NETFLOW9, NETFLOW9_HEADER_SIZE, 0, 4, true, false,
	    true, true },
	[PACK_IPFIX] = { "ipfix", DIALECT_IPFIX, IPFIX_HEADER_SIZE, 2, 1, true, true, false, true },
};

bool
pack_format_find(const char *name, enum pack_format *out)
{
	for (unsigned i = 0; i < PACK_FORMAT_COUNT; i++) {
		if (strcmp(wire_formats[i].name, name) == 0) {
			*out = (enum pack_format)i;
			return true;
		}
	}
	return false;
}

const char *
pack_format_name(enum pack_format format)
{
	return wire_formats[format].name;
}

static void
begin_message(struct packer *p)
{
	uint8_t *header;

	buf_reset(&p->message);
	header = buf_grow(&p->message, p->wire->header);
	if (header != NULL)
		memset(header, 0, p->wire->header);
	p->records = p->templates = p->option_records = 0;
	p->set_id = 0;
	p->set_at = 0;
}

/* Octets of a message that a flow's template and its other values may need: seldom half of it. */
enum { BESIDE_PAYLOAD = 700 };

/* What these leave for payload of each direction. */
static size_t
payload_most(size_t max_octets)
{
	return max_octets > BESIDE_PAYLOAD ? (max_octets - BESIDE_PAYLOAD) / 2 : 0;
}

enum status
pack_open(const struct pack_options *o, pack_emit emit, void *ctx, struct packer **out,
    struct fault *f)
{
	struct packer *p;
	enum status st = STATUS_OK;

	if (o->max_octets < PACK_MESSAGE_LEAST || o->max_octets > PACK_MESSAGE_MAX)
		return fault_set(f, STATUS_USAGE, NULL, "messages of %zu octets; %d to %d may be",
		    o->max_octets, PACK_MESSAGE_LEAST, PACK_MESSAGE_MAX);
	p = calloc(1, sizeof *p);
	if (p == NULL)
		return fault_memory(f);
	p->options = *o;
	p->wire = &wire_formats[o->format];
	p->emit = emit;
	p->ctx = ctx;
	buf_init(&p->message, 0);
	buf_init(&p->header, 0);
	buf_init(&p->record, 0);
	if (p->wire->templates)
		st = row_encoder_open(p->wire->dialect, o->precise, &p->encoder, f);
	if (st == STATUS_OK && p->encoder != NULL && (p->run = malloc(sizeof *p->run)) == NULL)
		st = fault_memory(f);
	if (st == STATUS_OK && p->encoder != NULL && o->announce != 0)
		st = announcer_open(o->announce, &p->announcer, f);
	if (p->encoder != NULL)
		row_encoder_require(p->encoder, &o->required);
	if (p->announcer != NULL && (o->announce & ANNOUNCE_SAMPLING) != 0)
		row_encoder_samplers(p->encoder, p->announcer);
	if (p->encoder != NULL)
		row_encoder_cut(p->encoder, payload_most(o->max_octets));
	if (st != STATUS_OK) {
		pack_free(p);
		return st;
	}
	begin_message(p);
	*out = p;
	return STATUS_OK;
}

void
pack_free(struct packer *p)
{
	if (p == NULL)
		return;
	row_encoder_free(p->encoder);
	announcer_free(p->announcer);
	free(p->run);
	buf_free(&p->message);
	buf_free(&p->header);
	buf_free(&p->record);
	free(p);
}

const struct pack_stats *
pack_stats(const struct packer *p)
{
	return &p->stats;
}

/* RFC 7011 section 3.3.1, RFC 3954 section 5.3: the set's length counts its padding. */
void
pack_close_set(struct packer *p)
{
	if (p->set_at == 0)
		return;
	while (p->message.len % p->wire->alignment != 0)
		buf_u8(&p->message, 0);
	buf_set_be16(&p->message, p->set_at + 2, (uint16_t)(p->message.len - p->set_at));
	p->set_at = 0;
	p->set_id = 0;
}

void
pack_open_set(struct packer *p, uint16_t id)
{
	pack_close_set(p);
	p->set_at = p->message.len;
	p->set_id = id;
	buf_be16(&p->message, id);
	buf_be16(&p->message, 0);
}

void
pack_put_template(struct packer *p, struct row_plan *plan)
{
	pack_open_set(p, p->wire->template_set);
	row_plan_template(p->encoder, plan, &p->message);
	pack_close_set(p);
	plan->sent = true;
	p->templates++;
	p->stats.templates++;
}

/* Moves the header's clocks on to the time that the caller told. */
static void
set_now(struct packer *p)
{
	if (p->now == 0)
		return;
	if (p->now > p->newest)
		p->newest = p->now;
	/* the records of a message are relative to the start that they were packed with */
	if (p->wire->uptime && !uptime_now(&p->clock, p->now) &&
	    (p->records == 0 || !p->clock.started))
		(void)uptime_start(&p->clock, p->now * 1000, p->now * 1000);
}

/* The header in front of a message that is complete otherwise. */
static void
write_header(struct packer *p, struct buf *out)
{
	uint32_t uptime = (uint32_t)((p->clock.seconds - p->clock.boot) * 1000);

	switch (p->options.format) {
	case PACK_NETFLOW5:
		netflow5_header_put(out,
		    &(struct export_header){ .count = (uint16_t)p->records, .uptime = uptime,
			.seconds = (uint32_t)p->clock.seconds, .sequence = p->sequence,
			.domain = p->options.domain, .sampling = p->sampling });
		break;
	case PACK_NETFLOW9: /* RFC 3954 section 5.1; the count is that of records of all kinds */
		buf_be16(out, DIALECT_NETFLOW9);
		buf_be16(out, (uint16_t)(p->records + p->templates + p->option_records));
		buf_be32(out, uptime);
		buf_be32(out, (uint32_t)p->clock.seconds);
		buf_be32(out, p->sequence);
		buf_be32(out, p->options.domain);
		break;
	default: /* RFC 7011 section 3.1 */
		buf_be16(out, DIALECT_IPFIX);
		buf_be16(out, (uint16_t)p->message.len);
		buf_be32(out, (uint32_t)p->newest);
		buf_be32(out, p->sequence);
		buf_be32(out, p->options.domain);
		break;
	}
}

/* The number that the next message begins with. */
static void
advance(struct packer *p)
{
	p->sequence += p->options.format == PACK_NETFLOW9 ? 1 : (uint32_t)(p->records + p->option_records);
	p->stats.options += p->option_records;
	p->stats.records += p->records;
	p->stats.octets += p->message.len;
	p->stats.messages++;
	p->since_refresh++;
	if (p->options.refresh != 0 && p->since_refresh >= p->options.refresh)
		pack_refresh(p);
}

enum status
pack_flush(struct packer *p, struct fault *f)
{
	enum status st;

	if (p->message.len == p->wire->header)
		return STATUS_OK;
	pack_close_set(p);
	set_now(p);
	buf_reset(&p->header);
	write_header(p, &p->header);
	if (!buf_ok(&p->message) || !buf_ok(&p->header))
		return fault_memory(f);
	memcpy(p->message.data, p->header.data, p->wire->header);
	st = p->emit(p->ctx, p->message.data, p->message.len, p->records, f);
	if (st != STATUS_OK)
		return st;
	advance(p);
	begin_message(p);
	return STATUS_OK;
}

void
pack_now(struct packer *p, int64_t seconds)
{
	p->now = seconds < 0 ? 0 : seconds < UINT32_MAX ? seconds : UINT32_MAX;
	/* a clock that was set back is followed */
	if (p->records == 0 && p->now != 0)
		p->newest = p->now;
}

void
pack_refresh(struct packer *p)
{
	p->since_refresh = 0;
	p->announced = 0;
	if (p->announcer != NULL)
		announcer_refresh(p->announcer);
	if (p->encoder != NULL)
		row_encoder_refresh(p->encoder);
}

/* Whether a template that is in p->record fits the message as it is. */
static bool
template_fits(const struct packer *p)
{
	size_t n = p->record.len + IPFIX_SET_HEADER_SIZE + p->wire->alignment - 1u;

	return n <= p->options.max_octets && p->message.len <= p->options.max_octets - n;
}

enum status
pack_templates(struct packer *p, struct fault *f)
{
	enum status st = pack_flush(p, f);
	struct row_plan *plan;

	for (size_t i = 0; p->encoder != NULL && st == STATUS_OK; i++) {
		plan = row_encoder_plan(p->encoder, i);
		if (plan == NULL)
			return pack_flush(p, f);
		buf_reset(&p->record);
		row_plan_template(p->encoder, plan, &p->record);
		if (!plan->sent && !template_fits(p))
			st = pack_flush(p, f);
		/* one that no message can hold has brought no record either */
		if (st == STATUS_OK && !plan->sent && template_fits(p))
			pack_put_template(p, plan);
	}
	return st;
}

/* RFC 7011 section 3.1: where its header has the sequence number. */
enum { IPFIX_SEQUENCE_AT = 8 };

/* A message of its own with the templates from *at on that fit. */
static enum status
repeat_templates(struct packer *p, size_t *at, pack_emit emit, void *ctx, struct fault *f)
{
	struct row_plan *plan;
	struct buf b = { 0 };
	enum status st;

	buf_be16(&b, DIALECT_IPFIX);
	buf_be16(&b, 0); /* the length */
	buf_be32(&b, (uint32_t)p->newest);
	buf_be32(&b, 0); /* the sequence */
	buf_be32(&b, p->options.domain);
	buf_be16(&b, p->wire->template_set);
	buf_be16(&b, 0); /* the set's length */
	while ((plan = row_encoder_plan(p->encoder, *at)) != NULL) {
		size_t before = b.len;

		if (plan->sent)
			row_plan_template(p->encoder, plan, &b);
		if (b.len > p->options.max_octets && before > IPFIX_HEADER_SIZE + IPFIX_SET_HEADER_SIZE) {
			b.len = before;
			break;
		}
		(*at)++;
	}
	buf_set_be16(&b, 2, (uint16_t)b.len);
	buf_set_be16(&b, IPFIX_HEADER_SIZE + 2, (uint16_t)(b.len - IPFIX_HEADER_SIZE));
	st = buf_ok(&b) ? STATUS_OK : fault_memory(f);
	if (st == STATUS_OK && b.len > IPFIX_HEADER_SIZE + IPFIX_SET_HEADER_SIZE)
		st = emit(ctx, b.data, b.len, 0, f);
	buf_free(&b);
	return st;
}

enum status
pack_restart(struct packer *p, pack_emit emit, void *ctx, struct fault *f)
{
	enum status st = STATUS_OK;
	size_t at = 0;

	p->sequence = 0;
	while (st == STATUS_OK && row_encoder_plan(p->encoder, at) != NULL)
		st = repeat_templates(p, &at, emit, ctx, f);
	if (st == STATUS_OK && p->announcer != NULL)
		st = pack_announce_again(p, emit, ctx, f);
	if (p->message.len > IPFIX_HEADER_SIZE)
		store_be32(p->message.data + IPFIX_SEQUENCE_AT, p->sequence);
	return st;
}
