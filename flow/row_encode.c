/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/row_encode.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "flow/instant.h"
#include "flow/protocol.h"
#include "flow/row_encoder.h"

static const struct export exports[] = {
#define EXPORT(col, mirror, when, pen, id, octets9, octets10)                                      \
	{ { COLUMN_##col, COLUMN_##mirror }, WHEN_##when, pen, id, { octets9, octets10 } },
#include "flow/export.def"
#undef EXPORT
};

_Static_assert(sizeof exports / sizeof exports[0] == EXPORT_COUNT, "all are counted");

static uint16_t
octets_of(const struct row_encoder *e, const struct export *x)
{
	return x->octets[e->dialect == DIALECT_IPFIX];
}

enum status
row_encoder_open(enum dialect dialect, bool precise, struct row_encoder **out, struct fault *f)
{
	struct row_encoder *e = calloc(1, sizeof *e);

	if (e == NULL)
		return fault_memory(f);
	e->dialect = dialect;
	e->precise = precise && dialect == DIALECT_IPFIX;
	e->payload_most = UINT16_MAX;
	for (size_t i = 0; i < EXPORT_COUNT; i++)
		e->elements[i] = element_find(exports[i].pen, exports[i].id);
	*out = e;
	return STATUS_OK;
}

void
row_encoder_require(struct row_encoder *e, const struct column_set *columns)
{
	for (size_t i = 0; i < EXPORT_COUNT; i++)
		if (exports[i].when == WHEN_SET && octets_of(e, &exports[i]) != 0 &&
		    column_set_has(columns, (enum column_id)exports[i].column[0]))
			e->required[i / 64] |= (uint64_t)1 << (i % 64);
}

void
row_encoder_cut(struct row_encoder *e, size_t octets)
{
	e->payload_most = octets < UINT16_MAX ? octets : UINT16_MAX;
}

void
row_encoder_samplers(struct row_encoder *e, const struct announcer *a)
{
	e->samplers = a;
}

void
row_encoder_free(struct row_encoder *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; i < e->plan_count; i++)
		free(e->plans[i]);
	free(e);
}

/* Whether the dialect has it at all. */
static bool
carries(const struct row_encoder *e, const struct export *x)
{
	if (octets_of(e, x) == 0 || (x->when == WHEN_SAMPLED && e->samplers == NULL))
		return false;
	return e->precise || (x->when != WHEN_MICROS && x->when != WHEN_NANOS);
}

void
row_encoder_carried(const struct row_encoder *e, unsigned way, struct column_set *out)
{
	for (size_t i = 0; i < EXPORT_COUNT; i++)
		if (carries(e, &exports[i]) && exports[i].column[way] != COLUMN_NONE)
			column_set_add(out, (enum column_id)exports[i].column[way]);
	if (way == 0)
		column_set_add(out, COLUMN_ICMP_CODE); /* goes with the type */
}

static enum step_kind
kind_of_time(const struct element *el)
{
	if (el->rule == ELEMENT_RULE_UPTIME)
		return STEP_UPTIME;
	return el->rule == ELEMENT_RULE_PLAIN && el->type == ELEMENT_dateTimeMilliseconds ? STEP_MILLIS :
	    STEP_GENERAL;
}

static enum step_kind
kind_of(const struct element *el, enum column_type type, size_t octets)
{
	if (type == COLUMN_TYPE_ADDRESS)
		return octets == 4 ? STEP_ADDRESS4 : STEP_ADDRESS16;
	if (type == COLUMN_TYPE_TIME)
		return kind_of_time(el);
	if (el->rule != ELEMENT_RULE_PLAIN)
		return STEP_GENERAL;
	if (type == COLUMN_TYPE_INT32)
		return STEP_32;
	return type == COLUMN_TYPE_INT64 || type == COLUMN_TYPE_MAC ? STEP_64 : STEP_GENERAL;
}

static struct step
step_of(const struct row_encoder *e, const struct table *t, size_t at, unsigned way)
{
	uint8_t column = exports[at].column[way];
	struct step s = { NULL, NULL, STEP_ABSENT, (uint8_t)octets_of(e, &exports[at]), column };

	if (column == COLUMN_NONE || t->columns[column].present == NULL)
		return s;
	s.present = t->columns[column].present;
	s.values = t->columns[column].v.any;
	s.kind = (uint8_t)kind_of(e->elements[at], column_infos[column].type, s.octets);
	if (exports[at].when == WHEN_SAMPLED)
		s.kind = STEP_GENERAL;
	return s;
}

void
row_encoder_table(struct row_encoder *e, const struct table *t)
{
	for (unsigned way = 0; way < 2; way++) {
		e->probe_count[way] = 0;
		for (size_t i = 0; i < EXPORT_COUNT; i++) {
			uint8_t column = exports[i].column[way];

			e->steps[way][i] = step_of(e, t, i, way);
			if (carries(e, &exports[i]) && column != COLUMN_NONE &&
			    t->columns[column].present != NULL)
				e->probes[way][e->probe_count[way]++] = (struct probe) {
				    t->columns[column].present, (uint8_t)(i / 64), (uint8_t)(i % 64),
				    exports[i].when, column };
		}
	}
}

static bool
is_ipv6(const struct table *t, size_t row)
{
	if (table_has(t, COLUMN_SRC_IP, row))
		return t->columns[COLUMN_SRC_IP].v.address[row].family == 6;
	return table_has(t, COLUMN_DST_IP, row) &&
	    t->columns[COLUMN_DST_IP].v.address[row].family == 6;
}

/* Microseconds that milliseconds and the nanoseconds' column do not tell already. */
static bool
has_micros(const struct table *t, size_t row, enum column_id column)
{
	enum column_id finer = column == COLUMN_FLOW_START ? COLUMN_FLOW_START_NS : COLUMN_FLOW_END_NS;

	return table_int(t, column, row) % 1000 != 0 && !table_has(t, finer, row);
}

bool
row_applies(const struct table *t, size_t row, enum column_id column, enum export_when when)
{
	switch (when) {
	case WHEN_SET:
	case WHEN_NANOS:
		return true;
	case WHEN_V4:
		return t->columns[column].v.address[row].family == 4;
	case WHEN_V6:
		return t->columns[column].v.address[row].family == 6;
	case WHEN_FLOW4:
		return !is_ipv6(t, row);
	case WHEN_FLOW6:
		return is_ipv6(t, row);
	case WHEN_ICMP4:
		return table_int(t, COLUMN_PROTOCOL, row) != PROTOCOL_ICMPV6;
	case WHEN_ICMP6:
		return table_int(t, COLUMN_PROTOCOL, row) == PROTOCOL_ICMPV6;
	case WHEN_SAMPLED:
		return table_int(t, column, row) > 0;
	case WHEN_MICROS:
		return has_micros(t, row, column);
	}
	return false;
}

static void
present_mask(const struct row_encoder *e, const struct table *t, size_t row, unsigned way,
    uint64_t mask[2])
{
	mask[0] = mask[1] = 0;
	for (size_t i = 0; i < e->probe_count[way]; i++) {
		const struct probe *p = &e->probes[way][i];

		if (p->when == WHEN_SET)
			mask[p->word] |= (uint64_t)p->present[row] << p->bit;
		else if (p->present[row] != 0 &&
		    row_applies(t, row, (enum column_id)p->column, (enum export_when)p->when))
			mask[p->word] |= (uint64_t)1 << p->bit;
	}
}

/* The mask and everything else that a row of its families can have. */
static void
widen_mask(const struct row_encoder *e, const struct table *t, size_t row, uint64_t mask[2])
{
	bool six = is_ipv6(t, row), icmp6 = table_int(t, COLUMN_PROTOCOL, row) == PROTOCOL_ICMPV6;

	for (size_t i = 0; i < EXPORT_COUNT; i++) {
		enum export_when when = (enum export_when)exports[i].when;

		/* addresses and times are never made up */
		if (!carries(e, &exports[i]) || column_infos[exports[i].column[0]].type == COLUMN_TYPE_TIME)
			continue;
		if (when == WHEN_SET || when == (six ? WHEN_FLOW6 : WHEN_FLOW4) ||
		    when == (icmp6 ? WHEN_ICMP6 : WHEN_ICMP4))
			mask[i / 64] |= (uint64_t)1 << (i % 64);
	}
}

static struct row_plan *
find_plan(const struct row_encoder *e, const uint64_t mask[2])
{
	for (size_t i = 0; i < e->plan_count; i++)
		if (e->plans[i]->mask[0] == mask[0] && e->plans[i]->mask[1] == mask[1])
			return e->plans[i];
	return NULL;
}

static enum status
make_plan(struct row_encoder *e, const uint64_t mask[2], struct row_plan **out, struct fault *f)
{
	struct row_plan *p;
	bool varies = false;
	uint8_t *list;

	if (e->plan_count == ROW_PLANS_MAX + PLANS_BEYOND)
		return fault_set(f, STATUS_LIMIT, NULL, "too many templates");
	p = calloc(1, sizeof *p + EXPORT_COUNT);
	if (p == NULL)
		return fault_memory(f);
	list = (uint8_t *)(p + 1);
	for (size_t i = 0; i < EXPORT_COUNT; i++) {
		if (!(mask[i / 64] >> (i % 64) & 1))
			continue;
		list[p->count++] = (uint8_t)i;
		varies |= octets_of(e, &exports[i]) == TEMPLATE_VARIABLE;
		p->octets = (uint16_t)(p->octets + octets_of(e, &exports[i]));
	}
	if (varies)
		p->octets = 0;
	p->exports = list;
	p->mask[0] = mask[0];
	p->mask[1] = mask[1];
	p->id = (uint16_t)(TEMPLATE_ID_MIN + e->plan_count);
	e->plans[e->plan_count++] = p;
	*out = p;
	return STATUS_OK;
}

static void
require(const struct row_encoder *e, uint64_t mask[2], struct loss *loss)
{
	loss->padded += (e->required[0] & ~mask[0]) != 0 || (e->required[1] & ~mask[1]) != 0;
	mask[0] |= e->required[0];
	mask[1] |= e->required[1];
}

static enum status
plan_of(struct row_encoder *e, const struct table *t, size_t row, unsigned way,
    struct row_plan **out, struct loss *loss, struct fault *f)
{
	struct row_plan *p = e->last[way];
	enum status st = STATUS_OK;
	uint64_t mask[2];

	present_mask(e, t, row, way, mask);
	if (mask[0] != 0 || mask[1] != 0)
		require(e, mask, loss);
	if (mask[0] == 0 && mask[1] == 0) { /* a template without fields would be a withdrawal */
		*out = NULL;
		return STATUS_OK;
	}
	if (p != NULL && p->mask[0] == mask[0] && p->mask[1] == mask[1]) {
		*out = p;
		return STATUS_OK;
	}
	p = find_plan(e, mask);
	if (p == NULL && e->plan_count >= ROW_PLANS_MAX) {
		widen_mask(e, t, row, mask);
		loss->padded++;
		p = find_plan(e, mask);
	}
	if (p == NULL)
		st = make_plan(e, mask, &p, f);
	if (st == STATUS_OK)
		*out = e->last[way] = p;
	return st;
}

static void
put_uint(uint8_t *to, uint64_t v, size_t octets)
{
	for (size_t i = octets; i-- > 0; v >>= 8)
		to[i] = (uint8_t)v;
}

/* The integer that goes out for a column; what does not fit is counted. */
static uint64_t
fitting(enum column_id column, int64_t v, size_t octets, struct loss *loss)
{
	if (v >= 0 && (octets >= 8 || (uint64_t)v >> (8 * octets) == 0))
		return (uint64_t)v;
	loss->columns[column]++;
	/* the flags that the shorter field knows still hold; of a number nothing does */
	return column == COLUMN_TCP_FLAGS || column == COLUMN_REV_TCP_FLAGS ? (uint64_t)v & 0xff : 0;
}

static uint64_t
time_value(const struct element *el, enum column_id column, int64_t v,
    const struct uptime_clock *clock, struct loss *loss)
{
	if (el->rule == ELEMENT_RULE_UPTIME)
		return uptime_of(clock, floor_div(v, 1000));
	if (el->type == ELEMENT_dateTimeNanoseconds)
		return instant_ntp_nanos(v);
	if (el->type == ELEMENT_dateTimeMicroseconds)
		return instant_ntp_micros(v);
	return fitting(column, floor_div(v, 1000), 8, loss);
}

static uint64_t
integer_value(const struct row_encoder *e, const struct table *t, size_t row, size_t at,
    enum column_id column, const struct uptime_clock *clock, struct loss *loss)
{
	const struct element *el = e->elements[at];
	size_t octets = octets_of(e, &exports[at]);
	int64_t v = table_int(t, column, row);

	if (exports[at].when == WHEN_SAMPLED)
		return announcer_sampler(e->samplers, v);
	if (el->rule == ELEMENT_RULE_ICMP)
		return (fitting(COLUMN_ICMP_TYPE, v, 1, loss) << 8) |
		    fitting(COLUMN_ICMP_CODE, table_int(t, COLUMN_ICMP_CODE, row), 1, loss);
	if (el->rule == ELEMENT_RULE_MPLS) /* the only one that we know of: the stack's bottom */
		return fitting(column, v >= 0 && v < INT64_MAX >> 4 ? v << 4 | 1 : -1, octets, loss);
	if (column_infos[column].type == COLUMN_TYPE_TIME || el->rule == ELEMENT_RULE_NANOS)
		return time_value(el, column, v, clock, loss);
	return fitting(column, v, octets, loss);
}

static void
put_bytes(const struct row_encoder *e, const struct table *t, size_t row, enum column_id column,
    struct buf *out, struct loss *loss)
{
	bool payload = column == COLUMN_PAYLOAD || column == COLUMN_REV_PAYLOAD;
	size_t len, most = payload ? e->payload_most : UINT16_MAX;
	const uint8_t *bytes = table_bytes(t, column, row, &len);

	if (len > most) {
		loss->columns[column]++;
		len = payload ? most : 0; /* its beginning says what it is; that of a name does not */
	}
	if (len < 255) { /* RFC 7011 section 7 */
		buf_u8(out, (uint8_t)len);
	} else {
		buf_u8(out, 255);
		buf_be16(out, (uint16_t)len);
	}
	if (len > 0)
		buf_put(out, bytes, len);
}

/* An integer that fits goes as it is. */
static inline void
put_int(uint8_t *to, const struct step *s, int64_t v, struct loss *loss)
{
	uint64_t u = (uint64_t)v;

	if (v < 0 || (s->octets < 8 && u >> (8 * s->octets) != 0))
		u = fitting((enum column_id)s->column, v, s->octets, loss);
	switch (s->octets) {
	case 1:
		*to = (uint8_t)u;
		break;
	case 2:
		store_be16(to, (uint16_t)u);
		break;
	case 4:
		store_be32(to, (uint32_t)u);
		break;
	case 8:
		store_be64(to, u);
		break;
	default:
		put_uint(to, u, s->octets);
		break;
	}
}

/* A field of fixed length, at `to`; where it ends. */
static inline uint8_t *
put_fixed(const struct row_encoder *e, const struct table *t, size_t row, size_t at, unsigned way,
    const struct uptime_clock *clock, uint8_t *to, struct loss *loss)
{
	const struct step *s = &e->steps[way][at];
	uint8_t kind = s->kind == STEP_ABSENT || s->present[row] == 0 ? STEP_ABSENT : s->kind;

	switch ((enum step_kind)kind) {
	case STEP_ABSENT:
		memset(to, 0, s->octets);
		break;
	case STEP_ADDRESS4:
		memcpy(to, ((const struct address *)s->values)[row].octets, 4);
		break;
	case STEP_ADDRESS16:
		memcpy(to, ((const struct address *)s->values)[row].octets, 16);
		break;
	case STEP_32:
		put_int(to, s, ((const int32_t *)s->values)[row], loss);
		break;
	case STEP_64:
		put_int(to, s, ((const int64_t *)s->values)[row], loss);
		break;
	case STEP_MILLIS:
		put_int(to, s, floor_div(((const int64_t *)s->values)[row], 1000), loss);
		break;
	case STEP_UPTIME:
		store_be32(to, uptime_of(clock, floor_div(((const int64_t *)s->values)[row], 1000)));
		break;
	case STEP_GENERAL:
		put_uint(to, integer_value(e, t, row, at, (enum column_id)s->column, clock, loss), s->octets);
		break;
	}
	return to + s->octets;
}

uint8_t *
row_put_fixed(const struct row_encoder *e, const struct table *t, size_t row, size_t at,
    const struct uptime_clock *clock, uint8_t *to, struct loss *loss)
{
	return put_fixed(e, t, row, at, 0, clock, to, loss);
}

/* A record in which a field's length varies. */
static void
put_varying(const struct row_encoder *e, const struct table *t, size_t row,
    const struct row_plan *plan, unsigned way, const struct uptime_clock *clock, struct buf *out,
    struct loss *loss)
{
	for (size_t i = 0; i < plan->count; i++) {
		size_t at = plan->exports[i];
		uint8_t *to;

		if (octets_of(e, &exports[at]) == TEMPLATE_VARIABLE) {
			put_bytes(e, t, row, (enum column_id)exports[at].column[way], out, loss);
			continue;
		}
		to = buf_grow(out, e->steps[way][at].octets);
		if (to != NULL)
			(void)put_fixed(e, t, row, at, way, clock, to, loss);
	}
}

enum status
row_encode(struct row_encoder *e, const struct table *t, size_t row, bool reverse,
    const struct uptime_clock *clock, struct row_plan **plan, struct buf *out,
    struct loss *loss, struct fault *f)
{
	enum status st = plan_of(e, t, row, reverse, plan, loss, f);
	uint8_t *to;

	if (st != STATUS_OK || *plan == NULL)
		return st;
	if ((*plan)->octets == 0)
		put_varying(e, t, row, *plan, reverse, clock, out, loss);
	to = (*plan)->octets == 0 ? NULL : buf_grow(out, (*plan)->octets);
	for (size_t i = 0; to != NULL && i < (*plan)->count; i++)
		to = put_fixed(e, t, row, (*plan)->exports[i], reverse, clock, to, loss);
	return buf_ok(out) ? STATUS_OK : fault_memory(f);
}

enum status
row_encoder_prepare(struct row_encoder *e, const struct table *t, size_t row, bool reverse,
    bool *made, struct fault *f)
{
	struct loss not_sent = { .rounded = 0 };
	size_t before = e->plan_count;
	struct row_plan *plan;
	enum status st = plan_of(e, t, row, reverse, &plan, &not_sent, f);

	*made = e->plan_count != before;
	return st;
}

void
row_plan_template(const struct row_encoder *e, const struct row_plan *plan, struct buf *out)
{
	buf_be16(out, plan->id);
	buf_be16(out, plan->count);
	for (size_t i = 0; i < plan->count; i++) {
		const struct export *x = &exports[plan->exports[i]];

		buf_be16(out, (uint16_t)(x->id | (x->pen != 0 ? ENTERPRISE_BIT : 0)));
		buf_be16(out, octets_of(e, x));
		if (x->pen != 0)
			buf_be32(out, x->pen);
	}
}

void
row_encoder_refresh(struct row_encoder *e)
{
	for (size_t i = 0; i < e->plan_count; i++)
		e->plans[i]->sent = false;
}

struct row_plan *
row_encoder_plan(const struct row_encoder *e, size_t i)
{
	return i < e->plan_count ? e->plans[i] : NULL;
}
