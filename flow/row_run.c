/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/row_run.h"

#include <string.h>

#include "base/cursor.h"
#include "flow/instant.h"
#include "flow/row_encoder.h"

/* Whether all n octets are the same. */
static bool
uniform(const uint8_t *p, size_t n)
{
	return n < 2 || memcmp(p, p + 1, n - 1) == 0;
}

/* The family that all of these addresses have, 0 where they differ. */
static uint8_t
one_family(const struct address *a, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (a[i].family != a[0].family)
			return 0;
	return a[0].family;
}

/* Whether the flows are all IPv6 (6), none is (4), or that must be asked row by row (0). */
static uint8_t
flows_family(const struct table *t, size_t from, size_t n)
{
	const struct table_column *c = &t->columns[COLUMN_SRC_IP];

	if (c->present == NULL || c->present[from] == 0 || !uniform(c->present + from, n))
		return 0;
	return one_family(c->v.address + from, n);
}

/* Whether the probe says the same for all rows of the slice, and what. */
static bool
settled(const struct table *t, size_t from, size_t n, uint8_t flows, const struct probe *p, bool *is)
{
	uint8_t family;

	if (!uniform(p->present + from, n))
		return false;
	*is = p->present[from] != 0;
	if (!*is)
		return true;
	switch (p->when) {
	case WHEN_SET:
	case WHEN_NANOS:
		return true;
	case WHEN_V4:
	case WHEN_V6:
		family = one_family(t->columns[p->column].v.address + from, n);
		*is = family == (p->when == WHEN_V4 ? 4 : 6);
		return family != 0;
	case WHEN_FLOW4:
	case WHEN_FLOW6:
		*is = flows == (p->when == WHEN_FLOW4 ? 4 : 6);
		return flows != 0;
	default:
		return false;
	}
}

/* Which of the slice's rows are IPv6 flows, as row_applies has it. */
static void
mark_families(struct row_run *r, const struct table *t)
{
	const struct table_column *src = &t->columns[COLUMN_SRC_IP], *dst = &t->columns[COLUMN_DST_IP];

	for (size_t row = r->from; row < r->to; row++) {
		const struct table_column *c = src->present != NULL && src->present[row] != 0 ? src : dst;

		r->six[row - r->from] = c->present != NULL && c->present[row] != 0 &&
		    c->v.address[row].family == 6;
	}
}

#define PROBE(is)                                                                                  \
	for (size_t row = r->from; row < r->to; row++)                                             \
		r->masks[row - r->from][p->word] |= (uint64_t)(p->present[row] != 0 && (is)) << p->bit

/* Row by row, by the usual conditions without asking row_applies. */
static void
probe_rows(struct row_run *r, const struct table *t, const struct probe *p)
{
	const struct address *a = t->columns[p->column].v.address;

	switch ((enum export_when)p->when) {
	case WHEN_SET:
		PROBE(true);
		break;
	case WHEN_V4:
		PROBE(a[row].family == 4);
		break;
	case WHEN_V6:
		PROBE(a[row].family == 6);
		break;
	case WHEN_FLOW4:
		PROBE(r->six[row - r->from] == 0);
		break;
	case WHEN_FLOW6:
		PROBE(r->six[row - r->from] != 0);
		break;
	default:
		PROBE(row_applies(t, row, (enum column_id)p->column, (enum export_when)p->when));
		break;
	}
}

void
row_run_slice(struct row_run *r, const struct row_encoder *e, const struct table *t, size_t from,
    size_t to)
{
	size_t n = to - from;
	uint8_t flows = flows_family(t, from, n);
	uint64_t base[2] = { 0, 0 };

	r->from = from;
	r->to = to;
	memset(r->masks, 0, n * sizeof r->masks[0]);
	if (flows == 0)
		mark_families(r, t);
	else
		memset(r->six, flows == 6, n);
	for (size_t i = 0; i < e->probe_count[0]; i++) {
		const struct probe *p = &e->probes[0][i];
		bool is;

		if (!settled(t, from, n, flows, p, &is))
			probe_rows(r, t, p);
		else
			base[p->word] |= (uint64_t)is << p->bit;
	}
	for (size_t i = 0; i < n; i++) {
		r->masks[i][0] |= base[0];
		r->masks[i][1] |= base[1];
	}
}

enum { PLANS_TRIED = 16 /* of which a row's is mostly one */ };

static bool
fits(const struct row_run *r, const struct row_plan *p, size_t row)
{
	return p->sent && p->octets != 0 && row_run_same(r, p, row);
}

struct row_plan *
row_run_plan(const struct row_run *r, const struct row_encoder *e, size_t row)
{
	if (e->last[0] != NULL && fits(r, e->last[0], row))
		return e->last[0];
	for (size_t i = 0; i < e->plan_count && i < PLANS_TRIED; i++)
		if (fits(r, e->plans[i], row))
			return e->plans[i];
	return NULL;
}

/* Integers that fit, by the octets of their field; any that does not goes the long way. */
#define PUT_INTEGERS(type, store)                                                                  \
	for (size_t i = 0; i < n; i++, to += stride) {                                             \
		uint64_t v = (uint64_t)((const type *)s->values)[row + i];                         \
		if (__builtin_expect(v >> most != 0, 0))                                           \
			(void)row_put_fixed(e, t, row + i, at, clock, to, loss);                   \
		else                                                                               \
			store;                                                                     \
	}

static void
put_32(const struct row_encoder *e, const struct table *t, size_t row, size_t n, size_t at,
    size_t stride, const struct uptime_clock *clock, uint8_t *to, struct loss *loss)
{
	const struct step *s = &e->steps[0][at];
	unsigned most = s->octets < 4 ? 8u * s->octets : 31; /* bits of a value that is not negative */

	if (s->octets == 1)
		PUT_INTEGERS(int32_t, *to = (uint8_t)v)
	else if (s->octets == 2)
		PUT_INTEGERS(int32_t, store_be16(to, (uint16_t)v))
	else if (s->octets == 4)
		PUT_INTEGERS(int32_t, store_be32(to, (uint32_t)v))
	else
		for (size_t i = 0; i < n; i++, to += stride)
			(void)row_put_fixed(e, t, row + i, at, clock, to, loss);
}

static void
put_64(const struct row_encoder *e, const struct table *t, size_t row, size_t n, size_t at,
    size_t stride, const struct uptime_clock *clock, uint8_t *to, struct loss *loss)
{
	const struct step *s = &e->steps[0][at];
	unsigned most = s->octets < 8 ? 8u * s->octets : 63;

	if (s->octets == 4)
		PUT_INTEGERS(int64_t, store_be32(to, (uint32_t)v))
	else if (s->octets == 6) /* a MAC address */
		PUT_INTEGERS(int64_t, (store_be16(to, (uint16_t)(v >> 32)), store_be32(to + 2, (uint32_t)v)))
	else if (s->octets == 8)
		PUT_INTEGERS(int64_t, store_be64(to, v))
	else
		for (size_t i = 0; i < n; i++, to += stride)
			(void)row_put_fixed(e, t, row + i, at, clock, to, loss);
}

static void
put_addresses(const struct step *s, size_t row, size_t n, size_t stride, uint8_t *to)
{
	const struct address *a = (const struct address *)s->values + row;

	for (size_t i = 0; i < n; i++, to += stride) {
		if (s->octets == 4)
			memcpy(to, a[i].octets, 4);
		else
			memcpy(to, a[i].octets, 16);
	}
}

static void
put_uptimes(const struct step *s, size_t row, size_t n, size_t stride,
    const struct uptime_clock *clock, uint8_t *to)
{
	const int64_t *v = (const int64_t *)s->values + row;

	for (size_t i = 0; i < n; i++, to += stride)
		store_be32(to, uptime_of(clock, floor_div(v[i], 1000)));
}

static void
put_millis(const struct row_encoder *e, const struct table *t, size_t row, size_t n, size_t at,
    size_t stride, const struct uptime_clock *clock, uint8_t *to, struct loss *loss)
{
	const struct step *s = &e->steps[0][at];

	for (size_t i = 0; i < n; i++, to += stride) {
		int64_t v = ((const int64_t *)s->values)[row + i];

		if (v < 0 || s->octets != 8)
			(void)row_put_fixed(e, t, row + i, at, clock, to, loss);
		else
			store_be64(to, (uint64_t)v / 1000);
	}
}

void
row_run_put(const struct row_encoder *e, const struct table *t, size_t row, size_t n,
    const struct row_plan *plan, const struct uptime_clock *clock, uint8_t *to, struct loss *loss)
{
	for (size_t f = 0; f < plan->count; f++) {
		size_t at = plan->exports[f];
		const struct step *s = &e->steps[0][at];

		switch ((enum step_kind)s->kind) {
		case STEP_ADDRESS4:
		case STEP_ADDRESS16:
			put_addresses(s, row, n, plan->octets, to);
			break;
		case STEP_32:
			put_32(e, t, row, n, at, plan->octets, clock, to, loss);
			break;
		case STEP_64:
			put_64(e, t, row, n, at, plan->octets, clock, to, loss);
			break;
		case STEP_MILLIS:
			put_millis(e, t, row, n, at, plan->octets, clock, to, loss);
			break;
		case STEP_UPTIME:
			put_uptimes(s, row, n, plan->octets, clock, to);
			break;
		default:
			for (size_t i = 0; i < n; i++)
				(void)row_put_fixed(e, t, row + i, at, clock, to + i * plan->octets, loss);
			break;
		}
		to += s->octets;
	}
}
