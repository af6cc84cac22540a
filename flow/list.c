/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/list.h"

#include <string.h>

enum { ENTERPRISE_BIT = 0x8000, PART_HEADER = 4 };

/* RFC 6313 section 4.5.1: semantic, field specifier, values. */
static void
open_values(struct list *l)
{
	uint16_t id = cursor_be16(&l->part);

	l->field.length = cursor_be16(&l->part);
	l->field.id = id & (ENTERPRISE_BIT - 1);
	if ((id & ENTERPRISE_BIT) != 0)
		l->field.pen = cursor_be32(&l->part);
	l->broken = !cursor_ok(&l->part) || (l->field.length == 0 && cursor_left(&l->part) > 0);
	template_field_resolve(&l->field);
}

/* Section 4.5.2: semantic, template, records. */
static void
open_records(struct list *l)
{
	l->template_id = cursor_be16(&l->part);
	l->broken = !cursor_ok(&l->part);
}

bool
list_open(struct list *l, const struct field *value, const struct template_set *templates,
    uint32_t domain)
{
	struct cursor c = cursor_over(value->octets, value->len);

	memset(l, 0, sizeof *l);
	l->type = (enum element_type)value->spec->element->type;
	l->templates = templates;
	l->domain = domain;
	l->semantic = cursor_u8(&c);
	l->part = c;
	l->rest = cursor_over(c.end, 0);
	if (l->type == ELEMENT_basicList) {
		open_values(l);
	} else if (l->type == ELEMENT_subTemplateList) {
		open_records(l);
	} else { /* section 4.5.3: semantic, parts of a template each */
		l->rest = c;
		l->part = cursor_over(c.at, 0);
		l->broken = !cursor_ok(&c);
	}
	return !l->broken;
}

/* The records of the next template of a subTemplateMultiList; its length counts its header. */
static bool
next_part(struct list *l)
{
	uint16_t len;

	if (cursor_left(&l->rest) == 0)
		return false;
	l->template_id = cursor_be16(&l->rest);
	len = cursor_be16(&l->rest);
	if (!cursor_ok(&l->rest) || len < PART_HEADER || (size_t)len - PART_HEADER > cursor_left(&l->rest)) {
		l->broken = true;
		return false;
	}
	l->part = cursor_sub(&l->rest, (size_t)len - PART_HEADER);
	l->template = NULL;
	return true;
}

bool
list_next(struct list *l, struct record *out)
{
	if (l->broken)
		return false;
	while (cursor_left(&l->part) == 0)
		if (!next_part(l))
			return false;
	if (l->template == NULL && l->templates != NULL)
		l->template = template_set_find(l->templates, l->domain, l->template_id);
	if (l->template != NULL && record_read(&l->part, l->template, out))
		return true;
	l->broken = true;
	return false;
}

bool
list_value(struct list *l, struct field *out)
{
	if (l->broken || cursor_left(&l->part) == 0)
		return false;
	if (field_read(&l->part, &l->field, out))
		return true;
	l->broken = true;
	return false;
}

const char *
list_semantic(uint8_t semantic)
{
	static const char *const names[] = { "noneOf", "exactlyOneOf", "oneOrMoreOf", "allOf",
		"ordered" };

	if (semantic < sizeof names / sizeof *names)
		return names[semantic];
	return semantic == UINT8_MAX ? "undefined" : NULL;
}
