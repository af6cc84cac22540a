/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_TEMPLATE_H
#define FLOW_TEMPLATE_H

/*
 * Templates (RFC 7011 section 3.4, RFC 3954 section 5.2) and the set of those that are in
 * force, by observation domain and id.  A template is immutable; redefining an id makes a
 * new one, and pointers to the old one are dead from then on.  The set is bounded in
 * templates and in fields, so that no exporter can make it grow without end.
 * template_set_open; put, find, withdraw...; template_set_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "flow/element.h"
#include "flow/decode_plan.h"

enum {
	TEMPLATE_ID_MIN = 256,
	TEMPLATE_VARIABLE = 65535,    /* the length of a field that carries its own */
	TEMPLATE_FIELDS_MAX = 1024,   /* of one template */
	TEMPLATE_COUNT_MAX = 16384,   /* of one set, all domains together */
	TEMPLATE_TOTAL_MAX = 1 << 19, /* fields of all templates of one set */
	TEMPLATE_HEAD_COST = 4,       /* what a template costs beside its fields, in fields */
	TEMPLATE_SURE = 512,          /* fields that a set may have, whatever the others take */
	TEMPLATE_BUDGET_MAX = 1 << 21 /* fields of all sets that share a budget */
};

struct template_field {
	const struct element *element; /* NULL if unknown; the forward one of a reverse */
	uint32_t pen;
	uint16_t id;     /* without the enterprise bit */
	uint16_t length; /* octets, or TEMPLATE_VARIABLE */
	uint16_t twin;   /* the index of the next field of the same element, 0 for none */
	uint8_t column;  /* that it feeds, COLUMN_NONE if none */
	bool reverse;    /* RFC 5103, or by its enterprise's own bit */
	bool again;      /* an earlier field is of the same element */
};

struct template {
	struct template *next; /* of its hash bucket */
	uint32_t domain;
	uint32_t min_length; /* octets of the shortest record, never 0 */
	uint16_t id;
	uint16_t count;
	uint16_t scopes; /* the first fields that are scopes */
	bool options;    /* describes option records */
	bool variable;   /* has fields of variable length */
	struct decode_plan plan;
	bool lists;      /* has fields of structured data (RFC 6313) */
	struct template_field fields[];
};

/*
 * A template that stands alone, for protocols without templates of their own; of fields, pen,
 * id and length are read.  NULL where there is no memory.  To be freed with free().
 */
struct template *template_make(const struct template *head, const struct template_field *fields);

/* Fills in what the element table knows of a field's pen and id. */
void template_field_resolve(struct template_field *field);

struct template_set;

MUST_USE enum status template_set_open(struct template_set **out, struct fault *f);
/*
 * Sets that share a budget: *budget, which outlives them, is what all of them cost.  To be called
 * before anything is put.
 */
void template_set_share(struct template_set *s, size_t *budget);
void template_set_free(struct template_set *s);

/*
 * Adds or replaces.  Of fields, pen, id and length are read; the rest is filled in.
 * STATUS_MALFORMED for no fields, too many, or records of no octets; STATUS_LIMIT.
 * A template that is refused withdraws the one of its id that was in force.
 */
MUST_USE enum status template_set_put(struct template_set *s, const struct template *head,
    const struct template_field *fields, struct fault *f);
/* The template of that id which is in force has the same layout. */
bool template_set_same(const struct template_set *s, const struct template *head,
    const struct template_field *fields);
/* NULL if there is none. */
const struct template *template_set_find(const struct template_set *s, uint32_t domain,
    uint16_t id);
/* False if there was none. */
bool template_set_withdraw(struct template_set *s, uint32_t domain, uint16_t id);
/* All of a domain that do, or do not, describe options; how many there were. */
size_t template_set_withdraw_all(struct template_set *s, uint32_t domain, bool options);
size_t template_set_count(const struct template_set *s);
/* Those of a domain by their ids, `max` of them at most, which TEMPLATE_COUNT_MAX is enough for. */
size_t template_set_list(const struct template_set *s, uint32_t domain,
    const struct template **out, size_t max);

#endif
