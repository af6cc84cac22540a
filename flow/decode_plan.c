/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/decode_plan.h"

#include <string.h>

#include "base/cursor.h"
#include "flow/instant.h"
#include "flow/template.h"

enum { PADDING_OCTETS = 210 };

enum op {
	OP_NONE,
	OP_UINT,   /* 1 to 8 octets, clamped where the column is narrower */
	OP_IPV4,
	OP_IPV6,
	OP_MAC,
	OP_OCTETS,
	OP_UPTIME, /* milliseconds, by the header's clock */
	OP_DELTA,  /* microseconds before the header's time */
	OP_SECONDS,
	OP_MILLIS,
	OP_NTP_MICROS,
	OP_NTP_NANOS,
	OP_ICMP_TYPE,
	OP_ICMP_CODE,
	OP_OTHER,  /* no column: the caller's */
	OP_ZERO_OTHER, /* likewise, of a field that lost its column, which it does only as long as it is zero */
	OP_ZERO    /* padding: anything else is a value, and kept */
};

/* Of a run of records. */
struct run {
	const uint8_t *at; /* the first record's value */
	size_t stride;
	size_t count;
	size_t row;        /* the first */
	size_t len;
	const struct export_header *header;
	struct table *table;
	enum column_id column;
};

static enum op
time_op(const struct template_field *field)
{
	if (field->length != element_type_size((enum element_type)field->element->type))
		return OP_NONE;
	switch ((enum element_type)field->element->type) {
	case ELEMENT_dateTimeSeconds:
		return OP_SECONDS;
	case ELEMENT_dateTimeMilliseconds:
		return OP_MILLIS;
	case ELEMENT_dateTimeMicroseconds:
		return OP_NTP_MICROS;
	case ELEMENT_dateTimeNanoseconds:
		return OP_NTP_NANOS;
	default:
		return OP_NONE;
	}
}

static bool
is_unsigned(enum element_type type)
{
	return (type >= ELEMENT_unsigned8 && type <= ELEMENT_unsigned64) || type == ELEMENT_boolean;
}

static enum op
plain_op(const struct template_field *field)
{
	enum element_type type = (enum element_type)field->element->type;

	switch (column_infos[field->column].type) {
	case COLUMN_TYPE_TIME:
		return time_op(field);
	case COLUMN_TYPE_INT32:
	case COLUMN_TYPE_INT64:
		return is_unsigned(type) && field->length <= 8 ? OP_UINT : OP_NONE;
	case COLUMN_TYPE_ADDRESS:
		if (field->length != element_type_size(type))
			return OP_NONE;
		return type == ELEMENT_ipv4Address ? OP_IPV4 : type == ELEMENT_ipv6Address ? OP_IPV6 : OP_NONE;
	case COLUMN_TYPE_MAC:
		return field->length == 6 ? OP_MAC : OP_NONE;
	case COLUMN_TYPE_OCTETS:
		return field->length <= UINT8_MAX ? OP_OCTETS : OP_NONE;
	default: /* a text may be none, and is looked at field by field */
		return OP_NONE;
	}
}

static enum op
op_of(const struct template_field *field)
{
	switch ((enum element_rule)field->element->rule) {
	case ELEMENT_RULE_PLAIN:
	case ELEMENT_RULE_NANOS:
	case ELEMENT_RULE_INSTANT:
		return plain_op(field);
	case ELEMENT_RULE_UPTIME:
		return field->length <= 4 ? OP_UPTIME : OP_NONE;
	case ELEMENT_RULE_DELTA:
		return field->length <= 4 ? OP_DELTA : OP_NONE;
	case ELEMENT_RULE_ICMP:
		return field->length <= 2 ? OP_ICMP_TYPE : OP_NONE;
	default:
		return OP_NONE;
	}
}

/* A field of the template that is being planned for. */
struct planning {
	const struct template_field *field;
	size_t index;
	size_t offset;
};

static void
add_step(struct decode_plan *p, const struct planning *g, unsigned column, enum op op)
{
	p->steps[p->count++] = (struct decode_step){ (uint16_t)g->offset, (uint16_t)g->index,
		g->field->length, (uint8_t)column, (uint8_t)op };
}

/* False where the field needs more than a step or two. */
static bool
plan_field(struct decode_plan *p, const struct planning *g)
{
	const struct template_field *field = g->field;
	enum op op = op_of(field);

	if (op == OP_NONE || field->length == 0)
		return false;
	p->uptime |= op == OP_UPTIME;
	add_step(p, g, field->column, op);
	if (op == OP_ICMP_TYPE && !column_set_has(&p->fed, COLUMN_ICMP_CODE))
		add_step(p, g, COLUMN_ICMP_CODE, OP_ICMP_CODE);
	/* as row_decode: an event has one time, which is its end too where nothing else tells that */
	if (field->element->rule == ELEMENT_RULE_INSTANT && field->column == COLUMN_FLOW_START &&
	    !column_set_has(&p->fed, COLUMN_FLOW_END))
		add_step(p, g, COLUMN_FLOW_END, op);
	return true;
}

/*
 * The columns, and of those that several fields feed the one that has it while the others are
 * zero, as row_decode finds it: the lowest rank, of these the first.
 */
static void
find_fed(const struct template *t, struct column_set *fed, uint16_t first[COLUMN_COUNT])
{
	for (size_t i = 0; i < t->count; i++) {
		unsigned column = t->fields[i].column;

		if (column == COLUMN_NONE)
			continue;
		if (!column_set_has(fed, (enum column_id)column) ||
		    t->fields[i].element->rank < t->fields[first[column]].element->rank)
			first[column] = (uint16_t)i;
		column_set_add(fed, (enum column_id)column);
	}
}

static bool
is_padding(const struct template_field *field)
{
	return field->id == PADDING_OCTETS && field->pen == 0 && field->length <= UINT8_MAX;
}

void
decode_plan_make(struct template *t)
{
	struct decode_plan *p = &t->plan;
	uint16_t first[COLUMN_COUNT] = { 0 };
	size_t offset = 0;

	p->count = 0;
	p->uptime = p->others = false;
	p->fed = (struct column_set){ { 0 } };
	p->usable = !t->variable && !t->lists && t->min_length <= UINT16_MAX;
	find_fed(t, &p->fed, first);
	for (size_t i = 0; i < t->count && p->usable; i++) {
		const struct planning g = { &t->fields[i], i, offset };

		if (is_padding(g.field)) {
			add_step(p, &g, COLUMN_NONE, OP_ZERO);
		} else if (g.field->column == COLUMN_NONE) {
			add_step(p, &g, COLUMN_NONE, OP_OTHER);
			p->others = true;
		} else if (first[g.field->column] != i) {
			add_step(p, &g, COLUMN_NONE, OP_ZERO_OTHER);
			p->others = true;
			/* a time that another tells too is no loss, whatever it is */
			p->usable = column_infos[g.field->column].type != COLUMN_TYPE_TIME;
		} else {
			p->usable = plan_field(p, &g);
		}
		offset += g.field->length;
	}
}

static uint64_t
load_uint(const uint8_t *p, size_t len)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

static void
put_narrow(const struct run *g, int32_t *to)
{
	if (g->len == 1)
		for (size_t i = 0; i < g->count; i++)
			to[i] = g->at[i * g->stride];
	else if (g->len == 2)
		for (size_t i = 0; i < g->count; i++)
			to[i] = load_be16(g->at + i * g->stride);
	else
		for (size_t i = 0; i < g->count; i++)
			table_set_u64(g->table, g->column, g->row + i,
			    load_uint(g->at + i * g->stride, g->len));
}

static void
put_wide(const struct run *g, int64_t *to)
{
	if (g->len == 4)
		for (size_t i = 0; i < g->count; i++)
			to[i] = load_be32(g->at + i * g->stride);
	else if (g->len < 8)
		for (size_t i = 0; i < g->count; i++)
			to[i] = (int64_t)load_uint(g->at + i * g->stride, g->len);
	else
		for (size_t i = 0; i < g->count; i++)
			table_set_u64(g->table, g->column, g->row + i, load_be64(g->at + i * g->stride));
}

static void
put_addresses(const struct run *g, struct address *to, size_t octets)
{
	for (size_t i = 0; i < g->count; i++) {
		to[i] = (struct address){ .family = octets == 4 ? 4 : 6 };
		memcpy(to[i].octets, g->at + i * g->stride, octets);
	}
}

static void
put_uptimes(const struct run *g, int64_t *to)
{
	for (size_t i = 0; i < g->count; i++) {
		uint32_t v = (uint32_t)load_uint(g->at + i * g->stride, g->len);

		to[i] = floor_div(instant_of_uptime(g->header, v).nanos, NANOS_PER_MICRO);
	}
}

static void
put_deltas(const struct run *g, int64_t *to)
{
	for (size_t i = 0; i < g->count; i++)
		to[i] = (int64_t)g->header->seconds * (NANOS_PER_SECOND / NANOS_PER_MICRO) -
		    (int64_t)load_uint(g->at + i * g->stride, g->len);
}

static void
put_seconds(const struct run *g, int64_t *to)
{
	for (size_t i = 0; i < g->count; i++)
		to[i] = load_be32(g->at + i * g->stride) * (NANOS_PER_SECOND / NANOS_PER_MICRO);
}

/* False where one of them is beyond what nanoseconds in 64 bits reach. */
static bool
put_millis(const struct run *g, int64_t *to)
{
	uint64_t most = 0;

	for (size_t i = 0; i < g->count; i++) {
		uint64_t v = load_be64(g->at + i * g->stride);

		most = v > most ? v : most;
		to[i] = (int64_t)(v * (uint64_t)(NANOS_PER_MILLI / NANOS_PER_MICRO));
	}
	return most <= INT64_MAX / NANOS_PER_MILLI;
}

static bool
put_ntp(const struct run *g, int64_t *to, bool nanos)
{
	enum element_type type = nanos ? ELEMENT_dateTimeNanoseconds : ELEMENT_dateTimeMicroseconds;
	enum column_id fine =
	    g->column == COLUMN_FLOW_START ? COLUMN_FLOW_START_NS : COLUMN_FLOW_END_NS;
	bool is_flow = g->column == COLUMN_FLOW_START || g->column == COLUMN_FLOW_END;

	for (size_t i = 0; i < g->count; i++) {
		struct instant at;

		if (!instant_read(type, g->at + i * g->stride, g->len, g->header->seconds, &at))
			return false;
		to[i] = floor_div(at.nanos, NANOS_PER_MICRO);
		if (nanos && is_flow)
			table_set_i64(g->table, fine, g->row + i, at.nanos);
	}
	return true;
}

static void
put_icmp(const struct run *g, int32_t *to, unsigned shift)
{
	for (size_t i = 0; i < g->count; i++)
		to[i] = (int32_t)(load_uint(g->at + i * g->stride, g->len) >> shift & 0xff);
}

static void
put_octets(const struct run *g)
{
	for (size_t i = 0; i < g->count; i++)
		table_set_bytes(g->table, g->column, g->row + i, g->at + i * g->stride, g->len);
}

static bool
is_zero(const struct run *g)
{
	uint8_t any = 0;

	for (size_t i = 0; i < g->count; i++)
		for (size_t k = 0; k < g->len; k++)
			any |= g->at[i * g->stride + k];
	return any == 0;
}

/* A column of the run. */
static bool
put_column(const struct run *g, enum op op)
{
	struct table_column *c = &g->table->columns[g->column];

	if (!table_ready(g->table, g->column))
		return true; /* t->failed tells */
	memset(c->present + g->row, 1, g->count);
	switch (op) {
	case OP_UINT:
		if (column_infos[g->column].type == COLUMN_TYPE_INT32)
			put_narrow(g, c->v.i32 + g->row);
		else
			put_wide(g, c->v.i64 + g->row);
		return true;
	case OP_IPV4:
	case OP_IPV6:
		put_addresses(g, c->v.address + g->row, op == OP_IPV4 ? 4 : 16);
		return true;
	case OP_MAC:
		for (size_t i = 0; i < g->count; i++)
			c->v.mac[g->row + i] = load_uint(g->at + i * g->stride, g->len);
		return true;
	case OP_OCTETS:
		put_octets(g);
		return true;
	case OP_UPTIME:
		put_uptimes(g, c->v.i64 + g->row);
		return true;
	case OP_DELTA:
		put_deltas(g, c->v.i64 + g->row);
		return true;
	case OP_SECONDS:
		put_seconds(g, c->v.i64 + g->row);
		return true;
	case OP_MILLIS:
		return put_millis(g, c->v.i64 + g->row);
	case OP_NTP_MICROS:
	case OP_NTP_NANOS:
		return put_ntp(g, c->v.i64 + g->row, op == OP_NTP_NANOS);
	case OP_ICMP_TYPE:
	case OP_ICMP_CODE:
		put_icmp(g, c->v.i32 + g->row, op == OP_ICMP_TYPE ? 8 : 0);
		return true;
	case OP_NONE:
	case OP_OTHER:
	case OP_ZERO_OTHER:
	case OP_ZERO:
		break;
	}
	return false;
}

static bool
take_step(const struct run *g, enum op op)
{
	if (op == OP_OTHER)
		return true;
	return op == OP_ZERO || op == OP_ZERO_OTHER ? is_zero(g) : put_column(g, op);
}

bool
decode_step_other(const struct decode_step *step)
{
	return step->op == OP_OTHER || step->op == OP_ZERO_OTHER;
}

/* What was set of these rows is null again. */
static void
undo(const struct decode_plan *p, struct table *t, size_t row, size_t count)
{
	static const enum column_id fine[] = { COLUMN_FLOW_START_NS, COLUMN_FLOW_END_NS };

	for (size_t i = 0; i < p->count; i++)
		if (p->steps[i].column != COLUMN_NONE && t->columns[p->steps[i].column].present != NULL)
			memset(t->columns[p->steps[i].column].present + row, 0, count);
	for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
		if (t->columns[fine[i]].present != NULL)
			memset(t->columns[fine[i]].present + row, 0, count);
}

bool
decode_plan_run(const struct template *template, const uint8_t *records, size_t count,
    const struct export_header *h, struct table *t)
{
	const struct decode_plan *p = &template->plan;
	struct run g = { .stride = template->min_length, .count = count, .row = t->rows, .header = h,
		.table = t };
	uint64_t clamped = t->clamped;

	if (!p->usable || (p->uptime && h->version > 9))
		return false;
	for (size_t i = 0; i < p->count; i++) {
		const struct decode_step *step = &p->steps[i];

		g.at = records + step->offset;
		g.len = step->len;
		g.column = (enum column_id)step->column;
		if (!take_step(&g, (enum op)step->op)) {
			undo(p, t, t->rows, count);
			t->clamped = clamped;
			return false;
		}
	}
	t->rows += count;
	return true;
}
