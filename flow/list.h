/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOW_LIST_H
#define FLOW_LIST_H

/*
 * Structured data (RFC 6313): the value of a basicList, subTemplateList or subTemplateMultiList
 * as the values or the records that it holds.  list_open, then list_value or list_next until it
 * says false.  Borrowed; no allocation.
 */

#include <stdbool.h>

#include "base/cursor.h"
#include "flow/record.h"

struct list {
	enum element_type type;
	uint8_t semantic;
	bool broken;              /* what follows cannot be read, or a template is not known */
	uint16_t template_id;     /* of the records that come now; 0: a basicList */
	const struct template *template;
	const struct template_set *templates;
	uint32_t domain;
	struct cursor part;       /* records of the present template */
	struct cursor rest;       /* of a subTemplateMultiList: the templates to come */
	struct template_field field; /* of a basicList's values */
};

/* It is an element of one of the three types. */
static inline bool
list_is(const struct template_field *spec)
{
	return spec->element != NULL && spec->element->type >= ELEMENT_basicList &&
	    spec->element->type <= ELEMENT_subTemplateMultiList;
}

/* templates: those of the message's domain; NULL knows none.  False if it is no list at all. */
bool list_open(struct list *l, const struct field *value, const struct template_set *templates,
    uint32_t domain);
/*
 * The next record of a list of templates; false at the end, or where the list breaks: then
 * l->broken tells.
 */
bool list_next(struct list *l, struct record *out);
/* Likewise the next value of a basicList. */
bool list_value(struct list *l, struct field *out);
/* "allOf"...; NULL where RFC 6313 has no name. */
const char *list_semantic(uint8_t semantic);

#endif
