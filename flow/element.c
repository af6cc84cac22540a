/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/element.h"

#include <stdlib.h>
#include <string.h>

static const struct element elements[] = {
#define FEED(pen, id, name, type, column, rank, reverse, rule) \
	{ pen, id, ELEMENT_##type, rank, COLUMN_##column, COLUMN_##reverse, \
	    ELEMENT_RULE_##rule, #name },
#include "flow/elements.def"
};

#define ELEMENTS (sizeof(elements) / sizeof(elements[0]))

static const struct enterprise {
	uint32_t pen;
	uint16_t reverse_bit;
	const char *name;
} enterprises[] = {
#define ENTERPRISE(pen, name, reverse_bit) { pen, reverse_bit, #name },
#include "flow/elements.def"
};

static const struct {
	const char *name;
	unsigned size;
} types[ELEMENT_TYPE_COUNT] = {
#define TYPE(name, size) [ELEMENT_##name] = { #name, size }
	TYPE(octetArray, 0),
	TYPE(unsigned8, 1),
	TYPE(unsigned16, 2),
	TYPE(unsigned32, 4),
	TYPE(unsigned64, 8),
	TYPE(signed8, 1),
	TYPE(signed16, 2),
	TYPE(signed32, 4),
	TYPE(signed64, 8),
	TYPE(float32, 4),
	TYPE(float64, 8),
	TYPE(boolean, 1),
	TYPE(macAddress, 6),
	TYPE(string, 0),
	TYPE(dateTimeSeconds, 4),
	TYPE(dateTimeMilliseconds, 8),
	TYPE(dateTimeMicroseconds, 8),
	TYPE(dateTimeNanoseconds, 8),
	TYPE(ipv4Address, 4),
	TYPE(ipv6Address, 16),
	TYPE(basicList, 0),
	TYPE(subTemplateList, 0),
	TYPE(subTemplateMultiList, 0),
	TYPE(unsigned256, 32),
#undef TYPE
};

static const char *const rules[ELEMENT_RULE_COUNT] = {
	[ELEMENT_RULE_PLAIN] = "plain",
	[ELEMENT_RULE_NANOS] = "nanos",
	[ELEMENT_RULE_UPTIME] = "uptime",
	[ELEMENT_RULE_DELTA] = "delta",
	[ELEMENT_RULE_INSTANT] = "instant",
	[ELEMENT_RULE_ICMP] = "icmp",
	[ELEMENT_RULE_MPLS] = "mpls",
	[ELEMENT_RULE_SPACED] = "spaced",
	[ELEMENT_RULE_UNION] = "union",
};

/*
 * RFC 5103 section 6.1: what identifies or counts the process and not the flow, padding,
 * and biflowDirection.
 */
static const uint16_t irreversible[] = { 40, 41, 42, 130, 131, 137, 145, 148, 149, 163, 164,
	165, 166, 167, 168, 173, 210, 211, 212, 213, 214, 215, 216, 217, 239 };

#define IRREVERSIBLE (sizeof(irreversible) / sizeof(irreversible[0]))
#define ENTERPRISES (sizeof(enterprises) / sizeof(enterprises[0]))

static uint16_t
reverse_bit(uint32_t pen)
{
	for (size_t i = 0; i < ENTERPRISES; i++)
		if (enterprises[i].pen == pen)
			return enterprises[i].reverse_bit;
	return 0;
}

bool
element_is_reverse(uint32_t pen, uint16_t id)
{
	return pen == ELEMENT_PEN_REVERSE || (id & reverse_bit(pen)) != 0;
}

static int
compare(const void *a, const void *b)
{
	const struct element *x = a;
	const struct element *y = b;

	if (x->pen != y->pen)
		return x->pen < y->pen ? -1 : 1;
	return (int)x->id - (int)y->id;
}

const struct element *
element_find(uint32_t pen, uint16_t id)
{
	struct element key = { .pen = pen, .id = id };

	if (pen == ELEMENT_PEN_REVERSE)
		key.pen = ELEMENT_PEN_IANA;
	key.id &= (uint16_t)~reverse_bit(pen);
	return bsearch(&key, elements, ELEMENTS, sizeof(elements[0]), compare);
}

const char *
element_enterprise(uint32_t pen)
{
	for (size_t i = 0; i < ENTERPRISES; i++)
		if (enterprises[i].pen == pen && pen != ELEMENT_PEN_IANA)
			return enterprises[i].name;
	return "";
}

static const struct enterprise *
enterprise_named(const char *name, size_t len)
{
	for (size_t i = 0; i < ENTERPRISES; i++)
		if (strlen(enterprises[i].name) == len &&
		    memcmp(enterprises[i].name, name, len) == 0)
			return &enterprises[i];
	return NULL;
}

const struct element *
element_by_name(const char *name)
{
	const char *colon = strchr(name, ':');
	const struct enterprise *only = NULL;

	if (colon != NULL) {
		only = enterprise_named(name, (size_t)(colon - name));
		if (only == NULL)
			return NULL;
		name = colon + 1;
	}
	for (size_t i = 0; i < ELEMENTS; i++)
		if (strcmp(elements[i].name, name) == 0 &&
		    (only == NULL || only->pen == elements[i].pen))
			return &elements[i];
	return NULL;
}

const struct element *
element_table(size_t *count)
{
	*count = ELEMENTS;
	return elements;
}

bool
element_reversible(const struct element *e)
{
	if (e->pen != ELEMENT_PEN_IANA)
		return reverse_bit(e->pen) != 0;
	for (size_t i = 0; i < IRREVERSIBLE; i++)
		if (irreversible[i] == e->id)
			return false;
	return true;
}

const char *
element_type_name(enum element_type type)
{
	return type < ELEMENT_TYPE_COUNT ? types[type].name : NULL;
}

unsigned
element_type_size(enum element_type type)
{
	return type < ELEMENT_TYPE_COUNT ? types[type].size : 0;
}

static const char *
column_name(unsigned id)
{
	return id < COLUMN_COUNT ? column_infos[id].name : "-";
}

void
element_describe(struct buf *out)
{
	for (size_t i = 0; i < ELEMENTS; i++) {
		const struct element *e = &elements[i];

		buf_printf(out, "%u %u %s %s %s %u %s %s\n", (unsigned)e->pen, e->id, e->name,
		    types[e->type].name, column_name(e->column), e->rank,
		    column_name(e->reverse_column), rules[e->rule]);
	}
}
