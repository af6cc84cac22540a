/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/pack.h"

#include <stdlib.h>
#include <string.h>

#include "flow/instant.h"
#include "flow/netflow5.h"
#include "flow/row_encode.h"

/* The three protocols side by side. */
static const struct wire_format {
	const char *name;
	enum dialect dialect;    /* of the template protocols */
	uint16_t header;         /* octets */
	uint16_t template_set;   /* the id */
	uint16_t alignment;      /* of sets, filled up with zeros */
	bool templates;
	bool biflows;
	bool uptime;             /* times are relative to the exporter's start */
	bool timeless;           /* can express a flow without times */
} wire_formats[PACK_FORMAT_COUNT] = {
	[PACK_NETFLOW5] = { "netflow5", 0, NETFLOW5_HEADER_SIZE, 0, 1, false, false, true, false },
	[PACK_NETFLOW9] = { "netflow9", DIALECT_NETFLOW9, NETFLOW9_HEADER_SIZE, 0, 4, true, false,
	    true, true },
	[PACK_IPFIX] = { "ipfix", DIALECT_IPFIX, IPFIX_HEADER_SIZE, 2, 1, true, true, false, true },
};

struct packer {
	struct pack_options options;
	const struct wire_format *wire;
	pack_emit emit;
	void *ctx;
	struct row_encoder *encoder; /* NULL for NetFlow 5 */
	struct buf message;          /* the one being filled; its header is written at the end */
	struct buf header;
	struct buf record;           /* the one to be appended */
	size_t records;              /* in the message */
	size_t templates;
	uint16_t set_id;             /* of the open set, 0 if none */
	size_t set_at;               /* where its header is */
	uint32_t sequence;
	uint32_t since_refresh;      /* messages */
	struct uptime_clock clock;
	int64_t newest;              /* seconds, IPFIX's export time */
	int64_t now;                 /* seconds, 0 where the caller does not tell */
	struct pack_stats stats;
	enum column_id lost[COLUMN_COUNT]; /* of the present table */
	size_t lost_count;
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
	p->records = p->templates = 0;
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
static void
close_set(struct packer *p)
{
	if (p->set_at == 0)
		return;
	while (p->message.len % p->wire->alignment != 0)
		buf_u8(&p->message, 0);
	buf_set_be16(&p->message, p->set_at + 2, (uint16_t)(p->message.len - p->set_at));
	p->set_at = 0;
	p->set_id = 0;
}

static void
open_set(struct packer *p, uint16_t id)
{
	close_set(p);
	p->set_at = p->message.len;
	p->set_id = id;
	buf_be16(&p->message, id);
	buf_be16(&p->message, 0);
}

static void
put_template(struct packer *p, struct row_plan *plan)
{
	open_set(p, p->wire->template_set);
	row_plan_template(p->encoder, plan, &p->message);
	close_set(p);
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
			.domain = p->options.domain });
		break;
	case PACK_NETFLOW9: /* RFC 3954 section 5.1; the count is that of records of all kinds */
		buf_be16(out, DIALECT_NETFLOW9);
		buf_be16(out, (uint16_t)(p->records + p->templates));
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
	p->sequence += p->options.format == PACK_NETFLOW9 ? 1 : (uint32_t)p->records;
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
	close_set(p);
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
			put_template(p, plan);
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
	if (p->message.len > IPFIX_HEADER_SIZE)
		memset(p->message.data + IPFIX_SEQUENCE_AT, 0, sizeof(uint32_t));
	while (st == STATUS_OK && row_encoder_plan(p->encoder, at) != NULL)
		st = repeat_templates(p, &at, emit, ctx, f);
	return st;
}

/* The header's clock for a row: it may have to be set anew, which begins a new message. */
static enum status
set_clock(struct packer *p, const struct table *t, size_t row, enum refusal *refusal,
    struct fault *f)
{
	int64_t start, end;
	enum status st = STATUS_OK;

	*refusal = REFUSAL_NONE;
	if (!p->wire->uptime || (p->wire->timeless && !table_has(t, COLUMN_FLOW_START, row) &&
				    !table_has(t, COLUMN_FLOW_END, row)))
		return STATUS_OK;
	*refusal = uptime_times(t, row, &start, &end);
	if (*refusal != REFUSAL_NONE)
		return STATUS_OK;
	if (!uptime_fits(&p->clock, start, end)) {
		st = pack_flush(p, f);
		if (st == STATUS_OK)
			*refusal = uptime_start(&p->clock, start, end);
	} else {
		uptime_advance(&p->clock, end);
	}
	return st;
}

/* IPFIX's export time: never before the flows that it brings. */
static void
set_export_time(struct packer *p, const struct table *t, size_t row)
{
	enum column_id column = table_has(t, COLUMN_FLOW_END, row) ? COLUMN_FLOW_END : COLUMN_FLOW_START;
	int64_t micros = table_i64(t, column, row);
	int64_t seconds = floor_div(micros, 1000000) + (floor_mod(micros, 1000000) != 0);

	if (seconds > p->newest)
		p->newest = seconds < UINT32_MAX ? seconds : UINT32_MAX;
}

static enum status
put_netflow5(struct packer *p, const struct table *t, size_t row, bool reverse, struct fault *f)
{
	enum status st = STATUS_OK;

	if (p->records == NETFLOW5_RECORDS_MAX ||
	    p->message.len > p->options.max_octets - NETFLOW5_RECORD_SIZE)
		st = pack_flush(p, f);
	if (st != STATUS_OK)
		return st;
	netflow5_record_put(&p->message, t, row, reverse, &p->clock, &p->stats.loss);
	p->records++;
	return STATUS_OK;
}

/* Octets that the record in p->record adds to the message, with all that it needs. */
static size_t
needed(struct packer *p, const struct row_plan *plan)
{
	size_t n = p->record.len + p->wire->alignment - 1;
	size_t before = p->message.len;

	if (!plan->sent) {
		row_plan_template(p->encoder, plan, &p->message);
		n += p->message.len - before + IPFIX_SET_HEADER_SIZE + 2u * (p->wire->alignment - 1u);
		p->message.len = before;
	}
	return p->set_id == plan->id && plan->sent ? n : n + IPFIX_SET_HEADER_SIZE;
}

static bool
has_room(struct packer *p, const struct row_plan *plan)
{
	size_t n = needed(p, plan);

	return n <= p->options.max_octets && p->message.len <= p->options.max_octets - n;
}

/* A row's record for NetFlow 9 or IPFIX. */
static enum status
put_record(struct packer *p, const struct table *t, size_t row, bool reverse,
    enum refusal *refusal, struct fault *f)
{
	struct row_plan *plan;
	enum status st;

	buf_reset(&p->record);
	st = row_encode(p->encoder, t, row, reverse, &p->clock, &plan, &p->record, &p->stats.loss, f);
	if (st != STATUS_OK)
		return st;
	if (plan == NULL) {
		*refusal = REFUSAL_EMPTY;
		return STATUS_OK;
	}
	if (!has_room(p, plan))
		st = pack_flush(p, f);
	if (st != STATUS_OK)
		return st;
	if (!has_room(p, plan)) {
		*refusal = REFUSAL_SIZE;
		return STATUS_OK;
	}
	if (!plan->sent)
		put_template(p, plan);
	if (p->set_id != plan->id)
		open_set(p, plan->id);
	buf_put(&p->message, p->record.data, p->record.len);
	p->records++;
	return STATUS_OK;
}

static enum status
put_direction(struct packer *p, const struct table *t, size_t row, bool reverse,
    enum refusal *refusal, struct fault *f)
{
	if (p->wire->templates)
		return put_record(p, t, row, reverse, refusal, f);
	return put_netflow5(p, t, row, reverse, f);
}

static void
count_loss(struct packer *p, const struct table *t, size_t row)
{
	struct loss *loss = &p->stats.loss;

	for (size_t i = 0; i < p->lost_count; i++)
		loss->columns[p->lost[i]] += t->columns[p->lost[i]].present[row];
	if (!(p->options.precise && p->options.format == PACK_IPFIX) &&
	    (table_i64(t, COLUMN_FLOW_START, row) % 1000 != 0 ||
		table_i64(t, COLUMN_FLOW_END, row) % 1000 != 0))
		loss->rounded++;
}

static enum status
put_row(struct packer *p, const struct table *t, size_t row, struct fault *f)
{
	bool reverse = !p->wire->biflows && table_i64(t, COLUMN_REV_PACKETS, row) > 0;
	/* a continued flow may have packets in its other direction only */
	bool forward = !reverse || table_i64(t, COLUMN_PACKETS, row) > 0;
	enum refusal refusal = REFUSAL_NONE;
	enum status st = STATUS_OK;

	p->stats.flows++;
	if (!p->wire->templates)
		refusal = netflow5_refusal(t, row);
	if (refusal == REFUSAL_NONE)
		st = set_clock(p, t, row, &refusal, f);
	if (st == STATUS_OK && refusal == REFUSAL_NONE)
		set_export_time(p, t, row);
	if (st == STATUS_OK && refusal == REFUSAL_NONE && forward)
		st = put_direction(p, t, row, false, &refusal, f);
	if (st == STATUS_OK && refusal == REFUSAL_NONE && reverse)
		st = put_direction(p, t, row, true, &refusal, f);
	if (st != STATUS_OK)
		return st;
	if (refusal != REFUSAL_NONE)
		p->stats.loss.refused[refusal]++;
	else
		count_loss(p, t, row);
	return STATUS_OK;
}

static void
begin_table(struct packer *p, const struct table *t)
{
	struct column_set carried = { { 0 } };

	if (p->encoder != NULL) {
		row_encoder_table(p->encoder, t);
		row_encoder_carried(p->encoder, &carried);
	} else {
		netflow5_carried(&carried);
	}
	p->lost_count = 0;
	for (unsigned c = 0; c < COLUMN_COUNT; c++)
		if (t->columns[c].present != NULL && !column_set_has(&carried, (enum column_id)c))
			p->lost[p->lost_count++] = (enum column_id)c;
}

enum status
pack_put(struct packer *p, const struct table *t, const uint8_t *matched, struct fault *f)
{
	return pack_put_rows(p, t, 0, t->rows, matched, f);
}

enum status
pack_put_rows(struct packer *p, const struct table *t, size_t from, size_t to,
    const uint8_t *matched, struct fault *f)
{
	enum status st = STATUS_OK;

	begin_table(p, t);
	for (size_t row = from; row < to && st == STATUS_OK; row++)
		if (matched == NULL || matched[row] != 0)
			st = put_row(p, t, row, f);
	return st;
}
