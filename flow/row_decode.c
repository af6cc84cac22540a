/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/row_decode.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "flow/instant.h"
#include "flow/lifted.h"
#include "flow/other.h"
#include "flow/sampling.h"

enum { PADDING_OCTETS = 210, SYSTEM_INIT_MILLISECONDS = 160, SAMPLING_PACKET_SPACE = 306 };

struct row_decoder {
	struct field fields[TEMPLATE_FIELDS_MAX];
	bool other[TEMPLATE_FIELDS_MAX];  /* the field goes into `other` */
	uint16_t winners[COLUMN_COUNT];   /* 1 + the index of the field that has the column */
	uint8_t columns[COLUMN_COUNT];    /* those that have a winner */
	size_t column_count;
	size_t count;
	const struct row_origin *origin;
	struct lifted lifted;
	struct buf json;
	struct buf seen;      /* the elements and octets that the last `other` of a plan was made of */
	struct buf seen_json; /* and that */
	struct buf gathered;  /* those of the present one */
};

enum status
row_decoder_open(struct row_decoder **out, struct fault *f)
{
	struct row_decoder *d = calloc(1, sizeof *d);

	if (d == NULL)
		return fault_memory(f);
	buf_init(&d->json, 0);
	buf_init(&d->seen, 0);
	buf_init(&d->seen_json, 0);
	buf_init(&d->gathered, 0);
	*out = d;
	return STATUS_OK;
}

void
row_decoder_free(struct row_decoder *d)
{
	if (d == NULL)
		return;
	buf_free(&d->json);
	buf_free(&d->seen);
	buf_free(&d->seen_json);
	buf_free(&d->gathered);
	free(d);
}

static bool
is_zero(const struct field *field)
{
	for (size_t i = 0; i < field->len; i++)
		if (field->octets[i] != 0)
			return false;
	return true;
}

/* It has no column; zeros that only fill up are no value. */
static bool
is_other(const struct field *field)
{
	return field->spec->column == COLUMN_NONE &&
	    !(field->spec->id == PADDING_OCTETS && field->spec->pen == 0 && is_zero(field));
}

/* The field takes the column, or stands in `other`. */
static void
compete(struct row_decoder *d, size_t index)
{
	const struct field *field = &d->fields[index];
	const struct field *before;
	uint8_t column = field->spec->column;
	bool zero;

	if (d->winners[column] == 0) {
		d->winners[column] = (uint16_t)(index + 1);
		d->columns[d->column_count++] = column;
		return;
	}
	before = &d->fields[d->winners[column] - 1];
	zero = is_zero(field);
	if (zero != is_zero(before) ? zero
	    : field->spec->element->rank >= before->spec->element->rank) {
		d->other[index] = true;
		return;
	}
	d->other[d->winners[column] - 1] = true;
	d->winners[column] = (uint16_t)(index + 1);
}

static void
collect(struct row_decoder *d, const struct record *r)
{
	struct record_fields it = record_fields(r);

	d->count = 0;
	while (d->column_count > 0)
		d->winners[d->columns[--d->column_count]] = 0;
	while (record_next(&it, &d->fields[d->count])) {
		const struct field *field = &d->fields[d->count];

		d->other[d->count] = is_other(field);
		if (field->spec->column != COLUMN_NONE)
			compete(d, d->count);
		d->count++;
	}
}

/* IPFIX's base for uptimes is a field of the same record, or of an option's. */
static bool
system_init(const struct row_decoder *d, uint64_t *millis)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct field *field = &d->fields[i];

		if (field->spec->pen == 0 && field->spec->id == SYSTEM_INIT_MILLISECONDS)
			return field_uint(field, millis) && *millis <= INT64_MAX / 2 / NANOS_PER_MILLI;
	}
	*millis = d->origin->init_millis; /* or of an option record */
	return *millis != 0 && *millis <= INT64_MAX / 2 / NANOS_PER_MILLI;
}

static bool
uptime_instant(const struct row_decoder *d, const struct field *field, struct instant *out)
{
	uint64_t v, init;

	if (!field_uint(field, &v) || v > UINT32_MAX)
		return false;
	if (d->origin->header->version <= 9) {
		*out = instant_of_uptime(d->origin->header, (uint32_t)v);
		return true;
	}
	if (!system_init(d, &init))
		return false;
	*out = (struct instant){ (int64_t)(init + v) * NANOS_PER_MILLI, NANOS_PER_MILLI };
	return true;
}

/*
 * Seconds near to an NTP time, which tell its era: those of the same time in a form without
 * eras, else the header's.
 */
static int64_t
near_seconds(const struct row_decoder *d, const struct field *field)
{
	struct instant at;

	for (size_t i = 0; i < d->count; i++) {
		const struct field *other = &d->fields[i];

		if (other->spec->column == field->spec->column &&
		    other->spec->element->type == ELEMENT_dateTimeMilliseconds &&
		    instant_read(ELEMENT_dateTimeMilliseconds, other->octets, other->len, 0, &at))
			return floor_div(at.nanos, NANOS_PER_SECOND);
	}
	return d->origin->header->seconds;
}

static bool
field_instant(const struct row_decoder *d, const struct field *field, struct instant *out)
{
	const struct element *e = field->spec->element;
	enum element_type type = (enum element_type)e->type;
	int64_t clock = d->origin->header->seconds;
	uint64_t v;

	if (e->rule == ELEMENT_RULE_UPTIME)
		return uptime_instant(d, field, out);
	if (e->rule != ELEMENT_RULE_DELTA)
		return instant_read(type, field->octets, field->len,
		    type < ELEMENT_dateTimeMicroseconds ? 0 : near_seconds(d, field), out);
	if (!field_uint(field, &v) || v > UINT32_MAX)
		return false;
	*out = (struct instant){ clock * NANOS_PER_SECOND - (int64_t)v * NANOS_PER_MICRO, NANOS_PER_MICRO };
	return true;
}

static void
set_nanos(struct table *t, size_t row, enum column_id column, int64_t nanos)
{
	if (column == COLUMN_FLOW_START)
		table_set_i64(t, COLUMN_FLOW_START_NS, row, nanos);
	else if (column == COLUMN_FLOW_END)
		table_set_i64(t, COLUMN_FLOW_END_NS, row, nanos);
}

static bool
set_time(const struct row_decoder *d, const struct field *field, enum column_id column,
    struct table *t, size_t row)
{
	const struct element *e = field->spec->element;
	struct instant at;

	if (!field_instant(d, field, &at))
		return false;
	table_set_i64(t, column, row, floor_div(at.nanos, NANOS_PER_MICRO));
	if (at.unit < NANOS_PER_MICRO)
		set_nanos(t, row, column, at.nanos);
	/* an event has one time, which is its end too where nothing else tells that */
	if (e->rule == ELEMENT_RULE_INSTANT && column == COLUMN_FLOW_START &&
	    d->winners[COLUMN_FLOW_END] == 0)
		return set_time(d, field, COLUMN_FLOW_END, t, row);
	return true;
}

static bool
is_signed(enum element_type type)
{
	return type >= ELEMENT_signed8 && type <= ELEMENT_signed64;
}

static bool
set_integer(const struct field *field, enum column_id column, struct table *t, size_t row)
{
	enum element_type type = (enum element_type)field->spec->element->type;
	uint64_t v;

	if (type == ELEMENT_octetArray || type == ELEMENT_string || !field_uint(field, &v))
		return false;
	if (is_signed(type) && field->octets[0] >= 0x80)
		return false; /* no column has negative values: kept in `other` */
	table_set_u64(t, column, row, v);
	return true;
}

static bool
set_address(const struct field *field, enum column_id column, struct table *t, size_t row)
{
	enum element_type type = (enum element_type)field->spec->element->type;
	struct address a = { .family = type == ELEMENT_ipv4Address ? 4 : 6 };

	if (field->len != element_type_size(type) || field->len > sizeof a.octets)
		return false;
	memcpy(a.octets, field->octets, field->len);
	table_set_address(t, column, row, &a);
	return true;
}

static bool
set_mac(const struct field *field, enum column_id column, struct table *t, size_t row)
{
	uint64_t v;

	if (field->len != 6 || !field_uint(field, &v))
		return false;
	table_set_mac(t, column, row, v);
	return true;
}

/* Strings of a fixed length are filled up with zeros. */
static bool
set_text(const struct field *field, enum column_id column, struct table *t, size_t row)
{
	size_t len = field->len;

	while (len > 0 && field->octets[len - 1] == 0)
		len--;
	if (!utf8_valid(field->octets, len))
		return false;
	table_set_bytes(t, column, row, field->octets, len);
	return true;
}

static bool
set_plain(const struct row_decoder *d, const struct field *field, enum column_id column,
    struct table *t, size_t row)
{
	switch (column_infos[column].type) {
	case COLUMN_TYPE_TIME:
		return set_time(d, field, column, t, row);
	case COLUMN_TYPE_INT32:
	case COLUMN_TYPE_INT64:
		return set_integer(field, column, t, row);
	case COLUMN_TYPE_ADDRESS:
		return set_address(field, column, t, row);
	case COLUMN_TYPE_MAC:
		return set_mac(field, column, t, row);
	case COLUMN_TYPE_TEXT:
		return set_text(field, column, t, row);
	case COLUMN_TYPE_OCTETS:
		table_set_bytes(t, column, row, field->octets, field->len);
		return true;
	}
	return false;
}

/* 305 and, where the record has it, 306: RFC 5477 section 8.2. */
static bool
set_spaced(const struct row_decoder *d, const struct field *field, struct table *t, size_t row)
{
	uint64_t interval, space;

	if (!field_uint(field, &interval))
		return false;
	for (size_t i = 0; i < d->count; i++)
		if (d->fields[i].spec->id == SAMPLING_PACKET_SPACE && d->fields[i].spec->pen == 0 &&
		    field_uint(&d->fields[i], &space))
			interval = sampling_spaced(interval, space);
	table_set_u64(t, COLUMN_SAMPLING_INTERVAL, row, interval);
	return true;
}

static bool
set_icmp(const struct row_decoder *d, const struct field *field, struct table *t, size_t row)
{
	uint64_t v;

	if (!field_uint(field, &v) || v > UINT16_MAX)
		return false;
	table_set_i32(t, COLUMN_ICMP_TYPE, row, (int32_t)(v >> 8));
	if (d->winners[COLUMN_ICMP_CODE] == 0)
		table_set_i32(t, COLUMN_ICMP_CODE, row, (int32_t)(v & 0xff));
	return true;
}

/* RFC 3032 section 2.1: label (20 bits), experimental (3), bottom of the stack (1). */
static bool
set_mpls(const struct field *field, enum column_id column, struct table *t, size_t row)
{
	uint64_t v;

	if (field->len != 3 || !field_uint(field, &v))
		return false;
	table_set_i32(t, column, row, (int32_t)(v >> 4));
	return (v & 0xf) <= 1; /* class bits are kept in `other` */
}

/* False if the field, or part of it, must stand in `other`. */
static bool
set_column(const struct row_decoder *d, const struct field *field, enum column_id column,
    struct table *t, size_t row)
{
	switch ((enum element_rule)field->spec->element->rule) {
	case ELEMENT_RULE_ICMP:
		return set_icmp(d, field, t, row);
	case ELEMENT_RULE_MPLS:
		return set_mpls(field, column, t, row);
	case ELEMENT_RULE_SPACED:
		return set_spaced(d, field, t, row);
	default:
		return set_plain(d, field, column, t, row);
	}
}

/* The same time in a coarser form says nothing new. */
static void
forget_coarser(struct row_decoder *d, size_t index)
{
	const struct field *field = &d->fields[index];
	const struct field *winner;
	struct instant a, b;

	if (field->spec->column == COLUMN_NONE ||
	    column_infos[field->spec->column].type != COLUMN_TYPE_TIME)
		return;
	winner = &d->fields[d->winners[field->spec->column] - 1];
	if (winner != field && field_instant(d, field, &a) && field_instant(d, winner, &b) &&
	    a.unit >= b.unit && instant_same(&a, &b))
		d->other[index] = false;
}

static void
set_other(struct row_decoder *d, const struct template *template, struct table *t, size_t row)
{
	bool any = false;

	for (size_t i = 0; i < d->count; i++) {
		if (d->other[i])
			forget_coarser(d, i);
		any |= d->other[i];
	}
	if (!any)
		return;
	buf_reset(&d->json);
	other_write(template, d->origin->templates, d->fields, d->other, d->count, &d->json);
	if (buf_ok(&d->json))
		table_set_bytes(t, COLUMN_OTHER, row, d->json.data, d->json.len);
	else
		t->failed = true;
}

/* What the message's header and its sender say, where the records do not. */
static void
set_origin(const struct row_origin *origin, const struct column_set *fed, struct table *t,
    size_t row, size_t count)
{
	const struct export_header *h = origin->header;

	if (!column_set_has(fed, COLUMN_OBSERVATION_DOMAIN))
		table_fill_i64(t, COLUMN_OBSERVATION_DOMAIN, row, count, h->domain);
	if (!column_set_has(fed, COLUMN_EXPORT_PROTOCOL))
		table_fill_i32(t, COLUMN_EXPORT_PROTOCOL, row, count, h->version);
	if (!column_set_has(fed, COLUMN_EXPORT_TIME))
		table_fill_i64(t, COLUMN_EXPORT_TIME, row, count,
		    (int64_t)h->seconds * 1000000 + h->nanos / NANOS_PER_MICRO);
	/* NetFlow 5: the mode in the upper two bits */
	if ((h->sampling & 0x3fff) != 0 && !column_set_has(fed, COLUMN_SAMPLING_INTERVAL))
		table_fill_i64(t, COLUMN_SAMPLING_INTERVAL, row, count, h->sampling & 0x3fff);
	if (origin->exporter != NULL && !column_set_has(fed, COLUMN_EXPORTER_IP)) {
		table_fill_address(t, COLUMN_EXPORTER_IP, row, count, origin->exporter);
		table_fill_i32(t, COLUMN_EXPORTER_PORT, row, count, origin->exporter_port);
	}
}

/* The time of an event is the flow's end, where the record has its start and no end. */
static void
set_event_end(struct row_decoder *d, struct table *t, size_t row)
{
	if (d->winners[COLUMN_FLOW_END] != 0)
		return;
	for (size_t i = 0; i < d->count; i++) {
		const struct field *field = &d->fields[i];

		if (d->other[i] && field->spec->column == COLUMN_FLOW_START &&
		    field->spec->element->rule == ELEMENT_RULE_INSTANT &&
		    set_time(d, field, COLUMN_FLOW_END, t, row)) {
			d->other[i] = false;
			return;
		}
	}
}

/* What lists say of the flow, into columns that are null. */
static void
set_lifted(struct row_decoder *d, const struct template *template, struct table *t, size_t row)
{
	lifted_find(&d->lifted, d->fields, d->count, d->origin->templates, template->domain);
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		const struct field *field = lifted_field(&d->lifted, (enum column_id)i);

		/* one that does not fit stands in its list */
		if (field != NULL && !table_has(t, (enum column_id)i, row))
			(void)set_column(d, field, (enum column_id)i, t, row);
	}
}

/* The flags of all packets are those of the first and of the others: CERT's 14 and 15. */
static void
join_flags(const struct row_decoder *d, const struct template *template, struct table *t, size_t row)
{
	static const enum column_id columns[][2] = { { COLUMN_TCP_FLAGS, COLUMN_INITIAL_TCP_FLAGS },
		{ COLUMN_REV_TCP_FLAGS, COLUMN_REV_INITIAL_TCP_FLAGS } };

	for (size_t i = 0; i < 2; i++) {
		enum column_id all = columns[i][0];
		const struct field *field = d->winners[all] != 0 ? &d->fields[d->winners[all] - 1]
		    : template->lists ? lifted_field(&d->lifted, all) : NULL;

		if (field != NULL && field->spec->element->rule == ELEMENT_RULE_UNION &&
		    table_has(t, all, row))
			table_set_i32(t, all, row, (int32_t)(table_int(t, all, row) |
			    table_int(t, columns[i][1], row)));
	}
}

/* Into a row that is all null. */
static void
decode_fields(struct row_decoder *d, const struct record *r, struct table *t, size_t row)
{
	collect(d, r);
	for (size_t i = 0; i < d->column_count; i++)
		if (!set_column(d, &d->fields[d->winners[d->columns[i]] - 1],
		        (enum column_id)d->columns[i], t, row))
			d->other[d->winners[d->columns[i]] - 1] = true;
	set_event_end(d, t, row);
	if (r->template->lists)
		set_lifted(d, r->template, t, row);
	join_flags(d, r->template, t, row);
	set_other(d, r->template, t, row);
}

/* The fields without a column, of a record whose others are decoded. */
static void
write_others(struct row_decoder *d, const struct record *r, struct table *t, size_t row)
{
	const struct decode_plan *p = &r->template->plan;
	struct record_fields it = record_fields(r);

	for (d->count = 0; record_next(&it, &d->fields[d->count]); d->count++)
		d->other[d->count] = false;
	for (size_t i = 0; i < p->count; i++)
		if (decode_step_other(&p->steps[i]))
			d->other[p->steps[i].field] = true;
	set_other(d, r->template, t, row);
}

enum { GATHERED_HEAD = 8 };

/* All that `other` is made of, of a record with a plan. */
static void
gather_others(const struct record *r, struct buf *out)
{
	const struct decode_plan *p = &r->template->plan;

	buf_reset(out);
	for (size_t i = 0; i < p->count; i++) {
		const struct decode_step *step = &p->steps[i];
		const struct template_field *field = &r->template->fields[step->field];
		uint8_t *to = decode_step_other(step) ? buf_grow(out, GATHERED_HEAD + step->len) : NULL;

		if (to == NULL)
			continue;
		store_le32(to, field->pen);
		store_le32(to + 4, (uint32_t)field->id << 16 | field->length);
		memcpy(to + GATHERED_HEAD, r->octets + step->offset, step->len);
	}
}

/* Mostly they are what they were in the record before, and so is the text that they make. */
static void
decode_others(struct row_decoder *d, const struct record *r, struct table *t, size_t row)
{
	struct buf made = d->seen;
	size_t len;
	const uint8_t *json;

	gather_others(r, &d->gathered);
	if (!r->template->lists && buf_ok(&d->gathered) && d->gathered.len == made.len &&
	    memcmp(d->gathered.data, made.data, made.len) == 0) {
		if (d->seen_json.len > 0)
			table_set_bytes(t, COLUMN_OTHER, row, d->seen_json.data, d->seen_json.len);
		return;
	}
	write_others(d, r, t, row);
	d->seen = d->gathered;
	d->gathered = made;
	buf_reset(&d->seen_json);
	json = table_bytes(t, COLUMN_OTHER, row, &len);
	if (json != NULL)
		buf_put(&d->seen_json, json, len);
	if (!buf_ok(&d->seen_json))
		t->failed = true;
}

void
row_decode_run(struct row_decoder *d, const struct record_run *run,
    const struct row_origin *origin, struct table *t)
{
	const struct template *template = run->first.template;
	size_t row = t->rows;
	bool planned = decode_plan_run(template, run->first.octets, run->count, origin->header, t);

	d->origin = origin;
	for (size_t i = 0; i < run->count && (!planned || template->plan.others); i++) {
		struct record r = record_of(run, i);

		if (planned)
			decode_others(d, &r, t, row + i);
		else
			decode_fields(d, &r, t, table_add_row(t));
	}
	set_origin(origin, &template->plan.fed, t, row, run->count);
}

void
row_decode(struct row_decoder *d, const struct record *r, const struct row_origin *origin,
    struct table *t)
{
	const struct record_run run = { *r, 1 };

	row_decode_run(d, &run, origin, t);
}
